"""Users: an organization's customers (fields by the customer object of Preo's wallet API; the rest is inferred)."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, cast

from pydantic import MISSING, BeforeValidator, Field

from preo_mcp.api.models.base import Embedded, PageQuery, Request, Response
from preo_mcp.api.models.editions import Language


class UserOrdering(StrEnum):
    """How a list of users can be ordered (inferred); `-` is descending."""

    CREATED = "created"
    CREATED_DESC = "-created"
    MODIFIED = "modified"
    MODIFIED_DESC = "-modified"
    EMAIL = "email"
    EMAIL_DESC = "-email"
    NAME = "name"
    NAME_DESC = "-name"


class ListUsersQuery(PageQuery):
    """The query of List users; `edition_id` finds those with an order there."""

    search: str | MISSING = MISSING
    edition_id: str | MISSING = MISSING
    organization_id: str | MISSING = MISSING
    ordering: list[UserOrdering] | MISSING = MISSING


class UpdateUserRequest(Request):
    """The body of Partially update user; null removes a name or the number, what is absent stays."""

    email: str | MISSING = MISSING
    first_name: str | MISSING | None = MISSING
    last_name: str | MISSING | None = MISSING
    phone_number: str | MISSING | None = MISSING
    locale: Language | str | MISSING = MISSING


class UserConsent(Embedded):
    """What a customer answered last to a consent, and when (inferred); one never asked about has no row."""

    id: str
    name: str | None = None
    type: str | None = None
    status: str | None = None
    answered_at: datetime | None = None


class User(Response):
    """A customer of an organization; the fields from `organization_id` on are inferred."""

    id: str
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    phone_number: str | None = None
    locale: str | None = None
    organization_id: str | None = None
    consents: list[UserConsent] | None = None
    created: datetime | None = None
    modified: datetime | None = None


def _name_of(value: object) -> object:
    return cast("Mapping[str, Any]", value).get("name") if isinstance(value, dict) else value


class ShownUser(User):
    """A customer as a tool shows them: with their organization by name (that Preo sends it is inferred)."""

    organization: Annotated[str | None, BeforeValidator(_name_of)] = None


class ListedUser(Embedded):
    """A customer as a row of a list, or inside another object: enough to recognise them."""

    id: str
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    phone_number: str | None = None


def in_one_line(value: object) -> object:
    """Return a customer object as `Søren Kjærgaard, soeren@example.com, +4520123456`, whatever is known of it."""
    if not isinstance(value, dict):
        return value
    user = cast("Mapping[str, Any]", value)
    name = " ".join([str(user[part]) for part in ("first_name", "last_name") if user.get(part)])
    return ", ".join([str(part) for part in (name, user.get("email"), user.get("phone_number")) if part]) or None


UserInOneLine = Annotated[str | None, BeforeValidator(in_one_line)]
"""A customer inside another object: name, e-mail and number."""


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
