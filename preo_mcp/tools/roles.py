"""What the token's user may do, asked before a person is: nobody should agree to what is refused afterwards."""

from collections.abc import Sequence
from typing import Final

from preo_mcp.api.errors import NotFoundError, PermissionDeniedError
from preo_mcp.api.models.users import MemberOrganization, UserInfo
from preo_mcp.api.operations import GET_USER_INFO, Operation
from preo_mcp.calls.preo import Preo

LOOKER: Final = "staff"
"""The role that may look and not change (inferred)."""


async def must_manage(preo: Preo, organization_id: str | None, operation: Operation) -> MemberOrganization | None:
    """Refuse where the token's user is known to have the lesser role in an organization.

    Returns the organization, or None where nothing is known of it.

    Raises:
        PermissionDeniedError: they may only look.
        PreoError: who they are cannot be found out.
    """
    return must_be_manager(await memberships(preo), organization_id, operation)


async def memberships(preo: Preo) -> list[MemberOrganization]:
    """Return the organizations that the token's user belongs to; none where Preo does not tell.

    Raises:
        PreoError: they cannot be fetched.
    """
    try:
        return (await preo.request(GET_USER_INFO, UserInfo)).organizations
    except NotFoundError:  # its path is inferred; then the API itself says no
        return []


def must_be_manager(
    members: Sequence[MemberOrganization], organization_id: str | None, operation: Operation
) -> MemberOrganization | None:
    """Check like `must_manage` with what `memberships` told, where that is fetched before the organization is known.

    Raises:
        PermissionDeniedError: they may only look.
    """
    found = next((organization for organization in members if organization.id == organization_id), None)
    if found is not None and found.role == LOOKER:
        raise PermissionDeniedError(
            f"{operation.title} was not done",
            f"the token's user is {LOOKER} in {organization_id}",
            "Use a token of a manager or admin; calling again does not help.",
        )
    return found
