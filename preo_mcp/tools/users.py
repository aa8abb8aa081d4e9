"""Users: find, look, change."""

import re
from collections.abc import Callable, Collection
from typing import Annotated, Final
from weakref import WeakKeyDictionary

from pydantic import MISSING, Field

from preo_mcp.api.errors import PreoError, ValidationError
from preo_mcp.api.models.base import Page
from preo_mcp.api.models.editions import Language
from preo_mcp.api.models.orders import ListedOrder, ListOrdersQuery
from preo_mcp.api.models.users import ListedUser, ListUsersQuery, ShownUser, UpdateUserRequest, User, UserOrdering
from preo_mcp.api.operations import GET_USER, LIST_ORDERS, LIST_USERS, UPDATE_USER
from preo_mcp.approval.facts import CHANGES, Facts, Line, Stakes
from preo_mcp.approval.wording import Count, Message, Personal, Series, Words, say
from preo_mcp.backend import Backend
from preo_mcp.calls.preo import Preo, together
from preo_mcp.calls.tool import tool
from preo_mcp.replies.listing import Listing
from preo_mcp.tools.arguments import PageNumber, PageSize, UserId, ordered_by
from preo_mcp.tools.fact_words import FIELDS, UNKNOWN, change, contact, full_name, named
from preo_mcp.tools.lists import ListOf
from preo_mcp.tools.read_backs import field_read_back
from preo_mcp.tools.roles import memberships, must_manage
from preo_mcp.tools.whole_lists import whole_list

NOT_DONE = f"{UPDATE_USER.title} was not done"
LOCALE = "locale"
"""The one field that says nothing of who it is."""
NAMES: Final = frozenset({"first_name", "last_name"})
MOST_PAGES: Final = 10
"""Of customers whose data holds the new e-mail somewhere."""

_ADDRESS: Final = re.compile(r"[^@\s]+@[^@\s]+")
_BETWEEN_DIGITS: Final = re.compile(r"[\s().\-/]")


async def facts_of_update(preo: Preo, user_id: str, **wanted: str | None) -> Facts:
    """Return what changing a customer would change; `wanted` are the tool's arguments, MISSING where absent.

    Raises:
        ValidationError: no field would change, the e-mail is not an address, or it is another customer's.
        PermissionDeniedError: the token's user may only look.
        PreoError: the customer cannot be fetched.
    """
    user = await preo.request(GET_USER, User, id=user_id)
    changes = {
        name: value for name, value in wanted.items() if value is not MISSING and not _is_already(user, name, value)
    }
    if not changes:
        raise ValidationError(NOT_DONE, "nothing would change", "Give a field and its new value; see get_user.")
    theirs = ListOrdersQuery(customer_id=user_id, page_size=1)
    _, unclear, orders = await together(
        must_manage(preo, user.organization_id, UPDATE_USER),
        _must_be_free(preo, user, changes.get("email")),
        preo.request(LIST_ORDERS, Page[ListedOrder], query=theirs),
    )
    name = full_name(user.first_name, user.last_name)
    known = contact(name, user.email, user.phone_number)
    return Facts(
        _headline(changes.keys(), name or Personal(user.email or "") or user.id),
        ((say("Orders"), Count(orders.count)), *unclear),
        stakes=Stakes(organization_id=user.organization_id),
        deciding=(
            (say("Customer"), named(known, user.id)),
            *((FIELDS[key], change(_now(user, key), _data(key, new))) for key, new in changes.items()),
        ),
        yes=CHANGES,
    )


def _is_already(user: User, field: str, value: str | None) -> bool:
    """Whether a field is known to have a value, as Preo would store it."""
    return field in user.model_fields_set and _stored(field, getattr(user, field)) == _stored(field, value)


def _stored(field: str, value: str | None) -> str | None:
    text = (value or "").strip()
    return (_BETWEEN_DIGITS.sub("", text) if field == "phone_number" else text) or None


def _headline(changed: Collection[str], customer: Words) -> Message:
    if NAMES.issuperset(changed):
        return say("Change the name of {customer}?", customer=customer)
    match tuple(changed):
        case ("email",):
            return say("Change the e-mail of {customer}?", customer=customer)
        case ("phone_number",):
            return say("Change the phone number of {customer}?", customer=customer)
        case _:
            return say("Change the data of {customer}?", customer=customer)


async def _must_be_free(preo: Preo, user: User, email: str | None) -> list[Line]:
    """Refuse an e-mail that is another customer's; where that cannot be told, return the line that says so.

    Raises:
        ValidationError: it is, or it is not an address.
        PreoError: the customers cannot be fetched.
    """
    if email is None:
        return []
    if _ADDRESS.fullmatch(email.strip()) is None:
        raise ValidationError(NOT_DONE, "the new e-mail is not an address", "Ask the user for it.")
    query = ListUsersQuery(search=email.strip())
    if user.organization_id is not None:
        query = query.model_copy(update={"organization_id": user.organization_id})
    found = await whole_list(lambda page: preo.request(LIST_USERS, Page[ListedUser], query=page), query, MOST_PAGES)
    same = [one for one in found.rows if one.id != user.id and _is_same(one.email, email)]
    label = say("Other customers with this e-mail")
    if same and user.organization_id is not None:
        why = f"another customer of this organization has this e-mail ({same[0].id})"
        raise ValidationError(NOT_DONE, why, "Choose another e-mail, or look at that customer with get_user.")
    if same:  # perhaps of another organization
        return [(label, Series(tuple(one.id for one in same)))]
    return [] if found.is_whole else [(label, UNKNOWN)]


def _is_same(email: str | None, wanted: str) -> bool:
    return (email or "").casefold() == wanted.strip().casefold()


def _now(user: User, field: str) -> Words | None:
    return _data(field, getattr(user, field)) if field in user.model_fields_set else UNKNOWN


def _data(field: str, value: str | None) -> str | None:
    return value if value is None or field == LOCALE else Personal(value)


Ordering = Annotated[list[UserOrdering], ordered_by(UserOrdering)]
Locale = Annotated[str, Field(description=", ".join(Language))]


LISTED = ListOf(LIST_USERS, Page[ListedUser])
_BEGINNING: Final = re.compile(r"(?:\+|00)[1-9][\d\s().\-/]*", re.ASCII)
"""How a phone number begins that says its country."""


def _begins_so(beginning: str) -> Callable[[ListedUser], bool]:
    """Return whether a customer's number begins with that of `beginning`, which says its country."""
    digits = re.sub(r"\D", "", beginning.replace("(0)", "")).removeprefix("" if "+" in beginning else "00")

    def is_it(user: ListedUser) -> bool:
        number = user.phone_number or ""
        return number.startswith("+") and re.sub(r"\D", "", number).startswith(digits)

    return is_it


@tool(LIST_USERS)
async def list_users(
    preo: Preo,
    search: Annotated[str, Field(description="Name, e-mail, phone; +49: numbers that begin so.")] | MISSING = MISSING,
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
    beginning = search.strip() if isinstance(search, str) else ""
    begins_so = _begins_so(beginning) if _BEGINNING.fullmatch(beginning) else None
    return await LISTED.find(preo, query, where=begins_so)


@tool(GET_USER)
async def get_user(preo: Preo, user_id: UserId) -> ShownUser:
    """Show one customer with organization, language and consents; for their orders list_orders."""
    user = await preo.request(GET_USER, ShownUser, id=user_id)
    if user.organization is not None or user.organization_id is None:
        return user
    return user.model_copy(update={"organization": await _organization_name(preo, user.organization_id)})


_organizations: Final[WeakKeyDictionary[Backend, dict[str, str | None]]] = WeakKeyDictionary()
"""What the organizations of the token are called, which is asked once; None where it does not tell."""


async def _organization_name(preo: Preo, organization_id: str) -> str | None:
    """Return what an organization is called; None where that cannot be told."""
    known = _organizations.setdefault(preo.backend, {})
    if organization_id not in known:
        left_out = len(preo.left_out)
        try:
            known.update({one.id: one.name for one in await memberships(preo)})
        except PreoError:  # the customer is shown without it
            return None
        known.setdefault(organization_id, None)
        del preo.left_out[left_out:]  # other organizations were not asked for
    return known[organization_id]


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
    """Change a customer's data; a person is asked first."""
    body = UpdateUserRequest(
        email=email, first_name=first_name, last_name=last_name, phone_number=phone_number, locale=locale
    )
    return await preo.request(UPDATE_USER, User, body=body, id=user_id)
