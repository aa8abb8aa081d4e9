"""A condition's words and signs with their places: enough to measure nesting and to find literals."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(
    r"""(?P<blank>\s+|//[^\n]*)
    |(?P<string>[rRbB]{0,2}(?:\"{3}.*?\"{3}|'{3}.*?'{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<number>[0-9][0-9A-Za-z_.]*)
    |(?P<sign>&&|\|\||[<>=!]=|.)""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a condition: `string`, `name`, `number` or `sign`, and where it begins."""

    kind: str
    text: str
    start: int


def tokens(condition: str) -> Iterator[Token]:
    """Yield the pieces of a condition in order; blanks and comments are left out."""
    for found in _TOKEN.finditer(condition):
        kind = found.lastgroup
        if kind is not None and kind != "blank":
            yield Token(kind, found[0], found.start())


def place(condition: str, start: int) -> tuple[int, int]:
    """Return line and column of a place, both from 1; columns count characters."""
    line_start = condition.rfind("\n", 0, start) + 1
    return condition.count("\n", 0, start) + 1, start - line_start + 1
