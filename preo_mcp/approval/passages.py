"""Long texts that decide, such as a text message or a condition: what of them is always seen, and where they lead.

Whole and in their lines where there is room (card and page); elsewhere their beginning and their end, which is where a
link or an `|| true` that nobody is meant to see would stand, and how much lies between.
"""

import re
from dataclasses import dataclass
from typing import Final

from preo_mcp.approval.quoting import CUT, harmless
from preo_mcp.text.plain_text import one_line

WHOLE_LENGTH: Final = 480
"""Characters of a passage that are shown in one line without leaving any out: three text messages."""
BEGINNING: Final = 270
END: Final = 150
MOST_INDENT: Final = 8
MOST_ROWS: Final = 14
ROW: Final = 32
"""What is seen at once of a passage that is shown whole, on a narrow screen (`.passage` in look.css): more scrolls."""

_AUTHORITY: Final = r"[^\s/?#\\\"'<>“”(){}\[\]|]+"
_LINK: Final = re.compile(
    rf"(?:\b(?:https?|ftp):[/\\]*|(?<!:)//|\b(?=www\.))(?P<named>{_AUTHORITY})"
    r"|(?<![\w@./\\-])(?P<bare>(?:[\w-]+\.)+[^\W\d_]{2,})(?=[/?#:])",
    re.IGNORECASE,
)
"""A link as a mail program or a telephone makes one of a text: browsers take any number of slashes, either way."""
_PORT: Final = re.compile(r":\d*$")


_GSM: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE: Final = frozenset("\f^{}\\[~]|€")
"""The alphabet of telephones (GSM 03.38), and its characters that take two places."""


@dataclass(frozen=True, slots=True)
class Ends:
    """A passage that is too long for one line: how it begins and ends, and the characters between and in all."""

    beginning: str
    end: str
    left_out: int
    length: int


def in_lines(text: str) -> str:
    """Return a passage in its own lines, harmless: nothing hidden, nothing pushed out of sight by empty space."""
    lines = [f"{_indent(line)}{one_line(line)}".rstrip() for line in text.splitlines()]
    kept = [line for number, line in enumerate(lines) if line or (number and lines[number - 1])]
    return "\n".join(kept).strip("\n")


def out_of_sight(text: str) -> tuple[int, str] | None:
    """Return length and end of a passage whose end may be out of sight where it is shown whole."""
    rows = sum(1 + sum(1 if char.isascii() else 2 for char in line) // ROW for line in in_lines(text).splitlines())
    line = harmless(text)
    return (len(line), f"{CUT}{line[-END:].lstrip()}") if rows > MOST_ROWS else None


def ends(text: str) -> Ends | None:
    """Return the ends of a passage that is too long for one line; None for one that is not."""
    line = harmless(text)
    if len(line) <= WHOLE_LENGTH:
        return None
    beginning, end = f"{line[:BEGINNING].rstrip()}{CUT}", f"{CUT}{line[-END:].lstrip()}"
    return Ends(beginning, end, len(line) - len(beginning) - len(end) + 2 * len(CUT), len(line))


def parts_of_sms(text: str) -> int:
    """Return how many parts a text message is sent in, as it stands: by GSM 03.38 and 03.40.

    160 characters of the telephones' own alphabet fit into one, of which some take two places; 70 where a single
    character is not of it. Where there are several, each is joined to the others by 7, or 3.
    """
    is_plain = all(char in _GSM or char in _GSM_TWICE for char in text)
    length = sum(1 + (char in _GSM_TWICE) for char in text) if is_plain else len(text.encode("utf-16-le")) // 2
    alone, joined = (160, 153) if is_plain else (70, 67)
    return 1 if length <= alone else -(-length // joined)


def hosts(text: str) -> tuple[str, ...]:
    """Return the hosts of the links in a passage, each once; letters of other scripts as a browser resolves them."""
    found = (_host(match["named"] or match["bare"]) for match in _LINK.finditer(one_line(text)))
    return tuple(dict.fromkeys(host for host in found if host))


def _host(authority: str) -> str:
    host = _PORT.sub("", authority.rpartition("@")[2].rstrip(".,;:!")).casefold()
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def _indent(line: str) -> str:
    return " " * min(MOST_INDENT, len(line) - len(line.lstrip(" \t")))
