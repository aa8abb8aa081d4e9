"""Refunds: reasons, scopes, statuses, requests and responses (observed; names of embedded objects are inferred)."""

from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any, cast

from pydantic import MISSING, BeforeValidator, Field

from preo_mcp.api.models.base import Embedded, PageQuery, Request, Response
from preo_mcp.api.models.data_imports import Organization
from preo_mcp.api.models.users import UserInOneLine
from preo_mcp.api.operations import APPROVE_REFUND, REJECT_REFUND, Operation

COMMENT_MAX_LENGTH = 2000
ID_MAX_LENGTH = 255
"""Characters of a comment and of a foreign id (both inferred)."""


class RefundReason(StrEnum):
    """Why money goes back (observed)."""

    DEPOSIT_RECLAIM = "deposit_reclaim"
    RENTAL_RETURN = "rental_return"
    SOLD_OUT = "sold_out"
    EVENT_CANCELLED = "event_cancelled"
    DUPLICATE_PURCHASE = "duplicate_purchase"
    PRODUCT_DEFECT = "product_defect"
    CUSTOMER_REQUEST = "customer_request"
    OVERCHARGE = "overcharge"
    COMPENSATION = "compensation"
    OTHER = "other"


class RefundScope(StrEnum):
    """What of a purchase, or of the whole transaction, goes back (observed)."""

    PURCHASE_PRICE = "purchase_price"
    PURCHASE_DEPOSIT = "purchase_deposit"
    PURCHASE_FULL = "purchase_full"
    PURCHASE_CUSTOM = "purchase_custom"
    TRANSACTION_FULL = "transaction_full"
    TRANSACTION_CUSTOM = "transaction_custom"


TRANSACTION_SCOPES = frozenset({RefundScope.TRANSACTION_FULL, RefundScope.TRANSACTION_CUSTOM})
CUSTOM_SCOPES = frozenset({RefundScope.PURCHASE_CUSTOM, RefundScope.TRANSACTION_CUSTOM})
"""The scopes whose amount is the caller's; that of the others is computed."""

SCOPE_OF_REASON: MappingProxyType[RefundReason, RefundScope] = MappingProxyType(
    {
        RefundReason.DEPOSIT_RECLAIM: RefundScope.PURCHASE_DEPOSIT,
        RefundReason.RENTAL_RETURN: RefundScope.PURCHASE_DEPOSIT,
        RefundReason.SOLD_OUT: RefundScope.PURCHASE_FULL,
        RefundReason.EVENT_CANCELLED: RefundScope.PURCHASE_FULL,
        RefundReason.DUPLICATE_PURCHASE: RefundScope.PURCHASE_FULL,
        RefundReason.PRODUCT_DEFECT: RefundScope.PURCHASE_PRICE,
        RefundReason.CUSTOMER_REQUEST: RefundScope.PURCHASE_PRICE,
        RefundReason.OVERCHARGE: RefundScope.PURCHASE_CUSTOM,
        RefundReason.COMPENSATION: RefundScope.PURCHASE_CUSTOM,
        RefundReason.OTHER: RefundScope.PURCHASE_CUSTOM,
    }
)
"""The scope of a purchase's refund where none is given (that it follows from the reason is observed, how inferred)."""


def default_scope(reason: RefundReason, *, of_transaction: bool) -> RefundScope:
    """Return the scope of a refund where none is given.

    A transaction goes back in full for the reasons for which a purchase would, else by an amount (inferred).
    """
    scope = SCOPE_OF_REASON[reason]
    if not of_transaction:
        return scope
    is_full = scope is RefundScope.PURCHASE_FULL
    return RefundScope.TRANSACTION_FULL if is_full else RefundScope.TRANSACTION_CUSTOM


class RefundStatus(StrEnum):
    """Where a refund stands, in the order in which it moves on (observed)."""

    REQUESTED = "requested"
    READY = "ready"
    PROCESSING = "processing"
    AWAITING_GATEWAY = "awaiting_gateway"
    PROCESSED = "processed"
    FAILED = "failed"
    REJECTED = "rejected"
    INVALID = "invalid"


RELEASING_STATUSES = frozenset({RefundStatus.FAILED, RefundStatus.REJECTED, RefundStatus.INVALID})
"""The statuses in which a refund's amount is free for others; in every other it is reserved or paid."""

MOVING_STATUSES = frozenset({RefundStatus.READY, RefundStatus.PROCESSING, RefundStatus.AWAITING_GATEWAY})
"""The statuses that end by themselves."""

ALLOWED_STATUSES: MappingProxyType[Operation, frozenset[RefundStatus]] = MappingProxyType(
    {
        APPROVE_REFUND: frozenset({RefundStatus.REQUESTED, RefundStatus.FAILED}),
        REJECT_REFUND: frozenset({RefundStatus.REQUESTED, RefundStatus.FAILED}),
    }
)
"""The statuses in which each decision is possible; a failed refund can be tried again or given up (inferred)."""


class RefundOrdering(StrEnum):
    """How a list of refunds can be ordered (inferred); `-` is descending."""

    CREATED = "created"
    CREATED_DESC = "-created"
    MODIFIED = "modified"
    MODIFIED_DESC = "-modified"
    AMOUNT = "amount"
    AMOUNT_DESC = "-amount"
    STATUS = "status"
    STATUS_DESC = "-status"


class ListRefundsQuery(PageQuery):
    """The query of List refund requests (the parameters are inferred)."""

    edition_id: str | MISSING = MISSING
    organization_id: str | MISSING = MISSING
    status: RefundStatus | MISSING = MISSING
    scope: RefundScope | MISSING = MISSING
    reason: RefundReason | MISSING = MISSING
    search: str | MISSING = MISSING
    ordering: list[RefundOrdering] | MISSING = MISSING


RefundAmount = Annotated[float, Field(gt=0, strict=True)]
"""A sum of money in the edition's currency; neither a text nor a yes is a number."""


class CreatePurchaseRefundRequest(Request):
    """The body of Create refund request for purchase; `amount` in the edition's currency, for custom scopes only."""

    reason: RefundReason
    scope: RefundScope | MISSING | None = MISSING
    amount: RefundAmount | MISSING | None = MISSING
    comment: Annotated[str, Field(max_length=COMMENT_MAX_LENGTH)] | MISSING | None = MISSING
    pickup_point_id: Annotated[str, Field(max_length=ID_MAX_LENGTH)] | MISSING | None = MISSING


class CreateRefundRequest(CreatePurchaseRefundRequest):
    """The body of Create refund request (inferred): exactly one of `purchase_id` and `transaction_id`."""

    purchase_id: str | MISSING | None = MISSING
    transaction_id: str | MISSING | None = MISSING


class RefundPerson(Embedded):
    """A customer, or a member of the staff, as they stand inside a refund."""

    id: str
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None


class RefundOrder(Embedded):
    """The order that a refund belongs to."""

    id: str
    order_number: str | None = None


class RefundedPurchase(Embedded):
    """A purchase that a refund gives back `amount` of, in the refund's currency."""

    id: str
    product_name: str | None = None
    variant_name: str | None = None
    amount: float | None = None


class PickupPoint(Embedded):
    """Where a deposit or a rental was handed back."""

    id: str
    name: str | None = None


class Refund(Response):
    """A refund in full; `currency` and the objects from `order` on are inferred.

    `can_approve` and `can_reject` say what the token's user may do with it now, `service_response` what the payment
    gateway said, `refund_date` when it was paid.
    """

    id: str
    status: RefundStatus | str
    amount: float | None = None
    currency: str | None = None
    reason: RefundReason | str | None = None
    scope: RefundScope | str | None = None
    comment: str | None = None
    edition_id: str | None = None
    organization: Organization | None = None
    order: RefundOrder | None = None
    transaction_id: str | None = None
    purchases: list[RefundedPurchase] | None = None
    customer: RefundPerson | None = None
    staff_user: RefundPerson | None = None
    pickup_point: PickupPoint | None = None
    can_approve: bool | None = None
    can_reject: bool | None = None
    service_response: str | None = None
    refund_date: datetime | None = None
    created: datetime | None = None
    modified: datetime | None = None


def _purchase_in_one_line(value: object) -> object:
    """Return a refund's part of a purchase as `Camping, Eget telt (pur_…): 395.0`."""
    if not isinstance(value, dict):
        return value
    part = cast("dict[str, Any]", value)
    name = _named(part)
    amount = "" if part.get("amount") is None else f": {part['amount']}"
    return f"{name} ({part.get('id')}){amount}".strip()


def _order_in_one_line(value: object) -> object:
    """Return an order as `N26-10002 (ord_…)`."""
    if not isinstance(value, dict):
        return value
    order = cast("dict[str, Any]", value)
    return f"{order.get('order_number') or ''} ({order.get('id')})".strip()


def _purchases_in_one_line(value: object) -> object:
    """Return what a refund is for: `Camping, Eget telt; Parking`."""
    if not isinstance(value, list):
        return value
    purchases = [cast("dict[str, Any]", one) for one in cast("list[object]", value) if isinstance(one, dict)]
    return "; ".join(_named(one) or str(one.get("id")) for one in purchases) or None


def _named(purchase: dict[str, Any]) -> str:
    return ", ".join(str(purchase[key]) for key in ("product_name", "variant_name") if purchase.get(key))


OrderInOneLine = Annotated[str | None, BeforeValidator(_order_in_one_line)]
PurchaseInOneLine = Annotated[str, BeforeValidator(_purchase_in_one_line)]
PurchasesInOneLine = Annotated[str | None, BeforeValidator(_purchases_in_one_line)]


class ShownRefund(Response):
    """A refund as tools show it: objects inside it in one line each; for the fields see `Refund`."""

    id: str
    status: str
    amount: float | None = None
    currency: str | None = None
    reason: str | None = None
    scope: str | None = None
    comment: str | None = None
    customer: UserInOneLine = None
    order: OrderInOneLine = None
    purchases: list[PurchaseInOneLine] | None = None
    staff_user: UserInOneLine = None
    can_approve: bool | None = None
    can_reject: bool | None = None
    service_response: str | None = None
    refund_date: datetime | None = None
    created: datetime | None = None
    modified: datetime | None = None
    edition_id: str | None = None
    transaction_id: str | None = None
    organization: Organization | None = Field(default=None, exclude=True)


class ListedRefund(Embedded):
    """A refund as a row of a list: whose, what for, and what it needs.

    `modified` is since when it has its status, as long as nothing else of it was changed.
    """

    id: str
    status: str
    amount: float | None = None
    currency: str | None = None
    reason: str | None = None
    scope: str | None = None
    service_response: str | None = None
    customer: UserInOneLine = None
    order: OrderInOneLine = None
    purchases: PurchasesInOneLine = None
    edition_id: str | None = None
    can_approve: bool | None = None
    created: datetime | None = None
    modified: datetime | None = None
    refund_date: datetime | None = None
