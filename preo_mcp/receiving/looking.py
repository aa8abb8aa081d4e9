"""What a file that was handed over holds, at a glance: which service wrote it, its sheets, columns and first rows."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from preo_mcp.files.exports import Edition
from preo_mcp.files.exports.settling import Wishes
from preo_mcp.files.exports.source import File, Source
from preo_mcp.files.scratch import scratch_folder
from preo_mcp.files.spreadsheets import Overrides, UnreadableTable, sample
from preo_mcp.files.spreadsheets.columns import guess_columns, recognised_service
from preo_mcp.files.spreadsheets.columns.services import NAMES
from preo_mcp.text.plain_text import one_line

FIRST_ROWS: Final = 3
SAMPLED: Final = 50
"""Rows by which a column's meaning is guessed."""
MOST_COLUMNS: Final = 60
MOST_CHARACTERS: Final = 80
"""Of a cell."""
NO_EDITION: Final = Edition("EUR")
"""Nothing of what is told here depends on what the file goes into."""
AS_IT_IS: Final = Wishes({"layout": "as_it_is"})


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file: its heading, what it probably means, and its first values."""

    heading: str
    column_type: str
    first: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """What a file holds.

    Attributes:
        service: The name of the service that wrote it; None where none is recognised.
        sheet: The sheet with the most that an import understands; None where there is no choice.
        sheets: All that were looked into.
        columns: The first of them.
        more: How many columns there are besides.
        no_table: Why it is no table, where it is none; then nothing else is known.
    """

    service: str | None = None
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    more: int = 0
    no_table: str | None = None


def look_into(path: Path, name: str) -> Look:
    """Return what the file at `path` holds, which the person knows as `name`; a text is read no further than needed.

    A workbook is read by a process of its own, within its limits.
    """
    with scratch_folder() as folder:
        try:
            source = Source(File(path, name, folder, Overrides()), NO_EDITION, AS_IT_IS)
            rows = [source.own(row) for row in sample(source.table, SAMPLED)]
        except UnreadableTable as exc:
            return Look(no_table=one_line(exc.why))
    guesses = guess_columns(source.columns, rows)
    columns = tuple(
        Column(_short(one.column), str(one.column_type), tuple(_short(row[at]) for row in rows[:FIRST_ROWS]))
        for at, one in enumerate(guesses[:MOST_COLUMNS])
    )
    service = recognised_service(source.columns)
    return Look(
        service=None if service is None else NAMES[service],
        sheet=source.table.format.sheet if source.sheets else None,
        sheets=tuple(sheet.name for sheet in source.sheets),
        columns=columns,
        more=len(guesses) - len(columns),
    )


def _short(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= MOST_CHARACTERS else f"{line[: MOST_CHARACTERS - 1]}…"
