"""From text to records: the standard library's ``csv``, with recovery at the next line after a broken record.

``csv`` alone either swallows everything after an unclosed quotation mark or stops at it. Here the line that opened
the quotation is reported and reading goes on with the line after it.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

from preo_mcp.files.spreadsheets.table import BadRow, Fault, Row
from preo_mcp.text.guarded_cells import GUARDED, unguarded

_SWALLOWED_LINES = 4  # a record of so many lines may be rows swallowed between two unpaired quotation marks
_NARROWEST_SWALLOWED = 3  # with fewer columns, ordinary text looks like a row


class _Reader(Protocol):
    line_num: int

    def __iter__(self) -> Iterator[list[str]]: ...


@dataclass(frozen=True, slots=True)
class Dialect:
    """How records are cut into cells; ``quote`` and ``escape`` may be empty strings."""

    delimiter: str
    quote: str = '"'
    escape: str = ""

    def reader(self, lines: Iterable[str]) -> _Reader:
        """Return a strict ``csv`` reader: it reports broken quotation instead of guessing."""
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quotechar=self.quote or None,
            quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            escapechar=self.escape or None,
            doublequote=not self.escape,
            strict=True,
        )


@dataclass(slots=True)
class Records:
    """Records of a piece of text, and what of it needs the following piece to be understood.

    Attributes:
        found: Records in order, blank lines as empty lists.
        rest: The text that is not read yet.
        line: Number of the first line of ``rest``.
    """

    found: list[Row] = field(default_factory=list[Row])
    rest: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class _Stop:
    """A record that is broken (``error``), or so long (``cells``, ``span``) that it has to be looked at."""

    index: int
    error: str = ""
    cells: tuple[str, ...] = ()
    span: int = 0


def split_lines(text: str) -> list[str]:
    """Return the lines of ``text`` with their line feeds; nothing else ends a line."""
    return list(io.StringIO(text, newline="\n"))


def read_records(
    text: str, line: int, dialect: Dialect, *, width: int = 0, final: bool = True, stuck: bool = False
) -> Records:
    """Read all complete records of ``text``, without what guards their cells against spreadsheets.

    Args:
        text: Whole lines.
        line: Number of the first line of ``text``.
        dialect: How to cut.
        width: Columns of the table if known: a long record whose inner lines are all rows of that width was not meant.
        final: Nothing follows ``text``: an open quotation is a fault, not a reason to wait.
        stuck: The first record is already as long as a record may be; do not wait for its end.
    """
    records = _read(text, line, dialect, width=width, final=final, stuck=stuck)
    if GUARDED.search(text):  # rare, and looking at every cell would take longer than reading it
        records.found = [
            row if isinstance(row, BadRow) else (row[0], [unguarded(cell) for cell in row[1]]) for row in records.found
        ]
    return records


def _read(text: str, line: int, dialect: Dialect, *, width: int, final: bool, stuck: bool) -> Records:
    out = Records()
    index, stop = _read_on(io.StringIO(text, newline="\n"), 0, line, dialect, width, out.found)
    if stop is None:
        out.line = line + index
        return out
    lines = split_lines(text)
    while stop is not None:
        if stop.cells and not _swallowed(lines[stop.index + 1 : stop.index + stop.span - 1], dialect, width):
            out.found.append((line + stop.index, list(stop.cells)))
            index = stop.index + stop.span
        elif _unfinished(stop) and not final and not (stuck and stop.index == 0):
            out.rest, out.line = "".join(islice(lines, stop.index, None)), line + stop.index
            return out
        else:
            out.found.append(_report(stop, line, lines[stop.index], dialect))
            index = stop.index + 1
        index, stop = _read_on(islice(lines, index, None), index, line, dialect, width, out.found)
    out.line = line + index
    return out


def _read_on(
    source: Iterator[str], index: int, line: int, dialect: Dialect, width: int, found: list[Row]
) -> tuple[int, _Stop | None]:
    """Append records to ``found`` until the end or a record to look at; return the index of the line after the last."""
    reader = dialect.reader(source)
    number = line + index
    base = number
    longest = _SWALLOWED_LINES if width >= _NARROWEST_SWALLOWED else 1 << 62
    try:
        for cells in reader:
            after = base + reader.line_num
            if after - number >= longest:
                return number - line, _Stop(number - line, cells=tuple(cells), span=after - number)
            found.append((number, cells))
            number = after
    except csv.Error as error:
        return number - line, _Stop(number - line, error=str(error))
    return number - line, None


def _unfinished(stop: _Stop) -> bool:
    return "unexpected end of data" in stop.error


def _swallowed(inner: list[str], dialect: Dialect, width: int) -> bool:
    """Whether every line inside a quoted cell is a row of the table by itself: then the quotation was not meant."""
    try:
        return all(len(cells) == width for text in inner for cells in dialect.reader([text]))
    except csv.Error:
        return False


def _report(stop: _Stop, line: int, text: str, dialect: Dialect) -> BadRow:
    at = line + stop.index
    mark = dialect.quote or '"'
    if "unquoted field" in stop.error:
        return BadRow(at, Fault.BROKEN_LINE, "a carriage return stands inside a cell that is not quoted")
    if "field larger" in stop.error and len(text) > csv.field_size_limit():
        return BadRow(at, Fault.TOO_LONG, f"a cell is longer than {csv.field_size_limit():,} characters")
    if "expected after" in stop.error and not _opens(text, dialect):
        return BadRow(at, Fault.STRAY_QUOTE, f"a quotation mark ({mark}) inside a quoted cell is not doubled")
    return BadRow(at, Fault.UNCLOSED_QUOTE, f"a quotation mark ({mark}) opens a cell and is never closed")


def _opens(text: str, dialect: Dialect) -> bool:
    """Whether the line alone leaves a quotation open."""
    try:
        list(dialect.reader([text]))
    except csv.Error as error:
        return "unexpected end of data" in str(error)
    return False
