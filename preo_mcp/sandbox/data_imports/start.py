"""Start import process: the endpoint, the job, and its run that writes the orders slice by slice.

How far a run came is written in the transaction that wrote the orders, so that one taken up again neither repeats nor
leaves out any.
"""

from collections.abc import Iterator
from types import MappingProxyType

from pydantic_core import from_json

from preo_mcp.api.models.data_imports import DataImport, Stage, StartImportQuery
from preo_mcp.api.operations import START_IMPORT
from preo_mcp.sandbox.data_imports.catalogue import Catalogue
from preo_mcp.sandbox.data_imports.documents import Import, changeable, edition_of, find, must_allow, represent, save
from preo_mcp.sandbox.data_imports.endings import complete, failing
from preo_mcp.sandbox.data_imports.order_rows import load_header
from preo_mcp.sandbox.data_imports.records import Books, Buyer, Sold
from preo_mcp.sandbox.data_imports.rows import Header, StoredLine
from preo_mcp.sandbox.importing.phones import read_phone
from preo_mcp.sandbox.importing.warming import readers_loaded
from preo_mcp.sandbox.jobs import Jobs
from preo_mcp.sandbox.problems import Problem, invalid
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.segments.runs import keep_messages_ready
from preo_mcp.sandbox.slices import in_slices
from preo_mcp.sandbox.store import Doc, Store

ENDPOINTS = Endpoints()

RUN_IMPORT = "run_import"
NAMED_PRODUCTS = 5

FETCHED = 50

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

ParsedOrder = tuple[int, str, str]
"""Position, header and lines of a parsed order, the latter two as they are stored."""


@ENDPOINTS.endpoint(START_IMPORT, returns=DataImport, query=StartImportQuery)
async def start_import(call: Call[StartImportQuery, Nothing]) -> Doc:
    """Begin to write the orders, in the background.

    With `ignore_warnings` unmapped products are left out; without any mapped product there is nothing to import
    (inferred).

    Raises:
        Problem: 400 that names the unmapped products.
    """
    found = changeable(call)
    must_allow(found, START_IMPORT)
    _must_be_mapped(call.store, found, ignore=call.query.ignore_warnings)
    with call.store.transaction():
        found.stage = Stage.IMPORTING
        found.doc |= {
            "cursor": 0,
            "import_result": dict(NOTHING_IMPORTED),
            "progress": {"done": 0, "total": found.doc["parsed"]["orders_total"]},
        }
        save(call.store, found)
        job = call.jobs.add(RUN_IMPORT, found.id)
    call.jobs.start(job)
    return represent(call.store, found, call.url)


@failing
async def run_import(jobs: Jobs, subject: str) -> None:
    """Write the orders of an import, from where it stopped; a cancelled one stops, and what is written stays."""
    store = jobs.store
    found = find(store, subject)
    if found is None or found.stage is not Stage.IMPORTING:
        return
    await readers_loaded()
    run = Run(store, found)
    if not await in_slices(store, run.orders(), run.write, begin=run.begin_slice, end=run.end_slice):
        return
    with store.transaction():
        found = find(store, subject)
        if found is None or found.stage is not Stage.IMPORTING:
            return
        complete(store, found)
        following = keep_messages_ready(jobs)  # many new customers: the next segment finds them ready
    for job in following:
        jobs.start(job)


def _must_be_mapped(store: Store, found: Import, *, ignore: bool) -> None:
    parse_id = found.doc["parse_id"]
    [(unmapped,)] = store.db.execute(
        "SELECT count(*) FROM product_mappings WHERE parse_id = ? AND product_id IS NULL", (parse_id,)
    ).fetchall()
    if unmapped == found.doc["parsed"]["products_total"]:
        raise invalid(product_mappings="No product of the file is mapped to a product: there is nothing to import.")
    if unmapped and not ignore:
        rows = store.db.execute(
            "SELECT sku FROM product_mappings WHERE parse_id = ? AND product_id IS NULL ORDER BY position LIMIT ?",
            (parse_id, NAMED_PRODUCTS),
        )
        skus = [sku for (sku,) in rows.fetchall()]
        more = f" and {unmapped - len(skus)} more" if unmapped > len(skus) else ""
        message = (
            f"{unmapped} of {found.doc['parsed']['products_total']} products are not mapped: "
            f"{', '.join(skus)}{more}. Map them, or start with ignore_warnings=true to skip them."
        )
        raise Problem(400, {"product_mappings": [message], "unmapped_count": unmapped, "unmapped_skus": skus})


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
