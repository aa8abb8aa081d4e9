"""Which ids fit what was typed, the best first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from preo_mcp.folding import folded

NO_FIT: Final = 5


@dataclass(frozen=True, slots=True)
class Candidate:
    """An id and what a person may call it: names, titles, numbers, addresses."""

    id: str
    names: Sequence[str]


def fitting(candidates: Iterable[Candidate], typed: str) -> list[str]:
    """Return the ids that fit `typed`, the best first, otherwise in the order they came.

    Better than a name that begins so is one that is so; worse a word in it that begins so, then a part anywhere, then
    all typed words in any order. Case and accents do not matter.
    """
    ranks = ((_rank(candidate, typed), candidate.id) for candidate in candidates)
    return [key for rank, key in sorted(ranks, key=lambda pair: pair[0]) if rank < NO_FIT]


def sorted_by_fit(candidates: Iterable[Candidate], typed: str) -> list[str]:
    """Return all ids, those that fit `typed` best first: for what the API has searched by rules of its own."""
    return [candidate.id for candidate in sorted(candidates, key=lambda one: _rank(one, typed))]


def _rank(candidate: Candidate, typed: str) -> int:
    part = folded(typed).strip()
    names = [folded(name) for name in (candidate.id, *candidate.names)]
    if not part:
        return 0
    tests = (
        part in names,
        any(name.startswith(part) for name in names),
        any(word.startswith(part) for name in names for word in name.split()),
        any(part in name for name in names),
        all(any(word in name for name in names) for word in part.split()),
    )
    return next((rank for rank, fits in enumerate(tests) if fits), NO_FIT)
