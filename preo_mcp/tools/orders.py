"""Orders and purchases: find, look."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Final, cast

from pydantic import MISSING

from preo_mcp.api.errors import NotFoundError, PreoError
from preo_mcp.api.models.base import Page
from preo_mcp.api.models.orders import (
    ORDER_SCOPES,
    ListedOrder,
    ListOrdersQuery,
    OrderOfEdition,
    OrderOrdering,
    OrderRefund,
    OrderStatus,
    OrderType,
    ShownOrder,
)
from preo_mcp.api.models.purchases import ShownPurchase
from preo_mcp.api.models.refunds import ListRefundsQuery
from preo_mcp.api.operations import GET_ORDER, GET_PURCHASE, LIST_ORDERS, LIST_REFUNDS
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.tool import tool
from preo_mcp.replies.listing import Listing
from preo_mcp.text.folding import folded
from preo_mcp.tools.arguments import OrderId, PageNumber, PageSize, PurchaseId, ordered_by
from preo_mcp.tools.edition_clocks import with_clocks_of
from preo_mcp.tools.lists import MOST_LISTS, ListOf, organizations

Ordering = Annotated[list[OrderOrdering], ordered_by(OrderOrdering)]
ORDERS: Final = ListOf(LIST_ORDERS, Page[ListedOrder], searched=("external_id",))
OF_EDITION: Final = replace(ORDERS, page=cast("type[Page[ListedOrder]]", Page[OrderOfEdition]))
PREO_IDS: Final = ("org_", "evt_", "edt_", "usr_", "trx_", "ord_", "pur_", "rfd_")

_NUMBER: Final = re.compile(r"(?=.*[0-9])[#\w][\w./#-]{1,80}")
_SPECIFIC: Final = re.compile(r"\S+@\S+\.\S+|[#+]?(?=(?:.*[0-9]){3})[\w./# -]{4,80}")
"""What few orders can have: a whole e-mail address, or a number of some length."""


@tool(LIST_ORDERS)
async def list_orders(
    preo: Preo,
    edition_id: str | MISSING = MISSING,
    organization_id: str | MISSING = MISSING,
    customer_id: str | MISSING = MISSING,
    search: str | MISSING = MISSING,
    customer_email: str | MISSING = MISSING,
    customer_phone: str | MISSING = MISSING,
    order_number: str | MISSING = MISSING,
    transaction_id: str | MISSING = MISSING,
    status: list[OrderStatus] | MISSING = MISSING,
    type: OrderType | MISSING = MISSING,  # noqa: A002 - the API's name
    created_after: datetime | MISSING = MISSING,
    created_before: datetime | MISSING = MISSING,
    ordering: Ordering | MISSING = MISSING,
    page: PageNumber = 1,
    page_size: PageSize = 25,
) -> Listing[ListedOrder]:
    """Find orders by parts of numbers (another shop's too), e-mail or phone, newest first.

    Without a number or address: needs one of the first three ids, if the token has several organizations.
    """
    query = ListOrdersQuery(
        edition_id=edition_id,
        organization_id=organization_id,
        customer_id=customer_id,
        search=search,
        customer_email=customer_email,
        customer_phone=customer_phone,
        order_number=order_number,
        transaction_id=transaction_id,
        type=type,
        created_after=created_after,
        created_before=created_before,
        ordering=ordering,
        page=page,
        page_size=page_size,
    )
    return await _found(preo, query, status, ORDERS if edition_id is MISSING else OF_EDITION)


async def _found(
    preo: Preo, query: ListOrdersQuery, status: Sequence[OrderStatus] | MISSING, orders: ListOf[ListedOrder]
) -> Listing[ListedOrder]:
    """Return the orders that fit; what looks like a number is another shop's where no order of Preo's has it whole.

    Preo does not search `external_id`. Where it finds parts of other numbers, only the whole number counts there.
    """
    several: dict[str, Any] = {"status": status, **await _scope(preo, query)}
    search = query.search
    if not isinstance(search, str) or not _is_number(search):
        return await orders.find(preo, query, several=several)
    try:
        listed = await orders.find(preo, query, several=several)
    except NotFoundError:
        if query.page == 1:
            raise
        listed = None  # a page of what only `external_id` tells, perhaps
    number = _plain_number(search)
    if listed is not None and any(_has_number(row, number) for row in listed.results):
        return listed
    kind = OrderType.IMPORTED if query.type is MISSING else query.type  # only those have a number of another shop
    elsewhere = query.model_copy(update={"search": MISSING, "type": kind})
    if listed is None or listed.total == 0:
        outside = await orders.find(preo, elsewhere, several=several, search=search)
    else:
        outside = await orders.find(preo, elsewhere, several=several, where=lambda row: _has_number(row, number))
    if not outside.results and listed is not None:
        return listed
    outside.filters = ", ".join(part for part in (outside.filters, f"external_id={search}") if part)
    return outside


def _has_number(row: ListedOrder, number: str) -> bool:
    return number in (_plain_number(row.order_number or ""), _plain_number(row.external_id or ""))


def _plain_number(text: str) -> str:
    return folded(text).strip().lstrip("#")


async def _scope(preo: Preo, query: ListOrdersQuery) -> dict[str, list[str]]:
    """Return the organizations to ask where the query names no scope, or the editions that alone are allowed."""
    if query.is_scoped:
        return {}
    given = (query.order_number, query.transaction_id, query.customer_email, query.customer_phone)
    is_specific = any(isinstance(one, str) and one.strip() for one in given)
    is_specific = is_specific or (
        isinstance(query.search, str) and _SPECIFIC.fullmatch(query.search.strip()) is not None
    )
    allowed = preo.settings.allowed_editions
    if len(allowed) == 1 or (is_specific and 0 < len(allowed) <= MOST_LISTS):
        return {"edition_id": list(allowed)}
    found = await organizations(preo, LIST_ORDERS, is_specific=is_specific, scopes=ORDER_SCOPES)
    return {"organization_id": found}


def _is_number(search: str) -> bool:
    """Return whether a search can be the number of an order in another shop: not an address, a name or an id."""
    return _NUMBER.fullmatch(search.strip()) is not None and not search.strip().startswith(PREO_IDS)


@tool(GET_ORDER)
async def get_order(preo: Preo, order_id: OrderId) -> ShownOrder:
    """Show one order: customer, payment, its purchases with prices and what is left to refund, its refunds."""
    order = await preo.request(GET_ORDER, ShownOrder, id=order_id)
    of_order = await _refunds_of(preo, order_id) if order.refunds is None else order.refunds
    told = of_order and [with_clocks_of(order.timezone, one) for one in of_order]
    return with_clocks_of(order.timezone, order).model_copy(update={"refunds": told})


@tool(GET_PURCHASE)
async def get_purchase(preo: Preo, purchase_id: PurchaseId) -> ShownPurchase:
    """Show one purchase (one unit of a product), its order and customer, and what is left to refund."""
    purchase = await preo.request(GET_PURCHASE, ShownPurchase, id=purchase_id)
    return with_clocks_of(purchase.edition and purchase.edition.timezone, purchase)


async def _refunds_of(preo: Preo, order_id: str) -> list[OrderRefund] | None:
    """Return an order's refunds; None where Preo does not tell them all, because how it searches them is inferred."""
    query = ListRefundsQuery(search=order_id)
    try:
        page = await preo.request(LIST_REFUNDS, Page[OrderRefund], query=query)
    except PreoError:
        return None
    is_told = page.next is None and all(one.order is not None for one in page.results)
    return [one for one in page.results if one.order and one.order.id == order_id] if is_told else None
