"""One row of the file: what it says about its order, and the line it adds to it."""

from dataclasses import dataclass, field

from preo_mcp.sandbox.data_imports.layout import Layout
from preo_mcp.sandbox.importing.emails import read_email
from preo_mcp.sandbox.importing.names import split_full_name
from preo_mcp.sandbox.importing.prices import read_price
from preo_mcp.sandbox.importing.quantities import read_quantity
from preo_mcp.sandbox.importing.unreadable import EMPTY, Unreadable

KEY_MAX_LENGTH = 255
"""Characters of an order id and a product code; a longer cell is not one (inferred)."""

HEADER_FIELDS = ("email", "phone", "first_name", "last_name")


class BadCell(Exception):
    """A row that cannot be used, with the column type and the reason; never with the cell."""

    def __init__(self, column_type: str, reason: str) -> None:
        super().__init__(f"{column_type}: {reason}")


@dataclass(slots=True)
class Header:
    """What the rows of an order say about the order; an empty text is not known (yet).

    `phone` is as it stands in the file: it is read when the country code counts, at the preview and at the import.
    """

    order_id: str = ""
    email: str = ""
    phone: str = ""
    first_name: str = ""
    last_name: str = ""
    metadata: dict[str, str] = field(default_factory=dict[str, str])

    def fill_from(self, other: "Header") -> None:
        """Take what is not known yet from another header of the same order."""
        for name in HEADER_FIELDS:
            if not getattr(self, name):
                setattr(self, name, getattr(other, name))
        self.metadata = {**other.metadata, **self.metadata}


@dataclass(slots=True)
class Line:
    """A line of an order; `price` is per unit in minor units, None where the file has none."""

    at: int
    sku: str
    name: str
    quantity: int
    item_id: str
    price: int | None
    metadata: dict[str, str]

    def stored(self) -> list[object]:
        """Return the line as it is stored; `StoredLine` reads it."""
        return [self.sku, self.name, self.quantity, self.item_id, self.price, self.metadata]


StoredLine = tuple[str, str, int, str, int | None, dict[str, str]]
"""A line in an order's JSON: sku, name, quantity, item id, price, metadata."""


def read_order_id(layout: Layout, cells: list[str]) -> str:
    """Return a row's order id, empty where it has none.

    Raises:
        BadCell: It is too long to be one.
    """
    order_id = "" if layout.order_id is None else cells[layout.order_id].strip()
    if len(order_id) > KEY_MAX_LENGTH:
        raise BadCell("order_id", f"longer than {KEY_MAX_LENGTH} characters")
    return order_id


def fill_header(layout: Layout, cells: list[str], header: Header) -> str:
    """Take from a row what the header does not know yet; return why its e-mail cannot be read, empty where it can."""
    reason = "" if header.email else _fill_email(cells[layout.email], header)
    if layout.phone is not None and not header.phone:
        header.phone = cells[layout.phone].strip()
    if layout.first_name is not None and not header.first_name:
        header.first_name = cells[layout.first_name].strip()
    if layout.last_name is not None and not header.last_name:
        header.last_name = cells[layout.last_name].strip()
    if layout.full_name is not None and not header.first_name and not header.last_name:
        header.first_name, header.last_name = split_full_name(cells[layout.full_name])
    for position, key in layout.order_metadata:
        if key not in header.metadata and (cell := cells[position].strip()):
            header.metadata[key] = cell
    return reason


def read_line(layout: Layout, at: int, cells: list[str]) -> Line:
    """Return the line that the row at line `at` of the file adds to its order.

    Raises:
        BadCell: Product code, quantity or price cannot be read.
    """
    sku = cells[layout.sku].strip()
    if not sku:
        raise BadCell("product_code", EMPTY)
    if len(sku) > KEY_MAX_LENGTH:
        raise BadCell("product_code", f"longer than {KEY_MAX_LENGTH} characters")
    try:
        quantity = read_quantity(cells[layout.quantity])
    except Unreadable as exc:
        raise BadCell("quantity", exc.reason) from exc
    metadata = {key: cell for position, key in layout.purchase_metadata if (cell := cells[position].strip())}
    name = "" if layout.product_name is None else cells[layout.product_name].strip()
    item_id = "" if layout.item_id is None else cells[layout.item_id].strip()
    return Line(at, sku, name, quantity, item_id, _price(layout, cells), metadata)


def _fill_email(cell: str, header: Header) -> str:
    try:
        header.email = read_email(cell)
    except Unreadable as exc:
        return exc.reason
    return ""


def _price(layout: Layout, cells: list[str]) -> int | None:
    if layout.unit_price is None or not (cell := cells[layout.unit_price]).strip():
        return None
    try:
        return read_price(cell, decimal=layout.decimal, minor_units=layout.minor_units)
    except Unreadable as exc:
        raise BadCell("unit_price", exc.reason) from exc
