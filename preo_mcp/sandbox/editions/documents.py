"""An edition as it is stored, called and dated, who may see and change it, and how it is answered."""

import re
from datetime import UTC, datetime
from functools import cache
from itertools import count
from zoneinfo import ZoneInfo, available_timezones

from preo_mcp.api.models.editions import DateStatus
from preo_mcp.sandbox.clock import iso
from preo_mcp.sandbox.members import Member, visible_doc
from preo_mcp.sandbox.routing import B, Call, Q
from preo_mcp.sandbox.store import Doc, Store
from preo_mcp.text.folding import folded

EDITION_PREFIX = "edt"

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
"""Between these an edition's dates must lie (inferred)."""

DEFAULT_ZONE = "UTC"
"""The time zone of an edition that was created without one (inferred); the healthcheck warns of it."""

_NOT_IN_SLUG = re.compile(r"[^a-z0-9]+")


def visible_edition(store: Store, member: Member, edition_id: str) -> Doc:
    """Return an edition of one of the member's organizations.

    Raises:
        Problem: 404 for one that does not exist or that the member may not see.
    """
    return visible_doc(store, member, "editions", edition_id, "Edition")


def changeable_edition(call: Call[Q, B]) -> Doc:
    """Return the edition that a call names, if its member may change it: managers and admins may (inferred).

    Raises:
        Problem: 404 or 403.
    """
    edition = visible_edition(call.store, call.member, call.path["id"])
    call.member.must_manage(edition["organization_id"])
    return edition


def represent(store: Store, edition: Doc) -> Doc:
    """Return an edition with its status by the clock."""
    return {**edition, "status": date_status(edition, store.clock())}


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


def is_zone(name: str) -> bool:
    """Return whether `name` is an IANA time zone."""
    return name in _zone_names()


def stored_date(moment: datetime) -> str | None:
    """Return a date as it is stored, None for one that no edition can have; without an offset it is UTC (inferred)."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return iso(aware) if EARLIEST <= aware < LATEST else None


def date_status(edition: Doc, now: datetime) -> DateStatus:
    """Return where `now` stands to the edition's dates, counted in days of the edition's time zone.

    An edition is current from midnight before its start until midnight after its end (inferred); with only one of the
    two dates it counts as without dates (inferred).
    """
    if not edition["start_date"] or not edition["end_date"]:
        return DateStatus.NO_DATES
    zone = ZoneInfo(edition["timezone"])
    start, end = (datetime.fromisoformat(edition[name]).astimezone(zone).date() for name in ("start_date", "end_date"))
    today = now.astimezone(zone).date()
    if today < start:
        return DateStatus.UPCOMING
    return DateStatus.CURRENT if today <= end else DateStatus.PAST


@cache
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones())
