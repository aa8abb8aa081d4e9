"""A full name as first and last name.

The rules, in order: a comma puts the surname first; a particle (`van der`, `de`, `von`) begins the surname; a word
that has the form of a Danish surname joins the surname after it (`Anna Holm Hansen`); else the last word is the
surname. A generational suffix stays with the surname.
"""

import re
from typing import Final

_PARTICLES: Final = """
af av bin binti d' da dal de degli dei del della den der di do dos du el ibn la las le les los op 's 't te ten ter
van vom von y zu zum zur
"""
_DANISH_SURNAMES: Final = """
bach bak bang bech bjerre borup brandt bruun buch buhl dahl dam damm fabricius fischer friis frost gade gram hald hede
hjort hoffmann holm holst juhl juul kjær kjaer koch kofoed krag krogh kruse lang lauritzen lind lorentzen lund lunde
lyng meyer munk møller moeller ravn riis rohde rosenberg schmidt schou schultz skov skytte smidt storm thorup toft vest
vinther voss wagner winther wolff
"""
PARTICLES: Final = frozenset(_PARTICLES.split())
DANISH_SURNAMES: Final = frozenset(_DANISH_SURNAMES.split())
"""Surnames that Danes also bear in the middle (`Anna Holm Hansen`) and that are no first names."""
SUFFIXES: Final = frozenset({"jr", "sr", "jun", "sen", "junior", "senior", "ii", "iii", "iv"})

_SURNAME_ENDING = re.compile(
    r".{2,}(?:sen|gaard|gård|holm|strup|bjerg|borg|berg|dahl|dal|lund|skov|toft|høj|bæk|kjær|mark|feldt|sted|rup)"
)


def split_full_name(text: str) -> tuple[str, str]:
    """Split a full name: `Hansen, Anna`, `Ludwig van der Berg`, `Anna Holm Hansen`, `Madonna`.

    Args:
        text: The cell; nothing in it is unreadable.

    Returns:
        First and last name, either of them empty where the cell has none; a single name is a first name. Words keep
        their case and order, and none is lost.
    """
    parts = [words for part in text.split(",") if (words := part.split())]
    if not parts:
        return "", ""
    if len(parts) > 1 and _is_suffix(parts[1]):
        parts = [parts[0] + parts[1], *parts[2:]]
    if len(parts) == 1:
        return _split_words(parts[0])
    surname, given = parts[0], parts[1]
    for more in parts[2:]:
        (surname if _is_suffix(more) else given).extend(more)
    return " ".join(given), " ".join(surname)


def _is_suffix(words: list[str]) -> bool:
    return len(words) == 1 and words[0].rstrip(".").casefold() in SUFFIXES


def _split_words(words: list[str]) -> tuple[str, str]:
    core = len(words) - 1 if len(words) > 2 and _is_suffix(words[-1:]) else len(words)
    if core == 1:
        return words[0], " ".join(words[1:])
    start = _surname_start(words[:core])
    return " ".join(words[:start]), " ".join(words[start:])


def _surname_start(words: list[str]) -> int:
    """Where the surname begins in two or more words; 0 only when a lower-case particle opens the name."""
    last = len(words) - 1
    if words[0].islower() and words[0] in PARTICLES:
        return 0
    for position in range(1, last):
        if words[position].casefold() in PARTICLES:
            return position
    start = last
    while start > 1 and _looks_danish(words[start - 1]):
        start -= 1
    return start


def _looks_danish(word: str) -> bool:
    lower = word.casefold()
    return lower in DANISH_SURNAMES or _SURNAME_ENDING.fullmatch(lower) is not None
