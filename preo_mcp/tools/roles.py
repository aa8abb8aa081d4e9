"""What the token's user may do, asked before a person is: nobody should agree to what is refused afterwards."""

from typing import Final

from preo_mcp.errors import NotFoundError, PermissionDeniedError
from preo_mcp.models.auth import UserInfo
from preo_mcp.operations import GET_USER_INFO, Operation
from preo_mcp.preo import Preo

LOOKER: Final = "staff"
"""The role that may look and not change (inferred)."""


async def must_manage(preo: Preo, organization_id: str | None, operation: Operation) -> None:
    """Refuse where the token's user is known to have the lesser role in an organization.

    Raises:
        PermissionDeniedError: they may only look.
        PreoError: it cannot be had who they are.
    """
    try:
        info = await preo.call(GET_USER_INFO, UserInfo)
    except NotFoundError:  # its path is inferred; then the API itself says no
        return
    roles = {organization.id: organization.role for organization in info.organizations}
    if organization_id is not None and roles.get(organization_id) == LOOKER:
        raise PermissionDeniedError(
            f"{operation.title} was not done",
            f"the token's user is {LOOKER} in {organization_id}",
            "Use a token of a manager or admin; calling again does not help.",
        )
