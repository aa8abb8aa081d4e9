"""What a refund is for: a purchase, or a whole transaction, with the order that it belongs to."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from preo_mcp.api.models.refunds import TRANSACTION_SCOPES, RefundScope
from preo_mcp.sandbox.members import Member
from preo_mcp.sandbox.store import Doc, Store


@dataclass(frozen=True, slots=True)
class Target:
    """A purchase of an order, or (None) the order's whole transaction; a transaction pays one order (inferred)."""

    order: Doc
    purchases: Sequence[Doc]
    purchase: Doc | None

    @property
    def chosen(self) -> Doc:
        """The purchase.

        Raises:
            LookupError: the target is a transaction.
        """
        if self.purchase is None:
            raise LookupError("a purchase's scope without a purchase")
        return self.purchase

    def concerned(self, scope: RefundScope) -> Sequence[Doc]:
        """Return the purchases that a refund of this scope takes from."""
        return self.purchases if scope in TRANSACTION_SCOPES else [self.chosen]


def purchase_target(store: Store, member: Member, purchase_id: str) -> Target | None:
    """Return a purchase of one of the member's organizations, or None where there is none that they may see."""
    purchase = store.doc("purchases", purchase_id)
    return None if purchase is None else _of_order(store, member, purchase["order_id"], purchase_id)


def transaction_target(store: Store, member: Member, transaction_id: str) -> Target | None:
    """Return a transaction of one of the member's organizations, or None where there is none that they may see."""
    row = store.db.execute("SELECT id FROM orders WHERE transaction_id = ?", (transaction_id,)).fetchone()
    return None if row is None else _of_order(store, member, row[0], None)


def order_target(store: Store, order_id: str, purchase_id: str | None) -> Target:
    """Return the target of a refund that exists.

    Raises:
        LookupError: the order is gone.
    """
    order = store.doc("orders", order_id)
    if order is None:
        raise LookupError("a refund's order is gone")
    rows = store.db.execute("SELECT doc FROM purchases WHERE order_id = ? ORDER BY rowid", (order_id,)).fetchall()
    purchases: list[Doc] = [json.loads(doc) for (doc,) in rows]
    return Target(order, purchases, next((one for one in purchases if one["id"] == purchase_id), None))


def _of_order(store: Store, member: Member, order_id: str, purchase_id: str | None) -> Target | None:
    target = order_target(store, order_id, purchase_id)
    return target if target.order["organization_id"] in member.organizations else None
