"""A condition's words and signs with their places, as CEL's grammar cuts them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_ESCAPE: Final = r"""\\(?:[abfnrtv"'\\?`]|[0-3][0-7]{2}|[xX][0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8})"""

_TOKEN: Final = re.compile(
    rf"""(?P<blank>[\t\ \r\n\f]+|//[^\n]*)
    |(?P<string>[bB]?(?:
        [rR](?:\"{{3}}.*?\"{{3}}|'{{3}}.*?'{{3}}|"[^"\n\r]*"|'[^'\n\r]*')
        |\"{{3}}(?:{_ESCAPE}|[^\\])*?\"{{3}}|'{{3}}(?:{_ESCAPE}|[^\\])*?'{{3}}
        |"(?:{_ESCAPE}|[^"\\\n\r])*"|'(?:{_ESCAPE}|[^'\\\n\r])*'))
    |(?P<quoted>`[A-Za-z0-9_./\-\ ]+`)
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<number>0x[0-9A-Fa-f]+[uU]?
        |[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|\.[0-9]+(?:[eE][+-]?[0-9]+)?
        |[0-9]+[uU]?)
    |(?P<sign>&&|\|\||[<>=!]=|.)""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a condition: `string`, `name`, `quoted` (a name), `number` or `sign`, and where it begins."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """Where it ends: the place of the first character after it."""
        return self.start + len(self.text)


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


def offset(condition: str, line: int, column: int) -> int:
    """Return the place of line and column, which count from 1; the condition's end where it is beyond it."""
    start = 0
    for _ in range(line - 1):
        start = condition.find("\n", start) + 1
        if not start:
            return len(condition)
    return max(0, min(start + column - 1, len(condition)))
