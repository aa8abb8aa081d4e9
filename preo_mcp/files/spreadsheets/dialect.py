"""Which delimiter and quotation a text uses: the one under which its rows have the same number of cells."""

import re
from collections import Counter
from dataclasses import dataclass

from preo_mcp.files.spreadsheets.header import looks_like_data, without_blank
from preo_mcp.files.spreadsheets.records import Dialect, read_records
from preo_mcp.files.spreadsheets.table import BadRow, Overrides, UnreadableTable

DELIMITERS = (",", ";", "\t", "|")
_DECLARED = re.compile(r'"?sep=(?P<delimiter>[^"\r\n])"?[ ,;\t]*\r?(?:\n|$)', re.IGNORECASE)
_APOSTROPHE = re.compile(r"(?:^|[,;\t|])'[^'\n]*'(?=[,;\t|\r\n])", re.MULTILINE)
_SEVERAL = 4
_ONE_COLUMN = 0.35  # what a text without any delimiter scores


@dataclass(frozen=True, slots=True)
class DialectGuess:
    """A dialect, the length of a ``sep=`` line before the table (0: none), and what was assumed."""

    dialect: Dialect
    declaration: int = 0
    notes: tuple[str, ...] = ()


def detect_dialect(text: str, overrides: Overrides) -> DialectGuess:
    """Choose the dialect under which the sample reads best.

    Args:
        text: The first lines of the file.
        overrides: Delimiter, quotation and escape are taken from here where given.

    Raises:
        UnreadableTable: An override is not one character.
    """
    _check(overrides)
    declared = _DECLARED.match(text)
    start = declared.end() if declared else 0
    body = text[start:]
    delimiters = (
        (overrides.delimiter or (declared and declared["delimiter"]),)
        if overrides.delimiter or declared
        else DELIMITERS
    )
    best = Dialect(
        overrides.delimiter or ",", '"' if overrides.quote is None else overrides.quote, overrides.escape or ""
    )
    best_score = _ONE_COLUMN
    for delimiter in delimiters:
        for quote, escape in _quotations(body, overrides):
            dialect = Dialect(delimiter or ",", quote, escape)
            score = _score(body, dialect)
            if score > best_score:
                best, best_score = dialect, score
    return DialectGuess(best, start, _notes(best, overrides))


def _check(overrides: Overrides) -> None:
    for name, value, least in (
        ("delimiter", overrides.delimiter, 1),
        ("quote", overrides.quote, 0),
        ("escape", overrides.escape, 0),
    ):
        if value is not None and (not least <= len(value) <= 1 or value in {"\n", "\r", "\0"}):
            raise UnreadableTable(
                f"The {name} {value!r} cannot be used",
                "it has to be one character",
                f"give one character as {name}, or none",
            )


def _quotations(text: str, overrides: Overrides) -> list[tuple[str, str]]:
    """Quotation marks and escapes worth trying, the usual first."""
    if overrides.quote is not None or overrides.escape is not None:
        return [('"' if overrides.quote is None else overrides.quote, overrides.escape or "")]
    found = [('"', "")]
    if '\\"' in text:
        found.append(('"', "\\"))
    if '"' not in text and _APOSTROPHE.search(text):
        found.append(("'", ""))
    if text.count('"') >= _SEVERAL:  # one broken row does not make a dialect
        found.append(("", ""))
    return found


def _score(text: str, dialect: Dialect) -> float:
    """How much the rows agree in their number of cells (1: all), minus rows that cannot be read."""
    rows = read_records(text, 1, dialect).found
    whole = without_blank(rows)
    if not whole:
        return 0.0
    widths = Counter(len(cells) for _, cells in whole)
    usual, times = max(widths.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]))
    if usual == 1:
        return 0.0
    broken = sum(isinstance(row, BadRow) for row in rows)
    head = next(cells for _, cells in whole if len(cells) == usual)
    score = times / len(whole) - 2 * broken / len(rows) + 0.02 * min(usual, 10)
    score -= 0.3 if looks_like_data(head) else 0.0
    score -= 0.3 if usual > len(whole[0][1]) == 1 else 0.0
    return score - (0.0 if dialect.quote else _unquoted_penalty(whole))


def _unquoted_penalty(rows: list[tuple[int, list[str]]]) -> float:
    """Reading quotation marks as ordinary characters is the last resort, and wrong where whole cells stand in them."""
    quoted = any(len(cell) > 1 and cell[0] == cell[-1] == '"' for _, cells in rows for cell in cells)
    return 2.0 if quoted else 0.2


def _notes(dialect: Dialect, overrides: Overrides) -> tuple[str, ...]:
    notes: list[str] = []
    if dialect.escape and overrides.escape is None:
        notes.append("Quotation marks inside cells are escaped with a backslash.")
    if not dialect.quote and overrides.quote is None:
        notes.append("Quotation marks are read as ordinary characters: no reading as quotation fits the rows.")
    if dialect.quote == "'" and overrides.quote is None:
        notes.append("Cells are quoted with apostrophes.")
    return tuple(notes)
