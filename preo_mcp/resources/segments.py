"""A segment's customers as CSV, for a host to read without the rows passing through its model's context."""

from preo_mcp.media_types import CSV
from preo_mcp.operations import EXPORT_SEGMENT_USERS
from preo_mcp.preo import Preo
from preo_mcp.resources.addresses import SEGMENT_USERS


def segment_users_uri(segment_id: str) -> str:
    """Return the address of a segment's customers."""
    return SEGMENT_USERS.format(segment_id=segment_id)


async def read_segment_users(preo: Preo, segment_id: str) -> str:
    """Return all customers of a completed segment, masked where the setting says so."""
    text = await preo.text(EXPORT_SEGMENT_USERS, CSV, id=segment_id)
    if not preo.settings.masks:
        return text
    from preo_mcp.privacy.tables import masked_csv

    return masked_csv(text)
