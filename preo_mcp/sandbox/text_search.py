"""Search for parts of text, whatever the case, the accents, and the way in which a phone number is typed.

Every word has to be there, in any order (inferred, as Django REST Framework's search has it). Phone numbers are stored
in E.164, so their digits are looked for: `20 12 34 56`, `+45 2012` and `0045 20123456` all find +4520123456.
"""

import re
from typing import Final

from preo_mcp.sandbox.filters import Filters
from preo_mcp.sandbox.problems import invalid
from preo_mcp.text.folding import folded

MAX_WORDS: Final = 50
"""A limit of this sandbox."""

_PHONE_LIKE: Final = re.compile(r"[+(]?[0-9(][0-9\s()./‐‑–-]*")
_TRUNK_ZERO: Final = re.compile(r"\(0\)")
_NOT_DIGITS: Final = re.compile(r"[^0-9]+")


def add_search(filters: Filters, column: str, text: object) -> None:
    """Add that a column holds every word of `text`, or its digits where it looks like a phone number.

    Anything but a text with a word in it, such as MISSING, asks for nothing.

    Raises:
        Problem: 400 for more than `MAX_WORDS`.
    """
    words = folded(text).split() if isinstance(text, str) else []
    if not words:
        return
    if len(words) > MAX_WORDS:
        raise invalid(search=f"Ensure this field has no more than {MAX_WORDS} words.")
    clause = " AND ".join([f"instr({column}, ?)"] * len(words))
    digits = phone_digits(str(text)) if _PHONE_LIKE.fullmatch(str(text).strip()) else None
    if digits is None or words == [digits]:
        filters.add(clause, *words)
    elif len(words) == 1:
        filters.add(f"({clause} OR instr({column}, ?))", *words, digits)
    else:  # several words of digits are one number: each alone would be found nearly everywhere
        filters.add(f"instr({column}, ?)", digits)


def add_part(filters: Filters, column: str, text: object) -> None:
    """Add that a column of folded text holds `text` as it stands; MISSING asks for nothing."""
    if isinstance(text, str):
        filters.add(f"instr({column}, ?)", folded(text.strip()))


def add_phone(filters: Filters, column: str, text: object) -> None:
    """Add that a column of numbers in E.164 holds the digits of `text`; without a digit nothing matches."""
    if isinstance(text, str):
        digits = phone_digits(text)
        filters.add("0") if digits is None else filters.add(f"instr({column}, ?)", digits)


def phone_digits(text: str) -> str | None:
    """Return the digits of a number or of a part of one, without the zeros that only dialling needs; None for none."""
    digits = _NOT_DIGITS.sub("", _TRUNK_ZERO.sub("", text))
    return (digits.lstrip("0") or "0") if digits else None
