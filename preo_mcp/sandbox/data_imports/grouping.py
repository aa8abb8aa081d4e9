"""From rows to orders: the rows of an order are brought together over the whole file, adjacent or not.

Cells that a row leaves empty are taken from the order's earlier rows, as shops leave them empty from the second row
on. A row without an order id is an order of its own (inferred). A row that is no line of its order still says what it
knows about the order, and is reported.

Rows are collected in memory during a slice and written together at its end, so memory does not grow with the file.
"""

import json
from bisect import insort
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from preo_mcp.files.spreadsheets import BadRow, Row
from preo_mcp.sandbox.data_imports.layout import Layout
from preo_mcp.sandbox.data_imports.order_rows import OrderRows, StoredOrder
from preo_mcp.sandbox.data_imports.records import MAX_ORDER_UNITS
from preo_mcp.sandbox.data_imports.rows import BadCell, Header, Line, fill_header, read_line, read_order_id
from preo_mcp.sandbox.importing.unreadable import EMPTY
from preo_mcp.sandbox.store import Doc, Store


@dataclass(slots=True)
class Pending:
    """What the present slice knows of an order."""

    header: Header
    lines: list[Line] = field(default_factory=list[Line])


class Grouping:
    """Groups the rows of one parse of a file."""

    def __init__(self, store: Store, edition: Doc, parse_id: int, layout: Layout) -> None:
        self.problems = ProblemRows()
        self.products = ProductsFound(store, edition["id"], parse_id)
        self.people = PeopleFound(store, edition, parse_id)
        self.orders = OrderRows(store, parse_id)
        self.order_metadata_keys: set[str] = set()
        self.purchase_metadata_keys: set[str] = set()
        self._layout = layout
        self._pending: dict[str, Pending] = {}

    def add(self, row: Row) -> None:
        """Take a row."""
        if isinstance(row, BadRow):
            self.problems.add(row.line, row.reason)
            return
        at, cells = row
        try:
            self._add(at, cells)
        except BadCell as bad:
            self.problems.add(at, str(bad))

    def flush(self) -> None:
        """Write what the slice collected; call it at the slice's end, inside its transaction."""
        pending, self._pending = self._pending, {}
        stored = self.orders.stored(pending)
        began: list[tuple[str, Pending]] = []
        for key, order in pending.items():
            known = stored.get(key)
            self._hold_to_limit(order, known)
            if known is not None:
                known.header.fill_from(order.header)
                order.header = known.header
            if known is None or known.position < 0:
                began.append((key, order))
            else:
                self.orders.extend(known, order.lines)
        self._begin(began)
        # By line, so that everything is numbered the same wherever the slices happen to be cut.
        self.products.add(
            sorted((line for order in pending.values() for line in order.lines), key=lambda line: line.at)
        )
        self._collect_keys(pending)

    def parsed_data(self) -> Doc:
        """Return the statistics in the documented shape."""
        return {
            "customers_total": self.people.customers,
            "customers_existing": self.people.customers_existing,
            "products_total": self.products.total,
            "products_existing": self.products.existing,
            "orders_total": self.orders.total,
            "orders_existing": self.people.orders_existing,
        }

    def _add(self, at: int, cells: list[str]) -> None:
        order_id = read_order_id(self._layout, cells)
        # The first letter keeps order ids and line numbers apart.
        key = f"i{order_id}" if order_id else f"l{at}"
        order = self._pending.get(key)
        if order is None:
            order = self._pending[key] = Pending(Header(order_id))
        unreadable = fill_header(self._layout, cells, order.header)
        line = read_line(self._layout, at, cells)
        if not order.header.email:
            self._recall_email(key, order.header)
            if not order.header.email:
                raise BadCell("customer_email", unreadable or EMPTY)
        order.lines.append(line)

    def _recall_email(self, key: str, header: Header) -> None:
        """Take the e-mail address from what earlier slices stored of the order."""
        if header.order_id and (known := self.orders.stored([key]).get(key)):
            header.email = known.header.email

    def _hold_to_limit(self, order: Pending, known: StoredOrder | None) -> None:
        """Report the lines with which an order would be larger than orders may be."""
        units = known.units if known else 0
        kept: list[Line] = []
        for line in order.lines:
            if units + line.quantity > MAX_ORDER_UNITS:
                self.problems.add(line.at, f"quantity: an order holds at most {MAX_ORDER_UNITS} units")
            else:
                units += line.quantity
                kept.append(line)
        order.lines = kept

    def _begin(self, orders: list[tuple[str, Pending]]) -> None:
        """Store orders of which no line is stored yet, by their first lines."""
        orders = [(key, order) for key, order in orders if order.lines or order.header.order_id]
        orders.sort(key=lambda item: item[1].lines[0].at if item[1].lines else 0)
        headers = [order.header for _, order in orders if order.lines]
        self.people.add(
            [header.email for header in headers], [header.order_id for header in headers if header.order_id]
        )
        self.orders.insert((key, order.header, order.lines) for key, order in orders)

    def _collect_keys(self, pending: dict[str, Pending]) -> None:
        for order in pending.values():
            self.order_metadata_keys.update(order.header.metadata)
            for line in order.lines:
                self.purchase_metadata_keys.update(line.metadata)


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
        addresses = json.dumps(sorted({email.casefold() for email in emails}))
        new = "FROM json_each(?) WHERE NOT EXISTS (SELECT 1 FROM import_customers WHERE parse_id = ? AND email = value)"
        [(customers,)] = self._db.execute(
            f"SELECT count(*) {new} AND EXISTS (SELECT 1 FROM customers WHERE organization_id = ? AND email = value)",  # noqa: S608 - our own text
            (addresses, self._parse_id, self._edition["organization_id"]),
        ).fetchall()
        self.customers_existing += customers
        self.customers += self._db.execute(
            "INSERT OR IGNORE INTO import_customers (parse_id, email) SELECT ?, value FROM json_each(?)",
            (self._parse_id, addresses),
        ).rowcount
        [(orders,)] = self._db.execute(
            "SELECT count(*) FROM json_each(?) CROSS JOIN orders ON edition_id = ? AND external_id = value",
            (json.dumps(list(order_ids)), self._edition["id"]),
        ).fetchall()
        self.orders_existing += orders


LISTED_PROBLEMS = 20


class ProblemRows:
    """The problems of one parse."""

    def __init__(self) -> None:
        self.count = 0
        self._listed: list[tuple[int, str]] = []

    def add(self, line: int, reason: str) -> None:
        """Report a row by its line in the file."""
        self.count += 1
        if len(self._listed) < LISTED_PROBLEMS or line < self._listed[-1][0]:
            insort(self._listed, (line, reason))
            del self._listed[LISTED_PROBLEMS:]

    def as_doc(self) -> Doc:
        """Return the report: `{count, listed: [{line, reason}]}`."""
        return {"count": self.count, "listed": [{"line": at, "reason": why} for at, why in self._listed]}


MAPPING_PREFIX = "pmap"


class ProductsFound:
    """Writes the product mappings of one parse: one per distinct code as it stands in the file.

    A code is matched with a product's or a variant's without regard to case, and not guessed at any further.
    """

    def __init__(self, store: Store, edition_id: str, parse_id: int) -> None:
        self.total = 0
        self.existing = 0
        self._store = store
        self._edition_id = edition_id
        self._parse_id = parse_id

    def add(self, lines: Iterable[Line]) -> None:
        """Count the lines of a slice; call it inside a transaction."""
        names: dict[str, str] = {}
        quantities: dict[str, int] = {}
        for line in lines:
            sku = line.sku
            quantities[sku] = quantities.get(sku, 0) + line.quantity
            if line.name and sku not in names:
                names[sku] = line.name
        for sku, quantity in quantities.items():
            self._add(sku, names.get(sku), quantity)

    def _add(self, sku: str, name: str | None, quantity: int) -> None:
        changed = self._store.db.execute(
            "UPDATE product_mappings SET quantity = quantity + ?, name = coalesce(name, ?) "
            "WHERE parse_id = ? AND sku = ?",
            (quantity, name, self._parse_id, sku),
        ).rowcount
        if changed:
            return
        match = self._store.db.execute(
            "SELECT product_id, variant_id FROM product_codes WHERE edition_id = ? AND code = ?",
            (self._edition_id, sku.casefold()),
        ).fetchone()
        self._store.db.execute(
            "INSERT INTO product_mappings (id, parse_id, position, sku, name, quantity, product_id, variant_id) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(self._store.new_id(MAPPING_PREFIX), self._parse_id, self.total, sku, name, quantity),
                *(match or (None, None)),
            ),
        )
        self.total += 1
        self.existing += match is not None
