"""Get user info: the token's user, with their organizations and roles (the shape is inferred)."""

from preo_mcp.api.models.users import UserInfo
from preo_mcp.api.operations import GET_USER_INFO
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.store import Doc

ENDPOINTS = Endpoints()


@ENDPOINTS.endpoint(GET_USER_INFO, returns=UserInfo)
async def get_user_info(call: Call[Nothing, Nothing]) -> Doc:
    """Answer who calls."""
    organizations: list[Doc] = []
    for key, role in call.member.roles.items():
        organization = call.store.doc("organizations", key)
        if organization is not None:
            organizations.append({**{name: organization[name] for name in ("id", "name", "slug")}, "role": role})
    return {**call.member.user, "organizations": organizations}
