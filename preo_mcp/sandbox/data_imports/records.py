"""Writing what an import brings: customers, orders, purchases.

Amounts are in minor units of the edition's currency. Fees and deposits are zero: the order was sold and paid
elsewhere, and its price is all that is known (inferred).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from preo_mcp.sandbox.customers import insert_customers, order_columns, save_customer
from preo_mcp.sandbox.importing.quantities import MAX_QUANTITY
from preo_mcp.sandbox.store import Doc, Store, dump, spell_id

MAX_ORDER_UNITS = 2 * MAX_QUANTITY
"""Units in one order, which is written in one piece (a limit of this sandbox)."""

CUSTOMER_PREFIX, ORDER_PREFIX, PURCHASE_PREFIX = "usr", "ord", "pur"
ORDER_NUMBERS = "imported order"
"""The counter of order numbers of imported orders."""
IMPORTED = "imported"
COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who ordered; `phone_number` is in E.164. Empty texts are not known."""

    email: str
    phone_number: str | None = None
    first_name: str = ""
    last_name: str = ""


@dataclass(frozen=True, slots=True)
class Sold:
    """A line of an order to be written: `quantity` units at `price` minor units each; None is the product's price."""

    product: Doc
    variant: Doc | None
    quantity: int
    price: int | None = None
    options: Sequence[Doc] = ()
    item_id: str | None = None
    metadata: Doc | None = None

    @property
    def unit_price(self) -> int:
        """The price of a unit in minor units."""
        if self.price is not None:
            return self.price
        return (self.variant or self.product)["price"] + sum(option["price"] for option in self.options)


@dataclass(frozen=True, slots=True)
class Written:
    """What writing an order came to."""

    order: Doc
    customer_is_new: bool
    purchases: int


class Books:
    """Writes to one edition; call it inside transactions."""

    def __init__(self, store: Store, edition: Doc) -> None:
        self._store = store
        self._edition = edition

    def has(self, external_id: str) -> bool:
        """Whether the edition has an order with this id of another system."""
        found = self._store.db.execute(
            "SELECT 1 FROM orders WHERE edition_id = ? AND external_id = ?", (self._edition["id"], external_id)
        ).fetchone()
        return found is not None

    def write(self, buyer: Buyer, external_id: str | None, lines: Sequence[Sold], metadata: Doc) -> Written:
        """Write an order with its customer, found by e-mail, and one purchase per unit."""
        now = self._store.now()
        customer, is_new = self._customer(buyer, now)
        order: Doc = {
            "id": self._store.new_id(ORDER_PREFIX),
            "order_number": f"IMP-{self._next_number():06}",
            "external_id": external_id,
            "edition_id": self._edition["id"],
            "organization_id": self._edition["organization_id"],
            "customer_id": customer["id"],
            "status": COMPLETED,
            "type": IMPORTED,
            "amount": sum(line.quantity * line.unit_price for line in lines),
            "currency": self._edition["currency"],
            "transaction_id": None,
            "metadata": metadata,
            "created": now,
            "modified": now,
        }
        columns = {key: value for key, value in order.items() if key not in ("currency", "metadata")}
        self._store.insert("orders", order, **columns, **order_columns(customer))
        return Written(order, is_new, self._purchases(order, lines))

    def _customer(self, buyer: Buyer, now: str) -> tuple[Doc, bool]:
        """Return the organization's customer with this e-mail, and whether they are new.

        One that is known keeps what is known and gets what was missing.
        """
        organization_id, email = self._edition["organization_id"], buyer.email.casefold()
        row = self._store.db.execute(
            "SELECT doc FROM customers WHERE organization_id = ? AND email = ?", (organization_id, email)
        ).fetchone()
        facts = {
            "first_name": buyer.first_name or None,
            "last_name": buyer.last_name or None,
            "phone_number": buyer.phone_number,
        }
        if row is not None:
            known: Doc = json.loads(row[0])
            self._complete(known, facts, now)
            return known, False
        doc: Doc = {
            "id": self._store.new_id(CUSTOMER_PREFIX),
            "email": buyer.email,
            **facts,
            "locale": self._edition["default_language"],
            "organization_id": organization_id,
            "created": now,
            "modified": now,
        }
        insert_customers(self._store, [doc])
        return doc, True

    def _complete(self, customer: Doc, facts: Doc, now: str) -> None:
        missing = {name: value for name, value in facts.items() if value and not customer[name]}
        if missing:
            customer |= missing | {"modified": now}
            save_customer(self._store, customer)

    def _purchases(self, order: Doc, lines: Sequence[Sold]) -> int:
        rows: list[tuple[str, ...]] = []
        for line in lines:
            shared = _purchase(order, line)
            columns = (
                order["id"],
                order["edition_id"],
                order["customer_id"],
                shared["product_id"],
                shared["variant_id"],
            )
            # The units of a line differ in their ids only.
            rest = dump(shared)[1:]
            rows += [
                (key, *columns, f'{{"id":"{key}",{rest}')
                for key in _new_ids(self._store, PURCHASE_PREFIX, line.quantity)
            ]
        self._store.db.executemany(
            "INSERT INTO purchases (id, order_id, edition_id, customer_id, product_id, variant_id, doc) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            rows,
        )
        return len(rows)

    def _next_number(self) -> int:
        return _count_up(self._store, f"{ORDER_NUMBERS} {self._edition['id']}", 1)


def _purchase(order: Doc, line: Sold) -> Doc:
    """Return what the purchases of a line have in common."""
    return {
        "order_id": order["id"],
        "edition_id": order["edition_id"],
        "customer_id": order["customer_id"],
        "product_id": line.product["api_id"],
        "variant_id": line.variant["api_id"] if line.variant else None,
        "option_ids": [option["api_id"] for option in line.options],
        "product_name": line.product["name"],
        "variant_name": line.variant["name"] if line.variant else None,
        "price": line.unit_price,
        "fee": 0,
        "deposit": 0,
        "currency": order["currency"],
        "item_id": line.item_id,
        "status": order["status"],
        "metadata": line.metadata or {},
        "created": order["created"],
        "modified": order["modified"],
    }


def _new_ids(store: Store, prefix: str, count: int) -> list[str]:
    """Return the next `count` ids of a kind."""
    last = _count_up(store, prefix, count)
    return [spell_id(prefix, number) for number in range(last - count + 1, last + 1)]


def _count_up(store: Store, counter: str, by: int) -> int:
    [(value,)] = store.db.execute(
        "INSERT INTO counters VALUES (?, ?) ON CONFLICT DO UPDATE SET value = value + excluded.value RETURNING value",
        (counter, by),
    ).fetchall()
    return value
