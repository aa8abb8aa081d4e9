"""Segments: find, look, create, change, delete, calculate."""

from typing import Annotated

from pydantic import MISSING, BaseModel, Field, WithJsonSchema

from preo_mcp.api.errors import PreoError
from preo_mcp.api.models.base import NoContent, Page
from preo_mcp.api.models.segments import (
    CommunicationChannel,
    CommunicationType,
    CreateSegmentRequest,
    ListedSegment,
    ListSegmentsQuery,
    SegmentDescription,
    SegmentName,
    SegmentOrdering,
    SegmentStatus,
    ShownSegment,
    UpdateSegmentRequest,
)
from preo_mcp.api.operations import (
    CREATE_SEGMENT,
    DELETE_SEGMENT,
    GET_SEGMENT,
    LIST_SEGMENTS,
    RECALCULATE_SEGMENT,
    RESET_SEGMENT,
    UPDATE_SEGMENT,
)
from preo_mcp.calls.preo import Preo, together
from preo_mcp.calls.tool import tool
from preo_mcp.replies.listing import Listing
from preo_mcp.tools.arguments import OrganizationId, PageNumber, PageSize, ordered_by
from preo_mcp.tools.edition_clocks import in_edition_clocks, with_clocks_of, zone_of
from preo_mcp.tools.lists import ListOf
from preo_mcp.tools.read_backs import delete_read_back, field_read_back
from preo_mcp.tools.segments.calculating import (
    CalculatedSegment,
    as_it_stands,
    begun,
    begun_after,
    begun_anew,
    until_counted,
)
from preo_mcp.tools.segments.facts import UPDATE_AFTERCARE, facts_of_delete, facts_of_update
from preo_mcp.tools.segments.uses import campaigns_of, uses_of_segments

# Limits are checked and not spelled in the schema, where each would cost every session its tokens.
Name = Annotated[SegmentName, WithJsonSchema({"type": "string"})]
Description = Annotated[SegmentDescription, WithJsonSchema({"type": "string"})]
NewChannel = Annotated[
    CommunicationChannel, WithJsonSchema({"type": "string", "description": ", ".join(CommunicationChannel)})
]
NewType = Annotated[
    CommunicationType,
    WithJsonSchema(
        {
            "type": "string",
            "description": "transactional: about what they bought, reaches all; marketing, discounts too: needs "
            "consent_id, reaches who granted it",
        }
    ),
]
Channel = Annotated[CommunicationChannel, WithJsonSchema({"type": "string"})]
Type = Annotated[CommunicationType, WithJsonSchema({"type": "string"})]
Ordering = Annotated[list[SegmentOrdering], ordered_by(SegmentOrdering)]


class DeletedSegment(BaseModel):
    """Which segment is gone."""

    deleted: str


LISTED = ListOf(LIST_SEGMENTS, Page[ListedSegment])


@tool(LIST_SEGMENTS)
async def list_segments(
    preo: Preo,
    organization_id: str | MISSING = MISSING,
    edition_id: str | MISSING = MISSING,
    communication_channel: Channel | MISSING = MISSING,
    communication_type: Type | MISSING = MISSING,
    status: list[SegmentStatus] | MISSING = MISSING,
    used: Annotated[bool, Field(description="By campaigns, which are named then.")] | MISSING = MISSING,
    search: str | MISSING = MISSING,
    ordering: Ordering | MISSING = MISSING,
    page: PageNumber = 1,
    page_size: PageSize = 25,
) -> Listing[ListedSegment]:
    """Find customer segments, newest first, with their sizes."""
    query = ListSegmentsQuery(
        organization_id=organization_id,
        edition_id=edition_id,
        communication_channel=communication_channel,
        communication_type=communication_type,
        search=search,
        ordering=ordering,
        page=page,
        page_size=page_size,
    )
    if used is MISSING:
        listed = await LISTED.find(preo, query, several={"status": status})
        listed.results = await in_edition_clocks(preo, listed.results)
        return listed
    uses = await uses_of_segments(preo, None if organization_id is MISSING else organization_id)
    found = await LISTED.found(preo, query, several={"status": status}, where=lambda one: uses.has(one.id) == used)
    told = found.with_rows(lambda one: one.model_copy(update={"campaigns": uses.campaigns.get(one.id)}))
    listed = uses.weakened(told, used=used).listed(query)
    listed.results = await in_edition_clocks(preo, listed.results)
    return listed


@tool(CREATE_SEGMENT, also={RECALCULATE_SEGMENT: ("count",)}, follow=until_counted)
async def create_segment(
    preo: Preo,
    organization_id: OrganizationId,
    name: Name,
    condition: Annotated[str, Field(description="CEL; see get_cel_context.")],
    edition_id: Annotated[str, Field(description="Lets it name edition.")] | MISSING = MISSING,
    consent_id: str | MISSING = MISSING,
    description: Description | MISSING = MISSING,
    communication_type: NewType | MISSING = MISSING,
    communication_channel: NewChannel | MISSING = MISSING,
    count: bool | MISSING = MISSING,  # noqa: FBT001 - a tool's arguments are named
) -> CalculatedSegment:
    """Create a segment as a draft; count also counts who meets its condition, as recalculate_segment does."""
    request = CreateSegmentRequest(
        organization_id=organization_id,
        name=name,
        condition=condition,
        edition_id=edition_id,
        consent_id=consent_id,
        description=description,
        communication_type=communication_type,
        communication_channel=communication_channel,
    )
    created = await preo.request(CREATE_SEGMENT, ShownSegment, body=request)
    return await begun_after(preo, created, "The segment was made") if count is True else as_it_stands(created)


@tool(GET_SEGMENT)
async def get_segment(preo: Preo, segment_id: str) -> ShownSegment:
    """Show a segment: condition, status, size, how many can be reached by channel and consent, its campaigns."""
    segment = await preo.request(GET_SEGMENT, ShownSegment, id=segment_id)
    campaigns, timezone = await together(campaigns_of(preo, segment), zone_of(preo, segment.edition_id))
    return with_clocks_of(timezone, segment.model_copy(update={"campaigns": campaigns}))


@tool(
    UPDATE_SEGMENT,
    facts=facts_of_update,
    read_back=field_read_back(GET_SEGMENT, ShownSegment, "segment_id"),
    aftercare=UPDATE_AFTERCARE,
)
async def update_segment(
    preo: Preo,
    segment_id: str,
    name: Name | MISSING = MISSING,
    condition: str | MISSING = MISSING,
    edition_id: str | MISSING | None = MISSING,
    consent_id: str | MISSING | None = MISSING,
    description: Description | MISSING | None = MISSING,
    communication_type: Type | MISSING = MISSING,
    communication_channel: Channel | MISSING = MISSING,
) -> ShownSegment:
    """Change a segment; another condition, edition or consent makes it a draft again, to be recalculated.

    A person is asked where an active campaign uses it.
    """
    request = UpdateSegmentRequest(
        name=name,
        condition=condition,
        edition_id=edition_id,
        consent_id=consent_id,
        description=description,
        communication_type=communication_type,
        communication_channel=communication_channel,
    )
    before = await _counts_before(preo, segment_id)
    changed = await preo.request(UPDATE_SEGMENT, ShownSegment, body=request, id=segment_id)
    [told] = await in_edition_clocks(preo, [changed.model_copy(update=before)])
    return told


async def _counts_before(preo: Preo, segment_id: str) -> dict[str, int | None]:
    """Return a segment's counts before a change; none where they cannot be had, which keeps nobody from changing it."""
    try:
        now = await preo.request(GET_SEGMENT, ShownSegment, id=segment_id)
    except PreoError:
        return {}
    return {"user_count_before": now.user_count, "reachable_count_before": now.reachable_count}


@tool(DELETE_SEGMENT, facts=facts_of_delete, read_back=delete_read_back(GET_SEGMENT, "segment_id", DeletedSegment))
async def delete_segment(preo: Preo, segment_id: str) -> DeletedSegment:
    """Delete a segment; a person is asked first."""
    await preo.request(DELETE_SEGMENT, NoContent, id=segment_id)
    return DeletedSegment(deleted=segment_id)


@tool(RECALCULATE_SEGMENT, also={RESET_SEGMENT: ("restart",)}, follow=until_counted)
async def recalculate_segment(
    preo: Preo,
    segment_id: str,
    restart: Annotated[bool, Field(description="Give up one that is stuck.")] | MISSING = MISSING,
) -> CalculatedSegment:
    """Count who meets a segment's condition, and wait some seconds for the figures."""
    return await (begun_anew if restart is True else begun)(preo, segment_id)


@tool(RESET_SEGMENT)
async def reset_segment(preo: Preo, segment_id: str) -> ShownSegment:
    """Give up a stuck calculation; recalculate_segment with restart begins it anew."""
    return await preo.request(RESET_SEGMENT, ShownSegment, id=segment_id)
