"""Reading a file as the user says, where the detection was wrong.

Preo's API takes no such instructions, so the table is read here and sent as plain UTF-8 CSV.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

from anyio import to_thread
from pydantic import MISSING, Field

from preo_mcp.api.errors import ValidationError
from preo_mcp.api.models.base import Request
from preo_mcp.files.scratch import scratch_folder
from preo_mcp.files.sources import Source, read_source, store_source
from preo_mcp.files.spreadsheets import BadRow, Fault, Overrides, Table, UnreadableTable, open_table, rows
from preo_mcp.settings import Settings

LISTED: Final = 20
"""Rows that could not be read and are named; all are counted."""


class ReadAs(Request):
    """What the caller knows better than the detection; what is left out is detected."""

    encoding: Annotated[str, Field(description="Such as cp1252, cp850, mac_roman.")] | MISSING = MISSING
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | MISSING = MISSING
    sheet: str | MISSING = MISSING
    header_line: Annotated[int, Field(ge=0, description="Line of the headings; 0 for none.")] | MISSING = MISSING

    def overrides(self) -> Overrides:
        """Return what is given, for the reader."""
        return Overrides(**self.model_dump())


async def read_as_told(
    settings: Settings,
    file_path: str | MISSING,
    text: str | MISSING,
    file_base64: str | MISSING,
    file_name: str | MISSING,
    read_as: ReadAs | MISSING,
) -> tuple[Source, list[str]]:
    """Return a file as UTF-8 CSV, and the rows that could not be read; unchanged where nothing is told.

    Raises:
        ValidationError: it cannot be had, or not be read as a table this way.
    """
    if read_as is MISSING:
        return await read_source(settings, file_path, text, file_base64, file_name), []
    with scratch_folder() as folder:
        copy = folder / "file"
        name = await store_source(settings, file_path, text, file_base64, file_name, copy)
        return await to_thread.run_sync(_rewritten, name, copy, read_as)


def _rewritten(name: str, copy: Path, read_as: ReadAs) -> tuple[Source, list[str]]:
    rewritten, unreadable = copy.with_name("file.csv"), _Unreadable()
    try:
        table = open_table(copy, name, copy.parent, read_as.overrides())
        with rewritten.open("w", encoding="utf-8", newline="") as file:  # a piece at a time: the file may be large
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(table.header)
            writer.writerows(_readable(table, unreadable))
    except UnreadableTable as exc:
        raise ValidationError(exc.what, exc.why, exc.next_step) from None
    return Source(f"{Path(name).stem}.csv", rewritten.read_bytes()), unreadable.told()


class _Unreadable:
    """The first rows that could not be read, and how many there are."""

    def __init__(self) -> None:
        self._first: list[str] = []
        self._count = 0

    def add(self, row: BadRow) -> None:
        self._count += 1
        if len(self._first) < LISTED:
            self._first.append(f"line {row.line}: {row.reason}")

    def told(self) -> list[str]:
        rest = self._count - len(self._first)
        return [*self._first, *([f"and {rest} more"] if rest else [])]


def _readable(table: Table, unreadable: _Unreadable) -> Iterator[list[str]]:
    for row in rows(table):
        if not isinstance(row, BadRow):
            yield row[1]
        elif row.fault is not Fault.TOTALS:
            unreadable.add(row)
