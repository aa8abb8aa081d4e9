"""Editions: so far looking at one (observed)."""

from datetime import datetime

from preo_mcp.models.editions import EditionDetail
from preo_mcp.operations import GET_EDITION
from preo_mcp.sandbox.clock import iso
from preo_mcp.sandbox.members import Member
from preo_mcp.sandbox.problems import not_found
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.store import Doc, Store

ENDPOINTS = Endpoints()


@ENDPOINTS.endpoint(GET_EDITION, returns=EditionDetail)
async def get_edition(call: Call[Nothing, Nothing]) -> Doc:
    """Answer one edition, with its status by the clock."""
    edition = visible_edition(call.store, call.member, call.path["id"])
    return {**edition, "status": date_status(edition, call.store.clock())}


def visible_edition(store: Store, member: Member, edition_id: str) -> Doc:
    """Return an edition of one of the member's organizations.

    Raises:
        Problem: 404 for one that does not exist or that the member may not see.
    """
    edition = store.doc("editions", edition_id)
    if edition is None or edition["organization_id"] not in member.organizations:
        raise not_found("Edition")
    return edition


def date_status(edition: Doc, now: datetime) -> str:
    """Return where `now` stands to the edition's dates (observed: upcoming, current, past, no_dates)."""
    if not edition["start_date"] or not edition["end_date"]:
        return "no_dates"
    moment = iso(now)
    if moment < edition["start_date"]:
        return "upcoming"
    return "current" if moment <= edition["end_date"] else "past"
