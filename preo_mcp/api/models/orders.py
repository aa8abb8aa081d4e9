"""Orders (the query is observed, the fields of the answers are inferred).

Amounts are decimal numbers in the order's currency.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, cast

from pydantic import MISSING, AfterValidator, BeforeValidator, Field, ValidationInfo, model_validator

from preo_mcp.api.models.base import Embedded, PageQuery, Response
from preo_mcp.api.models.data_imports import Edition, Product, Variant
from preo_mcp.api.models.purchases import OrderedPurchase, Purchase
from preo_mcp.api.models.refunds import RefundOrder
from preo_mcp.api.models.users import ListedUser, UserInOneLine
from preo_mcp.text.local_time import by_clocks_of


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
    """Take out of an order's customer, payment and purchases what is shown beside them."""
    if not isinstance(value, dict):
        return value
    order = cast("dict[str, Any]", value)
    return {
        "customer_id": _part(order.get("customer"), "id"),
        "payment_method": _part(order.get("transaction"), "payment_method"),
        "items": _items(order.get("purchases")),
        **order,
    }


def _unfolded_row(value: object) -> object:
    """Take out of an order also by which clocks its times are told."""
    if not isinstance(value, dict):
        return value
    order = cast("dict[str, Any]", _unfolded(cast("dict[str, Any]", value)))
    order["timezone"] = _part(order.get("edition"), "timezone")
    return order


def _by_the_editions_clocks(moment: datetime | None, order: ValidationInfo) -> datetime | None:
    timezone: object = order.data.get("timezone")
    return by_clocks_of(timezone, moment) if moment is not None and isinstance(timezone, str) else moment


def _part(value: object, name: str) -> object:
    return cast("dict[str, object]", value).get(name) if isinstance(value, dict) else None


def _items(purchases: object) -> str | None:
    """Return purchases in short, `2 × Partout, Adult; Parking (refunded)`; None where they are not told."""
    if not isinstance(purchases, list):
        return None
    counts: dict[str, int] = {}
    for purchase in cast("list[object]", purchases):
        item = _item(purchase)
        counts[item] = counts.get(item, 0) + 1
    return "; ".join(f"{count} × {item}" if count > 1 else item for item, count in counts.items()) or None


def _item(purchase: object) -> str:
    product, variant = _name(_part(purchase, "product")), _name(_part(purchase, "variant"))
    name = f"{product}, {variant}" if product and variant else str(product or variant or _part(purchase, "id"))
    status = _part(purchase, "status")
    return f"{name} ({status})" if status in ("cancelled", "refunded") else name


def _name(thing: object) -> object:
    return None if thing is None else _part(thing, "name") or _part(thing, "api_id")


def _edition_in_one_line(value: object) -> object:
    """Return an edition as `Nordlys 2027 (edt_…)`."""
    if not isinstance(value, dict):
        return value
    edition = cast("dict[str, object]", value)
    name, key = edition.get("full_name"), edition.get("id")
    return f"{name} ({key})" if name else key


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
    is what further refunds can take at most. `organization_id` is inferred.
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
    organization_id: str | None = None
    external_id: str | None = None
    metadata: dict[str, Any] | None = None
    created: datetime | None = None
    modified: datetime | None = None


class PurchaseInList(Response):
    """A purchase inside an order of a list (inferred)."""

    id: str
    product: Product | None = None
    variant: Variant | None = None
    status: str | None = None


class OrderInList(OrderFigures):
    """An order as a list answers it: without payment, `fees`, `deposits` and `refundable` (inferred)."""

    customer: ListedUser | None = None
    purchases: list[PurchaseInList] | None = None


class OrderRefund(Embedded):
    """A refund as it stands inside the order that it belongs to, whose currency it has."""

    id: str
    status: str
    amount: float | None = None
    reason: str | None = None
    service_response: str | None = None
    created: datetime | None = None
    refund_date: datetime | None = None
    order: RefundOrder | None = Field(default=None, exclude=True)


class Order(OrderFigures):
    """An order as it is answered; that it tells its refunds is inferred."""

    customer: ListedUser | None = None
    transaction: Transaction | None = None
    purchases: list[Purchase] | None = None
    refunds: list[OrderRefund] | None = None


class ShownOrder(OrderFigures):
    """An order as a tool shows it; `refunds` are all of it, those that failed included, None where it is not known."""

    customer: UserInOneLine = None
    customer_id: str | None = None
    payment_method: str | None = None
    items: str | None = Field(default=None, exclude=True)
    transaction: Transaction | None = Field(default=None, exclude=True)
    modified: datetime | None = Field(default=None, exclude=True)
    purchases: list[OrderedPurchase] | None = None
    refunds: list[OrderRefund] | None = None

    _unfold = model_validator(mode="before")(_unfolded)

    @property
    def timezone(self) -> str | None:
        """By which clocks its times are told."""
        return self.edition and self.edition.timezone


EditionInOneLine = Annotated[str | None, BeforeValidator(_edition_in_one_line)]


class ListedOrder(Embedded):
    """An order as a row of a list: what was bought by whom, and what of it went back, as far as Preo tells."""

    id: str
    order_number: str | None = None
    external_id: str | None = None
    status: str | None = None
    type: str | None = None
    amount: float | None = None
    currency: str | None = None
    refunded: float | None = None
    refund_pending: float | None = None
    items: str | None = None
    edition: EditionInOneLine = None
    customer: UserInOneLine = None
    customer_id: str | None = None
    timezone: Any = Field(default=None, exclude=True)
    created: Annotated[datetime | None, AfterValidator(_by_the_editions_clocks)] = None
    modified: datetime | None = Field(default=None, exclude=True)

    _unfold = model_validator(mode="before")(_unfolded_row)


class OrderOfEdition(ListedOrder):
    """An order as a row of the list of one edition, which each row would name."""

    edition: EditionInOneLine = Field(default=None, exclude=True)
