"""Where things stand in JSON with comments and trailing commas, as several hosts have it.

A text is only ever scanned, and never written anew from data: what edits it needs places, so that all else stays byte
for byte. The scanner refuses what no host would read, and keeps no more of a large file than its upper two levels.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any, Final

BYTE_ORDER_MARK: Final = "\ufeff"
KEPT_LEVELS: Final = 2
"""Objects whose members are kept: the document, and those that stand in it."""

TOKEN: Final = re.compile(
    r"(?P<space>[ \t\r\n]++)"
    r"|(?P<comment>//[^\r\n]*+|/\*(?:[^*]++|\*(?!/))*+\*/)"
    r'|(?P<string>"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*+")'
    r"|(?P<scalar>-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?|true|false|null)"
    r"|(?P<mark>[{}\[\]:,])"
)
BESIDE: Final = frozenset({"space", "comment"})


class Broken(ValueError):
    """The text is not what it should be; the message says what, and where.

    Args:
        text: The whole text.
        offset: Where in it, in characters.
        why: What is wrong there.
    """

    def __init__(self, text: str, offset: int, why: str) -> None:
        super().__init__(f"line {line_of(text, offset)}, column {_column(text, offset)}: {why}")


def line_of(text: str, offset: int) -> int:
    """Return the line of a place, from 1."""
    return len(re.findall(r"\r\n|\n|\r", text[:offset])) + 1


def _column(text: str, offset: int) -> int:
    start = max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1
    return offset - start + (0 if text[start:].startswith(BYTE_ORDER_MARK) else 1)


@dataclass(slots=True)
class Value:
    """A value's place, its end exclusive; the members of an object that is one of the upper two levels."""

    start: int
    end: int
    members: list["Member"] | None = None


@dataclass(slots=True)
class Member:
    """A member of an object: its key and where that starts, its value, and where the comma after it is, if any."""

    key: str
    start: int
    value: Value
    comma: int | None = None


@dataclass(slots=True)
class _Open:
    """An object or a list that is not closed yet."""

    value: Value
    is_object: bool
    key: tuple[str, int] | None = None


@dataclass(slots=True)
class _Scan:
    text: str
    root: Value | None = None
    stack: list[_Open] = field(default_factory=list[_Open])
    wants: str = "a value"
    may_close: bool = False

    def run(self) -> Value | None:
        at = 1 if self.text.startswith(BYTE_ORDER_MARK) else 0
        while at < len(self.text):
            match = TOKEN.match(self.text, at)
            if match is None:
                raise Broken(self.text, at, f"{self.text[at]!r} cannot stand here; {self._wanted()} is expected")
            if match.lastgroup not in BESIDE:
                self._take(match.lastgroup or "", match[0], at)
            at = match.end()
        if self.stack:
            inside = self.stack[-1].value.start
            raise Broken(self.text, at, f"the end, and what opens in line {line_of(self.text, inside)} is not closed")
        return self.root

    def _take(self, kind: str, piece: str, at: int) -> None:
        if self.wants == "a key" and kind == "string":
            self.stack[-1].key, self.wants, self.may_close = (json.loads(piece), at), ":", False
        elif self.wants == "a value" and (kind != "mark" or piece in "{["):
            self._value(piece, at)
        elif piece == self.wants == ":":
            self.wants = "a value"
        elif piece == self.wants == ",":
            self._comma(at)
        elif piece in "}]" and self.may_close and self.stack and (piece == "}") is self.stack[-1].is_object:
            self._closed(at)
        else:
            raise Broken(self.text, at, f"{piece[:20]} cannot stand here; {self._wanted()} is expected")

    def _wanted(self) -> str:
        return "the end" if self.wants == "," and not self.stack else self.wants

    def _value(self, piece: str, at: int) -> None:
        value = Value(at, at + len(piece))
        self._placed(value)
        if piece in "{[":
            is_object = piece == "{"
            value.members = [] if is_object and len(self.stack) < KEPT_LEVELS else None
            self.stack.append(_Open(value, is_object))
            self.wants, self.may_close = ("a key" if is_object else "a value"), True
        else:
            self.wants, self.may_close = ",", True

    def _placed(self, value: Value) -> None:
        if not self.stack:
            self.root = value
        elif (members := self.stack[-1].value.members) is not None and self.stack[-1].key is not None:
            members.append(Member(*self.stack[-1].key, value))

    def _comma(self, at: int) -> None:
        if not self.stack:
            raise Broken(self.text, at, "the document has ended already")
        inside = self.stack[-1]
        if inside.value.members:
            inside.value.members[-1].comma = at
        self.wants, self.may_close = ("a key" if inside.is_object else "a value"), True

    def _closed(self, at: int) -> None:
        self.stack.pop().value.end = at + 1
        self.wants, self.may_close = ",", True


def scan(text: str) -> Value | None:
    """Return the document's value with its places; None where there are comments alone, or nothing.

    Raises:
        Broken: the text is not JSON, even with comments and trailing commas.
    """
    return _Scan(text).run()


def data_of(text: str) -> Any:
    """Return what JSON with comments and trailing commas says.

    Raises:
        ValueError: it is not JSON, or nested too deeply.
    """
    pieces: list[str] = []
    for match in TOKEN.finditer(text.removeprefix(BYTE_ORDER_MARK)):
        if match.lastgroup not in BESIDE:
            if match[0] in "}]" and pieces and pieces[-1] == ",":
                pieces.pop()
            pieces.append(match[0])
    try:
        return json.loads("".join(pieces))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def beyond_plain_json(text: str) -> int | None:
    """Return where the first comment or trailing comma of a sound text is, which plain JSON does not have."""
    comma: int | None = None
    for match in TOKEN.finditer(text):
        if match.lastgroup == "comment" or (comma is not None and match[0] in "}]"):
            return match.start() if match.lastgroup == "comment" else comma
        if match.lastgroup != "space":
            comma = match.start() if match[0] == "," else None
    return None
