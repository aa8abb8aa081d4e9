"""Headings made comparable: case, accents, punctuation and camelCase removed."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

MAX_HEADING: Final = 200
"""Longer headings are compared by their beginning only."""
KEY_LENGTH: Final = 40

_NOT_DECOMPOSED = str.maketrans({"ø": "o", "æ": "ae", "ß": "ss", "ł": "l", "đ": "d", "œ": "oe", "#": " number "})
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile(r"[a-z0-9]+")


@lru_cache(maxsize=4096)
def words(heading: str) -> tuple[str, ...]:
    """A heading's words in lower-case ASCII: `Order #` is `order`, `number`; `E-Mail` is `email`.

    Args:
        heading: As it stands in the file.

    Returns:
        The words in order; none for a heading without a Latin letter or digit.
    """
    decomposed = unicodedata.normalize("NFKD", heading[:MAX_HEADING])
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    found: list[str] = _WORD.findall(_CAMEL.sub(" ", plain).lower().translate(_NOT_DECOMPOSED))
    return tuple(_joined_e_words(found))


def folded(heading: str) -> str:
    """A heading's words run together: `Order ID`, `order_id` and `orderId` are all `orderid`."""
    return "".join(words(heading))


def snake_case(heading: str) -> str:
    """A heading as a metadata key of at most `KEY_LENGTH` characters; empty when nothing of it is Latin."""
    key = "_".join(words(heading))
    if len(key) <= KEY_LENGTH:
        return key
    return key[: KEY_LENGTH + 1].rpartition("_")[0] or key[:KEY_LENGTH]


def _joined_e_words(found: list[str]) -> list[str]:
    """`e`, `mail` as `email`: the hyphen of E-Mail and E-post divides no words."""
    joined: list[str] = []
    for word in found:
        if joined and joined[-1] == "e" and word.startswith(("mail", "post")):
            joined[-1] += word
        else:
            joined.append(word)
    return joined
