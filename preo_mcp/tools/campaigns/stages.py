"""The statuses of a campaign as a path: what happens next at each, told in results and when a call came too late."""

from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from pydantic import BaseModel

from preo_mcp.api.errors import ConflictError, ValidationError
from preo_mcp.api.models.base import Request
from preo_mcp.api.models.campaigns import (
    ALLOWED_STATUSES,
    MOVING_STATUSES,
    NOT_BEGUN,
    Campaign,
    CampaignDetail,
    CampaignStatus,
    ShownCampaign,
)
from preo_mcp.api.operations import GET_CAMPAIGN, Operation
from preo_mcp.calls.preo import Preo
from preo_mcp.tools.campaigns.audience import Audience, audience_of
from preo_mcp.tools.edition_clocks import with_clocks_of, zone_of
from preo_mcp.tools.watching import WHILE_CALLED, WHOLE, watched

FIRST_CHECKED: Final = "after check_campaign"
NEXT_STEPS: MappingProxyType[str, str] = MappingProxyType(
    {
        CampaignStatus.DRAFT: f"Nothing goes out yet: send_campaign or schedule_campaign, {FIRST_CHECKED}.",
        CampaignStatus.SCHEDULED: (
            "It goes out by itself at scheduled_at. update_campaign changes it, schedule_campaign moves it; "
            "cancel_campaign stops it for good."
        ),
        CampaignStatus.CALCULATING: "It goes out now: get_campaign shows how far; cancel_campaign stops it.",
        CampaignStatus.SENDING: "It goes out now: get_campaign shows how far; cancel_campaign stops the rest.",
        CampaignStatus.SENT: "get_campaign_stats shows what came of it; it stays on record.",
        CampaignStatus.FAILED: "error_message says why; correct that, then make a new one with create_campaign.",
        CampaignStatus.CANCELLED: (
            "It stays cancelled. To send it after all: create_campaign with its segment and content, then send."
        ),
    }
)


WHY_UNKNOWN = "Preo does not say why single messages failed."


class CampaignResult(ShownCampaign):
    """A campaign, whom it would reach while it has not begun, and what happens next."""

    audience: Audience | None = None
    next_step: str | None = None


class CampaignStep(BaseModel):
    """Where a campaign stands after a call that changed it, and what happens next; get_campaign shows it in full."""

    id: str
    name: str | None = None
    status: str | None = None
    scheduled_at: datetime | None = None
    next_step: str | None = None


class SentCampaign(CampaignStep):
    """Where a campaign stands after it was sent, or as far as that came; the counts grow while it goes out."""

    total_recipients: int | None = None
    sent_count: int | None = None
    failed_count: int | None = None
    skipped: str | None = None
    error_message: str | None = None


async def until_sent(preo: Preo, content: dict[str, Any]) -> SentCampaign | None:
    """Wait while a campaign goes out, and return where it stands; None where it does not.

    Raises:
        PreoError: it cannot be read.
    """
    if content.get("status") not in MOVING_STATUSES:
        return None

    async def look() -> ShownCampaign:
        return await preo.request(GET_CAMPAIGN, ShownCampaign, id=content["id"])

    found = await watched(preo, look, lambda now: now.status in MOVING_STATUSES, _progress, WHILE_CALLED)
    counts = {name: getattr(found, name) for name in SentCampaign.model_fields if name in type(found).model_fields}
    return SentCampaign.model_validate({**counts, **dict(await step_told(preo, found))})


def _progress(campaign: ShownCampaign) -> tuple[float, str]:
    done, total = (campaign.sent_count or 0) + (campaign.failed_count or 0), campaign.total_recipients
    share = min(done / total, 1) if total else 0
    percent = share * WHOLE if campaign.status in MOVING_STATUSES else WHOLE
    return percent, f"{campaign.name or campaign.id}: {campaign.status}"


async def result(preo: Preo, campaign: CampaignDetail) -> CampaignResult:
    """Return a campaign with what happens next, where its status is known, and its times by its edition's clocks."""
    audience, timezone = (await audience_of(preo, campaign)) if campaign.status in NOT_BEGUN else (None, None)
    if timezone is None and any((campaign.scheduled_at, campaign.started_at, campaign.completed_at)):
        timezone = await zone_of(preo, campaign.edition_id)
    shown = with_clocks_of(timezone, ShownCampaign.model_validate(campaign.model_dump()))
    next_step = NEXT_STEPS.get(campaign.status or "")
    if campaign.failed_count and not campaign.failures and not campaign.error_message:
        next_step = f"{next_step or ''} {WHY_UNKNOWN}".strip()
    return CampaignResult(**dict(shown), audience=audience, next_step=next_step)


async def step_told(preo: Preo, campaign: Campaign | ShownCampaign) -> CampaignStep:
    """Return where a campaign stands, with its time by its edition's clocks."""
    timezone = await zone_of(preo, campaign.edition_id) if campaign.scheduled_at else None
    return with_clocks_of(timezone, step(campaign))


def step(campaign: Campaign | ShownCampaign) -> CampaignStep:
    """Return where a campaign stands, with its time as Preo tells it."""
    shown = {name: getattr(campaign, name) for name in ("id", "name", "status", "scheduled_at")}
    return CampaignStep(**shown, next_step=NEXT_STEPS.get(campaign.status or ""))


async def decide(preo: Preo, operation: Operation, campaign_id: str, body: Request | None = None) -> CampaignStep:
    """Call an operation that only some statuses allow.

    Raises:
        ConflictError: the status does not allow it; the text names it and the call that leads on.
        PreoError: anything else.
    """
    try:
        decided = await preo.request(operation, Campaign, body=body, id=campaign_id)
    except (ValidationError, ConflictError):
        must_be_allowed(operation, await preo.request(GET_CAMPAIGN, CampaignDetail, id=campaign_id))
        raise
    return await step_told(preo, decided)


def must_be_allowed(operation: Operation, campaign: Campaign) -> None:
    """Refuse what the campaign's status does not allow.

    Raises:
        ConflictError: with the status, the allowed ones and the next call.
    """
    allowed = ALLOWED_STATUSES[operation]
    if campaign.status in NEXT_STEPS and campaign.status not in allowed:
        statuses = " or ".join(status for status in CampaignStatus if status in allowed)
        why = f"the campaign is {campaign.status}, and this needs {statuses}"
        raise ConflictError(f"{operation.title} was not done", why, NEXT_STEPS[str(campaign.status)])
