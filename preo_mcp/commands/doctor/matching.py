"""Which operation of a document is which of ours, even where it moved.

Method and path decide where they are the same. What is left is found by title or operationId, tag and path; verbs that
differ speak against a match, because approving is not rejecting.
"""

import re
from collections import Counter
from typing import Final

from preo_mcp.client.corrections import address
from preo_mcp.commands.doctor.contract import PARAMETER, Described
from preo_mcp.commands.doctor.similarity import pairs, shared, words_of

ENOUGH: Final = 0.55
TITLE, TAG, PATH = 0.6, 0.15, 0.25
"""What title, tag and path weigh."""
OTHER_METHOD: Final = 0.9
OTHER_PARAMETERS: Final = 0.8
CONFLICT: Final = 0.8
"""What a likeness is multiplied by where methods, parameters, or words of both titles differ."""

VERSION: Final = re.compile(r"^/v\d+(?=/)")
ENOUGH_VOTES: Final = 3
MOST_PREFIXES: Final = 3
"""How many operations agree on a prefix, and how many prefixes are tried."""

SAME: Final = {"retrieve": "get", "partial": "update", "partially": "update", "destroy": "delete", "remove": "delete"}
"""Words of Django REST Framework and ours for the same."""
IMPLIED: Final = frozenset({"create", "get", "update"})
"""Words that Django REST Framework puts into a name for the method alone: refunds_approve_create."""
FILLING: Final = frozenset({"a", "an", "the", "to", "of", "for", "as", "and", "detail", "v"})


def matched(ours: list[Described], theirs: list[Described]) -> list[tuple[Described, Described]]:
    """Return which is which, where that is clear."""
    found = _at_same_path(ours, theirs, None)
    for prefix in _other_prefixes(ours, theirs):
        found += _at_same_path(*_left(ours, theirs, found), prefix)
    left, open_theirs = _left(ours, theirs, found)
    return [*found, *pairs(left, _nearest_first(left, open_theirs), likeness, ENOUGH)]


def _at_same_path(
    ours: list[Described], theirs: list[Described], prefix: str | None
) -> list[tuple[Described, Described]]:
    """Return which is which by path and method, where theirs have `prefix`, if any, instead of our version."""
    by_address = {address(other.method, other.path): other for other in theirs}
    paths = {one.key: f"{prefix}{_tail(one)}" if prefix is not None else one.path for one in ours}
    return [(one, by_address[at]) for one in ours if (at := address(one.method, paths[one.key])) in by_address]


def _other_prefixes(ours: list[Described], theirs: list[Described]) -> list[str]:
    """Return what stands before the same paths in many of theirs: the whole API may be under another prefix."""
    by_tail: dict[tuple[str, str], list[str]] = {}
    for other in theirs:
        method, path = address(other.method, other.path)
        for place in (match.start() for match in re.finditer("/", path)):
            by_tail.setdefault((method, path[place:]), []).append(path[:place])
    votes = Counter(prefix for one in ours for prefix in by_tail.get(address(one.method, _tail(one)), []))
    return [prefix for prefix, count in votes.most_common(MOST_PREFIXES) if count >= ENOUGH_VOTES]


def _tail(one: Described) -> str:
    return VERSION.sub("", one.path)


def _left(
    ours: list[Described], theirs: list[Described], found: list[tuple[Described, Described]]
) -> tuple[list[Described], list[Described]]:
    known = {id(one) for pair in found for one in pair}
    return [one for one in ours if id(one) not in known], [other for other in theirs if id(other) not in known]


def likeness(one: Described, other: Described) -> float:
    """Return how alike two operations are, from 0 to 1."""
    score = TITLE * _title(one, other) + TAG * (bool(set(one.tags) & set(other.tags))) + PATH * _path(one, other)
    score *= 1 if one.method == other.method else OTHER_METHOD
    return score * (1 if len(one.parameters) == len(other.parameters) else OTHER_PARAMETERS)


def _title(one: Described, other: Described) -> float:
    mine = _telling(one.title)
    name = _telling(other.name) - (IMPLIED - mine if one.method == other.method else set())
    return max(_overlap(mine, _telling(other.title)), _overlap(mine, name))


def _overlap(some: set[str], others: set[str]) -> float:
    common = shared(some, others)
    conflict = common < len(some) and common < len(others)
    return common / max(1, len(some) + len(others) - common) * (CONFLICT if conflict else 1)


def _telling(text: str) -> set[str]:
    words = {SAME.get(word, word) for word in words_of(text) if not word.isdecimal()}
    return words - FILLING


def _path(one: Described, other: Described) -> float:
    some, others = (set(words_of(PARAMETER.sub("", operation.path))) for operation in (one, other))
    common = shared(some, others)
    return common / max(1, len(some) + len(others) - common)


def _nearest_first(ours: list[Described], theirs: list[Described]) -> list[Described]:
    """Return `theirs` with those first that share a word with one of ours: only so many are compared."""
    words = set[str]().union(*(_telling(f"{one.title} {one.path}") for one in ours)) if ours else set[str]()
    return sorted(theirs, key=lambda one: -len(words & _telling(f"{one.title} {one.name} {one.path}")))
