"""Text that others wrote, inside a line of ours: one can always see where it begins and where it ends.

It stands in “…”, has no such marks within, is cut by itself so that it pushes none of our words out, and cannot be read
as markup by a host that renders Markdown. Text of a right-to-left script is followed by `(RTL)`: these letters keep the
words and figures after it in their order, which would otherwise run the other way.
"""

import re
import unicodedata
from typing import Final

from preo_mcp.text.plain_text import one_line

LEFT: Final = "“"
RIGHT: Final = "”"
CUT: Final = "…"
RIGHT_TO_LEFT: Final = " (RTL)"

_DOUBLE: Final = '"“”„‟«»″‴⁗‶‷❝❞❠🙶🙷🙸〝〞〟〃＂⹂ʺ˝ˮ˵˶״`｀'
_SINGLE: Final = "'‘’‚‛′‵´‹›❛❜❟❮❯ʹʻʼʽʾʿ՚ՙ׳᾽᾿Ꞌꞌ⸲＇ߴߵ"
_RUN_OF_MARKS: Final = re.compile(rf"[{_DOUBLE}{_SINGLE}]{{2,}}")
"""Two single marks look like a double one."""
_EMPTY_TEXT: Final = re.compile(r"(?<=[\s(,=\[])''(?=[\s),\]]|$)")
"""As a condition has it; its marks are kept apart by a narrow space, which breaks no line."""
_APART: Final = "'\u202f'"
_MARKS: Final = str.maketrans(dict.fromkeys(_DOUBLE, "'"))
_FORMULA: Final = str.maketrans({"$": "＄", "\\": "＼"})
"""A formula that begins in one value and ends in another would hide what stands between them."""
_MARKUP: Final = re.compile(r"\](?=\()|<(?=[\w!/?])|&(?=#|\w+;)|~(?=~)")
"""Links, HTML, its entities and struck-out text; a space after each of these takes away its meaning."""

_WORD: Final = re.compile(r"[\w+][\w.@+/#-]*")


def harmless(text: str) -> str:
    """Return foreign text on one line, as it stands between quotation marks."""
    line = _EMPTY_TEXT.sub(_APART, one_line(text))
    line = _RUN_OF_MARKS.sub("'", line).translate(_MARKS | _FORMULA)
    return _MARKUP.sub(r"\g<0> ", line)


def quoted(text: str, room: int) -> str:
    """Return foreign text in quotation marks, with at most `room` characters between them."""
    line = harmless(text)
    line = line if len(line) <= room else f"{line[: room - 1]}{CUT}"
    return f"{LEFT}{line}{RIGHT}{RIGHT_TO_LEFT if runs_to_the_left(line) else ''}"


def as_data(text: str, room: int) -> str:
    """Return an id, a status or the like as it is, where it is a single plain word; else like foreign text."""
    plain = len(text) <= room and _WORD.fullmatch(text) and harmless(text) == text and not runs_to_the_left(text)
    return str(text) if plain else quoted(text, room)


def runs_to_the_left(text: str) -> bool:
    """Return whether any of the text is of a right-to-left script."""
    return not text.isascii() and any(unicodedata.bidirectional(char) in {"R", "AL", "AN"} for char in text)
