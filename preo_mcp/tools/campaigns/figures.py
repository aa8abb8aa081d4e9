"""The figures of a campaign from its segment to the clicks, and what they rest on: as of when, what rates divide by."""

from datetime import UTC, datetime
from typing import Final

from pydantic import BaseModel

from preo_mcp.api.errors import PreoError
from preo_mcp.api.models.campaigns import CampaignStats, ShownCampaign
from preo_mcp.api.operations import GET_CAMPAIGN, GET_CAMPAIGN_STATS
from preo_mcp.calls.preo import Preo, together
from preo_mcp.tools.edition_clocks import with_clocks_of, zone_of

PARTS: Final = {
    "delivery_rate": ("delivered", ("sent", "total_recipients")),
    "open_rate": ("opened", ("delivered", "sent")),
    "click_rate": ("clicked", ("delivered", "opened", "sent")),
    "unsubscribe_rate": ("unsubscribed", ("delivered", "sent")),
}
"""By rate: what is counted, and of what it can be the share; Preo does not document it, so its own figures tell."""
ROUNDED: Final = 0.0051
"""By how much a rate may differ from the share, in case it is rounded to whole per cent."""


class FiguresOf(BaseModel):
    """Which campaign it is, and who of its segment was to get it: what the figures alone do not say."""

    id: str
    name: str | None = None
    status: str | None = None
    started_at: datetime | None = None
    user_count: int | None = None
    skipped: str | None = None


class CampaignFigures(CampaignStats, FiguresOf):
    """What came of a campaign's messages, `as_of` the moment of the answer.

    Of `user_count` people in the segment `skipped` says who got nothing, and why. `rates_of` says of what each rate is
    the share, as far as the figures show: `delivery_rate: sent`.
    """

    id: str
    as_of: datetime
    rates_of: str | None = None


async def figures_of(preo: Preo, campaign_id: str) -> CampaignFigures:
    """Return the figures of a campaign; without what is told of the campaign itself where that cannot be read.

    Raises:
        PreoError: the figures cannot be fetched.
    """
    stats, campaign = await together(
        preo.request(GET_CAMPAIGN_STATS, CampaignStats, id=campaign_id), _campaign(preo, campaign_id)
    )
    of = FiguresOf(id=campaign_id)
    if campaign is not None:
        of = FiguresOf(**{name: getattr(campaign, name) for name in FiguresOf.model_fields})
    return with_clocks_of(await zone_of(preo, campaign and campaign.edition_id), _with_basis(stats, of))


def _with_basis(stats: CampaignStats, campaign: FiguresOf) -> CampaignFigures:
    """Return figures with when they were answered and what their rates divide by."""
    found = {rate: _basis(stats, rate) for rate in PARTS if getattr(stats, rate) is not None}
    told = ", ".join(f"{rate}: {basis}" for rate, basis in found.items())
    as_of = datetime.now(UTC).replace(microsecond=0)
    return CampaignFigures(**dict(campaign), **dict(stats), as_of=as_of, rates_of=told or None)


async def _campaign(preo: Preo, campaign_id: str) -> ShownCampaign | None:
    try:
        return await preo.request(GET_CAMPAIGN, ShownCampaign, id=campaign_id)
    except PreoError:  # the figures stand without it
        return None


def _basis(stats: CampaignStats, rate: str) -> str:
    part, wholes = PARTS[rate]
    counted, share = getattr(stats, part), getattr(stats, rate)
    if counted is None:
        return "unknown"
    if not counted:
        return "unknown, as it is 0"
    fitting = [name for name in wholes if (whole := getattr(stats, name)) and abs(counted / whole - share) < ROUNDED]
    exact = sorted(fitting, key=lambda name: abs(counted / getattr(stats, name) - share))
    return exact[0] if exact else "unknown"
