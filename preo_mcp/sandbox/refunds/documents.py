"""A refund as it is stored, who may see it, and how it is answered.

The answer's objects `order`, `purchases`, `customer`, `staff_user` (who requested it) and `pickup_point` are inferred.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from preo_mcp.api.models.refunds import ALLOWED_STATUSES, RefundReason, RefundScope, RefundStatus
from preo_mcp.api.operations import APPROVE_REFUND, REJECT_REFUND, Operation
from preo_mcp.sandbox.members import MANAGERS, Member
from preo_mcp.sandbox.money import on_wire
from preo_mcp.sandbox.problems import not_found
from preo_mcp.sandbox.routing import B, Call, Q
from preo_mcp.sandbox.store import Doc, Store, docs_by_id, dump

REFUND_PREFIX: Final = "rfd"
PERSON_FIELDS: Final = ("id", "email", "first_name", "last_name")
ORGANIZATION_FIELDS: Final = ("id", "name", "slug")

Row = tuple[str, str, str, str, str, str, str, str, int, str, str, str]
COLUMN_NAMES: Final = (
    *("id", "organization_id", "edition_id", "order_id", "customer_id", "scope", "reason", "status", "amount"),
    *("created", "modified", "doc"),
)
COLUMNS: Final = ", ".join(f"refunds.{name}" for name in COLUMN_NAMES)


@dataclass(slots=True)
class Refund:
    """A row of `refunds`; `amount` is in minor units.

    The keys of `doc`: `currency`, `transaction_id`, `purchase_id` (None for a transaction's scopes), `comment`,
    `pickup_point_id`, `staff_user`, `attempt` (how often it was approved), `service_response`, `refund_date`.
    """

    id: str
    organization_id: str
    edition_id: str
    order_id: str
    customer_id: str
    scope: RefundScope
    reason: RefundReason
    status: RefundStatus
    amount: int
    created: str
    modified: str
    doc: Doc


def from_row(row: Row) -> Refund:
    """Return a row of `COLUMNS` as a refund."""
    key, organization_id, edition_id, order_id, customer_id, scope, reason, status, amount, created, modified, doc = row
    return Refund(
        *(key, organization_id, edition_id, order_id, customer_id),
        *(RefundScope(scope), RefundReason(reason), RefundStatus(status)),
        *(amount, created, modified, json.loads(doc)),
    )


def find(store: Store, refund_id: str) -> Refund | None:
    """Return a refund, or None where there is none."""
    row = store.db.execute(f"SELECT {COLUMNS} FROM refunds WHERE id = ?", (refund_id,)).fetchone()  # noqa: S608 - our own names
    return None if row is None else from_row(row)


def find_all(store: Store, ids: Sequence[str]) -> list[Refund]:
    """Return refunds in the order of their ids."""
    rows = store.db.execute(
        f"SELECT {COLUMNS} FROM refunds WHERE id IN (SELECT value FROM json_each(?))",  # noqa: S608 - our own names
        (dump(list(ids)),),
    )
    found = {row[0]: from_row(row) for row in rows}
    return [found[key] for key in ids]


def of_order(store: Store, order_id: str) -> list[Doc]:
    """Return an order's refunds as they stand inside it (inferred), the newest first."""
    rows = store.db.execute(
        f"SELECT {COLUMNS} FROM refunds WHERE order_id = ? ORDER BY created DESC, id",  # noqa: S608 - our own names
        (order_id,),
    )
    return [
        {
            **{name: getattr(refund, name) for name in ("id", "status", "reason", "created")},
            "amount": on_wire(refund.amount, refund.doc["currency"]),
            **{name: refund.doc[name] for name in ("service_response", "refund_date")},
        }
        for refund in map(from_row, rows)
    ]


def visible(call: Call[Q, B]) -> Refund:
    """Return the refund that a call names, if it is of one of the member's organizations.

    Raises:
        Problem: 404.
    """
    found = find(call.store, call.path["id"])
    if found is None or found.organization_id not in call.member.organizations:
        raise not_found("Refund")
    return found


def insert(store: Store, refund: Refund, parts: Mapping[str, int]) -> None:
    """Write a new refund with its part of each purchase; call it in the transaction that checked what is left."""
    columns = {name: getattr(refund, name) for name in COLUMN_NAMES if name != "doc"}
    store.insert("refunds", refund.doc, **columns)
    set_parts(store, refund, parts)


def set_parts(store: Store, refund: Refund, parts: Mapping[str, int]) -> None:
    """Replace the parts of a refund."""
    store.db.execute("DELETE FROM refund_parts WHERE refund_id = ?", (refund.id,))
    rows = [(refund.id, purchase_id, amount) for purchase_id, amount in parts.items()]
    store.db.executemany("INSERT INTO refund_parts VALUES (?, ?, ?)", rows)


def save(store: Store, changed: Refund) -> None:
    """Write a refund's status and document back, modified now."""
    changed.modified = store.now()
    store.update("refunds", changed.id, changed.doc, status=changed.status, modified=changed.modified)


@dataclass(slots=True)
class Shown:
    """Answers refunds to one member; what several have in common is looked up once."""

    store: Store
    member: Member
    seen: dict[tuple[str, str], Doc] = field(default_factory=dict[tuple[str, str], Doc])

    def refunds(self, refunds: Sequence[Refund]) -> list[Doc]:
        """Return several refunds as they are answered."""
        self._see("orders", (refund.order_id for refund in refunds))
        self._see("customers", (refund.customer_id for refund in refunds))
        return [self.refund(refund) for refund in refunds]

    def refund(self, refund: Refund) -> Doc:
        """Return a refund as it is answered, nulls included."""
        doc, currency = refund.doc, refund.doc["currency"]
        point = doc["pickup_point_id"]
        return {
            "id": refund.id,
            "edition_id": refund.edition_id,
            "amount": on_wire(refund.amount, currency),
            "currency": currency,
            "staff_user": doc["staff_user"],
            "pickup_point": {"id": point, "name": None} if point else None,
            "created": refund.created,
            "modified": refund.modified,
            "can_approve": self._can(refund, APPROVE_REFUND),
            "can_reject": self._can(refund, REJECT_REFUND),
            "organization": self._part("organizations", refund.organization_id, ORGANIZATION_FIELDS),
            "scope": refund.scope,
            "status": refund.status,
            "reason": refund.reason,
            "comment": doc["comment"],
            "service_response": doc["service_response"],
            "refund_date": doc["refund_date"],
            "order": self._part("orders", refund.order_id, ("id", "order_number")),
            "transaction_id": doc["transaction_id"],
            "purchases": self._purchases(refund.id, currency),
            "customer": self._part("customers", refund.customer_id, PERSON_FIELDS),
        }

    def _can(self, refund: Refund, operation: Operation) -> bool:
        is_manager = self.member.roles.get(refund.organization_id) in MANAGERS
        return is_manager and refund.status in ALLOWED_STATUSES[operation]

    def _part(self, table: str, key: str, fields: tuple[str, ...]) -> Doc:
        self._see(table, [key])
        doc = self.seen[table, key]
        return {name: doc[name] for name in fields}

    def _see(self, table: str, keys: Iterable[str]) -> None:
        unseen = {key for key in keys if (table, key) not in self.seen}
        if unseen:
            self.seen |= {(table, key): doc for key, doc in docs_by_id(self.store, table, unseen).items()}

    def _purchases(self, refund_id: str, currency: str) -> list[Doc]:
        rows = self.store.db.execute(
            "SELECT part.purchase_id, part.amount, "
            "json_extract(purchase.doc, '$.product_name'), json_extract(purchase.doc, '$.variant_name') "
            "FROM refund_parts AS part JOIN purchases AS purchase ON purchase.id = part.purchase_id "
            "WHERE part.refund_id = ? ORDER BY purchase.rowid",
            (refund_id,),
        )
        return [
            {"id": key, "product_name": product, "variant_name": variant, "amount": on_wire(amount, currency)}
            for key, amount, product, variant in rows.fetchall()
        ]


def person(user: Doc) -> Doc:
    """Return who somebody is as it stands inside a refund."""
    return {name: user[name] for name in PERSON_FIELDS}
