"""Reading a file as the user says, where the detection was wrong.

Preo's API takes no such instructions, so the table is read here and sent as plain UTF-8 CSV.
"""

import csv
import io
import tempfile
from pathlib import Path
from typing import Annotated

from anyio import to_thread
from pydantic import MISSING, Field

from preo_mcp.api.errors import ValidationError
from preo_mcp.api.models.base import Request
from preo_mcp.files.sources import Source
from preo_mcp.files.spreadsheets import BadRow, Fault, Overrides, Table, UnreadableTable, open_table, rows

LISTED = 20
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


async def read_as_told(source: Source, read_as: ReadAs | MISSING) -> tuple[Source, list[str]]:
    """Return the file as UTF-8 CSV, and the rows that could not be read; unchanged where nothing is told.

    Raises:
        ValidationError: it cannot be read as a table this way.
    """
    if read_as is MISSING:
        return source, []
    return await to_thread.run_sync(_rewritten, source, read_as)


def _rewritten(source: Source, read_as: ReadAs) -> tuple[Source, list[str]]:
    with tempfile.TemporaryDirectory(prefix="preo-file-") as folder:
        path = Path(folder) / "file"
        path.write_bytes(source.content)
        try:
            text, unreadable = _as_csv(open_table(path, source.name, Path(folder), read_as.overrides()))
        except UnreadableTable as exc:
            raise ValidationError(exc.what, exc.why, exc.next_step) from None
    return Source(f"{Path(source.name).stem}.csv", text.encode()), _listed(unreadable)


def _as_csv(table: Table) -> tuple[str, list[str]]:
    out, unreadable = io.StringIO(), list[str]()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.header)
    for row in rows(table):
        if not isinstance(row, BadRow):
            writer.writerow(row[1])
        elif row.fault is not Fault.TOTALS:
            unreadable.append(f"line {row.line}: {row.reason}")
    return out.getvalue(), unreadable


def _listed(unreadable: list[str]) -> list[str]:
    rest = len(unreadable) - LISTED
    return [*unreadable[:LISTED], f"and {rest} more"] if rest > 0 else unreadable
