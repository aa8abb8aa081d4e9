"""A run of an import: its parsed orders become customers, orders and purchases, slice by slice.

How far it came is written in the transaction that wrote the orders, so that a run taken up again neither repeats nor
leaves out any.
"""

from collections.abc import Iterator
from types import MappingProxyType

from pydantic_core import from_json

from preo_mcp.api.models.data_imports import Stage
from preo_mcp.sandbox.data_imports.catalogue import Catalogue
from preo_mcp.sandbox.data_imports.documents import Import, edition_of, find, save
from preo_mcp.sandbox.data_imports.order_rows import load_header
from preo_mcp.sandbox.data_imports.records import Books, Buyer, Sold
from preo_mcp.sandbox.data_imports.rows import Header, StoredLine
from preo_mcp.sandbox.importing.phones import read_phone
from preo_mcp.sandbox.store import Store

NOTHING_IMPORTED = MappingProxyType(
    {
        "orders_imported": 0,
        "orders_skipped_existing": 0,
        "orders_skipped_unmapped": 0,
        "purchases_imported": 0,
        "items_skipped": 0,
        "customers_created": 0,
    }
)
"""The result before the first order. `items_skipped` counts the units that did not become purchases, for whatever
reason, so that it and `purchases_imported` make up the quantity in the file."""

FETCHED = 50

ParsedOrder = tuple[int, str, str]
"""Position, header and lines of a parsed order, the latter two as they are stored."""


class Run:
    """Writes the orders of one import from its cursor on."""

    def __init__(self, store: Store, found: Import) -> None:
        self._store = store
        self._found = found
        self._edition = edition_of(store, found)
        self._books = Books(store, self._edition)
        self._catalogue = Catalogue(store, found.edition_id)
        self._mapped: dict[str, tuple[str | None, str | None]] = {}

    def orders(self) -> Iterator[ParsedOrder]:
        """Yield the orders that are not dealt with yet."""
        parse_id, position = self._found.doc["parse_id"], self._found.doc["cursor"]
        while rows := self._store.db.execute(
            "SELECT position, header, lines FROM import_orders WHERE parse_id = ? AND position >= ? "
            "ORDER BY position LIMIT ?",
            (parse_id, position, FETCHED),
        ).fetchall():
            yield from rows
            position = rows[-1][0] + 1

    def begin_slice(self) -> bool:
        """Read import and mappings anew, which may have changed since; return whether it is still to be run."""
        found = find(self._store, self._found.id)
        if found is None or found.stage is not Stage.IMPORTING:
            return False
        self._found = found
        self._catalogue = Catalogue(self._store, found.edition_id)
        self._mapped.clear()
        return True

    def write(self, order: ParsedOrder) -> None:
        """Write one order, or count why it is skipped."""
        position, stored_header, stored_lines = order
        header = load_header(stored_header)
        lines: list[StoredLine] = from_json(f"[{stored_lines}]")
        sold = [line for line in map(self._sold, lines) if line is not None]
        units, imported = sum(line[2] for line in lines), 0
        if header.order_id and self._books.has(header.order_id):
            self._count(orders_skipped_existing=1)
        elif not sold:
            self._count(orders_skipped_unmapped=1)
        else:
            written = self._books.write(self._buyer(header), header.order_id or None, sold, header.metadata)
            imported = written.purchases
            self._count(orders_imported=1, purchases_imported=imported, customers_created=int(written.customer_is_new))
        self._count(items_skipped=units - imported)
        self._found.doc["cursor"] = position + 1

    def end_slice(self) -> None:
        """Record how far the run came."""
        self._found.doc["progress"]["done"] = self._found.doc["cursor"]
        save(self._store, self._found, touch=False)

    def _count(self, **more: int) -> None:
        for name, number in more.items():
            self._found.doc["import_result"][name] += number

    def _buyer(self, header: Header) -> Buyer:
        code = self._found.doc["default_country_code"] or self._edition["default_country_code"]
        number = read_phone(header.phone, code).number if header.phone else None
        return Buyer(header.email, number, header.first_name, header.last_name)

    def _sold(self, line: StoredLine) -> Sold | None:
        """Return what a line sells, or None where its product is not mapped."""
        sku, _, quantity, item_id, price, metadata = line
        product_id, variant_id = self._mapping(sku)
        product = product_id and self._catalogue.product(product_id)
        if not product or not product_id:
            return None
        variant = self._catalogue.variant(product_id, variant_id) if variant_id else None
        return Sold(product, variant, quantity, price, (), item_id or None, metadata)

    def _mapping(self, sku: str) -> tuple[str | None, str | None]:
        if sku not in self._mapped:
            self._mapped[sku] = self._store.db.execute(
                "SELECT product_id, variant_id FROM product_mappings WHERE parse_id = ? AND sku = ?",
                (self._found.doc["parse_id"], sku),
            ).fetchone()
        return self._mapped[sku]
