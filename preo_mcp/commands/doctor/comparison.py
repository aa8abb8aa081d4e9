"""Our operations and models against a document of the API: what differs, field by field.

What we send must be accepted, so there a type of ours that they do not take matters; of what they answer, a type that
we do not read.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from preo_mcp.api.operations import OPERATIONS, Operation
from preo_mcp.client.corrections import allowed_methods, key_of
from preo_mcp.commands.doctor.contract import PARAMETER, Content, Contract, Described, Sent
from preo_mcp.commands.doctor.differences import Difference, Kind, Part
from preo_mcp.commands.doctor.fields import compare_fields, compare_values
from preo_mcp.commands.doctor.matching import matched
from preo_mcp.commands.doctor.position import Position


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
