"""A file's own rows given back: those that did not come in, each with the reason, or those that did, with Preo's ids.

The table has the file's own columns, so that what was put right in it is imported like the file itself. Orders of which
nothing came in are whole in it. Of the others there are the rows that stayed out; Preo knows the numbers of these
orders, and so leaves them as they are, whatever is imported again.
"""

import csv
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple, TextIO

from preo_mcp.files.exports.account import BESIDE, Chosen, Rules
from preo_mcp.files.exports.order_reader import BAD_ADDRESS, MOST_SHAPES, NO_ADDRESS, Order
from preo_mcp.files.exports.plain_table import PlainTable
from preo_mcp.files.exports.profile import Cells
from preo_mcp.files.exports.roles import Role
from preo_mcp.files.exports.source import OWN_COLUMNS, TO_CHECK, Source
from preo_mcp.files.exports.study import Study
from preo_mcp.files.spreadsheets import BadRow, Fault, Table
from preo_mcp.files.spreadsheets import rows as rows_of
from preo_mcp.text.guarded_cells import guarded

NOT_IMPORTED, PREO_ORDER = OWN_COLUMNS
SETTLED: Final = "left out as settled"
PROBLEM: Final = "cannot be imported"
UNREADABLE: Final = "cannot be read"
PREO: Final = "Preo"
NO_NUMBER: Final = "no number of pieces"
NAMED: Final = 8
"""Problems that are told one by one."""
LONGEST_CELL: Final = 40
ENCODING: Final = "utf-8-sig"
"""Every spreadsheet opens it with the right letters, and it is never taken for anything else when it comes back."""
_AT_FAULT: Final = MappingProxyType(
    {
        NO_ADDRESS: (Role.EMAIL, Role.GUEST_EMAIL),
        BAD_ADDRESS: (Role.GUEST_EMAIL, Role.EMAIL),
        "no product": (Role.CODE, Role.NAME),
        "no readable price": (Role.PRICE,),
        BESIDE: (),
    }
)
"""Where what is wrong with a row stands; anything else is wrong with its pieces."""
_PIECES: Final = (Role.QUANTITY, Role.NET_QUANTITY)
_ROLES: Final = frozenset(Role)


class Missing(NamedTuple):
    """Why Preo does not have an order that was written to its table."""

    why: str


@dataclass(frozen=True, slots=True)
class Fates:
    """What became of a file's rows in Preo.

    Attributes:
        orders: Preo's id of an order that it has, or why it does not have it, by number as it was uploaded.
        others: What holds for all orders that `orders` does not name; None: they come in.
        products: Why rows of a product stay out, by its code, casefolded.
        lines: What Preo says of lines of the uploaded table.
    """

    orders: Mapping[str, str | Missing] = field(default_factory=dict[str, str | Missing])
    others: Missing | None = None
    products: Mapping[str, str] = field(default_factory=dict[str, str])
    lines: Mapping[int, str] = field(default_factory=dict[int, str])


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row that cannot be imported: its line and order in the file, and what is wrong with which cell."""

    line: int
    order: str
    column: str
    cell: str
    reason: str


@dataclass
class RowsBack:
    """Rows that are given back.

    Attributes:
        beside: What is written beside each, by line of the file.
        counts: How many there are for each reason.
        orders: How many orders have one of them.
        rows: How many were written.
    """

    beside: dict[int, str] = field(default_factory=dict[int, str])
    counts: Counter[str] = field(default_factory=Counter[str])
    orders: int = 0
    rows: int = 0


class _Part(NamedTuple):
    """A row of the file in the table: under which number, whether Preo has it, and as which order."""

    number: str
    why: str
    order_id: str


class _Watching:
    """What both kinds of files are found by; a table is written once more, to nowhere."""

    def __init__(self, study: Study, fates: Fates) -> None:
        self.found = RowsBack()
        self._study, self._fates = study, fates
        self._parts = dict[int, list[_Part]]()
        self._at = 1  # the table's headings
        self.told = list[RowProblem]()

    def wrote(self, row: Cells, number: str, code: str, made: Sequence[tuple[object, ...]]) -> None:
        """Note what Preo says of a row's order, product and line."""
        said = list[str]()
        for cells in made:
            self._at += 1
            if why := self._fates.lines.get(self._at, ""):
                said.append(why)
                self.told.append(self._said_of(row, number, why))
            self._at += sum(cell.count("\n") for cell in cells if isinstance(cell, str))
        fate = self._fates.orders.get(number, self._fates.others)
        said += self._fates.products.get(code.casefold(), ""), fate.why if isinstance(fate, Missing) else ""
        order_id = fate if isinstance(fate, str) else ""
        self._parts.setdefault(_line(row), []).append(_Part(number, next(filter(None, said), ""), order_id))

    def _said_of(self, row: Cells, number: str, why: str) -> RowProblem:
        """What Preo says of a row, which it begins with the type of the column (inferred)."""
        type_of, colon, _ = why.partition(":")
        place = self._study.roles.at.get(Role(type_of)) if colon and type_of in _ROLES else None
        column, cell = ("", "") if place is None else (self._study.source.header[place], row[place].strip())
        return RowProblem(_line(row), number, column, _short(cell), f"{PREO}: {why}")


class LeftOut(_Watching):
    """Finds the rows that do not come in."""

    def finished(self, found: Order, rows: list[Cells], rules: Rules) -> None:
        """Decide which rows of an order are given back, and what stands beside them."""
        parts, self._parts = self._parts, dict[int, list[_Part]]()
        out = dict[int, dict[str, None]]()
        for row, line in zip(rows, found.shape.lines, strict=True):
            at, reason = _line(row), rules.left_out(line.sig)
            if reason or at not in parts:
                kind = self._problem(reason) if rules.is_problem(line.sig) else SETTLED
                out.setdefault(at, {})[f"{kind}: {reason or 'refunded'}"] = None
        for at, some in parts.items():
            for why in filter(None, (part.why for part in some)):
                out.setdefault(at, {})[f"{PREO}: {why}"] = None
        if out:
            self._note(out, parts, rows, several=len(found.shape.persons) > 1)

    def _note(
        self, out: dict[int, dict[str, None]], parts: dict[int, list[_Part]], rows: list[Cells], *, several: bool
    ) -> None:
        self.found.orders += 1
        comes_in = any(not part.why for some in parts.values() for part in some)
        for at in dict.fromkeys(map(_line, rows)):
            if at in out:
                self.found.counts.update(list(out[at]))
                self.found.beside[at] = "; ".join(out[at]) + (" (its order comes in without it)" if comes_in else "")
            elif several:  # the others keep the numbers that they have only if all are there
                self.found.beside[at] = f"comes in as {parts[at][0].number}"

    def _problem(self, reason: str) -> str:
        place = _place_at_fault(self._study, reason)
        return PROBLEM if place is None else f"{PROBLEM}, {self._study.source.header[place]}"


class CameIn(_Watching):
    """Finds the rows that Preo has, with the ids of their orders."""

    def finished(self, found: Order, rows: list[Cells], rules: Rules) -> None:  # noqa: ARG002 - as is watched
        """Note the ids beside the rows of an order."""
        parts, self._parts = self._parts, dict[int, list[_Part]]()
        before = len(self.found.beside)
        for at, some in parts.items():
            if ids := dict.fromkeys(part.order_id for part in some if part.order_id and not part.why):
                self.found.beside[at] = " ".join(ids)
        self.found.orders += len(self.found.beside) > before


def find(study: Study, chosen: Chosen, watching: LeftOut | CameIn) -> None:
    """Have the rows found; blocks meanwhile."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        PlainTable(study, chosen, watching).write(nowhere)
    if isinstance(watching, LeftOut):
        for row in study.source.bad:
            text = f"{UNREADABLE}: {row.reason}"
            watching.found.beside[row.line] = text
            watching.found.counts[text] += 1


def write(source: Source, heading: str, found: RowsBack, to: TextIO) -> int:
    """Write the rows that are given back, in the order of the file, as CSV; return how many.

    Cells that a spreadsheet would take for formulas are guarded; the reader takes the guard away again.
    """
    writer = csv.writer(to, delimiter=source.table.format.delimiter, lineterminator="\r\n")
    writer.writerow(map(guarded, (heading, *source.columns)))
    texts = _texts(source.table, {row.line for row in source.bad} & set(found.beside))
    count = 0
    for row in rows_of(source.table):
        if isinstance(row, BadRow):
            if row.fault is Fault.TOTALS or row.line not in found.beside:
                continue
            line, cells = row.line, _pieces(texts.get(row.line, ""), source)
        else:
            line, cells = row[0], source.own(row[1])
        if line in found.beside:
            writer.writerow(map(guarded, (found.beside[line], *cells)))
            count += 1
    return count


def _texts(table: Table, lines: set[int]) -> dict[int, str]:
    """Return what stands in some lines of a file, as far as that can be read."""
    if not lines:
        return {}
    form = table.format
    with table.path.open(encoding=form.encoding, errors="replace", newline=form.newline) as file:
        return {line: text.rstrip("\r\n") for line, text in enumerate(file, 1) if line in lines}


def _pieces(text: str, source: Source) -> list[str]:
    """A line that could not be read, cut where its cells seem to end, with a cell more, by which it waits."""
    cells = text.replace("\x00", "").split(source.table.format.delimiter)
    return [*cells, *[""] * (len(source.columns) - len(cells)), TO_CHECK]


def problems(study: Study, rules: Rules) -> list[RowProblem]:
    """Return the first rows that cannot be imported; reads the file as far as it has to."""
    found = [RowProblem(row.line, "", "", "", row.reason) for row in study.source.bad[:NAMED]]
    reader, order = study.reader(), study.roles.at.get(Role.ORDER)
    for rows in study.orders(traced=True):
        for row, line in zip(rows, reader.read(rows).shape.lines, strict=True):
            if rules.is_problem(line.sig) and (reason := rules.left_out(line.sig)) != BESIDE:
                place = _place_at_fault(study, reason)
                column, cell = ("", "") if place is None else (study.source.header[place], row[place].strip())
                number = "" if order is None else row[order].strip()
                said = NO_NUMBER if cell and reason == "no quantity" else reason
                found.append(RowProblem(_line(row), number, column, _short(cell), said))
        if len(found) >= NAMED:
            break
        if len(reader.shapes) > MOST_SHAPES:
            reader.shapes.clear()
    return found[:NAMED]


def _place_at_fault(study: Study, reason: str) -> int | None:
    at = study.roles.at
    return next((at[role] for role in _AT_FAULT.get(reason, _PIECES) if role in at), None)


def _short(cell: str) -> str:
    """A cell as it is told: cut between words alone, so that an address in it is told and masked as one."""
    text = " ".join(cell.split())
    return text if len(text) <= LONGEST_CELL else f"{text[:LONGEST_CELL].rpartition(' ')[0]}…"


def _line(row: Cells) -> int:
    return int(row[-1])
