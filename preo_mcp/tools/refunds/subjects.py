"""What a refund takes from, as the API shows it now: a purchase or a whole order, with its sums as exact decimals."""

from dataclasses import dataclass, replace
from decimal import Decimal

from pydantic import JsonValue

from preo_mcp.api.errors import ValidationError
from preo_mcp.api.models.base import Page
from preo_mcp.api.models.data_imports import Edition
from preo_mcp.api.models.orders import ListedOrder, ListOrdersQuery, Order
from preo_mcp.api.models.purchases import Purchase
from preo_mcp.api.models.refunds import TRANSACTION_SCOPES, Refund, RefundPerson, RefundScope
from preo_mcp.api.models.users import ListedUser, UserInfo
from preo_mcp.api.operations import CREATE_REFUND, GET_ORDER, GET_PURCHASE, GET_USER_INFO, LIST_ORDERS
from preo_mcp.approval.facts import Line
from preo_mcp.approval.quoting import harmless
from preo_mcp.approval.wording import Message, Personal, Series, Words, say
from preo_mcp.calls.preo import Preo, together
from preo_mcp.tools.fact_words import UNKNOWN, contact, full_name, money, named
from preo_mcp.tools.refunds.words import REASONS, SCOPES, STATUSES, in_words


@dataclass(frozen=True, slots=True)
class Subject:
    """What a refund takes from; a figure that the API does not tell is None.

    Attributes:
        key: The id that it was found by: the purchase's, the order's, or the refund's.
        purchase_ids: Of the items; `items` describe them. None where it is not known which they are.
    """

    key: str
    order_id: str | None = None
    order_number: str | None = None
    order_status: str | None = None
    transaction_id: str | None = None
    customer: ListedUser | RefundPerson | None = None
    edition: Edition | None = None
    purchase_ids: tuple[str, ...] | None = None
    items: tuple[Message, ...] = ()
    currency: str = ""
    price: Decimal | None = None
    deposit: Decimal | None = None
    paid: Decimal | None = None
    refunded: Decimal | None = None
    pending: Decimal | None = None
    left: Decimal | None = None

    def amount_of(self, scope: RefundScope) -> Decimal | None:
        """Return what a scope other than a custom one gives back."""
        return {RefundScope.PURCHASE_PRICE: self.price, RefundScope.PURCHASE_DEPOSIT: self.deposit}.get(
            scope, self.paid
        )

    @property
    def name(self) -> str:
        """What a person knows it by, where they type it."""
        return harmless(self.order_number or "") or self.order_id or self.key

    @property
    def order(self) -> Message:
        """The order as a person reads it."""
        if self.order_id is None:
            return UNKNOWN
        order = named(self.order_number, self.order_id)
        return say("{order}, {status}", order=order, status=in_words(STATUSES, self.order_status))

    @property
    def timezone(self) -> str | None:
        """The time zone in which times are told."""
        return self.edition and self.edition.timezone

    @property
    def content(self) -> JsonValue:
        """What a request of a refund rests on, without what the request itself changes."""
        return {
            "order": [self.order_id, self.order_status],
            "customer": self.customer and [self.customer.id, self.customer.email],
            "edition": self.edition and self.edition.id,
            "purchases": None if self.purchase_ids is None else list(self.purchase_ids),
            "paid": [self.currency, *map(_in_json, (self.paid, self.price, self.deposit))],
        }

    def spelled(self, amount: Decimal | None) -> Words:
        """Return an amount of this subject's currency as a person reads it."""
        return money(amount, self.currency)

    def to_whom(self) -> Words:
        """Return the customer by name, for a headline."""
        customer = self.customer
        if customer is None:
            return say("a customer whom Preo does not name")
        return full_name(customer.first_name, customer.last_name) or Personal(customer.email or "") or customer.id

    def who_and_what(self) -> list[Line]:
        """Return the lines that say whose money it is and for what it was paid."""
        lines: list[Line] = [(say("Customer"), _customer(self.customer)), (say("Order"), self.order)]
        return [*lines, *((say("Item"), item) for item in self.items or (UNKNOWN,))]

    def where(self) -> list[Line]:
        """Return the line that says of which edition it is."""
        edition = self.edition
        return [(say("Edition"), UNKNOWN if edition is None else named(edition.full_name, edition.id))]

    def sums(self) -> list[Line]:
        """Return the lines that say what was paid and what of it went back."""
        return [
            (say("Bought for"), self.spelled(self.paid)),
            (say("Refunded so far"), self.spelled(self.refunded)),
            (say("Requested and not paid yet"), self.spelled(self.pending)),
        ]


async def subject_in_scope(preo: Preo, purchase_id: str, scope: RefundScope) -> Subject:
    """Return what a refund of a purchase takes from: by a transaction's scope that is the whole order.

    Where Preo does not tell the order, all that is known is whose it is: a purchase's sums are not an order's.

    Raises:
        PreoError: it cannot be fetched.
    """
    subject = await purchase_subject(preo, purchase_id)
    if scope not in TRANSACTION_SCOPES:
        return subject
    if subject.order_id is not None:
        return await order_subject(preo, subject.order_id)
    if subject.transaction_id is not None:
        return await transaction_subject(preo, subject.transaction_id)
    nothing_known = dict.fromkeys(("price", "deposit", "paid", "refunded", "pending", "left"))
    return replace(subject, purchase_ids=None, items=(UNKNOWN,), **nothing_known)


async def purchase_subject(preo: Preo, purchase_id: str) -> Subject:
    """Return a purchase as the subject of a refund.

    Raises:
        PreoError: it cannot be fetched.
    """
    purchase = await preo.request(GET_PURCHASE, Purchase, id=purchase_id)
    order = purchase.order
    return Subject(
        key=purchase.id,
        order_id=order and order.id,
        order_number=order and order.order_number,
        order_status=order and order.status,
        transaction_id=purchase.transaction_id,
        customer=purchase.customer,
        edition=purchase.edition,
        purchase_ids=(purchase.id,),
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
        PreoError: it cannot be fetched.
    """
    order = await preo.request(GET_ORDER, Order, id=order_id)
    return Subject(
        key=order.id,
        order_id=order.id,
        order_number=order.order_number,
        order_status=order.status,
        transaction_id=order.transaction_id,
        customer=order.customer,
        edition=order.edition,
        purchase_ids=None if order.purchases is None else tuple(one.id for one in order.purchases),
        items=tuple(_item(one) for one in order.purchases or ()),
        currency=order.currency or "",
        paid=exact(order.amount),
        refunded=exact(order.refunded),
        pending=exact(order.refund_pending),
        left=exact(order.refundable),
    )


async def order_of_transaction(preo: Preo, transaction_id: str) -> str | None:
    """Return the id of the order that a transaction paid; None where Preo names no organization to look in.

    Raises:
        ValidationError: no organization of the token's user has such an order.
        PreoError: they cannot be fetched.
    """
    info = await preo.request(GET_USER_INFO, UserInfo)
    queries = [ListOrdersQuery(organization_id=one.id, transaction_id=transaction_id) for one in info.organizations]
    pages = await together(*(preo.request(LIST_ORDERS, Page[ListedOrder], query=query) for query in queries))
    found = next((order.id for page in pages for order in page.results), None)
    if found is None and queries:
        why = f"no order of {transaction_id} is accessible"
        raise ValidationError(f"{CREATE_REFUND.title} was not done", why, "get_order shows an order's transaction.")
    return found


async def transaction_subject(preo: Preo, transaction_id: str) -> Subject:
    """Return the order that a transaction paid as the subject of a refund; hardly anything where none can be found.

    Raises:
        ValidationError: no organization of the token's user has such an order.
        PreoError: it cannot be fetched.
    """
    order_id = await order_of_transaction(preo, transaction_id)
    if order_id is None:
        return Subject(key=transaction_id, transaction_id=transaction_id)
    return await order_subject(preo, order_id)


async def refund_subject(preo: Preo, refund: Refund) -> Subject:
    """Return what a refund takes from: its purchase, or its order; where the API names neither, what the refund tells.

    Raises:
        PreoError: it cannot be fetched.
    """
    parts = refund.purchases or []
    if refund.scope not in TRANSACTION_SCOPES and len(parts) == 1:
        return await purchase_subject(preo, parts[0].id)
    if refund.order is not None:
        return await order_subject(preo, refund.order.id)
    known = Subject(key=refund.id, customer=refund.customer, currency=refund.currency or "")
    if refund.transaction_id is None:
        return known
    found = await transaction_subject(preo, refund.transaction_id)
    return known if found.order_id is None else found


def scope_and_reason(scope: str | None, reason: str | None) -> Line:
    """Return the line that says how much a refund is for, and why."""
    values = {"scope": in_words(SCOPES, scope), "reason": in_words(REASONS, reason)}
    return (say("What for"), say("{scope}: {reason}", **values))


def exact(amount: float | None) -> Decimal | None:
    """Return an amount of the API as the decimal that it was written as."""
    return None if amount is None else Decimal(str(amount))


def _in_json(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def _customer(customer: ListedUser | RefundPerson | None) -> Message:
    if customer is None:
        return UNKNOWN
    phone = customer.phone_number if isinstance(customer, ListedUser) else None
    return named(contact(full_name(customer.first_name, customer.last_name), customer.email, phone), customer.id)


def _item(purchase: Purchase) -> Message:
    parts = (purchase.product, purchase.variant, *(purchase.options or ()))
    names = tuple(one.name for one in parts if one is not None and one.name)
    item = named(Series(names) if names else None, purchase.id)
    return say("{item}, {status}", item=item, status=in_words(STATUSES, purchase.status))


def amount_of(refund: Refund, subject: Subject | None = None) -> Words:
    """Return a refund's amount as a person reads it."""
    return money(exact(refund.amount), refund.currency or (subject and subject.currency))
