"""Who the token belongs to."""

from preo_mcp.models.auth import UserInfo
from preo_mcp.operations import GET_USER_INFO
from preo_mcp.preo import Preo
from preo_mcp.tool import tool


@tool(GET_USER_INFO)
async def get_user_info(preo: Preo) -> UserInfo:
    """Show the token's user, and their organizations with ids and roles (admin, manager, staff)."""
    return await preo.call(GET_USER_INFO, UserInfo)
