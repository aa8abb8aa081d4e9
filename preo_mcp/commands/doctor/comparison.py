"""Our operations and models against a document of the API: which is which, also where one moved, and what differs.

What we send must be accepted, so there a type of ours that they do not take matters; of what they answer, a type that
we do not read.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from preo_mcp.api.operations import OPERATIONS, Operation
from preo_mcp.client.corrections import address, allowed_methods, key_of
from preo_mcp.commands.doctor.contract import PARAMETER, Content, Contract, Described, Sent
from preo_mcp.commands.doctor.differences import Difference, Kind, Part
from preo_mcp.commands.doctor.fields import compare_fields, compare_values
from preo_mcp.commands.doctor.position import Position
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


def compare(ours: Contract, theirs: Contract) -> list[Difference]:
    """Return what differs in `theirs`, in the order of our operations, then what we do not have."""
    rows = {(row.method.value, row.path): row for row in OPERATIONS}
    who = matched(ours.operations, theirs.operations)
    partner = {one.key: other for one, other in who}
    listed = _listed(ours)
    found: list[Difference] = []
    for one in ours.operations:
        row = rows[one.method, one.path]
        comparison = Comparison(ours, theirs, row, listed[row.group])
        found += comparison.differences(one, partner.get(one.key))
    known = {other.key for other in partner.values()}
    return [*found, *(_unknown(other) for other in theirs.operations if other.key not in known)]


def _unknown(other: Described) -> Difference:
    return Difference(
        other.key, other.title or other.name, None, Part.OPERATION, Kind.NEW, theirs=other.key, matters=False
    )


@dataclass(frozen=True, slots=True)
class Comparison:
    """One of our operations with what it really is."""

    ours: Contract
    theirs: Contract
    row: Operation
    listed: Mapping[str, list[str]] = field(default_factory=dict[str, list[str]])

    def differences(self, one: Described, other: Described | None) -> Iterator[Difference]:
        """Yield what differs, with `other` as the operation in their document."""
        if other is None:
            yield self.found(Part.OPERATION, Kind.MISSING, ours=one.key)
            return
        yield from self._address(one, other)
        yield from (self.found(Part.HEADER, Kind.REQUIRED, theirs=name) for name in other.headers)
        yield from self._query(one, other)
        for part, mine, their in ((Part.BODY, one.body, other.body), (Part.RESPONSE, one.answer, other.answer)):
            yield from self._content(part, mine, their)

    def _address(self, one: Described, other: Described) -> Iterator[Difference]:
        fits = len(one.parameters) == len(other.parameters)
        if one.method != other.method:
            possible = other.method in allowed_methods(self.row)
            yield self.found(Part.PATH, Kind.METHOD, "", one.method, other.method, correctable=possible)
        if PARAMETER.sub("{}", one.path) != PARAMETER.sub("{}", other.path):
            yield self.found(Part.PATH, Kind.MOVED, "", one.path, other.path, correctable=fits)
        elif one.parameters != other.parameters:
            for mine, their in zip(one.parameters, other.parameters, strict=True):
                if mine != their:
                    yield self.found(Part.PATH, Kind.RENAMED, mine, mine, their, matters=False)

    def _query(self, one: Described, other: Described) -> Iterator[Difference]:
        yield from compare_fields(
            Position(self.found, Part.QUERY, self.ours.schemas, self.theirs.schemas),
            {name: [sent.schema] for name, sent in one.query.items()},
            {name: [sent.schema] for name, sent in other.query.items()},
            _required(one.query),
            _required(other.query),
        )

    def _content(self, part: Part, mine: Content | None, their: Content | None) -> Iterator[Difference]:
        if mine is None or their is None:
            if their is not None and part is Part.BODY:
                yield self.found(part, Kind.NEW, theirs=their.media_type)
            elif mine is not None:
                yield self.found(part, Kind.MISSING, ours=mine.media_type)
            return
        if mine.media_type != their.media_type:
            yield self.found(part, Kind.MEDIA_TYPE, "", mine.media_type, their.media_type)
        place = Position(self.found, part, self.ours.schemas, self.theirs.schemas, listed=self.listed)
        yield from compare_values(place, [mine.schema], [their.schema])

    def found(
        self,
        part: Part,
        kind: Kind,
        place: str = "",
        ours: str = "",
        theirs: str = "",
        *,
        matters: bool = True,
        correctable: bool = False,
    ) -> Difference:
        """Return a difference of this operation."""
        key = key_of(self.row)
        return Difference(key, self.row.title, self.row.grade, part, kind, place, ours, theirs, matters, correctable)


def _listed(ours: Contract) -> dict[str, dict[str, list[str]]]:
    """Return the values that our queries list, by group and parameter."""
    groups: dict[str, dict[str, list[str]]] = {}
    for one in ours.operations:
        group = groups.setdefault(one.tags[0], {})
        for name, sent in one.query.items():
            group[name] = group.get(name) or ours.schemas.shape([sent.schema]).choices
    return groups


def _required(query: dict[str, Sent]) -> set[str]:
    return {name for name, sent in query.items() if sent.required}
