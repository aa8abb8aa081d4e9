"""The figures of a campaign, with what they rest on: as of when, and what each rate divides by."""

from datetime import UTC, datetime
from typing import Final

from preo_mcp.api.models.campaigns import CampaignStats

PARTS: Final = {
    "delivery_rate": ("delivered", ("sent", "total_recipients")),
    "open_rate": ("opened", ("delivered", "sent")),
    "click_rate": ("clicked", ("delivered", "opened", "sent")),
    "unsubscribe_rate": ("unsubscribed", ("delivered", "sent")),
}
"""By rate: what is counted, and of what it can be the share; Preo does not document it, so its own figures tell."""
ROUNDED: Final = 0.0051
"""By how much a rate may differ from the share, in case it is rounded to whole per cent."""


class CampaignFigures(CampaignStats):
    """What came of a campaign's messages, `as_of` the moment of the answer.

    `rates_of` says of what each rate is the share, as far as the figures show: `delivery_rate: sent`.
    """

    as_of: datetime | None = None
    rates_of: str | None = None


def with_basis(stats: CampaignStats) -> CampaignFigures:
    """Return figures with when they were answered and what their rates divide by."""
    found = {rate: _basis(stats, rate) for rate in PARTS if getattr(stats, rate) is not None}
    told = ", ".join(f"{rate}: {basis}" for rate, basis in found.items())
    return CampaignFigures(**dict(stats), as_of=datetime.now(UTC).replace(microsecond=0), rates_of=told or None)


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
