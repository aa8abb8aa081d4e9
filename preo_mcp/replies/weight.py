"""About how many tokens a text takes: counted by the pieces that tokenizers make of plain text at most.

A piece is up to four small letters, with a capital before them or not; two capitals; two digits; two other signs; the
end of a line. Spaces are for nothing, because a token has one before it; what is beyond ASCII counts by its bytes.

The pieces are counted by the kinds of the signs, without being made: many texts are weighed in every call.
"""

import string
from typing import Final

SAFETY: Final = 1.1
BLOCK: Final = 4096
"""Characters that are weighed before it is asked whether the rest matters."""

_KINDS: Final = (
    (b"a", string.ascii_lowercase),
    (b"A", string.ascii_uppercase),
    (b"0", string.digits),
    (b"!", string.punctuation),
    (b"n", "\n"),
)


def _kinds() -> bytes:
    kinds = bytearray(b" " * 256)
    for kind, signs in _KINDS:
        for sign in signs.encode():
            kinds[sign : sign + 1] = kind
    return bytes(kinds)


KIND_OF: Final = _kinds()
"""The kind of each byte of a text in UTF-8: that of a space for whatever is no piece."""


def estimate_tokens(text: str) -> int:
    """Return about how many tokens `text` takes, rather too many than too few."""
    return tokens(weight(text))


def tokens(weight: int) -> int:
    """Return how many tokens a weight comes to."""
    return int(weight * SAFETY) + 1


def weight(text: str) -> int:
    """Return how many pieces a text has; parts that are put together at spaces weigh as much as the whole."""
    return _pieces(text) + _beyond_ascii(text)


def surely_fits(text: str, budget: int) -> bool:
    """Return whether it would fit even if each character were a piece."""
    return tokens(len(text) - text.count(" ") + _beyond_ascii(text)) <= budget


def fits(text: str, budget: int) -> bool:
    """Return whether it takes no more tokens than `budget`; a long text is weighed no further than that needs."""
    if surely_fits(text, budget):
        return True
    weighed, start = _beyond_ascii(text), 0
    while start < len(text):
        found = text.find(" ", start + BLOCK)
        end = len(text) if found < 0 else found
        weighed += _pieces(text[start:end])
        if tokens(weighed) > budget:
            return False
        start = end
    return True


def _pieces(text: str) -> int:
    kinds = text.encode("utf-8", "surrogatepass").translate(KIND_OF)
    rest = kinds.replace(b"aaaa", b"x")  # what is left of small letters are ones, twos and threes
    small = rest.count(b"x") + rest.count(b"a") - rest.count(b"aa") - rest.count(b"aaa")
    pairs = rest.replace(b"AA", b"y")  # what is left of capitals are ones: each takes small letters that follow along
    capital = pairs.count(b"y") + pairs.count(b"A") - pairs.count(b"Aa") - pairs.count(b"Ax")
    others = rest.count(b"0") - rest.count(b"00") + rest.count(b"!") - rest.count(b"!!") + rest.count(b"n")
    return small + capital + others


def _beyond_ascii(text: str) -> int:
    return 0 if text.isascii() else len(text.encode(errors="replace")) - len(text)
