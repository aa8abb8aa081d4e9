"""No customer in what is remembered of a file: all of its rows are looked through for what was kept."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from preo_mcp.api.models.data_imports import ColumnType
from preo_mcp.files.exports.remembering import LONGEST, Meant, Memory
from preo_mcp.files.exports.roles import Role
from preo_mcp.files.exports.settling import root_of
from preo_mcp.files.exports.understanding import Settlement
from preo_mcp.files.spreadsheets.columns.headings import meanings_of

SHORTEST: Final = 3
"""Characters of a cell that tell a person."""
LEAST_DIGITS: Final = 6
"""Of a phone number."""

_NAMES: Final = (
    (Role.FIRST_NAME, Role.LAST_NAME),
    (Role.GUEST_FIRST_NAME, Role.GUEST_LAST_NAME),
)
_PEOPLE: Final = frozenset(
    {
        Role.EMAIL,
        Role.PHONE,
        Role.FULL_NAME,
        Role.GUEST_EMAIL,
        Role.GUEST_FULL_NAME,
        *(one for pair in _NAMES for one in pair),
    }
)
_CUSTOMERS: Final = frozenset(
    {
        ColumnType.CUSTOMER_EMAIL,
        ColumnType.CUSTOMER_PHONE,
        ColumnType.CUSTOMER_FIRST_NAME,
        ColumnType.CUSTOMER_LAST_NAME,
        ColumnType.CUSTOMER_FULL_NAME,
    }
)
_ADDRESS: Final = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_WORDS: Final = re.compile(r"\w+")
_DIGITS: Final = re.compile(r"\d")


def without_people(memory: Memory, settlement: Settlement) -> Memory | None:
    """Return a memory without anything that a customer of the file is in; None where its headings are a customer's.

    Reads the file once more; blocks meanwhile.
    """
    texts = set(_texts(memory))
    theirs = {text for text in texts if len(text) > LONGEST or _ADDRESS.search(text)}
    theirs |= _theirs(texts - theirs, settlement)
    headings = tuple(some for some in memory.headings if not theirs & {*some})
    if memory.headings[-1] not in headings or theirs & memory.columns.keys():
        return None
    decisions = {key: said for key, said in memory.decisions.items() if said not in theirs and _case(key) not in theirs}
    basis = {key: some for key, some in memory.basis.items() if key in decisions and not theirs & {*some}}
    return replace(
        memory,
        headings=headings,
        decisions={key: said for key, said in decisions.items() if key in basis or key not in memory.basis},
        basis=basis,
        products=tuple(one for one in memory.products if not theirs & {*_of_product(one)}),
    )


def _texts(memory: Memory) -> Iterator[str]:
    for some in memory.headings:
        yield from some
    yield from memory.columns
    for key, said in memory.decisions.items():
        yield from (_case(key), said)
    for some in memory.basis.values():
        yield from some
    for one in memory.products:
        yield from _of_product(one)


def _of_product(one: Meant) -> tuple[str, ...]:
    return (one.code, one.name)  # what it stands for is the edition's, not the file's


def _case(key: str) -> str:
    """Return what of a key is not one of the fixed words."""
    return key.removeprefix(root_of(key)).removeprefix(".")


def _theirs(texts: Iterable[str], settlement: Settlement) -> set[str]:
    """Return the texts in which a customer is: an address or a whole name anywhere in them, or a name alone."""
    whole = {text: f" {' '.join(_WORDS.findall(text.casefold()))} " for text in texts if text}
    digits = {text: "".join(_DIGITS.findall(text)) for text in texts}
    words, numbers = "\n".join(whole.values()), "\n".join(digits.values())
    found = set[str]()
    for cell in _cells(settlement):
        if not (said := " ".join(_WORDS.findall(cell.casefold()))):
            continue
        has_space = " " in said
        if len(said) >= SHORTEST and f" {said} " in words:
            found |= {text for text, one in whole.items() if one == f" {said} " or (has_space and f" {said} " in one)}
        number = "".join(_DIGITS.findall(cell))
        if len(number) >= LEAST_DIGITS and number in numbers:
            found |= {text for text, one in digits.items() if number in one}
    return found


def _cells(settlement: Settlement) -> Iterator[str]:
    """Yield the cells of people, and the names that are made of two of them."""
    study = settlement.study
    at, header = study.roles.at, study.source.header
    places = {place for role, place in at.items() if role in _PEOPLE}
    places |= {
        place
        for place, heading in enumerate(header)
        if any(one.column_type in _CUSTOMERS for one in meanings_of(heading))
    }
    pairs = [(at[first], at[last]) for first, last in _NAMES if first in at and last in at]
    for rows in study.source.rows():
        for row in rows:
            yield from (row[place] for place in places if row[place])
            yield from (f"{row[first]} {row[last]}" for first, last in pairs)
