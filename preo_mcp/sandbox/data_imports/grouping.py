"""From rows to orders: the rows of an order are brought together over the whole file, adjacent or not.

Cells that a row leaves empty are taken from the order's earlier rows, as shops leave them empty from the second row
on. A row without an order id is an order of its own (inferred). A row that is no line of its order still says what it
knows about the order, and is reported.

Rows are collected in memory during a slice and written together at its end, so memory does not grow with the file.
"""

from dataclasses import dataclass, field

from preo_mcp.sandbox.data_imports.layout import Layout
from preo_mcp.sandbox.data_imports.order_rows import OrderRows, StoredOrder
from preo_mcp.sandbox.data_imports.people_found import PeopleFound
from preo_mcp.sandbox.data_imports.problem_rows import ProblemRows
from preo_mcp.sandbox.data_imports.products_found import ProductsFound
from preo_mcp.sandbox.data_imports.records import MAX_ORDER_UNITS
from preo_mcp.sandbox.data_imports.rows import BadCell, Header, Line, fill_header, read_line, read_order_id
from preo_mcp.sandbox.importing.unreadable import EMPTY
from preo_mcp.sandbox.store import Doc, Store
from preo_mcp.tabular import BadRow, Row


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
