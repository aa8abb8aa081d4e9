"""Users: find, look, change."""

from typing import Annotated

from pydantic import MISSING, Field, WithJsonSchema

from preo_mcp.models.base import Page
from preo_mcp.models.editions import Language
from preo_mcp.models.users import (
    ListedUser,
    ListUsersQuery,
    UpdateUserRequest,
    User,
    UserOrdering,
)
from preo_mcp.operations import GET_USER, LIST_USERS, UPDATE_USER
from preo_mcp.preo import Preo
from preo_mcp.replies.listing import Listing, listing
from preo_mcp.tool import tool
from preo_mcp.tools.arguments import PageNumber, PageSize, UserId
from preo_mcp.tools.field_read_back import field_read_back
from preo_mcp.tools.user_facts import facts_of_update

FIELDS = ", ".join(ordering for ordering in UserOrdering if ordering[0] != "-")
Ordering = Annotated[
    list[UserOrdering],
    WithJsonSchema({"type": "array", "items": {"type": "string"}, "description": f"{FIELDS}, -…"}),
]
"""Checked against the enum, and described shorter than by its members."""
Locale = Annotated[str, Field(description=", ".join(Language))]


@tool(LIST_USERS)
async def list_users(
    preo: Preo,
    search: Annotated[str, Field(description="In name, e-mail and phone.")] | MISSING = MISSING,
    edition_id: Annotated[str, Field(description="Only those with an order there.")] | MISSING = MISSING,
    organization_id: str | MISSING = MISSING,
    ordering: Ordering | MISSING = MISSING,
    page: PageNumber = 1,
    page_size: PageSize = 25,
) -> Listing[ListedUser]:
    """Find customers, newest first; accents, case and the way a phone number is typed do not matter."""
    query = ListUsersQuery(
        search=search,
        edition_id=edition_id,
        organization_id=organization_id,
        ordering=ordering,
        page=page,
        page_size=page_size,
    )
    return listing(await preo.call(LIST_USERS, Page[ListedUser], query=query), query)


@tool(GET_USER)
async def get_user(preo: Preo, user_id: UserId) -> User:
    """Show one customer; for their orders list_orders."""
    return await preo.call(GET_USER, User, id=user_id)


@tool(UPDATE_USER, facts=facts_of_update, read_back=field_read_back(GET_USER, User, "user_id"))
async def update_user(
    preo: Preo,
    user_id: UserId,
    email: str | MISSING = MISSING,
    first_name: str | MISSING | None = MISSING,
    last_name: str | MISSING | None = MISSING,
    phone_number: Annotated[str | None, Field(description="With country code.")] | MISSING = MISSING,
    locale: Locale | MISSING = MISSING,
) -> User:
    """Change a customer's data; a person is asked first. null removes."""
    body = UpdateUserRequest(
        email=email, first_name=first_name, last_name=last_name, phone_number=phone_number, locale=locale
    )
    return await preo.call(UPDATE_USER, User, body=body, id=user_id)
