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
        Role.FULL_NAME,
        Role.GUEST_EMAIL,
        Role.GUEST_FULL_NAME,
        *(one for pair in _NAMES for one in pair),
    }
)
_CUSTOMERS: Final = frozenset(
    {
        ColumnType.CUSTOMER_EMAIL,
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
    """Return the texts in which a customer is: a phone number or a whole name anywhere in them, or a name alone."""
    whole = {text: f" {' '.join(_WORDS.findall(text.casefold()))} " for text in texts}
    digits = {text: "".join(_DIGITS.findall(text)) for text in texts}
    words, numbers = "\n".join(whole.values()), "\n".join(digits.values())
    first_words = frozenset(words.split())
    found = set[str]()
    for cell, is_phone in _cells(settlement):
        if is_phone:
            number = "".join(_DIGITS.findall(cell))
            if len(number) >= LEAST_DIGITS and number in numbers:
                found |= {text for text, one in digits.items() if number in one}
            continue
        folded = cell.casefold()
        start = _WORDS.search(folded)
        if start is None or start[0] not in first_words or len(folded) < SHORTEST:  # which is nearly all of them
            continue
        said = f" {' '.join(_WORDS.findall(folded))} "
        if said in words:
            is_whole = " " in said.strip()
            found |= {text for text, one in whole.items() if one == said or (is_whole and said in one)}
    return found


def _cells(settlement: Settlement) -> Iterator[tuple[str, bool]]:
    """Yield the cells of people, and the names that are made of two of them; each with whether it is a phone number."""
    study = settlement.study
    at, header = study.roles.at, study.source.header
    meant = [{one.column_type for one in meanings_of(heading)} for heading in header]
    phones = {place for place, kinds in enumerate(meant) if ColumnType.CUSTOMER_PHONE in kinds}
    phones |= {at[Role.PHONE]} if Role.PHONE in at else set()
    others = {place for place, kinds in enumerate(meant) if kinds & _CUSTOMERS}
    others |= {place for role, place in at.items() if role in _PEOPLE}
    cells = [(place, place in phones) for place in others | phones]
    pairs = [(at[first], at[last]) for first, last in _NAMES if first in at and last in at]
    for rows in study.source.rows():
        for row in rows:
            yield from ((row[place], is_phone) for place, is_phone in cells if row[place])
            yield from ((f"{row[first]} {row[last]}", False) for first, last in pairs)
