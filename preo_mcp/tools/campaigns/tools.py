"""Campaigns: find, look, create, change, delete, send, schedule, cancel, figures."""

from datetime import datetime
from typing import Annotated

from pydantic import MISSING, BaseModel, Field, WithJsonSchema

from preo_mcp.api.errors import ValidationError
from preo_mcp.api.models.base import NoContent
from preo_mcp.api.models.campaigns import (
    CampaignName,
    CampaignOrdering,
    CampaignStatus,
    Channel,
    CreateCampaignRequest,
    ListCampaignsQuery,
    ListedCampaign,
    ScheduleCampaignRequest,
    ShownCampaign,
    SmsBody,
    UpdateCampaignRequest,
)
from preo_mcp.api.models.segments import SegmentDetail
from preo_mcp.api.operations import (
    CANCEL_CAMPAIGN,
    CREATE_CAMPAIGN,
    DELETE_CAMPAIGN,
    GET_CAMPAIGN,
    GET_CAMPAIGN_STATS,
    GET_SEGMENT,
    LIST_CAMPAIGNS,
    SCHEDULE_CAMPAIGN,
    SEND_CAMPAIGN,
    UPDATE_CAMPAIGN,
)
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.tool import tool
from preo_mcp.replies.listing import Listing
from preo_mcp.reports.cards import Report
from preo_mcp.tools.arguments import PageNumber, PageSize, ordered_by
from preo_mcp.tools.campaigns.facts import (
    SEND_AFTERCARE,
    UPDATE_AFTERCARE,
    facts_of_delete,
    facts_of_schedule,
    facts_of_send,
    facts_of_update,
    moment_in_edition,
)
from preo_mcp.tools.campaigns.figures import CampaignFigures, figures_of
from preo_mcp.tools.campaigns.lists import listed_campaigns
from preo_mcp.tools.campaigns.parts import get_campaign_detail
from preo_mcp.tools.campaigns.read_back import SCHEDULE_READ_BACK, SEND_READ_BACK, UPDATE_READ_BACK
from preo_mcp.tools.campaigns.stages import (
    CampaignResult,
    CampaignStep,
    SentCampaign,
    decide,
    result,
    step_told,
    until_sent,
)
from preo_mcp.tools.read_backs import delete_read_back

# Limits are checked and not spelled in the schema, where each would cost every session its tokens.
Name = Annotated[CampaignName, WithJsonSchema({"type": "string"})]
Sms = Annotated[SmsBody, WithJsonSchema({"type": "string", "description": "For sms; Liquid."})]
SmsOrNone = Annotated[SmsBody | None, WithJsonSchema({"type": ["string", "null"]})]
Ordering = Annotated[list[CampaignOrdering], ordered_by(CampaignOrdering)]
Moment = Annotated[datetime, Field(description="In the edition's time unless it has an offset.")]


class DeletedCampaign(BaseModel):
    """Which campaign is gone."""

    deleted: str


@tool(LIST_CAMPAIGNS)
async def list_campaigns(
    preo: Preo,
    status: list[CampaignStatus] | MISSING = MISSING,
    segment_id: str | MISSING = MISSING,
    channel: Channel | MISSING = MISSING,
    search: str | MISSING = MISSING,
    edition_id: str | MISSING = MISSING,
    organization_id: str | MISSING = MISSING,
    ordering: Ordering | MISSING = MISSING,
    page: PageNumber = 1,
    page_size: PageSize = 25,
) -> Listing[ListedCampaign]:
    """List campaigns, newest first; search looks in the name."""
    query = ListCampaignsQuery(
        channel=channel,
        search=search,
        edition_id=edition_id,
        organization_id=organization_id,
        ordering=ordering,
        page=page,
        page_size=page_size,
    )
    return await listed_campaigns(preo, query, status, segment_id)


@tool(CREATE_CAMPAIGN)
async def create_campaign(
    preo: Preo,
    name: Name,
    segment_id: str,
    channel: Channel,
    email_message_id: str | MISSING = MISSING,
    sms_body: Sms | MISSING = MISSING,
    edition_id: str | MISSING = MISSING,
    organization_id: Annotated[str, Field(description="Default: the segment's.")] | MISSING = MISSING,
) -> CampaignStep:
    """Create a campaign to a segment as a draft; nothing is sent.

    Advertising, discounts too, needs a marketing segment, which reaches who consented; a transactional one reaches
    all, about what they bought.
    """
    body = CreateCampaignRequest(
        organization_id=await _owner(preo, segment_id) if organization_id is MISSING else organization_id,
        name=name,
        segment_id=segment_id,
        channel=channel,
        email_message_id=email_message_id,
        sms_body=sms_body,
        edition_id=edition_id,
    )
    return await step_told(preo, await preo.request(CREATE_CAMPAIGN, ShownCampaign, body=body))


async def _owner(preo: Preo, segment_id: str) -> str:
    """Return whose a segment is.

    Raises:
        ValidationError: Preo does not say.
        PreoError: it cannot be read.
    """
    owner = (await preo.request(GET_SEGMENT, SegmentDetail, id=segment_id)).organization_id
    if owner is None:
        why = "Preo does not say whose the segment is"
        raise ValidationError(f"{CREATE_CAMPAIGN.title} was not done", why, "Give organization_id.")
    return owner


@tool(GET_CAMPAIGN)
async def get_campaign(preo: Preo, campaign_id: str) -> CampaignResult:
    """Show a campaign: status, sent, failed and skipped (why), next step; before it goes out, whom it would reach."""
    return await result(preo, await get_campaign_detail(preo, campaign_id))


@tool(
    DELETE_CAMPAIGN,
    facts=facts_of_delete,
    read_back=delete_read_back(GET_CAMPAIGN, "campaign_id", DeletedCampaign),
)
async def delete_campaign(preo: Preo, campaign_id: str) -> DeletedCampaign:
    """Delete a campaign that was not sent; a person is asked first."""
    await preo.request(DELETE_CAMPAIGN, NoContent, id=campaign_id)
    return DeletedCampaign(deleted=campaign_id)


@tool(UPDATE_CAMPAIGN, facts=facts_of_update, read_back=UPDATE_READ_BACK, aftercare=UPDATE_AFTERCARE)
async def update_campaign(
    preo: Preo,
    campaign_id: str,
    name: Name | MISSING = MISSING,
    segment_id: str | MISSING = MISSING,
    channel: Channel | MISSING = MISSING,
    email_message_id: str | MISSING | None = MISSING,
    sms_body: SmsOrNone | MISSING = MISSING,
    edition_id: str | MISSING | None = MISSING,
) -> CampaignStep:
    """Change a draft, or a scheduled campaign, which keeps its time: for that a person is asked first."""
    body = UpdateCampaignRequest(
        name=name,
        segment_id=segment_id,
        channel=channel,
        email_message_id=email_message_id,
        sms_body=sms_body,
        edition_id=edition_id,
    )
    return await decide(preo, UPDATE_CAMPAIGN, campaign_id, body)


@tool(CANCEL_CAMPAIGN)
async def cancel_campaign(preo: Preo, campaign_id: str) -> CampaignStep:
    """Stop a campaign for good, even while it is being sent: to send after all, make a new one.

    A scheduled one can instead be changed (update_campaign) or moved (schedule_campaign).
    """
    return await decide(preo, CANCEL_CAMPAIGN, campaign_id)


@tool(SCHEDULE_CAMPAIGN, facts=facts_of_schedule, read_back=SCHEDULE_READ_BACK, aftercare=SEND_AFTERCARE)
async def schedule_campaign(preo: Preo, campaign_id: str, scheduled_at: Moment) -> CampaignStep:
    """Let a campaign go out at a time, or a scheduled one at another; a person is asked first."""
    at = await moment_in_edition(preo, campaign_id, scheduled_at)
    return await decide(preo, SCHEDULE_CAMPAIGN, campaign_id, ScheduleCampaignRequest(scheduled_at=at))


@tool(SEND_CAMPAIGN, facts=facts_of_send, read_back=SEND_READ_BACK, aftercare=SEND_AFTERCARE, follow=until_sent)
async def send_campaign(preo: Preo, campaign_id: str) -> SentCampaign:
    """Send a campaign to its segment, once that is calculated; a person is asked first. Waits for the outcome."""
    return SentCampaign(**dict(await decide(preo, SEND_CAMPAIGN, campaign_id)))


@tool(GET_CAMPAIGN_STATS, report=Report.CAMPAIGN)
async def get_campaign_stats(preo: Preo, campaign_id: str) -> CampaignFigures:
    """Show what came of a campaign's messages so far; rates are shares from 0 to 1 of what rates_of says."""
    return await figures_of(preo, campaign_id)
