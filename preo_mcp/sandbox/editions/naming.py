"""What editions are called: in full, and in addresses."""

import re
from itertools import count

from preo_mcp.sandbox.store import Doc, Store
from preo_mcp.text.folding import folded

_NOT_IN_SLUG = re.compile(r"[^a-z0-9]+")


def full_name(store: Store, edition: Doc) -> str:
    """Return the event's name and the edition's."""
    event = store.doc("organizer_events", edition["event_id"])
    if event is None:
        raise LookupError(f"organizer_events has no {edition['event_id']}")
    return f"{event['name']} – {edition['name']}"


def unused_slug(store: Store, edition: Doc) -> str:
    """Return a slug of the organization's and the edition's name that no other edition has (inferred).

    A number tells equal ones apart.
    """
    organization = store.doc("organizations", edition["organization_id"])
    if organization is None:
        raise LookupError(f"organizations has no {edition['organization_id']}")
    base = "-".join(filter(None, (organization["slug"], _NOT_IN_SLUG.sub("-", folded(edition["name"])).strip("-"))))
    taken = {
        slug
        for (slug,) in store.db.execute(
            "SELECT json_extract(doc, '$.slug') FROM editions WHERE substr(json_extract(doc, '$.slug'), 1, ?) = ?",
            (len(base), base),
        )
    }
    return next(slug for number in count(1) if (slug := base if number == 1 else f"{base}-{number}") not in taken)
