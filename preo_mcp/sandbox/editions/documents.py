"""An edition as it is stored, who may see and change it, and how it is answered."""

from preo_mcp.sandbox.editions.dates import date_status
from preo_mcp.sandbox.members import Member, visible_doc
from preo_mcp.sandbox.routing import B, Call, Q
from preo_mcp.sandbox.store import Doc, Store

EDITION_PREFIX = "edt"


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
