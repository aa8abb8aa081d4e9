"""Streaming a table's rows in blocks that end between two rows, so that work can stop and resume there."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

from preo_mcp.files.spreadsheets.encoding import Encoding
from preo_mcp.files.spreadsheets.header import mark_totals
from preo_mcp.files.spreadsheets.limits import DEFAULT_LIMITS, Limits
from preo_mcp.files.spreadsheets.records import Dialect, read_records
from preo_mcp.files.spreadsheets.table import BadRow, Block, Checkpoint, Fault, FileKind, Row, Table, UnreadableTable

BLOCK_BYTES = 64 * 1024
_SKIP_BYTES = 4 * 1024 * 1024  # of an overlong line, passed over between two (empty) blocks
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def blocks(table: Table, start: Checkpoint | None = None, limits: Limits = DEFAULT_LIMITS) -> Iterator[Block]:
    """Yield the rows of a table in blocks of a few hundred, each a few milliseconds of work.

    Args:
        table: What ``open_table`` returned.
        start: Where to resume: ``Block.next`` of the last block that was dealt with.
        limits: Bounds on rows and on the length of one.

    Raises:
        UnreadableTable: There are more rows than allowed, or the file is no longer what was opened.
    """
    place = start or table.first
    with table.path.open("rb") as file:
        size = file.seek(0, 2)
        if size != table.size:
            raise UnreadableTable(
                "The table cannot be read on", "its file has changed since it was opened", "open it again"
            )
        file.seek(place.offset)
        stream = _Stream(file, table, limits, size, place)
        while stream.offset < size:
            rows = stream.read()
            if stream.line > limits.rows + 1:
                raise UnreadableTable(
                    "The table is too long", f"it has more than {limits.rows:,} lines", "split it into several files"
                )
            yield Block(rows, Checkpoint(stream.offset, stream.line))


def rows(table: Table, start: Checkpoint | None = None, limits: Limits = DEFAULT_LIMITS) -> Iterator[Row]:
    """Yield the rows of a table: line number and as many cells as there are columns, or why a row was not read."""
    for block in blocks(table, start, limits):
        yield from block.rows


def sample(table: Table, count: int = 50, limits: Limits = DEFAULT_LIMITS) -> list[list[str]]:
    """Return the cells of the first rows that can be read."""
    good = (row[1] for row in rows(table, limits=limits) if not isinstance(row, BadRow))
    return list(islice(good, count))


class _Stream:
    """The place in the file, and the bytes read beyond it."""

    def __init__(self, file: BinaryIO, table: Table, limits: Limits, size: int, place: Checkpoint) -> None:
        found = table.format
        self.file = file
        self.limits = limits
        self.size = size
        self.offset = place.offset
        self.line = place.line
        self.width = len(table.header)
        self.encoding = Encoding(found.encoding)
        self.dialect = Dialect(found.delimiter, found.quote, found.escape)
        self.newline = found.newline
        self.line_end = found.newline.encode(found.encoding)
        self.converted = found.kind is not FileKind.CSV
        self.ahead = b""
        self.skipped = 0  # bytes of an overlong line that are passed over already

    def read(self) -> list[Row]:
        """Return the rows of the next piece of the file and move past them."""
        while not self.skipped:
            data = self.ahead + self.file.read(BLOCK_BYTES)
            last = self.offset + len(data) >= self.size
            cut = len(data) if last else last_line_end(data, self.line_end)
            stuck = len(data) > self.limits.record_bytes
            if stuck and not cut:
                self.ahead, self.skipped = b"", len(data)
                break
            text = self._decode(data[:cut])
            found = read_records(text, self.line, self.dialect, width=self.width, final=last, stuck=stuck)
            used = cut - len(found.rest.encode(self.encoding.name, self.encoding.repair))
            if used or last:
                self.ahead = data[used:]
                self.offset += used
                self.line = found.line
                return self._checked(found.found, text, last=last)
            self.ahead = data
        return self._skip()

    def _skip(self) -> list[Row]:
        """Pass over some of a line that is longer than a row may be; report it once its end is found."""
        for _ in range(_SKIP_BYTES // BLOCK_BYTES):
            data = self.file.read(BLOCK_BYTES)
            end = first_line_end(data, self.line_end)
            if end or self.offset + self.skipped + len(data) >= self.size:
                reason = f"the line is longer than {self.limits.record_bytes:,} bytes"
                report = BadRow(self.line, Fault.TOO_LONG, reason)
                used = end or len(data)
                self.ahead = data[used:]
                self.offset += self.skipped + used
                self.line += 1
                self.skipped = 0
                return [report]
            self.skipped += len(data)
        return []

    def _decode(self, data: bytes) -> str:
        name = self.encoding.name
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            whole = len(data) - len(data) % len(self.line_end)  # the last character of UTF-16 may be cut in half
            text = data[:whole].decode(name, self.encoding.repair) + "\udc00" * (whole < len(data))
        return text.replace("\r", "\n") if self.newline == "\r" else text

    def _checked(self, records: list[Row], text: str, *, last: bool) -> list[Row]:
        """Give every row the table's width and report those that are not rows; leave out blank ones."""
        width = self.width
        out: list[Row] = []
        for row in records:
            if isinstance(row, BadRow):
                out.append(row)
                continue
            cells = row[1]
            if len(cells) != width or not cells[0]:
                row = _fitted(row, width)  # rarely, so the usual row costs nothing
            if row:
                out.append(row)
        if "\0" in text or _SURROGATE.search(text):
            out = [_damaged(row) for row in out]
        if self.converted and "\r" in text:
            out = [_with_line_feeds(row) for row in out]
        if last:
            mark_totals(out)
        return out


def _with_line_feeds(row: Row) -> Row:
    return row if isinstance(row, BadRow) else (row[0], [cell.replace("\r", "\n") for cell in row[1]])


def _fitted(row: tuple[int, list[str]], width: int) -> Row | None:
    """Pad a short row, cut empty cells off a long one, report one with too many; ``None`` for a blank row."""
    line, cells = row
    if not any(cells):
        return None
    if len(cells) < width:
        return line, cells + [""] * (width - len(cells))
    if any(map(str.strip, cells[width:])):
        reason = (
            f"the row has {len(cells)} cells, the table {width} columns; perhaps a delimiter in a cell is not quoted"
        )
        return BadRow(line, Fault.TOO_MANY_CELLS, reason)
    return line, cells[:width]


def _damaged(row: Row) -> Row:
    if isinstance(row, BadRow):
        return row
    text = "".join(row[1])
    if "\0" in text:
        return BadRow(row[0], Fault.NUL, "the row contains NUL bytes")
    if _SURROGATE.search(text):
        return BadRow(row[0], Fault.UNDECODABLE, "the row contains bytes that are no text in the file's encoding")
    return row


def last_line_end(data: bytes, line_end: bytes) -> int:
    """Return the length of ``data`` up to and including its last line end, 0 without one."""
    at = data.rfind(line_end)
    while at >= 0 and at % len(line_end):
        at = data.rfind(line_end, 0, at + len(line_end) - 1)
    return at + len(line_end) if at >= 0 else 0


def first_line_end(data: bytes, line_end: bytes) -> int:
    """Return the length of ``data`` up to and including its first line end, 0 without one."""
    at = data.find(line_end)
    while at >= 0 and at % len(line_end):
        at = data.find(line_end, at + 1)
    return at + len(line_end) if at >= 0 else 0
