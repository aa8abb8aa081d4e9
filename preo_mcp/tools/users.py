"""Users: find, look, change."""

from typing import Annotated

from pydantic import MISSING, Field, WithJsonSchema

from preo_mcp.api.errors import ValidationError
from preo_mcp.api.models.base import Page
from preo_mcp.api.models.editions import Language
from preo_mcp.api.models.orders import ListedOrder, ListOrdersQuery
from preo_mcp.api.models.users import ListedUser, ListUsersQuery, UpdateUserRequest, User, UserInfo, UserOrdering
from preo_mcp.api.operations import GET_USER, GET_USER_INFO, LIST_ORDERS, LIST_USERS, UPDATE_USER
from preo_mcp.approval.facts import Facts, Line, Stakes
from preo_mcp.approval.wording import Figure, Personal, say
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.together import together
from preo_mcp.calls.tool import tool
from preo_mcp.replies.listing import Listing, listing
from preo_mcp.tools.arguments import PageNumber, PageSize, UserId
from preo_mcp.tools.fact_words import FIELDS, change, full_name, named
from preo_mcp.tools.read_backs import field_read_back
from preo_mcp.tools.roles import must_manage

NOT_DONE = f"{UPDATE_USER.title} was not done"
LOCALE = "locale"
"""The one field that says nothing of who it is."""


async def facts_of_update(preo: Preo, user_id: str, **wanted: str | None) -> Facts:
    """Return what changing a customer would change; `wanted` are the tool's arguments, MISSING where absent.

    Raises:
        ValidationError: no field would change, or the e-mail is another customer's.
        PermissionDeniedError: the token's user may only look.
        PreoError: the customer cannot be had.
    """
    user = await preo.request(GET_USER, User, id=user_id)
    changes = {name: value for name, value in wanted.items() if value is not MISSING and value != getattr(user, name)}
    if not changes:
        raise ValidationError(NOT_DONE, "nothing would change", "Give a field and its new value; see get_user.")
    theirs = ListOrdersQuery(customer_id=user_id, page_size=1)
    _, _, orders = await together(
        must_manage(preo, user.organization_id, UPDATE_USER),
        _must_be_free(preo, user, changes.get("email")),
        preo.request(LIST_ORDERS, Page[ListedOrder], query=theirs),
    )
    name = full_name(user.first_name, user.last_name) or _data("email", user.email)
    lines: list[Line] = [
        (say("Customer"), named(name, user.id)),
        *((FIELDS[key], change(_data(key, getattr(user, key)), _data(key, new))) for key, new in changes.items()),
        (say("Orders"), Figure(orders.count)),
    ]
    return Facts(say("Change this customer's data?"), tuple(lines), stakes=Stakes(organization_id=user.organization_id))


async def _must_be_free(preo: Preo, user: User, email: str | None) -> None:
    if email is None:
        return
    query = ListUsersQuery(search=email, page_size=1000)
    if user.organization_id is not None:
        query = query.model_copy(update={"organization_id": user.organization_id})
    found = await preo.request(LIST_USERS, Page[ListedUser], query=query)
    for other in found.results:
        if other.id != user.id and (other.email or "").casefold() == email.strip().casefold():
            why = f"another customer of this organization has this e-mail ({other.id})"
            raise ValidationError(NOT_DONE, why, "Choose another e-mail, or look at that customer with get_user.")


def _data(field: str, value: str | None) -> str | None:
    return value if value is None or field == LOCALE else Personal(value)


@tool(GET_USER_INFO)
async def get_user_info(preo: Preo) -> UserInfo:
    """Show the token's user, and their organizations with ids and roles (admin, manager, staff)."""
    return await preo.request(GET_USER_INFO, UserInfo)


ORDERINGS = ", ".join(ordering for ordering in UserOrdering if ordering[0] != "-")
Ordering = Annotated[
    list[UserOrdering],
    WithJsonSchema({"type": "array", "items": {"type": "string"}, "description": f"{ORDERINGS}, -…"}),
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
    return listing(await preo.request(LIST_USERS, Page[ListedUser], query=query), query)


@tool(GET_USER)
async def get_user(preo: Preo, user_id: UserId) -> User:
    """Show one customer; for their orders list_orders."""
    return await preo.request(GET_USER, User, id=user_id)


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
    return await preo.request(UPDATE_USER, User, body=body, id=user_id)
