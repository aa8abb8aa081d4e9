"""Two schemas of one value, ours and theirs, walked through together."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from preo_mcp.client.renames import ITEMS, VALUES, is_name
from preo_mcp.commands.doctor.contract import shown
from preo_mcp.commands.doctor.differences import Difference, Kind
from preo_mcp.commands.doctor.position import Position
from preo_mcp.commands.doctor.schemas import Schema, Shape
from preo_mcp.commands.doctor.similarity import alikeness, pairs

DEEPEST: Final = 16
"""Levels of fields that are compared; ours have seven."""
TIMES: Final = frozenset({"date", "time", "date-time"})
"""Formats of texts that are read as something else than text."""

FIELD_NAME: Final = re.compile(r"[a-z][a-zA-Z_]{0,39}\d?")

Fields = dict[str, list[Schema]]


def compare_values(place: Position, ours: list[Schema], theirs: list[Schema]) -> Iterator[Difference]:
    """Yield what differs in a value and all that is in it."""
    mine, their = place.ours.shape(ours), place.theirs.shape(theirs)
    if mine.references & place.references or len(place.steps) >= DEEPEST:
        return
    place = replace(place, references=place.references | mine.references)
    if _types_differ(place, mine, their):
        yield place.difference(
            Kind.TYPE, "", type_of(mine), type_of(their), matters=not _is_decimal_text(place, mine, their)
        )
    yield from _choices(place, mine, their)
    if mine.fields and their.fields:
        yield from compare_fields(place, mine.fields, their.fields, mine.required, their.required)
    if mine.items and their.items:
        yield from compare_values(place.at(ITEMS), mine.items, their.items)
    if mine.values and their.values:
        yield from compare_values(place.at(VALUES), mine.values, their.values)


def compare_fields(
    place: Position, ours: Fields, theirs: Fields, our_required: set[str], their_required: set[str]
) -> Iterator[Difference]:
    """Yield what differs in the fields of an object, or the parameters of a query."""
    gone = [name for name in ours if name not in theirs and (name in our_required or not place.observed)]
    new = [name for name in theirs if name not in ours and (not place.observed or _is_telling(name, their_required))]
    renamed = _renamed(place, {name: ours[name] for name in gone}, {name: theirs[name] for name in new})
    for name in gone:
        if name not in renamed:
            yield place.difference(Kind.MISSING, name, type_of(place.ours.shape(ours[name])))
    for name, schemas in ours.items():
        their_name = renamed.get(name, name)
        if name in renamed:
            yield place.difference(Kind.RENAMED, name, name, their_name, correctable=True)
        if their_name in theirs:
            yield from _demands(place, name, name in our_required, their_name in their_required)
            yield from compare_values(place.at(name), schemas, theirs[their_name])
    added = {name: theirs[name] for name in new if name not in renamed.values()}
    yield from _new(place, added, their_required, hidden=len(theirs.keys() - ours.keys()) - len(new))


def _renamed(place: Position, gone: Fields, new: Fields) -> dict[str, str]:
    """Return what probably has another name, ours to theirs."""

    def likeness(one: str, other: str) -> float:
        return alikeness(one, other) if is_name(other) and _same_type(place, gone[one], new[other]) else 0.0

    return dict(pairs(gone, new, likeness))


def _new(place: Position, new: Fields, required: set[str], *, hidden: int) -> Iterator[Difference]:
    for name, schemas in new.items():
        demanded = place.is_sent and name in required
        kind = Kind.REQUIRED if demanded else Kind.NEW
        yield place.difference(kind, shown(name), "", type_of(place.theirs.shape(schemas)), matters=demanded)
    if hidden:
        yield place.difference(Kind.NEW, "", "", f"{hidden} names that may be data and are not told", matters=False)


def _is_telling(name: str, everywhere: set[str]) -> bool:
    """Whether a name that was seen can only be a field's: all objects have it, and it looks like one."""
    return name in everywhere and FIELD_NAME.fullmatch(name) is not None


def type_of(shape: Shape) -> str:
    """Return a type as a reader would say it."""
    formats = f" ({', '.join(sorted(shape.formats))})" if shape.formats else ""
    return shown(f"{' or '.join(sorted(shape.types)) or 'anything'}{formats}")


def _demands(place: Position, name: str, ours: bool, theirs: bool) -> Iterator[Difference]:  # noqa: FBT001 - a pair
    if not place.is_sent:
        return
    if theirs and not ours:
        yield place.difference(Kind.REQUIRED, name, "optional", "required")
    elif ours and not theirs:
        yield place.difference(Kind.OPTIONAL, name, "required", "optional", matters=False)


def _choices(place: Position, mine: Shape, their: Shape) -> Iterator[Difference]:
    ours = mine.choices or _listed_elsewhere(place, their)
    if not ours or not their.choices:
        return
    gone = [value for value in ours if value not in their.choices]
    new = [value for value in their.choices if value not in ours]
    renamed = dict(pairs(gone, new, alikeness))
    for value, their_value in renamed.items():
        yield place.difference(Kind.VALUE_RENAMED, "", value, their_value, correctable=True)
    for kind, values in (
        (Kind.VALUE_MISSING, [value for value in gone if value not in renamed]),
        (Kind.VALUE_NEW, [value for value in new if value not in renamed.values()]),
    ):
        if values:
            told = ", ".join(values)
            ours_told, theirs_told = (told, "") if kind is Kind.VALUE_MISSING else ("", told)
            yield place.difference(kind, "", ours_told, theirs_told, matters=kind is Kind.VALUE_MISSING)


def _listed_elsewhere(place: Position, their: Shape) -> list[str]:
    """Return the values of a field for which we list none, if a query of ours lists much the same."""
    if place.is_sent:
        return []
    name = next((step for step in reversed(place.steps) if is_name(step)), "")
    listed = place.listed.get(name, [])
    return listed if 2 * len(set(listed) & set(their.choices)) >= len(their.choices) else []


def _same_type(place: Position, ours: list[Schema], theirs: list[Schema]) -> bool:
    """Whether a field can be the other under another name."""
    mine, their = place.ours.shape(ours), place.theirs.shape(theirs)
    return bool(not mine.types or not their.types or mine.types & their.types) and not _times_differ(mine, their)


def _types_differ(place: Position, mine: Shape, their: Shape) -> bool:
    if not mine.types or not their.types:
        return False
    given, taken = (mine, their) if place.is_sent else (their, mine)
    integers = {"integer"} if "number" in taken.types else set[str]()
    return not given.types <= (taken.types | integers) or _times_differ(mine, their)


def _times_differ(mine: Shape, their: Shape) -> bool:
    """Whether both say that a text is a date or a time, but not the same."""
    ours, theirs = mine.formats & TIMES, their.formats & TIMES
    return bool(ours and theirs) and not ours & theirs


def _is_decimal_text(place: Position, mine: Shape, their: Shape) -> bool:
    """Whether an answer's number comes as a text, as Django writes decimals: it is read all the same."""
    numbers = mine.types <= {"number", "integer"}
    return not place.is_sent and numbers and their.types == {"string"} and "decimal" in their.formats
