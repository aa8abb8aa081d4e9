"""The masked forms of addresses, numbers and names; and free text without them.

Names can be taken out of a text only where they are known from the fields around it.
"""

import re
from collections.abc import Collection
from functools import lru_cache
from html import escape
from typing import Final

from preo_mcp.text.plain_text import MASKED

INTERNATIONAL: Final = re.compile(
    r"(?:(?<![\w•])\+|(?<![\w•.,])00)[ \u00a0]?\(?[1-9](?:[ \u00a0.()/-]{0,2}[0-9]){5,15}(?!\w)"
)
"""A number with its country code, which nothing else looks like."""

NUMBERS: Final = re.compile(
    r"""
      (?P<other>
        [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}                                      # a UUID
      | \d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:?\d\d)?|(?!\d))                            # a date, a moment
      | (?<!\d)(?:0?[1-9]|[12]\d|3[01])[./-](?:0?[1-9]|1[0-2])[./-](?:\d\d)?\d\d(?![./-]?\d)  # as people write it
      | (?<![\d.,])(?:0|[1-9]\d*)\.\d{1,2}(?![\d.]|[ ]\d\d[ ]\d\d)                         # a sum of money
      | (?<![\d.,])\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?(?![\d,])                               # with thousands
      )
    | (?P<phone>(?:(?<![\w•])|(?<=tel)|(?<=tlf)|(?<=mob))\(?[0-9](?:[ \u00a0.()/-]{0,3}[0-9]){7,14}(?!\w))
    """,
    re.VERBOSE | re.IGNORECASE,
)
SHORTEST_WORD: Final = 3
"""Letters; shorter parts of names are parts of other words too often."""

_LETTER: Final = r"[^\s@<>()\[\]{}\"',;:|\\/=&?#%]"
EMAIL: Final = re.compile(rf"(?<!{_LETTER})(?P<local>{_LETTER}+)(?:@|%40)(?P<domain>{_LETTER}*(?![.!*_~`]){_LETTER})")
"""An address however short its domain, since a cut may have taken the rest; `%40` is the sign within a URL.

It begins where a word does, so that a text of one long word takes no longer than another.
"""

MASKED_PHONE: Final = re.compile(rf"{MASKED}\d{{2}}")
LEAST_DIGITS: Final = 5
"""Of a shorter number, two digits are too much of it."""
MOST_INITIALS: Final = 5


def masked_text(text: str) -> str:
    """Return `text` with e-mail addresses and phone numbers masked.

    A number without a country code counts as one from eight digits on, unless it is a date, a sum of money or a UUID.
    """
    return NUMBERS.sub(_number, without_addresses(text))


def without_addresses(text: str) -> str:
    """Return `text` with only that masked which can be nothing else: e-mail addresses, and numbers with a country code.

    This is for text that may hold ids and figures of any kind.
    """
    if "@" in text or "%40" in text:
        text = EMAIL.sub(lambda found: masked_email(found[0].replace("%40", "@")), text)
    if "+" not in text and "00" not in text:  # one of them begins such a number
        return text
    return INTERNATIONAL.sub(lambda found: masked_phone(found[0]), text)


def without_names(text: str, names: Collection[str]) -> str:
    """Return `text` with each of the `names`, and each word of them, replaced by its initials.

    A whole name is found in any case; one word of it as it is written or in capitals, since many are words too.
    """
    found = _names(frozenset(names)) if names and text else None
    return text if found is None else found.sub(lambda one: masked_name(one[0]), text)


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
    digits = "".join(filter(str.isdecimal, text))
    return f"{MASKED}{digits[-2:]}" if len(digits) >= LEAST_DIGITS else MASKED


def masked_name(text: str) -> str:
    """Return `K. H.` for `Kirsten Holm`."""
    letters = (next(filter(str.isalpha, word), "") for word in text.split())
    initials = [f"{letter}." for letter in letters if letter]
    return " ".join(initials[:MOST_INITIALS]) or MASKED


@lru_cache(maxsize=64)
def _names(names: frozenset[str]) -> re.Pattern[str] | None:
    whole = {" ".join(name.split()) for one in names for name in (one, escape(one))}
    words = {word for name in whole for word in name.split() if len(word) >= SHORTEST_WORD}
    found = [f"(?i:{_spelled(name)})" for name in _longest_first({name for name in whole if " " in name})]
    found += map(re.escape, _longest_first(words | {word.upper() for word in words}))
    return re.compile(rf"(?<!\w)(?:{'|'.join(found)})(?!\w)") if found else None


def _longest_first(texts: set[str]) -> list[str]:
    return sorted(texts, key=lambda text: (-len(text), text))


def _spelled(name: str) -> str:
    return r"\s+".join(map(re.escape, name.split()))


def _number(found: re.Match[str]) -> str:
    return found["other"] or masked_phone(found["phone"])


def _first(text: str) -> str:
    return text[0] if text[0].isalnum() else ""
