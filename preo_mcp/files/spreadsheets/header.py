"""Where the headings stand, how the columns are called, and which rows at the end hold totals and no data."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from preo_mcp.files.spreadsheets.table import BadRow, Fault, Row

Record = tuple[int, Sequence[str]]

_E_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.\w+")
_VALUE = re.compile(
    r"""
    [-+#]?\d[\d.,'\s]*                                            # a number
    | \d{1,4}[-./]\d{1,2}[-./]\d{1,4}([T\s]+\d{1,2}[:.]\d{2}.*)?   # a date, perhaps with a time
    | (?:[A-Z]{3}|kr\.?|[€$£])\s?-?\d[\d.,\s]*(,-)?                # money
    | -?\d[\d.,\s]*\s?(?:[A-Z]{3}|kr\.?|[€$£]|,-)
    """,
    re.VERBOSE,
)
_PREAMBLE_RECORDS = 60
_FULL = 0.6  # a heading row fills at least this share of what a usual row fills
_NEARLY_FULL = 0.8  # and if less than this, a fuller row of text below it is preferred
_DATA_SHARE = 0.3
_UNNAMED_SHARE = 0.1

_LAST_ROWS = 5

_SPACE = re.compile(r"[\s\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")

_WORDS = frozenset(
    {"total", "totals", "grand total", "sum", "sums", "subtotal"}
    | {"i alt", "ialt", "total i alt", "sum i alt", "samlet"}
    | {"summe", "gesamt", "gesamtsumme", "gesamtbetrag", "insgesamt", "zwischensumme", "endsumme"}
    | {"totalt", "summa", "totalsumma", "slutsumma"}
    | {"totaal", "eindtotaal", "totaalbedrag"}
    | {"razem", "suma", "łącznie", "ogółem"}
)


@dataclass(frozen=True, slots=True)
class Heading:
    """The headings: their line (0: none), the record's place in the sample, and the columns' names."""

    line: int
    index: int
    names: tuple[str, ...]
    notes: tuple[str, ...] = ()


def without_blank(records: Sequence[Row]) -> list[tuple[int, list[str]]]:
    """Return the records that were read and have something in them."""
    return [row for row in records if not isinstance(row, BadRow) and any(cell.strip() for cell in row[1])]


def is_value(cell: str) -> bool:
    """Whether a cell looks like data (an address, number, date or amount) rather than like a heading."""
    text = cell.strip()
    return bool(_E_MAIL.fullmatch(text) or _VALUE.fullmatch(text))


def looks_like_data(cells: Sequence[str]) -> bool:
    """Whether a row is more likely data than headings."""
    filled = [cell for cell in cells if cell.strip()]
    if any(_E_MAIL.fullmatch(cell.strip()) for cell in filled):
        return True
    return bool(filled) and sum(map(is_value, filled)) >= max(1, _DATA_SHARE * len(filled))


def find_heading(records: Sequence[Record], line: int | None = None, *, sheet: bool = False) -> Heading:
    """Find the headings among the first records of a table.

    Args:
        records: Records without blank ones, at least one.
        line: The line the caller gave: the record there, or the first after it; 0 for none.
        sheet: The rows come from a sheet, where a cell beyond the headings is no sign of a broken row.
    """
    if line is None:
        index = _detected(records)
    elif line == 0:
        index = -1
    else:
        index = next((at for at, record in enumerate(records) if record[0] >= line), -1)
    following = [cells for _, cells in records[index + 1 :]]
    head = records[index][1] if index >= 0 else ()
    names = column_names(head, max(_last(head), _usual_width(following, among_all=sheet)))
    if index < 0:
        return Heading(0, -1, names, () if line == 0 else ("The file has no headings; columns are numbered.",))
    skipped = (
        f"{index} rows before the headings were passed over."
        if index > 1
        else "A row before the headings was passed over."
    )
    return Heading(records[index][0], index, names, (skipped,) if index else ())


def column_names(cells: Sequence[str], width: int) -> tuple[str, ...]:
    """Return ``width`` names, never empty, each one once: ``Name``, ``Name (2)``, ``column 3``."""
    names: list[str] = []
    taken: set[str] = set()
    for index in range(width):
        plain = _SPACE.sub(" ", cells[index]).strip() if index < len(cells) else ""
        plain = plain or f"column {index + 1}"
        name, number = plain, 1
        while name in taken:
            number += 1
            name = f"{plain} ({number})"
        taken.add(name)
        names.append(name)
    return tuple(names)


def mark_totals(rows: list[Row]) -> None:
    """Replace rows of sums among the last rows of a table by reports.

    Such a row leaves at least half of its cells empty, begins with a word for a sum, and has a number.
    """
    for index in range(max(0, len(rows) - _LAST_ROWS), len(rows)):
        row = rows[index]
        if not isinstance(row, BadRow) and _is_totals(row[1]):
            rows[index] = BadRow(row[0], Fault.TOTALS, "the row holds totals at the end of the table, not an order")


def _detected(records: Sequence[Record]) -> int:
    """Index of the headings: the fullest row of text before the first row of data, or -1."""
    filled = [sum(1 for cell in cells if cell.strip()) for _, cells in records]
    usual = median(filled[1:] or filled)
    best = -1
    for index, (_, cells) in enumerate(records[:_PREAMBLE_RECORDS]):
        if filled[index] < _FULL * usual:
            continue
        if looks_like_data(cells):
            break
        if best < 0 or (filled[best] < _NEARLY_FULL * usual and filled[index] > filled[best]):
            best = index
    return best


def _last(cells: Sequence[str]) -> int:
    return next((at for at in range(len(cells), 0, -1) if cells[at - 1].strip()), 0)


def _usual_width(rows: Sequence[Sequence[str]], *, among_all: bool) -> int:
    """Columns that more than a few rows fill: a cell too many in one row is a broken row, not a column."""
    widths = sorted(map(_last, rows), reverse=True)
    needed = 1 if among_all or len(widths) == 1 else max(2, int(_UNNAMED_SHARE * len(widths)))
    return widths[needed - 1] if len(widths) >= needed else 0


def _is_totals(cells: list[str]) -> bool:
    filled = [cell.strip() for cell in cells if cell.strip()]
    if len(cells) < 3 or len(filled) < 2 or 2 * len(filled) > len(cells) + 1:
        return False
    label = filled[0].rstrip(" :.").casefold()
    return label in _WORDS and any(map(is_value, filled[1:]))
