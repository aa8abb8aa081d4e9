"""What is known of one customer, in one call: orders with their items, refunds, consents; and what Preo does not tell.

In at most three rounds of requests: who it is, what there is of them, the orders of one page.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final

from pydantic import MISSING, BaseModel, Field

from preo_mcp.api.errors import ValidationError
from preo_mcp.api.models.base import Embedded, Page
from preo_mcp.api.models.orders import ListedOrder, ListOrdersQuery, OrderRefund, OrderStatus
from preo_mcp.api.models.purchases import OrderedPurchase
from preo_mcp.api.models.users import ListedUser, User
from preo_mcp.api.operations import GET_ORDER, GET_USER, LIST_ORDERS, LIST_USERS, Risk
from preo_mcp.calls.preo import Preo, together
from preo_mcp.calls.tool import Workflow, tool
from preo_mcp.tools.arguments import PageNumber, UserId
from preo_mcp.tools.orders import get_order, list_orders
from preo_mcp.tools.users import list_users

HISTORY: Final = Workflow(
    "Customer history", Risk.READ, operations=(LIST_USERS, GET_USER, LIST_ORDERS, GET_ORDER), repeatable=True
)
ORDERS_AT_ONCE: Final = 10
"""Orders of a page: each is a request of its own."""
MOST_CANDIDATES: Final = 6
"""Customers who are shown where several fit."""
NOT_TOLD: Final = (
    "segments: Preo does not list those of a customer; validate_cel_expression with count tells of a condition",
    "messages received: Preo does not list those of a customer; list_campaigns shows what went to which segment",
)
"""What the API has no answer for: unknown, and not none."""

MADE_HERE: Final = frozenset({"edition", "items", "refund_pending"})


class HistoryOrder(Embedded):
    """An order with what was bought, and what of it went back or can; all amounts in its `currency`.

    `items` are its purchases, the same ones in one line with their ids.
    """

    id: str
    order_number: str | None = None
    status: str | None = None
    type: str | None = None
    created: datetime | None = None
    edition: str | None = None
    amount: float | None = None
    currency: str | None = None
    refunded: float | None = None
    refund_pending: float | None = None
    refundable: float | None = None
    items: list[str] | None = None
    refunds: list[OrderRefund] | None = None


class History(BaseModel):
    """What is known of a customer, or the `candidates` where several fit; what is `not_told` is unknown, not none.

    `returned` counts the orders, or the candidates, that are shown.
    """

    customer: User | None = None
    orders_in_all: int | None = None
    returned: int
    orders: list[HistoryOrder] | None = None
    not_told: list[str] | None = None
    candidates: list[ListedUser] | None = None
    next: str | None = None

    def rest_after(self, field: str, kept: int) -> tuple[int, str] | None:
        """Return how to get the orders that are cut away: one by one, for a page is what it is."""
        if field != "orders" or not kept or self.orders is None:
            return None
        first = kept if kept > 1 else 0  # where not even one is shown, that is told as one that fits nowhere
        rest = ", ".join(order.id for order in self.orders[first:])
        return kept, "; ".join(part for part in (f"get_order for {rest}", self.next) if part)


@tool(HISTORY)
async def customer_history(
    preo: Preo,
    user_id: UserId | MISSING = MISSING,
    search: Annotated[str, Field(description="Instead: a part of these, or an order number.")] | MISSING = MISSING,
    page: PageNumber = 1,
) -> History:
    """Show a customer's orders with items and what is refundable, refunds, and consents with dates, in one call.

    Where several fit, the candidates.
    """
    if (user_id is MISSING) == (search is MISSING):
        raise _unclear("it needs either user_id or search", "Give what the user knows of the customer.")
    if isinstance(search, str):
        found, number = await _found(preo, search.strip())
        if len(found) > 1:
            more = f" ({number} fit in all: a longer search tells them apart)" if number > len(found) else ""
            choose = f"customer_history with the user_id of one of them{more}"
            return History(returned=len(found), candidates=found, next=choose)
        user_id = found[0].id
    return await _history(preo, str(user_id), page)


async def _history(preo: Preo, user_id: str, page: int) -> History:
    query = ListOrdersQuery(customer_id=user_id, page=page, page_size=ORDERS_AT_ONCE)
    customer, listed = await together(
        preo.request(GET_USER, User, id=user_id), preo.request(LIST_ORDERS, Page[ListedOrder], query=query)
    )
    orders = list(await together(*(_order(preo, row.id) for row in listed.results)))
    return History(
        customer=customer,
        orders_in_all=listed.count,
        returned=len(orders),
        orders=orders,
        not_told=[*_lacking(customer, orders), *NOT_TOLD],
        next=f"page={page + 1} for older orders" if listed.next else None,
    )


async def _order(preo: Preo, order_id: str) -> HistoryOrder:
    order = await get_order(preo, order_id)
    values = {name: getattr(order, name) for name in HistoryOrder.model_fields if name not in MADE_HERE}
    edition = order.edition and (order.edition.full_name or order.edition.id)
    items = None if order.purchases is None else _items(order.purchases)
    pending = order.refund_pending or None
    return HistoryOrder(**values, edition=edition, items=items, refund_pending=pending)


def _items(purchases: Sequence[OrderedPurchase]) -> list[str]:
    """Return purchases as `2 × Partout, Regular: price 1895.0, refundable 1920.0 each (pur_…, pur_…)`."""
    keys: dict[tuple[str, str], list[str]] = {}
    for one in purchases:
        name = ", ".join(part for part in (one.product, one.variant, one.options) if part) or "unnamed"
        state = "" if one.status in (None, OrderStatus.COMPLETED) else one.status
        figures = {"price": one.price, "deposit": one.deposit or None, "refunded": one.refunded or None}
        figures |= {"refundable": one.refundable}
        told = ", ".join(
            [*(f"{label} {value}" for label, value in figures.items() if value is not None), *filter(None, [state])]
        )
        keys.setdefault((name, told), []).append(one.id)
    return [
        f"{len(ids)} × {name}: {told} each ({', '.join(ids)})" if len(ids) > 1 else f"{name}: {told} ({ids[0]})"
        for (name, told), ids in keys.items()
    ]


def _lacking(customer: User, orders: Sequence[HistoryOrder]) -> list[str]:
    """Return what this answer of Preo's leaves out, though there are operations that could tell it."""
    unknown = [order.order_number or order.id for order in orders if order.refunds is None]
    return [
        *(["consents: not in Preo's answer"] if customer.consents is None else []),
        *([f"refunds of {', '.join(unknown)}: list_refunds with its number as search"] if unknown else []),
    ]


async def _found(preo: Preo, search: str) -> tuple[list[ListedUser], int]:
    """Return the customers that a text means, and how many they are: of an order with that number, else by parts.

    Raises:
        ValidationError: nobody fits; with masks also where only few do, and none is named whole.
        PreoError: they cannot be looked for.
    """
    by_number = [] if not any(map(str.isdigit, search)) or "@" in search else await _buyers(preo, search)
    if by_number:
        return by_number, len(by_number)
    listing = await list_users(preo, search=search, page_size=MOST_CANDIDATES)
    rows, total = listing.results, listing.total or len(listing.results)
    if preo.settings.masks:
        from preo_mcp.replies.privacy.floor import must_not_single_out

        shown = must_not_single_out(listing.model_dump(mode="json"), [search])
        rows = [ListedUser.model_validate(row) for row in shown["results"]]
        total = shown.get("total") or len(rows)
    if not rows:
        raise _unclear("no customer fits", "Ask the user for an e-mail address, a phone number or an order number.")
    return rows, total


async def _buyers(preo: Preo, number: str) -> list[ListedUser]:
    """Return who made the orders that have exactly this number."""
    number = number.lstrip("#")
    rows = (await list_orders(preo, search=number)).results
    wanted = number.casefold()
    ours = [row for row in rows if wanted in ((row.order_number or "").casefold(), (row.external_id or "").casefold())]
    return [ListedUser(id=key) for key in dict.fromkeys(row.customer_id for row in ours if row.customer_id)]


def _unclear(why: str, next_step: str) -> ValidationError:
    return ValidationError(f"{HISTORY.title} was not shown", why, next_step)
