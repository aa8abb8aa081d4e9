"""Opening a file as a table: what it is, its encoding, dialect and headings, where its rows begin."""

import codecs
import re
import tempfile
from functools import partial
from pathlib import Path

from preo_mcp.files.spreadsheets.dialect import DialectGuess, detect_dialect
from preo_mcp.files.spreadsheets.encoding import Encoding, detect_encoding
from preo_mcp.files.spreadsheets.header import Heading, find_heading, without_blank
from preo_mcp.files.spreadsheets.limits import DEFAULT_LIMITS, Limits
from preo_mcp.files.spreadsheets.records import Dialect, Records, read_records, split_lines
from preo_mcp.files.spreadsheets.streaming import last_line_end
from preo_mcp.files.spreadsheets.table import (
    Checkpoint,
    FileKind,
    Overrides,
    SheetCopy,
    Table,
    TableFormat,
    UnreadableTable,
)

_ZIP = b"PK\x03\x04"
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the container of .xls and of workbooks with a password
_REFUSED = (
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\xff\xfe\0\0", "a text in UTF-32"),
    (b"\0\0\xfe\xff", "a text in UTF-32"),
    (b"{\\rtf", "a word processor document"),
)
_MARKUP = (
    (b"<!doctype", "a web page"),
    (b"<html", "a web page"),
    (b"<table", "a web page"),
    (b"<?xml", "an XML document"),
    (b"<workbook", "an XML document"),
    (b"{", "a JSON document"),
    (b"[{", "a JSON document"),
)


def kind_of(path: Path, file_name: str) -> FileKind:
    """Return what ``path`` holds.

    Args:
        path: The file.
        file_name: Its name as the person knows it, for messages.

    Raises:
        UnreadableTable: It is empty or something that cannot hold a table the reader knows.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    if not head.strip(b" \t\r\n\0\xef\xbb\xbf\xfe\xff"):
        raise UnreadableTable(f"{file_name} holds no table", "it is empty", "export it again with at least one row")
    if head.startswith(_ZIP):
        return FileKind.XLSX
    if head.startswith(_COMPOUND):
        return FileKind.XLS
    found = next((name for start, name in _REFUSED if head.startswith(start)), None) or _markup(head)
    if found:
        raise UnreadableTable(
            f"{file_name} is not a table", f"its content is {found}", "export the table as CSV (UTF-8) or as .xlsx"
        )
    return FileKind.CSV


def _markup(head: bytes) -> str | None:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return next((name for start, name in _MARKUP if text.startswith(start)), None)


SAMPLE_BYTES = 256 * 1024
_SAMPLE_LINES = 400
_QUOTED = re.compile('"[^"]*"')
_DETECT = Overrides()


def open_table(
    path: Path,
    file_name: str,
    workdir: Path | None = None,
    overrides: Overrides = _DETECT,
    limits: Limits = DEFAULT_LIMITS,
) -> Table:
    """Find out everything about a file that is needed to stream its rows.

    Reads the whole file once (encoding) and blocks meanwhile: in an event loop use ``open_table_async``.

    Args:
        path: A CSV, XLSX or XLS file, told apart by content.
        file_name: Its name as the person knows it, for messages.
        workdir: Where a workbook's copy as CSV is kept as long as the table is used; a new temporary directory if not
            given. CSV files are read where they are.
        overrides: What the caller knows better.
        limits: Bounds on the file.

    Raises:
        UnreadableTable: It holds no table, is broken, or is beyond the limits.
    """
    size = path.stat().st_size
    if size > limits.file_bytes:
        raise UnreadableTable(
            f"{file_name} is too large",
            f"it has {size:,} bytes, {limits.file_bytes:,} are allowed",
            "split it into several files",
        )
    kind = kind_of(path, file_name)
    if kind is FileKind.CSV:
        return _open_text(path, file_name, overrides, limits)
    from preo_mcp.files.spreadsheets.workbook.converting import convert

    copy = convert(
        path, file_name, workdir or Path(tempfile.mkdtemp(prefix="preo-table-")), kind, overrides.sheet, limits
    )
    return _open_text(copy.path, file_name, overrides, limits, copy)


async def open_table_async(
    path: Path,
    file_name: str,
    workdir: Path | None = None,
    overrides: Overrides = _DETECT,
    limits: Limits = DEFAULT_LIMITS,
) -> Table:
    """Do the same as ``open_table`` in a thread, in steps short enough for the event loop to go on."""
    from anyio import to_thread

    return await to_thread.run_sync(partial(open_table, path, file_name, workdir, overrides, limits))


def _open_text(
    path: Path, file_name: str, overrides: Overrides, limits: Limits, copy: SheetCopy | None = None
) -> Table:
    encoding = Encoding("utf-8") if copy else detect_encoding(path, overrides.encoding)
    text, newline, whole = _sample(path, file_name, encoding, limits, copied=copy is not None)
    guess = DialectGuess(Dialect(",")) if copy else detect_dialect(text, overrides)
    start = text.count("\n", 0, guess.declaration)
    body = read_records(text[guess.declaration :], start + 1, guess.dialect, final=whole)
    heading = _heading(body, file_name, overrides, limits, sheet=copy is not None)
    lines = split_lines(text)
    end = start
    if heading.line:
        reader = guess.dialect.reader(lines[heading.line - 1 :])
        next(iter(reader))
        end = heading.line - 1 + reader.line_num
    before = "".join(lines[:end]).encode(encoding.name, encoding.repair)
    return Table(
        path=path,
        format=TableFormat(
            kind=copy.kind if copy else FileKind.CSV,
            encoding=encoding.name,
            delimiter=guess.dialect.delimiter,
            quote=guess.dialect.quote,
            escape=guess.dialect.escape,
            newline=newline,
            header_line=heading.line,
            sheet=copy.sheet if copy else None,
            sheets=copy.sheets if copy else (),
            notes=(*(copy.notes if copy else ()), *encoding.notes, *guess.notes, *heading.notes),
        ),
        header=heading.names,
        first=Checkpoint(encoding.mark + len(before), end + 1),
        size=path.stat().st_size,
    )


def _heading(body: Records, file_name: str, overrides: Overrides, limits: Limits, *, sheet: bool) -> Heading:
    records = without_blank(body.found)
    if not records:
        raise UnreadableTable(
            f"{file_name} holds no table",
            "none of its first lines can be read as a row",
            "export it again as CSV (UTF-8) or .xlsx",
        )
    heading = find_heading(records, overrides.header_line, sheet=sheet)
    if overrides.header_line and not heading.line:
        raise UnreadableTable(
            f"{file_name} has no headings at line {overrides.header_line}",
            f"no row was found there within the first {_SAMPLE_LINES} lines",
            "name the line that holds the headings, or leave it to be detected",
        )
    if len(heading.names) > limits.columns:
        raise UnreadableTable(
            f"{file_name} has too many columns",
            f"{len(heading.names):,} were found, {limits.columns:,} are allowed",
            "export only the columns of the orders, or name the right delimiter",
        )
    return heading


def _sample(path: Path, file_name: str, encoding: Encoding, limits: Limits, *, copied: bool) -> tuple[str, str, bool]:
    """Return the first lines as text with line feeds, what ends a line in the file, and whether that is all of it."""
    with path.open("rb") as file:
        file.seek(encoding.mark)
        data = file.read(SAMPLE_BYTES)
        while (
            (more := file.read(SAMPLE_BYTES))
            and len(data) <= limits.record_bytes
            and not _has_lines(data, encoding.name)
        ):
            data += more
        whole = not more
    decoder = codecs.getincrementaldecoder(encoding.name)(encoding.repair)
    text = decoder.decode(data, final=whole and len(data) % len("\n".encode(encoding.name)) == 0)
    newline = "\n" if copied else _newline(text)
    if newline == "\r":
        text = text.replace("\r", "\n")
    lines = split_lines(text)
    if not whole and not text.endswith("\n"):
        lines.pop()
    if not lines:
        raise UnreadableTable(
            f"{file_name} is not a table",
            f"its first line is longer than {limits.record_bytes:,} bytes",
            "export the table as CSV (UTF-8) or as .xlsx",
        )
    return "".join(lines[:_SAMPLE_LINES]), newline, whole and len(lines) <= _SAMPLE_LINES


def _newline(text: str) -> str:
    """Return what ends a line: a carriage return if there are some and no line feed outside quotation."""
    plain = _QUOTED.sub("", text)
    return "\r" if "\r" in plain and "\n" not in plain else "\n"


def _has_lines(data: bytes, encoding: str) -> bool:
    return any(last_line_end(data, end.encode(encoding)) for end in "\n\r")
