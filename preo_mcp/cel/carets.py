"""Showing a place in a condition: its line, and below it a caret behind dots, which stay where blanks are folded."""

from typing import Final
from unicodedata import combining, east_asian_width

WIDEST: Final = 100
"""Characters of a line that are shown."""
BEFORE: Final = 60
"""Of these, at most, before the place."""
CUT: Final = "…"


def caret(condition: str, line: int, column: int) -> str:
    """Return a line of a condition, cut around the place where it is long, and a line with ^ under the character.

    Line and column count from 1; the column behind a line's end is where something is missing.
    """
    lines = condition.split("\n")
    shown = lines[line - 1].rstrip("\r").replace("\t", " ") if line <= len(lines) else ""
    at = min(column - 1, len(shown))
    start = max(0, at - BEFORE)
    head, tail = (CUT if start else ""), (CUT if len(shown) > start + WIDEST else "")
    before = head + shown[start:at]
    return f"{before}{shown[at : start + WIDEST]}{tail}\n{''.join(map(_dots, before))}^"


def _dots(character: str) -> str:
    """Return dots as wide as a character."""
    if combining(character):
        return ""
    return ".." if east_asian_width(character) in "WF" else "."
