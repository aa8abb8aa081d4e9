"""What the reader hands out: the table, what was detected, its rows and the places to resume at; or why it is none."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Self


class FileKind(StrEnum):
    """What a file is by its content, whatever its name says."""

    CSV = "csv"
    XLSX = "xlsx"
    XLS = "xls"


class Fault(StrEnum):
    """Why a row was not read."""

    STRAY_QUOTE = "stray_quote"
    UNCLOSED_QUOTE = "unclosed_quote"
    TOO_MANY_CELLS = "too_many_cells"
    TOO_LONG = "too_long"
    NUL = "nul"
    UNDECODABLE = "undecodable"
    BROKEN_LINE = "broken_line"
    TOTALS = "totals"


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is reported instead of read.

    Attributes:
        line: Physical line in the file (row of the sheet for a workbook), counted from 1.
        fault: The kind of fault. ``TOTALS`` is a row of sums at the end, nothing was lost with it.
        reason: The fault in words, without any of the row's content.
    """

    line: int
    fault: Fault
    reason: str


Row = tuple[int, list[str]] | BadRow
"""A row: its line number and cells (as many as the header has), or the report that it could not be read."""


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the caller knows better than the detection. ``None`` means: detect.

    Attributes:
        encoding: One of ``encoding.ENCODINGS`` or a usual other name of it.
        delimiter: One character.
        sheet: Name of the workbook's sheet.
        header_line: Line of the headings, counted from 1; 0 when the file has none.
        quote: The quotation mark, or an empty string when quotation marks mean nothing.
        escape: The character that escapes a quotation mark (often a backslash), or an empty string when it is doubled.
    """

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_line: int | None = None
    quote: str | None = None
    escape: str | None = None


@dataclass(frozen=True, slots=True)
class TableFormat:
    """Everything that was detected or given.

    Attributes:
        kind: What the file is. For a workbook, the other fields but the sheets describe its converted copy.
        encoding: Name of the codec, without a byte order mark.
        delimiter: One character.
        quote: The quotation mark, or an empty string.
        escape: The escape character, or an empty string when quotation marks are doubled.
        newline: What ends a line: a line feed (also after a carriage return) or a carriage return alone.
        header_line: Line of the headings, counted from 1; 0 when there are none.
        sheet: The sheet that was read.
        sheets: All sheets of the workbook, hidden ones included.
        notes: What the reader assumed, one plain sentence each.
    """

    kind: FileKind
    encoding: str
    delimiter: str
    quote: str
    escape: str
    newline: str
    header_line: int
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A place between two rows where reading can go on, also in another process.

    Attributes:
        offset: Bytes from the start of ``Table.path``.
        line: Physical line that begins there, counted from 1.
    """

    offset: int
    line: int


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows (a few milliseconds of work) and the place after them.

    Attributes:
        rows: Rows in the order of the file; blank ones are left out.
        next: Where the following block begins; equal to ``Table.size`` in ``offset`` after the last.
    """

    rows: list[Row]
    next: Checkpoint


@dataclass(frozen=True, slots=True)
class Table:
    """A table on disk whose rows can be streamed.

    Attributes:
        path: The text file to stream: the original, or the UTF-8 copy of a workbook's sheet.
        format: What was detected.
        header: Names of the columns: never empty, each one once.
        first: Place of the first row after the headings.
        size: Bytes of ``path``, for progress.
    """

    path: Path
    format: TableFormat
    header: tuple[str, ...]
    first: Checkpoint
    size: int = field(compare=False)

    def as_json(self) -> dict[str, Any]:
        """Return the table as JSON values, for a job that must survive its process."""
        return {**asdict(self), "path": str(self.path)}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Return the table that ``as_json`` stored."""
        detected = dict(stored["format"])
        detected["kind"] = FileKind(detected["kind"])
        detected["sheets"] = tuple(detected["sheets"])
        detected["notes"] = tuple(detected["notes"])
        return cls(
            path=Path(stored["path"]),
            format=TableFormat(**detected),
            header=tuple(stored["header"]),
            first=Checkpoint(**stored["first"]),
            size=stored["size"],
        )


@dataclass(frozen=True, slots=True)
class SheetCopy:
    """A sheet of a workbook as UTF-8 CSV: one line per row of the sheet, line breaks in cells as carriage returns."""

    path: Path
    kind: FileKind
    sheet: str
    sheets: tuple[str, ...]
    notes: tuple[str, ...] = ()


class UnreadableTable(Exception):
    """A file that cannot be read as a table, or only beyond the limits.

    Attributes:
        what: What failed, as a sentence without a full stop.
        why: The reason, in words that need no knowledge of the reader.
        next_step: What the person or model should do next.
    """

    def __init__(self, what: str, why: str, next_step: str) -> None:
        super().__init__(f"{what} · {why} · {next_step}")
        self.what = what
        self.why = why
        self.next_step = next_step
