"""What Preo calls by a name of its own, in words: scopes, reasons and statuses."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from preo_mcp.api.models.orders import OrderStatus
from preo_mcp.api.models.refunds import RefundReason, RefundScope, RefundStatus
from preo_mcp.approval.wording import Message, Words, say
from preo_mcp.tools.fact_words import UNKNOWN

SCOPES: Final[Mapping[str, Message]] = MappingProxyType(
    {
        RefundScope.PURCHASE_PRICE: say("the item's price, without fee and deposit"),
        RefundScope.PURCHASE_DEPOSIT: say("the item's deposit"),
        RefundScope.PURCHASE_FULL: say("all that the item cost"),
        RefundScope.PURCHASE_CUSTOM: say("an amount for the item"),
        RefundScope.TRANSACTION_FULL: say("all that the order cost"),
        RefundScope.TRANSACTION_CUSTOM: say("an amount for the order"),
    }
)
REASONS: Final[Mapping[str, Message]] = MappingProxyType(
    {
        RefundReason.DEPOSIT_RECLAIM: say("the deposit is reclaimed"),
        RefundReason.RENTAL_RETURN: say("what was rented is returned"),
        RefundReason.SOLD_OUT: say("it is sold out"),
        RefundReason.EVENT_CANCELLED: say("the event is cancelled"),
        RefundReason.DUPLICATE_PURCHASE: say("it was bought twice"),
        RefundReason.PRODUCT_DEFECT: say("the product is defective"),
        RefundReason.CUSTOMER_REQUEST: say("the customer asked for it"),
        RefundReason.OVERCHARGE: say("too much was charged"),
        RefundReason.COMPENSATION: say("compensation"),
        RefundReason.OTHER: say("another reason"),
    }
)
STATUSES: Final[Mapping[str, Message]] = MappingProxyType(
    {
        RefundStatus.REQUESTED: say("requested"),
        RefundStatus.READY: say("approved, about to be paid"),
        RefundStatus.PROCESSING: say("being paid"),
        RefundStatus.AWAITING_GATEWAY: say("being paid"),
        RefundStatus.PROCESSED: say("paid back"),
        RefundStatus.FAILED: say("failed"),
        RefundStatus.REJECTED: say("rejected"),
        RefundStatus.INVALID: say("not possible any more"),
        OrderStatus.PENDING: say("pending"),
        OrderStatus.CONFIRMED: say("confirmed"),
        OrderStatus.COMPLETED: say("completed"),
        OrderStatus.CANCELLED: say("cancelled"),
        "refunded": say("paid back"),
    }
)
"""Of refunds, orders and purchases."""


def in_words(known: Mapping[str, Message], value: str | None) -> Words:
    """Return what a value means; one that this version does not know stays as it is."""
    return UNKNOWN if value is None else known.get(value, value)
