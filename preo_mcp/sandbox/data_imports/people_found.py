"""The distinct customers and order ids of a file, and how many of them are there already."""

import json
from collections.abc import Collection

from preo_mcp.sandbox.store import Doc, Store


class PeopleFound:
    """Counts customers by e-mail within the organization and orders by order id within the edition.

    What exists is counted as things stand while the file is processed.
    """

    def __init__(self, store: Store, edition: Doc, parse_id: int) -> None:
        self.customers = 0
        self.customers_existing = 0
        self.orders_existing = 0
        self._db = store.db
        self._edition = edition
        self._parse_id = parse_id

    def add(self, emails: Collection[str], order_ids: Collection[str]) -> None:
        """Count the orders that a slice found first; call it inside a transaction."""
        folded = json.dumps(sorted({email.casefold() for email in emails}))
        new = "FROM json_each(?) WHERE NOT EXISTS (SELECT 1 FROM import_customers WHERE parse_id = ? AND email = value)"
        [(customers,)] = self._db.execute(
            f"SELECT count(*) {new} AND EXISTS (SELECT 1 FROM customers WHERE organization_id = ? AND email = value)",  # noqa: S608 - our own text
            (folded, self._parse_id, self._edition["organization_id"]),
        ).fetchall()
        self.customers_existing += customers
        self.customers += self._db.execute(
            "INSERT OR IGNORE INTO import_customers (parse_id, email) SELECT ?, value FROM json_each(?)",
            (self._parse_id, folded),
        ).rowcount
        [(orders,)] = self._db.execute(
            "SELECT count(*) FROM json_each(?) CROSS JOIN orders ON edition_id = ? AND external_id = value",
            (json.dumps(list(order_ids)), self._edition["id"]),
        ).fetchall()
        self.orders_existing += orders
