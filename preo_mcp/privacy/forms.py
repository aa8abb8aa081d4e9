"""How personal data looks once it is masked: short, always the same for the same, and masked again unchanged."""

import re
from typing import Final

from preo_mcp.guardrails.wording import MASKED

_LETTER: Final = r"[^\s@<>()\[\]{}\"',;:|\\/=&?#%]"
EMAIL: Final = re.compile(rf"(?<!{_LETTER})(?P<local>{_LETTER}+)(?:@|%40)(?P<domain>{_LETTER}*(?![.!*_~`]){_LETTER})")
"""An address however short its domain, since a cut may have taken the rest; `%40` is the sign within a URL.

It begins where a word does, so that a text of one long word takes no longer than another.
"""

MASKED_PHONE: Final = re.compile(rf"{MASKED}\d{{2}}")
LEAST_DIGITS: Final = 5
"""Of a shorter number, two digits are too much of it."""
MOST_INITIALS: Final = 5


def masked_email(text: str) -> str:
    """Return `k•••@e•••.org` for `kirsten@example.org`."""
    found = EMAIL.fullmatch(text.strip())
    if found is None:
        return MASKED
    name, dot, last = found["domain"].rpartition(".")
    return f"{_first(found['local'])}{MASKED}@{_first(name or last)}{MASKED}{dot}{last if dot else ''}"


def masked_phone(text: str) -> str:
    """Return `•••56` for `+45 20 12 34 56`."""
    if MASKED_PHONE.fullmatch(text):
        return text
    digits = [character for character in text if character.isdecimal()]
    return f"{MASKED}{''.join(digits[-2:])}" if len(digits) >= LEAST_DIGITS else MASKED


def masked_name(text: str) -> str:
    """Return `K. H.` for `Kirsten Holm`."""
    letters = (next((one for one in word if one.isalpha()), "") for word in text.split())
    initials = [f"{letter}." for letter in letters if letter]
    return " ".join(initials[:MOST_INITIALS]) or MASKED


def _first(text: str) -> str:
    return text[0] if text[0].isalnum() else ""
