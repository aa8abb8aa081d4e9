"""What a refund takes from, as the API shows it now: a purchase or a whole order, with its sums as exact decimals."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from preo_mcp.models.data_imports import Edition
from preo_mcp.models.orders import Order
from preo_mcp.models.purchases import Purchase
from preo_mcp.models.refunds import TRANSACTION_SCOPES, Refund, RefundScope
from preo_mcp.models.users import ListedUser
from preo_mcp.operations import GET_ORDER, GET_PURCHASE
from preo_mcp.preo import Preo

Line = tuple[str, str]
UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a refund takes from; a figure that the API does not tell is None."""

    order_id: str | None
    order_number: str | None
    order_status: str | None
    customer: ListedUser | None
    edition: Edition | None
    items: tuple[str, ...]
    currency: str
    price: Decimal | None
    deposit: Decimal | None
    paid: Decimal | None
    refunded: Decimal | None
    pending: Decimal | None
    left: Decimal | None

    def amount_of(self, scope: RefundScope) -> Decimal | None:
        """Return what a scope other than a custom one gives back."""
        return {RefundScope.PURCHASE_PRICE: self.price, RefundScope.PURCHASE_DEPOSIT: self.deposit}.get(
            scope, self.paid
        )

    @property
    def order(self) -> str:
        """The order as a person reads it."""
        return UNKNOWN if self.order_id is None else f"{self.order_number} ({self.order_id}), {self.order_status}"

    def spelled(self, amount: Decimal | None) -> str:
        """Return an amount of this subject's currency as a person reads it."""
        return UNKNOWN if amount is None else f"{amount:.2f} {self.currency}".strip()

    def who_and_what(self) -> list[Line]:
        """Return the lines that say whose money it is and for what it was paid."""
        lines = [("Customer", _customer(self.customer)), ("Order", self.order)]
        if self.edition is not None:
            lines.append(("Edition", f"{self.edition.full_name} ({self.edition.id})"))
        return [*lines, *(("Item", item) for item in self.items)]

    def sums(self) -> list[Line]:
        """Return the lines that say what was paid and what of it went back."""
        return [
            ("Bought for", self.spelled(self.paid)),
            ("Refunded so far", self.spelled(self.refunded)),
            ("Requested and not paid yet", self.spelled(self.pending)),
        ]


async def purchase_subject(preo: Preo, purchase_id: str) -> Subject:
    """Return a purchase as the subject of a refund.

    Raises:
        PreoError: it cannot be had.
    """
    purchase = await preo.call(GET_PURCHASE, Purchase, id=purchase_id)
    order = purchase.order
    return Subject(
        order_id=order and order.id,
        order_number=order and order.order_number,
        order_status=order and order.status,
        customer=purchase.customer,
        edition=purchase.edition,
        items=(_item(purchase),),
        currency=purchase.currency or "",
        price=exact(purchase.price),
        deposit=exact(purchase.deposit),
        paid=exact(purchase.amount),
        refunded=exact(purchase.refunded),
        pending=exact(purchase.refund_pending),
        left=exact(purchase.refundable),
    )


async def order_subject(preo: Preo, order_id: str) -> Subject:
    """Return a whole order as the subject of a refund.

    Raises:
        PreoError: it cannot be had.
    """
    order = await preo.call(GET_ORDER, Order, id=order_id)
    return Subject(
        order_id=order.id,
        order_number=order.order_number,
        order_status=order.status,
        customer=order.customer,
        edition=order.edition,
        items=tuple(_item(one) for one in order.purchases or ()),
        currency=order.currency or "",
        price=None,
        deposit=None,
        paid=exact(order.amount),
        refunded=exact(order.refunded),
        pending=exact(order.refund_pending),
        left=exact(order.refundable),
    )


async def refund_subject(preo: Preo, refund: Refund) -> Subject | None:
    """Return what a refund takes from: its purchase, or its order; None where the API names neither.

    Raises:
        PreoError: it cannot be had.
    """
    parts = refund.purchases or []
    if refund.scope not in TRANSACTION_SCOPES and len(parts) == 1:
        return await purchase_subject(preo, parts[0].id)
    return None if refund.order is None else await order_subject(preo, refund.order.id)


def exact(amount: float | None) -> Decimal | None:
    """Return an amount of the API as the decimal that it was written as."""
    return None if amount is None else Decimal(str(amount))


def _customer(customer: ListedUser | None) -> str:
    if customer is None:
        return UNKNOWN
    name = " ".join(part for part in (customer.first_name, customer.last_name) if part)
    known = [part for part in (name, customer.email, customer.phone_number) if part]
    return f"{', '.join(known)} ({customer.id})"


def _item(purchase: Purchase) -> str:
    named = (purchase.product, purchase.variant, *(purchase.options or ()))
    name = ", ".join(one.name for one in named if one is not None and one.name)
    return f"{name or UNKNOWN} ({purchase.id}), {purchase.status}"


def amount_of(refund: Refund) -> str:
    """Return a refund's amount as a person reads it."""
    amount = exact(refund.amount)
    return UNKNOWN if amount is None else f"{amount:.2f} {refund.currency or ''}".strip()
