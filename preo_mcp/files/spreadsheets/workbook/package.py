"""Checks on a zipped workbook before anything loads it: unpacked sizes, bounds of the sheets, forbidden content.

The sizes a zip file declares are claims. Everything is unpacked as a stream and counted; nothing is kept.
"""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from preo_mcp.files.spreadsheets.limits import MIB, Limits
from preo_mcp.files.spreadsheets.table import UnreadableTable
from preo_mcp.files.spreadsheets.workbook.bounds import PartScan, is_text_table, text_lengths, true_bounds, written_out

_CHUNK = 256 * 1024
_LOCAL_HEADER = struct.Struct("<4s22xHH")
_MOST_PARTS = 20_000
_ENCRYPTED = 0x1
_SAVE_AGAIN = "open it and save it again as .xlsx, or save the sheet as CSV (UTF-8)"
_OTHER_KINDS = (
    ("xl/workbook.bin", "a binary workbook (.xlsb)"),
    ("content.xml", "an OpenDocument file (.ods)"),
    ("Index/Document.iwa", "a Numbers document"),
    ("Index.zip", "a Numbers document"),
    ("word/document.xml", "a Word document"),
    ("ppt/presentation.xml", "a presentation"),
)
_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, ValueError)


def check_package(path: Path, file_name: str, limits: Limits) -> None:
    """Check a file that begins like a zip archive.

    Raises:
        UnreadableTable: It is no ``.xlsx``, is damaged or encrypted, unpacks to more than allowed, reaches over more
            cells than allowed, or defines XML entities.
    """
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as file:
            _check_names(archive.namelist(), file_name)
            _Check(file, archive.infolist(), file_name, limits).run()
    except _DAMAGE as error:
        raise UnreadableTable(f"{file_name} cannot be read", f"the file is damaged ({error})", _SAVE_AGAIN) from None


def _check_names(names: list[str], file_name: str) -> None:
    other = next((kind for name, kind in _OTHER_KINDS if name in names), None)
    if other:
        raise UnreadableTable(f"{file_name} cannot be read", f"it is {other}", _SAVE_AGAIN)
    if "[Content_Types].xml" not in names:
        raise UnreadableTable(f"{file_name} cannot be read", "it is a zip archive, not a workbook", "unpack it first")
    if len(names) > _MOST_PARTS:
        raise UnreadableTable(f"{file_name} cannot be read", f"the workbook has {len(names):,} parts", _SAVE_AGAIN)


class _Check:
    """One pass over all parts, and further passes over those that looked suspicious."""

    def __init__(self, file: BinaryIO, parts: list[zipfile.ZipInfo], file_name: str, limits: Limits) -> None:
        self.file = file
        self.parts = parts
        self.file_name = file_name
        self.limits = limits
        self.unpacked = 0
        self.text_lengths: list[int] = []
        self.sheets: list[zipfile.ZipInfo] = []
        self.string_cells = 0

    def run(self) -> None:
        for part in self.parts:
            scan = self._scan(part)
            if scan.is_xml and (scan.uncertain or not self._allowed(scan.rows, scan.columns)):
                self._check_bounds(part)
            if scan.string_cells:
                self.sheets.append(part)
                self.string_cells += scan.string_cells
        self._check_texts()

    def _stream(self, part: zipfile.ZipInfo) -> Iterator[bytes]:
        return unpacked(self.file, part, self.file_name)

    def _scan(self, part: zipfile.ZipInfo) -> PartScan:
        scan = PartScan(part.filename, self.file_name)
        head = b""
        for chunk in self._stream(part):
            head = head or chunk
            self.unpacked += len(chunk)
            if self.unpacked > self.limits.unpacked_bytes:
                self._refuse(f"it unpacks to more than {self.limits.unpacked_bytes // MIB:,} MiB")
            scan.feed(chunk)
        scan.close()
        if is_text_table(head):
            self.text_lengths += text_lengths(self._stream(part))
        return scan

    def _check_bounds(self, part: zipfile.ZipInfo) -> None:
        rows, columns = true_bounds(self._stream(part))
        if not self._allowed(rows, columns):
            self._refuse(
                f"a sheet reaches over {rows:,} rows and {columns:,} columns",
                "delete the empty rows and columns after the table, or save the table as CSV (UTF-8)",
            )

    def _check_texts(self) -> None:
        if self.string_cells * max(self.text_lengths, default=0) <= self.limits.shared_text_bytes:
            return
        text = sum(written_out(self._stream(sheet), self.text_lengths) for sheet in self.sheets)
        if text > self.limits.shared_text_bytes:
            self._refuse(f"the texts of its cells come to {text // MIB:,} MiB")

    def _allowed(self, rows: int, columns: int) -> bool:
        return rows * columns <= self.limits.sheet_cells and rows <= self.limits.rows

    def _refuse(self, why: str, todo: str = "split it into several files") -> None:
        raise UnreadableTable(f"{self.file_name} is too large", why, todo)


def unpacked(file: BinaryIO, part: zipfile.ZipInfo, file_name: str) -> Iterator[bytes]:
    """Yield the real content of a part, however long it declares to be.

    Raises:
        UnreadableTable: The part is encrypted.
        EOFError: The part or the file ends early.
        zipfile.BadZipFile: The part is not where the archive says, or packed by a method no workbook uses.
    """
    if part.flag_bits & _ENCRYPTED:
        why, todo = "it is protected by a password", "save it without the password"
        raise UnreadableTable(f"{file_name} cannot be read", why, todo)
    file.seek(part.header_offset)
    signature, name, extra = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
    if signature != b"PK\x03\x04":
        raise zipfile.BadZipFile("a part does not begin where it should")
    file.seek(name + extra, 1)
    packed = _packed(file, part.compress_size)
    if part.compress_type == zipfile.ZIP_STORED:
        yield from packed
    elif part.compress_type == zipfile.ZIP_DEFLATED:
        yield from _inflated(packed)
    else:
        raise zipfile.BadZipFile("a part is packed in an unusual way")


def _packed(file: BinaryIO, size: int) -> Iterator[bytes]:
    while size > 0:
        chunk = file.read(min(_CHUNK, size))
        if not chunk:
            raise EOFError("the file ends early")
        size -= len(chunk)
        yield chunk


def _inflated(packed: Iterator[bytes]) -> Iterator[bytes]:
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    for chunk in packed:
        data = chunk
        while data and not engine.eof:
            if piece := engine.decompress(data, _CHUNK):
                yield piece
            data = engine.unconsumed_tail
    while not engine.eof:
        piece = engine.decompress(engine.unconsumed_tail, _CHUNK)
        if not piece:
            raise EOFError("a part ends early")
        yield piece
