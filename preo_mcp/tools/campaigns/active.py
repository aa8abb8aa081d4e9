"""The campaigns that are about to reach people, all of them: what they use must not change unseen."""

from collections.abc import Callable, Sequence
from typing import Final

from pydantic import MISSING

from preo_mcp.api.errors import NotFoundError
from preo_mcp.api.models.base import Page
from preo_mcp.api.models.campaigns import ACTIVE_STATUSES, Campaign, CampaignDetail, CampaignStatus, ListCampaignsQuery
from preo_mcp.api.operations import LIST_CAMPAIGNS
from preo_mcp.approval.facts import Line
from preo_mcp.approval.wording import Count, Message, say
from preo_mcp.calls.preo import Preo, together
from preo_mcp.tools.campaigns.parts import get_campaign_detail
from preo_mcp.tools.campaigns.subjects import spelled
from preo_mcp.tools.fact_words import UNKNOWN, in_utc
from preo_mcp.tools.whole_lists import Whole, whole_list

MOST_PAGES: Final = 20
"""Of a list, after which nobody knows what else is in it."""
MOST_READ: Final = 200
"""Campaigns that are read one by one, because lists may not say what they use."""
NAMED: Final = 5
"""Campaigns with a line of their own; the others are counted."""
OVER: Final = frozenset({CampaignStatus.DRAFT, CampaignStatus.SENT, CampaignStatus.FAILED, CampaignStatus.CANCELLED})
"""The statuses in which a campaign reaches nobody by itself; any other, even an unknown one, counts as about to."""


async def active_campaigns(
    preo: Preo, organization_id: str | None, may_use: Callable[[Campaign], bool]
) -> Whole[CampaignDetail]:
    """Return the campaigns that are scheduled or on their way and may use something, in detail.

    Args:
        preo: The way to the API.
        organization_id: Whose campaigns; None where that is not known.
        may_use: Whether a campaign uses it, or may, as far as its fields tell: those that lists leave out are None.

    Raises:
        PreoError: they cannot be fetched; not knowing is no reason to go on.
    """
    query = ListCampaignsQuery(organization_id=organization_id or MISSING)
    lists = await together(*(_with_status(preo, query, status) for status in ACTIVE_STATUSES))
    found = {one.id: one for listed in lists for one in listed.rows if one.status not in OVER and may_use(one)}
    details = await together(*(_detail(preo, one.id) for one in [*found.values()][:MOST_READ]))
    read = [one for one in details if one is not None and one.status not in OVER and may_use(one)]
    return Whole(read, is_whole=len(found) <= MOST_READ and all(listed.is_whole for listed in lists))


async def _with_status(preo: Preo, query: ListCampaignsQuery, status: CampaignStatus) -> Whole[Campaign]:
    of_status = query.model_copy(update={"status": status})
    return await whole_list(
        lambda asked: preo.request(LIST_CAMPAIGNS, Page[Campaign], query=asked), of_status, MOST_PAGES
    )


async def _detail(preo: Preo, campaign_id: str) -> CampaignDetail | None:
    try:
        return await get_campaign_detail(preo, campaign_id)
    except NotFoundError:  # it was deleted at this moment
        return None


def campaign_lines(found: Whole[CampaignDetail]) -> list[Line]:
    """Return a line for each of the first campaigns, and how many there are besides."""
    lines = lines_of(found.rows)
    return lines if found.is_whole else [*lines, (say("Other campaigns"), UNKNOWN)]


def lines_of(campaigns: Sequence[Campaign]) -> list[Line]:
    """Return a line for each of the first campaigns, and how many there are besides."""
    lines: list[Line] = [(say("Campaign"), _described(one)) for one in campaigns[:NAMED]]
    rest = len(campaigns) - NAMED
    return [*lines, (say("Further campaigns"), Count(rest))] if rest > 0 else lines


def _described(campaign: Campaign) -> Message:
    what, at = spelled(campaign), campaign.scheduled_at
    return what if at is None else say("{campaign}, {time}", campaign=what, time=in_utc(at))
