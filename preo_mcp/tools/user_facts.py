"""What a person is shown before a customer's data change: which fields, from what to what, for whom."""

from pydantic import MISSING

from preo_mcp.errors import ValidationError
from preo_mcp.guardrails.facts import Facts, Line, Stakes
from preo_mcp.guardrails.wording import Figure, Personal, say
from preo_mcp.models.base import Page
from preo_mcp.models.orders import ListedOrder, ListOrdersQuery
from preo_mcp.models.users import ListedUser, ListUsersQuery, User
from preo_mcp.operations import GET_USER, LIST_ORDERS, LIST_USERS, UPDATE_USER
from preo_mcp.preo import Preo
from preo_mcp.tools.fact_words import FIELDS, change, full_name, named
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
    user = await preo.call(GET_USER, User, id=user_id)
    changes = {name: value for name, value in wanted.items() if value is not MISSING and value != getattr(user, name)}
    if not changes:
        raise ValidationError(NOT_DONE, "nothing would change", "Give a field and its new value; see get_user.")
    await must_manage(preo, user.organization_id, UPDATE_USER)
    email = changes.get("email")
    if email is not None:
        await _must_be_free(preo, user, email)
    orders = await preo.call(LIST_ORDERS, Page[ListedOrder], query=ListOrdersQuery(customer_id=user_id, page_size=1))
    name = full_name(user.first_name, user.last_name) or _data("email", user.email)
    lines: list[Line] = [
        (say("Customer"), named(name, user.id)),
        *((FIELDS[key], change(_data(key, getattr(user, key)), _data(key, new))) for key, new in changes.items()),
        (say("Orders"), Figure(orders.count)),
    ]
    return Facts(say("Change this customer's data?"), tuple(lines), stakes=Stakes(organization_id=user.organization_id))


async def _must_be_free(preo: Preo, user: User, email: str) -> None:
    query = ListUsersQuery(search=email, page_size=1000)
    if user.organization_id is not None:
        query = query.model_copy(update={"organization_id": user.organization_id})
    found = await preo.call(LIST_USERS, Page[ListedUser], query=query)
    for other in found.results:
        if other.id != user.id and (other.email or "").casefold() == email.strip().casefold():
            why = f"another customer of this organization has this e-mail ({other.id})"
            raise ValidationError(NOT_DONE, why, "Choose another e-mail, or look at that customer with get_user.")


def _data(field: str, value: str | None) -> str | None:
    return value if value is None or field == LOCALE else Personal(value)
