"""Whom a campaign that has not begun would reach, as a read tells it: what a send would ask a person about."""

from datetime import datetime

from pydantic import BaseModel

from preo_mcp.api.errors import PreoError
from preo_mcp.api.models.campaigns import CampaignDetail
from preo_mcp.api.models.segments import SegmentStatus
from preo_mcp.calls.preo import Preo
from preo_mcp.text.local_time import by_clocks_of
from preo_mcp.tools.campaigns.parts import subject_of
from preo_mcp.tools.campaigns.subjects import Subject


class Audience(BaseModel):
    """Who would get a campaign now; what is absent is not known.

    Of `user_count` people in the segment `reachable_count` would get it by its channel, or at the most
    `reachable_at_most`; `left_out` says how many would not, and why. The figures are of `last_calculated`: a send has
    the segment calculated anew. `lacks` is what has to be done before it can be sent.
    """

    communication_type: str | None = None
    user_count: int | None = None
    reachable_count: int | None = None
    reachable_at_most: int | None = None
    left_out: str | None = None
    segment_status: str | None = None
    last_calculated: datetime | None = None
    lacks: str | None = None


async def audience_of(preo: Preo, campaign: CampaignDetail) -> tuple[Audience | None, str | None]:
    """Return whom a campaign would reach now, and its time zone; None for what cannot be read."""
    try:
        subject = await subject_of(preo, campaign.id, campaign)
    except PreoError:  # the campaign is told without it
        return None, None
    return audience_told(subject), subject.timezone


def audience_told(subject: Subject) -> Audience:
    """Return whom a campaign would reach, of what was read of it."""
    segment, reach, lacks = subject.segment, subject.reach, subject.lacks()
    is_counted = segment.status in (SegmentStatus.COMPLETED, None)
    calculated = segment.last_calculated
    return Audience(
        communication_type=segment.communication_type,
        user_count=segment.user_count if is_counted else None,
        reachable_count=reach.people if reach.is_exact else None,
        reachable_at_most=None if reach.is_exact else reach.people,
        left_out=_in_one_line(subject) if reach.is_exact else None,
        segment_status=segment.status,
        last_calculated=calculated and by_clocks_of(subject.timezone, calculated),
        lacks=lacks and " · ".join(lacks),
    )


def _in_one_line(subject: Subject) -> str:
    left_out = subject.left_out()
    told = {"no_consent": left_out.no_consent, "no_usable_address": left_out.no_address}
    return ", ".join(f"{reason} {count}" for reason, count in told.items() if count is not None)
