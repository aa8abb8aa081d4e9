"""What was paid for purchases, what of it went back, and what is left; in minor units, whole numbers throughout.

Every refund is split into parts, one per purchase, so that the sums of purchases, orders and transactions are all made
of the same figures. Every refund counts but those that were rejected, failed or are invalid.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from preo_mcp.api.models.refunds import RELEASING_STATUSES, RefundStatus
from preo_mcp.sandbox.store import Doc, Store, dump

PAID_STATUSES: Final = frozenset({"confirmed", "completed"})
"""The statuses of orders that can be refunded (inferred): pending ones are unpaid, cancelled ones are settled."""


@dataclass(frozen=True, slots=True)
class Balance:
    """What a purchase, or several together, cost and gave back.

    `amount` is price + fee + deposit; `refunded` was paid back; `reserved` is about to be (requested, approved or being
    processed). Where nothing can be refunded at all (`why_not_refundable`), nothing is left.
    """

    amount: int
    refunded: int
    reserved: int
    is_refundable: bool

    @property
    def left(self) -> int:
        """What another refund can take at most."""
        return max(0, self.amount - self.refunded - self.reserved) if self.is_refundable else 0

    @property
    def is_sound(self) -> bool:
        """Whether what goes back is still possible and no more than what was paid."""
        return self.is_refundable and self.refunded + self.reserved <= self.amount


def full_amount(purchase: Doc) -> int:
    """Return what a purchase cost: price, fee and deposit."""
    return purchase["price"] + purchase["fee"] + purchase["deposit"]


def why_not_refundable(order: Doc) -> str | None:
    """Return why nothing of an order can be refunded, or None where it can."""
    if order["status"] not in PAID_STATUSES:
        return (
            f"The order {order['order_number']} is {order['status']}; only confirmed and completed ones are refunded."
        )
    if order["transaction_id"] is None:
        return f"The order {order['order_number']} was paid in another system; it has no transaction to refund."
    return None


def balances(store: Store, order: Doc, purchases: Sequence[Doc]) -> dict[str, Balance]:
    """Return the balance of each of an order's purchases, by id."""
    keys = [purchase["id"] for purchase in purchases]
    refunded, reserved = refunded_minor(store, keys), reserved_minor(store, keys)
    is_refundable = why_not_refundable(order) is None
    return {
        purchase["id"]: Balance(
            full_amount(purchase), refunded[purchase["id"]], reserved[purchase["id"]], is_refundable
        )
        for purchase in purchases
    }


def total(parts: Sequence[Balance]) -> Balance:
    """Return several balances as one."""
    return Balance(
        sum(part.amount for part in parts),
        sum(part.refunded for part in parts),
        sum(part.reserved for part in parts),
        is_refundable=any(part.is_refundable for part in parts),
    )


def refunded_minor(store: Store, purchase_ids: Sequence[str]) -> dict[str, int]:
    """Return what was paid back for each purchase, by id: the processed refunds."""
    return _sums(store, purchase_ids, (RefundStatus.PROCESSED,))


def reserved_minor(store: Store, purchase_ids: Sequence[str]) -> dict[str, int]:
    """Return what is about to be paid back for each purchase, by id: the refunds that are not at their end."""
    open_statuses = [status for status in RefundStatus if status not in {*RELEASING_STATUSES, RefundStatus.PROCESSED}]
    return _sums(store, purchase_ids, open_statuses)


def _sums(store: Store, purchase_ids: Sequence[str], statuses: Sequence[RefundStatus]) -> dict[str, int]:
    found = store.db.execute(
        "SELECT part.purchase_id, sum(part.amount) FROM refund_parts AS part "
        "JOIN refunds AS refund ON refund.id = part.refund_id "
        "WHERE part.purchase_id IN (SELECT value FROM json_each(?)) "
        "AND refund.status IN (SELECT value FROM json_each(?)) GROUP BY part.purchase_id",
        (dump(list(purchase_ids)), dump(list(statuses))),
    )
    return dict.fromkeys(purchase_ids, 0) | dict(found.fetchall())
