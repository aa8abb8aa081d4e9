"""Where in a result people stand, and what they are called."""

import json
from collections.abc import Iterator
from typing import Any, cast

from preo_mcp.replies.privacy.fields import BODY, KINDS, LISTS_OF_PEOPLE, NAMES, PEOPLE, PERSON_NAMES, USER_ID, Kind


def is_person(fields: dict[str, Any], place: str) -> bool:
    """Return whether an object that stands in the field `place` is a person."""
    return (
        place in PEOPLE
        or place in LISTS_OF_PEOPLE
        or not PERSON_NAMES.isdisjoint(fields)
        or str(fields.get("id", "")).startswith(USER_ID)
    )


def names_in(fields: dict[str, Any], place: str = "") -> set[str]:
    """Return the names of people in an object, the objects inside it and the JSON texts, but not those in its lists."""
    return {name for name in _names(fields, place) if name.strip()}


def parts_of(one_line: str) -> Iterator[tuple[Kind, str]]:
    """Yield the parts of `Søren Kjærgaard, soeren@example.com, +4520123456` with what they are."""
    for part in one_line.split(", "):
        if "@" in part:
            yield Kind.EMAIL, part
        elif any(map(str.isalpha, part)):
            yield Kind.NAME, part
        else:
            yield Kind.PHONE, part


def _names(value: Any, place: str) -> Iterator[str]:
    if not isinstance(value, dict):
        return
    fields = cast("dict[str, Any]", value)
    person = is_person(fields, place)
    for name, item in fields.items():
        if name == BODY:
            yield from _names_in_json(item)
        elif isinstance(item, dict):
            yield from _names(item, name)
        elif isinstance(item, str):
            yield from _named(name, item, is_person=person)


def _named(name: str, text: str, *, is_person: bool) -> Iterator[str]:
    kind = KINDS.get(name)
    if kind is Kind.NAME or (is_person and name in NAMES):
        yield text
    elif kind is Kind.ONE_LINE:
        yield from (part for of, part in parts_of(text) if of is Kind.NAME)


def _names_in_json(text: object) -> Iterator[str]:
    try:
        value = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return
    pending: list[tuple[str, Any]] = [("", value)]
    while pending:
        place, item = pending.pop()
        if isinstance(item, list):
            pending += [(place, one) for one in cast("list[Any]", item)]
        elif isinstance(item, dict):
            fields = cast("dict[str, Any]", item)
            yield from _names({name: one for name, one in fields.items() if not isinstance(one, dict)}, place)
            pending += fields.items()
