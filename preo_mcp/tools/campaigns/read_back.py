"""Whether a campaign was sent or scheduled after all."""

from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel

from preo_mcp.api.models.campaigns import NOT_BEGUN, CampaignStatus, ShownCampaign
from preo_mcp.api.operations import GET_CAMPAIGN
from preo_mcp.approval.ended import DidNotHappen, ReadBack, Unknown
from preo_mcp.calls.preo import Preo, together
from preo_mcp.tools.campaigns.facts import moment_in_edition
from preo_mcp.tools.campaigns.stages import SentCampaign, step_told
from preo_mcp.tools.read_backs import field_read_back

SAME_MOMENT: Final = 1.0
"""Seconds by which a stored time may differ from the one asked for."""

Found = BaseModel | DidNotHappen | Unknown

_FIELDS: Final = field_read_back(GET_CAMPAIGN, ShownCampaign, "campaign_id")


async def _sent(preo: Preo, _: dict[str, Any], campaign_id: str) -> Found:
    """Look whether it began to go out; whether by this call or by its schedule makes no difference to anybody."""
    campaign = await preo.request(GET_CAMPAIGN, ShownCampaign, id=campaign_id)
    if campaign.status in NOT_BEGUN:
        return DidNotHappen(f"the campaign is still {campaign.status}")
    if campaign.status not in set(CampaignStatus):
        return _unclear(campaign)
    if campaign.status == CampaignStatus.CANCELLED and campaign.started_at is None:
        return DidNotHappen("the campaign was cancelled before it began")
    return SentCampaign(**dict(await step_told(preo, campaign)))


async def _scheduled(preo: Preo, _: dict[str, Any], campaign_id: str, scheduled_at: datetime) -> Found:
    """Look whether it has that time, even where the time came or somebody cancelled it since."""
    at, campaign = await together(
        moment_in_edition(preo, campaign_id, scheduled_at), preo.request(GET_CAMPAIGN, ShownCampaign, id=campaign_id)
    )
    planned = campaign.scheduled_at
    is_then = planned is not None and abs((planned - at).total_seconds()) < SAME_MOMENT
    if is_then and campaign.status != CampaignStatus.DRAFT:
        return await step_told(preo, campaign)
    if campaign.status in NOT_BEGUN or campaign.status == CampaignStatus.CANCELLED:
        told = (await step_told(preo, campaign)).scheduled_at if campaign.status == CampaignStatus.SCHEDULED else None
        when = f" for {told.isoformat()}" if told else ""
        return DidNotHappen(f"the campaign is {campaign.status}{when}")
    return _unclear(campaign)


async def _updated(preo: Preo, remembered: dict[str, Any], **arguments: Any) -> Found:
    found = await _FIELDS.after(preo, remembered, **arguments)
    return await step_told(preo, found) if isinstance(found, ShownCampaign) else found


def _unclear(campaign: ShownCampaign) -> Unknown:
    return Unknown(f"the campaign is {campaign.status}", "Look at it with get_campaign; cancel_campaign stops it.")


SEND_READ_BACK = ReadBack(after=_sent)
SCHEDULE_READ_BACK = ReadBack(after=_scheduled)
UPDATE_READ_BACK = ReadBack(after=_updated, before=_FIELDS.before)
