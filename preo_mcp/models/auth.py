"""Who the token belongs to (the shape is inferred)."""

from pydantic import Field

from preo_mcp.models.base import Embedded, Response


class MemberOrganization(Embedded):
    """An organization that the token's user belongs to, and as what: admin, manager or staff."""

    id: str
    name: str | None = None
    slug: str | None = Field(default=None, exclude=True)
    role: str | None = None


class UserInfo(Response):
    """The token's user with their organizations."""

    id: str
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    phone_number: str | None = None
    locale: str | None = None
    organizations: list[MemberOrganization] = Field(default_factory=list[MemberOrganization])
