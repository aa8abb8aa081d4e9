"""The orders of a file as they are stored: a header and lines, under the number of their parse."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from pydantic_core import from_json, to_json

from preo_mcp.sandbox.data_imports.rows import HEADER_FIELDS, Header, Line
from preo_mcp.sandbox.store import Store


@dataclass(slots=True)
class StoredOrder:
    """An order of which earlier rows are stored; a negative position has no lines yet and does not count."""

    position: int
    units: int
    header: Header


class OrderRows:
    """Writes the orders of one parse. Positions count from 0 in the order of their first lines."""

    def __init__(self, store: Store, parse_id: int) -> None:
        self.total = 0
        self._headless = 0
        self._db = store.db
        self._parse_id = parse_id

    def stored(self, keys: Collection[str]) -> dict[str, StoredOrder]:
        """Return those of the orders that earlier slices have stored."""
        rows = self._db.execute(
            "SELECT order_key, position, units, header FROM json_each(?) CROSS JOIN import_orders "
            "ON parse_id = ? AND order_key = value",
            (json.dumps(list(keys)), self._parse_id),
        )
        return {key: StoredOrder(position, units, load_header(header)) for key, position, units, header in rows}

    def insert(self, orders: Iterable[tuple[str, Header, Sequence[Line]]]) -> None:
        """Store orders of which no line is stored: key, header, lines."""
        self._db.executemany(
            "INSERT OR REPLACE INTO import_orders (parse_id, position, order_key, units, header, lines) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            [
                (self._parse_id, self._next(lines), key, _units(lines), dump_header(header), _dump_lines(lines))
                for key, header, lines in orders
            ],
        )

    def extend(self, order: StoredOrder, lines: Sequence[Line]) -> None:
        """Add lines to a stored order that has some, and store its header, which may know more now."""
        more = f",{_dump_lines(lines)}" if lines else ""
        self._db.execute(
            "UPDATE import_orders SET units = units + ?, header = ?, lines = lines || ? "
            "WHERE parse_id = ? AND position = ?",
            (_units(lines), dump_header(order.header), more, self._parse_id, order.position),
        )

    def _next(self, lines: Sequence[Line]) -> int:
        if not lines:
            self._headless += 1
            return -self._headless
        self.total += 1
        return self.total - 1


def dump_header(header: Header) -> str:
    """Return a header as it is stored."""
    fields = [getattr(header, name) for name in HEADER_FIELDS]
    return to_json([header.order_id, *fields, header.metadata]).decode()


def load_header(stored: str) -> Header:
    """Return a stored header."""
    return Header(*from_json(stored))


def _units(lines: Sequence[Line]) -> int:
    return sum(line.quantity for line in lines)


def _dump_lines(lines: Sequence[Line]) -> str:
    """Return lines as JSON without the brackets around them, so that more can be added."""
    return to_json([line.stored() for line in lines])[1:-1].decode()
