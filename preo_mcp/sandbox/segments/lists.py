"""List and get segments."""

from typing import Final

from pydantic import MISSING

from preo_mcp.api.models.base import Page
from preo_mcp.api.models.segments import ListSegmentsQuery, SegmentDetail, SegmentOrdering
from preo_mcp.api.operations import GET_SEGMENT, LIST_SEGMENTS
from preo_mcp.sandbox.lists import Filters, Matches, add_search, paged
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.segments.documents import listed, represent, visible_segment
from preo_mcp.sandbox.store import Doc

ENDPOINTS = Endpoints()

FILTERS: Final = ("organization_id", "edition_id", "communication_channel", "communication_type", "status")


@ENDPOINTS.endpoint(LIST_SEGMENTS, returns=Page[SegmentDetail], query=ListSegmentsQuery)
async def list_segments(call: Call[ListSegmentsQuery, Nothing]) -> Doc:
    """List the segments of the member's organizations, the newest first unless `ordering` says otherwise.

    A filter by channel finds the segments that have exactly it (inferred); those that were never calculated come last
    in an order by count or time (inferred).
    """
    query, filters = call.query, Filters()
    filters.one_of("organization_id", call.member.organizations)
    for name in FILTERS:
        filters.equal(name, getattr(query, name))
    add_search(filters, "searched", query.search)
    orderings = [SegmentOrdering.CREATED_DESC] if query.ordering is MISSING else query.ordering
    order = ", ".join([*map(_nulls_last, orderings), "id"])
    count, ids = Matches(call.store.db, "segments", filters, order).page(query)
    return paged(call.url, query, count, lambda _limit, _offset: listed(call.store, ids))


@ENDPOINTS.endpoint(GET_SEGMENT, returns=SegmentDetail)
async def get_segment(call: Call[Nothing, Nothing]) -> Doc:
    """Answer one segment, with how far its calculation is."""
    return represent(visible_segment(call))


def _nulls_last(ordering: SegmentOrdering) -> str:
    return f"{ordering.lstrip('-')} {'DESC' if ordering[0] == '-' else 'ASC'} NULLS LAST"
