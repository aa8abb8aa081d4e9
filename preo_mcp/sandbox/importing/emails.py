"""One cell's text as an e-mail address, checked by email-validator without asking the DNS."""

import re
from functools import lru_cache
from typing import Final

from preo_mcp.sandbox.importing.unreadable import EMPTY, Unreadable

MAX_TEXT: Final = 1000
UNUSED_TOP_LEVEL_DOMAINS: Final = frozenset({"arpa", "invalid", "local", "localhost", "onion", "test"})
"""Reserved names (RFC 6761): left to the library, which accepts `.test` and refuses the others."""

_LABEL = "[a-z0-9]+(?:-[a-z0-9]+)*"
_PLAIN = re.compile(rf"[A-Za-z0-9_+]+(?:[.-][A-Za-z0-9_+]+)*@(?:{_LABEL}\.)+([a-z]{{2,24}})")
_MAX_PLAIN_LOCAL: Final = 64
_MAX_PLAIN: Final = 100  # far under the library's limits of 254 in all; labels over 63 are left to it as well
_MAX_PLAIN_LABEL: Final = 63

_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\x00-\x08\x0e-\x1f\x7f\xad]")
_IN_ANGLES = re.compile(r"<([^<>@]+@[^<>@]+)>")
_COMMENT = re.compile(r"\([^()@]*\)")
_MAILTO = re.compile(r"^\s*(?:e-?mail:|mailto:)\s*", re.IGNORECASE)
_SEPARATORS = re.compile(r"[,;|/\n\r\t]+")
_AROUND_AT = re.compile(r"\s*@\s*")
_SPLIT_DOMAIN = re.compile(r"(@[^\s.@]+)(?:\s+\.\s*|\.\s+)([A-Za-z]{2,24})$")
_EDGES: Final = " \t.,;:'\"<>()[]\u00a0"


def read_email(text: str) -> str:
    """Read the first e-mail address of a cell.

    Understood are spaces around the address, its `@` and a lone dot of its domain, `mailto:`, `Name <a@b.dk>`,
    stray punctuation at the ends, and several addresses in one cell. Other words beside an address are refused: in
    `anna hansen@b.dk` nobody can tell where the address begins, and a ticket must not go to a stranger.

    Args:
        text: The cell.

    Returns:
        The address as email-validator normalises it: the domain in lower case, the part before it as written.

    Raises:
        Unreadable: The cell is empty or holds no address that mail could be sent to.
    """
    if (plain := _plain(text)) is not None:
        return plain
    return _read(text)


def _plain(text: str) -> str | None:
    """The text itself when it is an everyday address, on which the library would change nothing."""
    if len(text) > _MAX_PLAIN:
        return None
    found = _PLAIN.fullmatch(text)
    if found is None or found[1] in UNUSED_TOP_LEVEL_DOMAINS:
        return None
    local, _, domain = text.partition("@")
    if len(local) > _MAX_PLAIN_LOCAL or (len(domain) > _MAX_PLAIN_LABEL):
        return None
    return text


@lru_cache(maxsize=8192)
def _read(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise Unreadable("too long for an e-mail address")
    cleaned = _INVISIBLE.sub("", text).replace("\u00a0", " ").strip()
    if not cleaned:
        raise Unreadable(EMPTY)
    if "@" not in cleaned:
        raise Unreadable("not an e-mail address: no @")
    for candidate in _candidates(cleaned):
        if (address := _validated(candidate)) is not None:
            return address
    raise Unreadable("not a valid e-mail address")


def _candidates(cleaned: str) -> list[str]:
    in_angles = _IN_ANGLES.findall(cleaned)
    pieces = in_angles or _SEPARATORS.split(_COMMENT.sub(" ", cleaned))
    return [word for piece in pieces if "@" in piece for word in _words(piece)]


def _words(piece: str) -> list[str]:
    """The addresses of a piece between separators: one, or several that only spaces divide."""
    bare = _MAILTO.sub("", piece).partition("?")[0]
    joined = _SPLIT_DOMAIN.sub(r"\1.\2", _AROUND_AT.sub("@", bare).strip(_EDGES))
    words = joined.split()
    if all("@" in word for word in words):
        return [_MAILTO.sub("", word).strip(_EDGES) for word in words]
    return [joined]


def _validated(candidate: str) -> str | None:
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(candidate, check_deliverability=False, test_environment=True, strict=True).normalized
    except EmailNotValidError:
        return None
