"""Purchases: one unit of a product in an order (names of fields are inferred).

Amounts are decimal numbers in the currency that stands beside them, or in that of the order around them.
"""

from datetime import datetime
from typing import Annotated, Any, cast

from pydantic import BeforeValidator

from preo_mcp.api.models.base import Embedded, Response
from preo_mcp.api.models.data_imports import Edition, Product, Variant
from preo_mcp.api.models.users import ListedUser, UserInOneLine


def _name_of(value: object) -> object:
    if not isinstance(value, dict):
        return value
    named = cast("dict[str, Any]", value)
    return named.get("name") or named.get("api_id")


def _names_of(value: object) -> object:
    if not isinstance(value, list):
        return value
    names = map(_name_of, cast("list[object]", value))
    return ", ".join(str(name) for name in names if name) or None


NameOf = Annotated[str, BeforeValidator(_name_of)]
"""An object of which only the name is shown."""
NamesOf = Annotated[str | None, BeforeValidator(_names_of)]
"""A list of such."""


class PurchaseOption(Embedded):
    """A choice that a buyer took, such as a size; its price is in the purchase's."""

    api_id: str
    name: str | None = None
    group: str | None = None


class PurchaseOrder(Embedded):
    """The order that a purchase belongs to."""

    id: str
    order_number: str | None = None
    status: str | None = None


class PurchaseFigures(Response):
    """What a purchase cost and gave back.

    `amount` is price, fee and deposit together; `refunded` was paid back, `refund_pending` is about to be, `refundable`
    is what another refund can take at most.
    """

    id: str
    status: str | None = None
    price: float | None = None
    fee: float | None = None
    deposit: float | None = None
    amount: float | None = None
    currency: str | None = None
    refunded: float | None = None
    refund_pending: float | None = None
    refundable: float | None = None
    item_id: str | None = None
    metadata: dict[str, Any] | None = None
    created: datetime | None = None
    modified: datetime | None = None


class Purchase(PurchaseFigures):
    """A purchase as it is answered; inside its order without `order`, `customer`, `edition` and `transaction_id`."""

    product: Product | None = None
    variant: Variant | None = None
    options: list[PurchaseOption] | None = None
    order: PurchaseOrder | None = None
    customer: ListedUser | None = None
    edition: Edition | None = None
    transaction_id: str | None = None


class ShownPurchase(PurchaseFigures):
    """A purchase as a tool shows it: what belongs to it by name."""

    product: NameOf | None = None
    variant: NameOf | None = None
    options: NamesOf = None
    order: PurchaseOrder | None = None
    customer: UserInOneLine = None
    edition: Edition | None = None
    transaction_id: str | None = None


class OrderedPurchase(Embedded):
    """A purchase as a tool shows it inside its order, whose currency it has; for the figures see `PurchaseFigures`."""

    id: str
    product: NameOf | None = None
    variant: NameOf | None = None
    options: NamesOf = None
    price: float | None = None
    fee: float | None = None
    deposit: float | None = None
    status: str | None = None
    refunded: float | None = None
    refundable: float | None = None
