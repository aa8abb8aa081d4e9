"""Orders (the query is observed, the fields of the answers are inferred).

Amounts are decimal numbers in the order's currency.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from pydantic import MISSING, Field, model_validator

from preo_mcp.api.models.base import Embedded, PageQuery, Response
from preo_mcp.api.models.data_imports import Edition
from preo_mcp.api.models.purchases import OrderedPurchase, Purchase
from preo_mcp.api.models.users import ListedUser, UserInOneLine


class OrderStatus(StrEnum):
    """Where an order stands."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class OrderType(StrEnum):
    """How an order came about."""

    ONLINE = "online"
    IN_PERSON = "in-person"
    IMPORTED = "imported"


class OrderOrdering(StrEnum):
    """How a list of orders can be ordered; `-` is descending."""

    CREATED = "created"
    CREATED_DESC = "-created"
    MODIFIED = "modified"
    MODIFIED_DESC = "-modified"
    ORDER_NUMBER = "order_number"
    ORDER_NUMBER_DESC = "-order_number"
    STATUS = "status"
    STATUS_DESC = "-status"
    TYPE = "type"
    TYPE_DESC = "-type"
    AMOUNT = "amount"
    AMOUNT_DESC = "-amount"


ORDER_SCOPES = ("edition_id", "organization_id", "customer_id")
"""List orders requires at least one of these."""


class ListOrdersQuery(PageQuery):
    """The query of List orders; text matches any part, in any case."""

    edition_id: str | MISSING = MISSING
    organization_id: str | MISSING = MISSING
    customer_id: str | MISSING = MISSING
    created_after: datetime | MISSING = MISSING
    created_before: datetime | MISSING = MISSING
    customer_email: str | MISSING = MISSING
    customer_phone: str | MISSING = MISSING
    order_number: str | MISSING = MISSING
    transaction_id: str | MISSING = MISSING
    search: str | MISSING = MISSING
    status: OrderStatus | MISSING = MISSING
    type: OrderType | MISSING = MISSING
    ordering: list[OrderOrdering] | MISSING = MISSING

    @property
    def is_scoped(self) -> bool:
        """Whether one of `ORDER_SCOPES` is given."""
        return any(getattr(self, name) not in (MISSING, "") for name in ORDER_SCOPES)


def _unfolded(value: object) -> object:
    """Take out of an order's customer and payment what is shown beside them."""
    if not isinstance(value, dict):
        return value
    order = cast("dict[str, Any]", value)
    taken = {
        "customer_id": _part(order.get("customer"), "id"),
        "payment_method": _part(order.get("transaction"), "payment_method"),
    }
    return {**{name: found for name, found in taken.items() if found is not None}, **order}


def _part(value: object, name: str) -> object:
    return cast("dict[str, object]", value).get(name) if isinstance(value, dict) else None


class Transaction(Response):
    """A payment; its amounts are in `currency`."""

    id: str
    amount: float | None = None
    currency: str | None = None
    fees: float | None = None
    deposits: float | None = None
    payment_method: str | None = None
    status: str | None = None
    created: datetime | None = None


class OrderFigures(Response):
    """An order in its own figures.

    `fees` and `deposits` are parts of `amount`; `refunded` was paid back, `refund_pending` is about to be, `refundable`
    is what further refunds can take at most.
    """

    id: str
    order_number: str | None = None
    status: str | None = None
    type: str | None = None
    amount: float | None = None
    currency: str | None = None
    fees: float | None = None
    deposits: float | None = None
    refunded: float | None = None
    refund_pending: float | None = None
    refundable: float | None = None
    edition: Edition | None = None
    transaction_id: str | None = None
    external_id: str | None = None
    metadata: dict[str, Any] | None = None
    created: datetime | None = None
    modified: datetime | None = None


class Order(OrderFigures):
    """An order as it is answered; a list leaves out the figures from `fees` on, the payment and the purchases."""

    customer: ListedUser | None = None
    transaction: Transaction | None = None
    purchases: list[Purchase] | None = None


class ShownOrder(OrderFigures):
    """An order as a tool shows it."""

    customer: UserInOneLine = None
    customer_id: str | None = None
    payment_method: str | None = None
    transaction: Transaction | None = Field(default=None, exclude=True)
    modified: datetime | None = Field(default=None, exclude=True)
    purchases: list[OrderedPurchase] | None = None

    _unfold = model_validator(mode="before")(_unfolded)


class ListedOrder(Embedded):
    """An order as a row of a list: enough to recognise it and its customer."""

    id: str
    order_number: str | None = None
    status: str | None = None
    type: str | None = None
    amount: float | None = None
    currency: str | None = None
    customer: UserInOneLine = None
    customer_id: str | None = None
    created: datetime | None = None

    _unfold = model_validator(mode="before")(_unfolded)
