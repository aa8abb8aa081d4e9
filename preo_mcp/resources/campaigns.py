"""Campaigns to read."""

from preo_mcp.preo import Preo
from preo_mcp.tools.campaign_stages import CampaignResult
from preo_mcp.tools.campaigns import get_campaign


async def read_campaign(preo: Preo, campaign_id: str) -> CampaignResult:
    """Return a campaign as it stands now, and what happens next."""
    return await get_campaign(preo, campaign_id)
