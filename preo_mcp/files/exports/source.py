"""The rows of an export: from the sheet that holds them, one for each product, those of an order together."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from time import sleep
from typing import Final

from preo_mcp.api.models.data_imports import ColumnType
from preo_mcp.files.exports.known import Edition
from preo_mcp.files.exports.layouts import Layout, find_layout
from preo_mcp.files.exports.profile import Cells
from preo_mcp.files.exports.settling import Wishes, refuse_option
from preo_mcp.files.exports.shapes import picker
from preo_mcp.files.spreadsheets import (
    BadRow,
    Fault,
    Overrides,
    Row,
    Table,
    UnreadableTable,
    blocks,
    open_table,
    sample,
)
from preo_mcp.files.spreadsheets.columns import guess_columns

SAMPLED: Final = 400
MOST_BAD: Final = 1000
"""Rows that could not be read and are kept by line."""
MOST_SHEETS: Final = 12
"""Sheets of a workbook that are looked into, each by a process of its own."""
OWN_COLUMNS: Final = ("Not imported because", "Preo order")
"""What this server adds to the rows that it gives back: why one did not come in, and what one became. They are no part
of a file that comes in again."""
TO_CHECK: Final = "delete this cell once the row is right"
"""What a row ends with that could not be read when it was given back; with it, it cannot be read still."""
BREATH: Final = 0.0002
"""Seconds between two blocks. Reading one lets go of the interpreter, but too briefly for another thread, which then
takes that for its turn and does not demand one: without a pause an event loop waits for up to 400 ms."""
_UNIT: Final = "\x1f"


@dataclass(frozen=True, slots=True)
class File:
    """Where an export lies.

    Attributes:
        path: A CSV file or a workbook.
        name: Its name as the person knows it.
        workdir: For the sheets of a workbook, as long as the export is used.
        overrides: What the caller knows better about how it is read.
    """

    path: Path
    name: str
    workdir: Path
    overrides: Overrides


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook: its columns, and how many of them mean something for an import."""

    name: str
    columns: int
    understood: int


class Source:
    """The rows of a file.

    Attributes:
        name: The file's, as the person knows it.
        table: The table that is read.
        sheets: The sheets that were looked into, best first; empty where there is no choice.
        columns: The file's own headings.
        layout: How rows can be split into products; None where they need not be.
        header: The headings of the rows that come out.
        of_order: How many of the first columns are an order's for sure, because its row was split.
        unreadable: Rows that could not be read, counted while they are passed over; `bad` has the first of them.
    """

    def __init__(self, file: File, edition: Edition, wishes: Wishes) -> None:
        self.name = file.name
        self.table, self.sheets = _best_sheet(file, wishes)
        ours = {text.casefold() for text in OWN_COLUMNS}
        kept = [at for at, heading in enumerate(self.table.header) if heading.strip().casefold() not in ours]
        self._own = picker(kept) if len(kept) < len(self.table.header) else None
        self.columns = tuple(self.table.header[at] for at in kept)
        first = [self.own(row) for row in sample(self.table, SAMPLED)]
        self.layout = find_layout(self.columns, first, edition.prices(), edition.currency)
        self._split = self._wanted(wishes)
        self.header = self._split.header if self._split else self.columns
        self.of_order = len(self.columns) if self._split else 0
        self._continued: tuple[int, int, tuple[int, ...]] | None = None
        self._traced = False
        self.unreadable = 0
        self.bad = list[BadRow]()

    def _wanted(self, wishes: Wishes) -> Layout | None:
        said = wishes.get("layout") or "split"
        if said not in ("split", "as_it_is"):
            raise refuse_option("layout", said, ("split", "as_it_is"))
        return self.layout if said == "split" else None

    @property
    def split_columns(self) -> tuple[int, ...]:
        """The columns whose products have rows of their own now."""
        return (*self._split.packed, *self._split.wide) if self._split else ()

    def own(self, row: Cells) -> Cells:
        """Return the cells of a row of the table that are the file's own."""
        return row if self._own is None else list(self._own(row))

    def rows(self) -> Iterator[list[Cells]]:
        """Yield the rows in blocks; where they are traced, the line that each came from is one more cell."""
        self.unreadable, self.bad = 0, []
        for block in blocks(self.table):
            found = block.rows if self._own is None else [*map(_still_to_check, block.rows)]
            good = [row for row in found if not isinstance(row, BadRow)]
            if len(good) < len(found):
                bad = [row for row in found if isinstance(row, BadRow) and row.fault is not Fault.TOTALS]
                self.unreadable += len(bad)
                self.bad += bad[: MOST_BAD - len(self.bad)]
            sleep(BREATH)
            if self._traced:
                yield [[*row, str(line)] for line, cells in good for row in self._splitted([self.own(cells)])]
            else:
                yield self._splitted([cells for _, cells in good] if self._own is None else [*map(self._cells, good)])

    def _cells(self, row: tuple[int, Cells]) -> Cells:
        return self.own(row[1])

    def _splitted(self, rows: list[Cells]) -> list[Cells]:
        return self._split.split(rows) if self._split else rows

    def orders(
        self,
        order: int | None,
        look: Callable[[list[Cells]], None],
        *,
        gathered: bool = False,
        buyer: int | None = None,
        goods: tuple[int, ...] = (),
        traced: bool = False,
    ) -> Iterator[list[Cells]]:
        """Yield the rows of each order.

        Args:
            order: The column of the order's number; without one, and without a number, each row is an order.
            look: Is shown all rows, in blocks in which the rows of an order follow each other.
            gathered: Bring rows of an order together from all over the file, by way of a file that spills to disk.
            buyer: The column of the buyer's address.
            goods: The columns of products. A row with a product, but neither number nor buyer, continues the order
                before it.
            traced: Add to each row the line of the file that it came from.
        """
        self._traced = traced
        self._continued = None if order is None or buyer is None or not goods else (order, buyer, goods)
        if order is None:
            for rows in self.rows():
                look(rows)
                yield from ([row] for row in rows)
        elif gathered:
            yield from self._gathered(order, look)
        else:
            yield from self._following(order, look)

    def _numbered(self) -> Iterator[list[Cells]]:
        """Yield the rows in blocks; those that continue an order have its number."""
        if self._continued is None:
            yield from self.rows()
            return
        order, buyer, goods = self._continued
        last = ""
        for rows in self.rows():
            if all(map(itemgetter(order), rows)):
                last = rows[-1][order] if rows else last
                yield rows
                continue
            for row in rows:
                if row[order]:
                    last = row[order]
                elif row[buyer]:
                    last = ""
                elif last and any(row[place] for place in goods):
                    row[order] = last
            yield rows

    def _following(self, order: int, look: Callable[[list[Cells]], None]) -> Iterator[list[Cells]]:
        number_of = itemgetter(order)
        last, kept = "", list[Cells]()
        for rows in self._numbered():
            look(rows)
            for number, group in groupby(rows, number_of):
                if kept:
                    if number == last:
                        kept.extend(group)
                        continue
                    yield kept
                if number:
                    kept, last = list(group), number
                else:
                    kept, last = [], ""
                    yield from ([row] for row in group)
        if kept:
            yield kept

    def _gathered(self, order: int, look: Callable[[list[Cells]], None]) -> Iterator[list[Cells]]:
        store = sqlite3.connect("")
        try:
            store.execute("create table rows (at integer primary key, number text, cells text)")
            for rows in self._numbered():
                store.executemany("insert into rows values (null, ?, ?)", ((row[order], _packed(row)) for row in rows))
            store.execute("create index numbers on rows (number, at)")
            found = store.execute("select number, cells from rows order by number, at")
            shown = list[Cells]()
            for number, group in groupby(found, key=itemgetter(0)):
                some: list[Cells] = [cells.split(_UNIT) for _, cells in group]
                shown += some
                if len(shown) > SAMPLED:
                    look(shown)
                    shown = []
                yield from [some] if number else ([row] for row in some)
            look(shown)
        finally:
            store.close()


def _still_to_check(row: Row) -> Row:
    if isinstance(row, BadRow) or TO_CHECK not in row[1]:
        return row
    return BadRow(row[0], Fault.BROKEN_LINE, f"its last cell says: {TO_CHECK}")


def _packed(row: Cells) -> str:
    text = _UNIT.join(row)
    return text if text.count(_UNIT) == len(row) - 1 else _UNIT.join(cell.replace(_UNIT, " ") for cell in row)


def _best_sheet(file: File, wishes: Wishes) -> tuple[Table, tuple[Sheet, ...]]:
    named = wishes.get("sheet") or file.overrides.sheet
    first = _opened(file, named, wishes)
    names = first.format.sheets
    if len(names) < 2:
        return first, ()
    tables = {first.format.sheet or "": first}
    for name in names[:MOST_SHEETS]:
        if name not in tables:
            try:
                tables[name] = _opened(file, name, wishes, copy=len(tables))
            except UnreadableTable:
                continue  # an empty sheet, a diagram
    sheets = [Sheet(name, len(table.header), _understood(table)) for name, table in tables.items()]
    sheets.sort(key=lambda sheet: -sheet.understood)
    best = tables[named] if named in tables else tables[sheets[0].name]
    return best, tuple(sheets) if len(sheets) > 1 else ()


def _opened(file: File, sheet: str | None, wishes: Wishes, copy: int = 0) -> Table:
    told = file.overrides
    overrides = Overrides(told.encoding, told.delimiter, sheet, told.header_line, told.quote, told.escape)
    try:
        return open_table(file.path, file.name, file.workdir / f"sheet-{copy}", overrides)
    except UnreadableTable:
        if sheet is None or sheet != wishes.get("sheet"):
            raise
        sheets = _opened(file, None, wishes).format.sheets
        if sheet in sheets:
            raise
        raise refuse_option("sheet", sheet, sheets) from None


def _understood(table: Table) -> int:
    rows: Sequence[Cells] = sample(table)
    guesses = guess_columns(table.header, rows)
    return len({one.column_type for one in guesses if one.confidence >= 0.5} - {ColumnType.IGNORE}) if rows else 0
