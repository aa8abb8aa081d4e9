"""What a refund takes from, as the API shows it now: a purchase or a whole order, with its sums as exact decimals."""

from dataclasses import dataclass
from decimal import Decimal

from preo_mcp.api.models.data_imports import Edition
from preo_mcp.api.models.orders import Order
from preo_mcp.api.models.purchases import Purchase
from preo_mcp.api.models.refunds import TRANSACTION_SCOPES, Refund, RefundScope
from preo_mcp.api.models.users import ListedUser
from preo_mcp.api.operations import GET_ORDER, GET_PURCHASE
from preo_mcp.approval.facts import Line
from preo_mcp.approval.wording import Message, Personal, Series, Words, say
from preo_mcp.calls.preo import Preo
from preo_mcp.tools.fact_words import UNKNOWN, full_name, money, named


@dataclass(frozen=True, slots=True)
class Subject:
    """What a refund takes from; a figure that the API does not tell is None."""

    order_id: str | None
    order_number: str | None
    order_status: str | None
    customer: ListedUser | None
    edition: Edition | None
    items: tuple[Message, ...]
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
    def order(self) -> Message:
        """The order as a person reads it."""
        if self.order_id is None:
            return UNKNOWN
        order = named(self.order_number, self.order_id)
        return say("{order}, {status}", order=order, status=self.order_status or UNKNOWN)

    def spelled(self, amount: Decimal | None) -> Words:
        """Return an amount of this subject's currency as a person reads it."""
        return money(amount, self.currency)

    def who_and_what(self) -> list[Line]:
        """Return the lines that say whose money it is and for what it was paid."""
        lines: list[Line] = [(say("Customer"), _customer(self.customer)), (say("Order"), self.order)]
        if self.edition is not None:
            lines.append((say("Edition"), named(self.edition.full_name, self.edition.id)))
        return [*lines, *((say("Item"), item) for item in self.items)]

    def sums(self) -> list[Line]:
        """Return the lines that say what was paid and what of it went back."""
        return [
            (say("Bought for"), self.spelled(self.paid)),
            (say("Refunded so far"), self.spelled(self.refunded)),
            (say("Requested and not paid yet"), self.spelled(self.pending)),
        ]


async def purchase_subject(preo: Preo, purchase_id: str) -> Subject:
    """Return a purchase as the subject of a refund.

    Raises:
        PreoError: it cannot be had.
    """
    purchase = await preo.request(GET_PURCHASE, Purchase, id=purchase_id)
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
    order = await preo.request(GET_ORDER, Order, id=order_id)
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


def scope_and_reason(scope: str | None, reason: str | None) -> Line:
    """Return the line that says how much a refund is for, and why."""
    values = {"scope": scope or UNKNOWN, "reason": reason or UNKNOWN}
    return (say("Scope and reason"), say("{scope}, {reason}", **values))


def exact(amount: float | None) -> Decimal | None:
    """Return an amount of the API as the decimal that it was written as."""
    return None if amount is None else Decimal(str(amount))


def _customer(customer: ListedUser | None) -> Message:
    if customer is None:
        return UNKNOWN
    name = full_name(customer.first_name, customer.last_name)
    known = tuple(Personal(part) for part in (name, customer.email, customer.phone_number) if part)
    return named(Series(known) if known else None, customer.id)


def _item(purchase: Purchase) -> Message:
    parts = (purchase.product, purchase.variant, *(purchase.options or ()))
    names = tuple(one.name for one in parts if one is not None and one.name)
    item = named(Series(names) if names else None, purchase.id)
    return say("{item}, {status}", item=item, status=purchase.status or UNKNOWN)


def amount_of(refund: Refund) -> Words:
    """Return a refund's amount as a person reads it."""
    return money(exact(refund.amount), refund.currency)
