"""Users: list, get and change an organization's customers (paths, filters and rules are inferred)."""

import json
import re
from typing import Final

from pydantic import MISSING

from preo_mcp.api.models.base import Page
from preo_mcp.api.models.editions import Language
from preo_mcp.api.models.users import ListUsersQuery, UpdateUserRequest, User, UserOrdering
from preo_mcp.api.operations import GET_USER, LIST_USERS, UPDATE_USER
from preo_mcp.sandbox.customers import save_customer
from preo_mcp.sandbox.importing.emails import read_email
from preo_mcp.sandbox.importing.phones import read_phone
from preo_mcp.sandbox.importing.unreadable import Unreadable
from preo_mcp.sandbox.lists import Filters, Matches, add_search, paged, sql_order
from preo_mcp.sandbox.members import visible_doc
from preo_mcp.sandbox.problems import invalid
from preo_mcp.sandbox.routing import B, Call, Endpoints, Nothing, Q
from preo_mcp.sandbox.store import Doc, Store, docs_by_id

ENDPOINTS = Endpoints()

SOURCE: Final = "customers INDEXED BY customers_found"
SORT_COLUMNS: Final = {"email": "email_folded"}
HAS_ORDER: Final = (
    "EXISTS (SELECT 1 FROM orders INDEXED BY orders_by_customer WHERE customer_id = customers.id AND edition_id = ?)"
)
NAME_MAX_LENGTH: Final = 150

_PHONE: Final = re.compile(r"\+[0-9\s().\-/]+", re.ASCII)
_UNSEEN: Final = re.compile(r"[\x00-\x1f\x7f]")


@ENDPOINTS.endpoint(LIST_USERS, returns=Page[User], query=ListUsersQuery)
async def list_users(call: Call[ListUsersQuery, Nothing]) -> Doc:
    """List the customers of the member's organizations, the newest first unless `ordering` says otherwise.

    `search` looks for each of its words in name, e-mail and phone number.
    """
    query, store = call.query, call.store
    filters = Filters()
    wanted = call.member.organizations
    if query.organization_id is not MISSING:
        wanted = tuple(key for key in wanted if key == query.organization_id)
    filters.one_of("organization_id", wanted)
    add_search(filters, "searched", query.search)
    if query.edition_id is not MISSING:
        filters.add(HAS_ORDER, query.edition_id)
    orderings = [UserOrdering.CREATED_DESC] if query.ordering is MISSING else query.ordering
    count, ids = Matches(store.db, SOURCE, filters, sql_order(orderings, SORT_COLUMNS)).page(query)
    users = docs_by_id(store, "customers", ids)
    return paged(call.url, query, count, lambda _limit, _offset: [users[key] for key in ids])


@ENDPOINTS.endpoint(GET_USER, returns=User)
async def get_user(call: Call[Nothing, Nothing]) -> Doc:
    """Answer one customer of the member's organizations, with what they answered to its consents."""
    return _represent(call.store, _visible(call))


@ENDPOINTS.endpoint(UPDATE_USER, returns=User, body=UpdateUserRequest)
async def update_user(call: Call[Nothing, UpdateUserRequest]) -> Doc:
    """Change a customer; managers and admins may. What is absent stays, null takes a name or the number away."""
    user, wanted = _visible(call), call.body
    call.member.must_manage(user["organization_id"])
    with call.store.transaction():
        changes = _checked(call.store, user, wanted)
        if any(user[name] != value for name, value in changes.items()):
            user |= changes | {"modified": call.store.now()}
            save_customer(call.store, user)
    return _represent(call.store, user)


def _represent(store: Store, user: Doc) -> Doc:
    """Return a customer with what they answered to consents, the last answer first (inferred)."""
    rows = store.db.execute(
        "SELECT consents.doc, answer.status, answer.at FROM customer_consents AS answer "
        "JOIN consents ON consents.id = consent_id WHERE customer_id = ? ORDER BY answer.at DESC, consents.id",
        (user["id"],),
    )
    consents = [
        {"id": (consent := json.loads(doc))["id"], "name": consent["name"], "type": consent["type"]}
        | {"status": status, "answered_at": answered}
        for doc, status, answered in rows
    ]
    return {**user, "consents": consents}


def _visible(call: Call[Q, B]) -> Doc:
    return visible_doc(call.store, call.member, "customers", call.path["id"], "User")


def _checked(store: Store, user: Doc, wanted: UpdateUserRequest) -> Doc:
    """Return the fields to set, as they are stored.

    Raises:
        Problem: 400 with the reason by field.
    """
    changes: Doc = {}
    if wanted.email is not MISSING:
        changes["email"] = _email(store, user, wanted.email)
    for name in ("first_name", "last_name"):
        value = getattr(wanted, name)
        if value is not MISSING:
            changes[name] = _name(name, value)
    if wanted.phone_number is not MISSING:
        changes["phone_number"] = _phone(wanted.phone_number)
    if wanted.locale is not MISSING:
        changes["locale"] = _locale(wanted.locale)
    return changes


def _email(store: Store, user: Doc, text: str) -> str:
    """Return an address that is one address and nobody else's in the organization."""
    try:
        email = read_email(text)
    except Unreadable:
        email = ""
    if not email or email.casefold() != text.strip().casefold():
        raise invalid(email="Enter a valid email address.")
    taken = store.db.execute(
        "SELECT 1 FROM customers WHERE organization_id = ? AND email = ? AND id <> ?",
        (user["organization_id"], email.casefold(), user["id"]),
    ).fetchone()
    if taken is not None:
        raise invalid(email="Another user of this organization has this email address.")
    return email


def _name(field: str, text: str | None) -> str | None:
    """Return a name without spaces at its ends; an empty one counts as none."""
    if text is not None and _UNSEEN.search(text):
        raise invalid(**{field: "Control characters are not allowed."})
    if text is not None and len(text) > NAME_MAX_LENGTH:
        raise invalid(**{field: f"Ensure this field has no more than {NAME_MAX_LENGTH} characters."})
    return (text or "").strip() or None


def _phone(text: str | None) -> str | None:
    """Return a number in E.164; it has to say its country, because a customer belongs to none."""
    if text is None:
        return None
    number = read_phone(text, None).number if _PHONE.fullmatch(text.strip()) else None
    if number is None:
        raise invalid(phone_number="Enter a valid phone number with its country code, such as +45 20 12 34 56.")
    return number


def _locale(text: str) -> str:
    if text not in set(Language):
        raise invalid(locale=f"Not a valid choice. Choose from: {', '.join(Language)}.")
    return text
