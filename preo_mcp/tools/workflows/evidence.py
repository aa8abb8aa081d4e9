"""What a file shows about itself: headings, a few values of each column, and what they seem to mean.

Preo's column mappings carry neither values nor reasons, so they are read from the file that was just sent.
"""

from anyio import to_thread
from pydantic import BaseModel

from preo_mcp.api.errors import ValidationError
from preo_mcp.files.scratch import scratch_folder
from preo_mcp.files.sources import Source
from preo_mcp.files.spreadsheets import UnreadableTable, open_table, sample
from preo_mcp.files.spreadsheets.columns import guess_columns

SAMPLED_ROWS = 50
SHOWN_VALUES = 3
SHOWN_LENGTH = 40


class ColumnEvidence(BaseModel):
    """What the file says about one column."""

    samples: str
    suggestion: str
    confidence: float
    reason: str


class FileEvidence(BaseModel):
    """How the file was read, and its columns by heading."""

    read_as: str
    columns: dict[str, ColumnEvidence]


async def evidence_of(source: Source) -> FileEvidence:
    """Return what `source` shows about itself.

    Raises:
        ValidationError: it cannot be read as a table.
    """
    return await to_thread.run_sync(_read, source)


def _read(source: Source) -> FileEvidence:
    try:
        return _look(source)
    except UnreadableTable as exc:
        raise ValidationError(exc.what, exc.why, exc.next_step) from None


def _look(source: Source) -> FileEvidence:
    with scratch_folder() as folder:
        path = folder / "file"
        path.write_bytes(source.content)
        table = open_table(path, source.name, folder)
        rows = sample(table, SAMPLED_ROWS)
    guesses = guess_columns(table.header, rows)
    columns = {
        guess.column: ColumnEvidence(
            samples=_samples([row[place] for row in rows]),
            suggestion=guess.column_type,
            confidence=guess.confidence,
            reason=guess.reason,
        )
        for place, guess in enumerate(guesses)
    }
    detected = table.format
    parts = [detected.kind, f"sheet {detected.sheet}"] if detected.sheet else [detected.kind, detected.encoding]
    parts += [f"delimiter {detected.delimiter!r}", f"headings in line {detected.header_line}", *detected.notes]
    return FileEvidence(read_as=", ".join(parts), columns=columns)


def _samples(values: list[str]) -> str:
    """The first few different values, one line each cut short."""
    different = list(dict.fromkeys(value.strip() for value in values if value.strip()))[:SHOWN_VALUES]
    return " · ".join(value if len(value) <= SHOWN_LENGTH else f"{value[: SHOWN_LENGTH - 1]}…" for value in different)
