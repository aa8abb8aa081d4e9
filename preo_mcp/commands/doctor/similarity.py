"""How alike two names are, and which of the gone ones is probably which of the new ones.

Precision before finds: a rename that is guessed wrong sends data under a wrong name, one that is not guessed is told as
a field that is gone and one that is new.
"""

import re
from collections.abc import Callable, Collection, Iterable
from difflib import SequenceMatcher
from typing import Final, TypeVar

ENOUGH: Final = 0.6
MARGIN: Final = 0.05
"""By how much the best candidate must be better than the next."""
ALIKE: Final = 0.8
"""From where two words count as one: email and mail, cancelled and canceled."""
LONGEST: Final = 100
MOST_COMPARED: Final = 200
"""Names on each side that are compared with each other."""

GENERIC: Final = frozenset({"id", "ids", "name", "at", "is", "has", "date", "url", "type", "number", "count", "value"})
"""Words that say little about what a field is."""

UNITS: Final = frozenset(
    {"minor", "cent", "ore", "gross", "net", "excl", "incl", "percent", "second", "minute", "hour", "day", "m", "hash"}
)
"""Words that say in which unit something is given: another unit is not another name."""
CONFLICT: Final = 0.7
"""What likeness is multiplied by where each has a word that the other lacks."""

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")

T = TypeVar("T")
U = TypeVar("U")


def words_of(text: str) -> list[str]:
    """Return the words of a name or a title, small and without the plural's s."""
    found = (word.casefold() for word in _WORDS.findall(text[:LONGEST]))
    return [word.removesuffix("s") if len(word) > 3 and not word.endswith("ss") else word for word in found]


def alikeness(ours: str, theirs: str) -> float:
    """Return how alike two names of fields or values are, from 0 to 1."""
    if ours == theirs:
        return 1.0
    letters = _ratio(ours.casefold()[:LONGEST], theirs.casefold()[:LONGEST])
    mine, other = (set(words_of(name)) for name in (ours, theirs))
    telling = (mine - GENERIC, other - GENERIC) if mine - GENERIC and other - GENERIC else (mine, other)
    smaller, larger = sorted(telling, key=len)
    common = shared(smaller, larger)
    if (mine & UNITS) != (other & UNITS):
        return 0.0
    return (letters + common / max(1, len(smaller))) / 2 * (1 if common == len(smaller) else CONFLICT)


def shared(some: Iterable[str], others: Collection[str]) -> int:
    """Return how many of `some` words are, nearly, among `others`."""
    return sum(any(word == other or _ratio(word, other) >= ALIKE for other in others) for word in some)


def pairs(
    ours: Collection[T], theirs: Collection[U], likeness: Callable[[T, U], float], enough: float = ENOUGH
) -> list[tuple[T, U]]:
    """Return which is probably which, the surest first; each at most once, and none whose match is not clear."""
    scores = [
        (likeness(one, other), mine, their)
        for mine, one in enumerate(list(ours)[:MOST_COMPARED])
        for their, other in enumerate(list(theirs)[:MOST_COMPARED])
    ]
    open_scores = sorted((score for score in scores if score[0] >= enough), reverse=True)
    found: list[tuple[T, U]] = []
    while open_scores:
        best, mine, their = open_scores[0]
        rivals = [score for score, one, other in open_scores[1:] if (one == mine) != (other == their)]
        if not rivals or best - rivals[0] >= MARGIN:
            found.append((list(ours)[mine], list(theirs)[their]))
        open_scores = [entry for entry in open_scores if entry[1] != mine and entry[2] != their]
    return found


def _ratio(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()
