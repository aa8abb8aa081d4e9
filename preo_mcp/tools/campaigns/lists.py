"""The list of campaigns: by several statuses, and by segment, which Preo does not filter by."""

from collections.abc import Sequence
from typing import Final

from pydantic import MISSING

from preo_mcp.api.models.base import Page
from preo_mcp.api.models.campaigns import CampaignStatus, ListCampaignsQuery, ListedCampaign
from preo_mcp.api.operations import LIST_CAMPAIGNS
from preo_mcp.calls.preo import Preo
from preo_mcp.replies.listing import Listing, listing
from preo_mcp.tools.edition_clocks import in_edition_clocks
from preo_mcp.tools.lists import ListOf

CAMPAIGNS: Final = ListOf(LIST_CAMPAIGNS, Page[ListedCampaign])


async def listed_campaigns(
    preo: Preo, query: ListCampaignsQuery, status: Sequence[CampaignStatus] | MISSING, segment_id: str | MISSING
) -> Listing[ListedCampaign]:
    """Return campaigns, with times by their editions' clocks; the filters are shown.

    That a row names its segment is inferred: one that does not is kept where a segment is asked for, and counted.

    Raises:
        PreoError: the list cannot be fetched.
    """

    def may_use(row: ListedCampaign) -> bool:
        return row.segment_id in (None, segment_id)

    where = None if segment_id is MISSING else may_use
    found = await CAMPAIGNS.found(preo, query, several={"status": status}, where=where)
    shown = {**found.filters, **({} if where is None else {"segment_id": _told(str(segment_id), found.page.results)})}
    listed = listing(
        found.page, query, filtered_here=shown, looked_through=found.looked_through, is_counted=found.is_counted
    )
    listed.results = await in_edition_clocks(preo, listed.results)
    return listed


def _told(segment_id: str, rows: Sequence[ListedCampaign]) -> str:
    untold = sum(row.segment_id is None for row in rows)
    return f"{segment_id} (Preo does not say it of {untold} rows: get_campaign does)" if untold else segment_id
