"""A segment's customers as CSV, for a host to read without the rows passing through its model's context."""

from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError

from preo_mcp.errors import NotFoundError, PreoError
from preo_mcp.media_types import CSV
from preo_mcp.operations import EXPORT_SEGMENT_USERS
from preo_mcp.preo import Backend, Preo

SEGMENT_USERS = "preo://segments/{segment_id}/users.csv"


def segment_users_uri(segment_id: str) -> str:
    """Return the address of a segment's customers."""
    return SEGMENT_USERS.format(segment_id=segment_id)


def add_segment_users(server: MCPServer[Backend], backend: Backend) -> None:
    """Make the customers of completed segments readable."""

    @server.resource(
        SEGMENT_USERS,
        name="segment_users",
        title="Customers of a segment",
        description="All customers of a completed segment, one per row.",
        mime_type=CSV,
    )
    async def read_segment_users(segment_id: str, context: Context[Any, Any]) -> str:
        try:
            return await Preo(backend, context).text(EXPORT_SEGMENT_USERS, CSV, id=segment_id)
        except NotFoundError as exc:
            raise ResourceNotFoundError(str(exc)) from None
        except PreoError as exc:
            raise ResourceError(str(exc)) from None
