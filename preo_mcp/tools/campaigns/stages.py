"""The statuses of a campaign as a path: what happens next at each, told in results and when a call came too late."""

from datetime import datetime
from types import MappingProxyType

from pydantic import BaseModel

from preo_mcp.api.errors import ConflictError, ValidationError
from preo_mcp.api.models.base import Request
from preo_mcp.api.models.campaigns import ALLOWED_STATUSES, Campaign, CampaignDetail, CampaignStatus, ShownCampaign
from preo_mcp.api.operations import GET_CAMPAIGN, Operation
from preo_mcp.calls.preo import Preo

NEXT_STEPS: MappingProxyType[str, str] = MappingProxyType(
    {
        CampaignStatus.DRAFT: "Nothing goes out yet: send_campaign or schedule_campaign, after preview_email.",
        CampaignStatus.SCHEDULED: "It goes out by itself at scheduled_at; cancel_campaign stops it.",
        CampaignStatus.CALCULATING: "It goes out now: get_campaign shows how far; cancel_campaign stops it.",
        CampaignStatus.SENDING: "It goes out now: get_campaign shows how far; cancel_campaign stops the rest.",
        CampaignStatus.SENT: "get_campaign_stats shows what came of it; it stays on record.",
        CampaignStatus.FAILED: "error_message says why; correct that, then make a new one with create_campaign.",
        CampaignStatus.CANCELLED: "It stays cancelled; make a new one with create_campaign.",
    }
)


class CampaignResult(ShownCampaign):
    """A campaign and what happens next."""

    next_step: str | None = None


class CampaignStep(BaseModel):
    """Where a campaign stands after a call that changed it, and what happens next; get_campaign shows it in full."""

    id: str
    name: str | None = None
    status: str | None = None
    scheduled_at: datetime | None = None
    next_step: str | None = None


def result(campaign: ShownCampaign) -> CampaignResult:
    """Return a campaign with what happens next, where its status is known."""
    return CampaignResult(**dict(campaign), next_step=NEXT_STEPS.get(campaign.status or ""))


def step(campaign: Campaign | ShownCampaign) -> CampaignStep:
    """Return where a campaign stands."""
    shown = {name: getattr(campaign, name) for name in ("id", "name", "status", "scheduled_at")}
    return CampaignStep(**shown, next_step=NEXT_STEPS.get(campaign.status or ""))


async def decide(preo: Preo, operation: Operation, campaign_id: str, body: Request | None = None) -> CampaignStep:
    """Call an operation that only some statuses allow.

    Raises:
        ConflictError: the status does not allow it; the text names it and the call that leads on.
        PreoError: anything else.
    """
    try:
        return step(await preo.request(operation, Campaign, body=body, id=campaign_id))
    except (ValidationError, ConflictError):
        must_be_allowed(operation, await preo.request(GET_CAMPAIGN, CampaignDetail, id=campaign_id))
        raise


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
