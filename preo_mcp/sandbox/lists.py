"""What lists have in common: conditions and searches, collected into a WHERE clause with bound values; and the page.

A search looks for parts of text, whatever the case, the accents, and the way in which a phone number is typed. Every
word has to be there, in any order (inferred, as Django REST Framework's search has it). Phone numbers are stored in
E.164, so their digits are looked for: `20 12 34 56`, `+45 2012` and `0045 20123456` all find +4520123456.
"""

import re
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from starlette.datastructures import URL

from preo_mcp.api.models.base import PageQuery
from preo_mcp.sandbox.problems import INVALID_PAGE, invalid, refused
from preo_mcp.sandbox.store import Doc
from preo_mcp.text.folding import folded

MAX_WORDS: Final = 50
"""A limit of this sandbox."""

READ_AHEAD: Final = 1000
"""Matches that are read at first: where there are no more, looking once gives both the page and the count."""

Value = str | int | None

_PHONE_LIKE: Final = re.compile(r"[+(]?[0-9(][0-9\s()./‐‑–-]*")
_TRUNK_ZERO: Final = re.compile(r"\(0\)")
_NOT_DIGITS: Final = re.compile(r"[^0-9]+")


@dataclass(slots=True)
class Filters:
    """Conditions that all have to hold."""

    clauses: list[str] = field(default_factory=list[str])
    values: list[Value] = field(default_factory=list[Value])

    def add(self, clause: str, *values: Value) -> None:
        """Add a condition; every `?` in it is one of `values`."""
        self.clauses.append(clause)
        self.values += values

    def equal(self, column: str, value: object) -> None:
        """Add that a column has this value; anything but a text, such as MISSING, asks for nothing."""
        if isinstance(value, str):
            self.add(f"{column} = ?", str(value))

    def one_of(self, column: str, values: Sequence[str]) -> None:
        """Add that a column has one of these values; with none of them nothing matches."""
        self.add(f"{column} IN ({', '.join('?' * len(values))})", *values)

    def between(self, column: str, after: object, before: object) -> None:
        """Add that a column of times lies between two moments, both included; MISSING leaves a side open."""
        for sign, moment in ((">=", after), ("<=", before)):
            if isinstance(moment, datetime):
                self.add(f"{column} {sign} ?", stored_time(moment))

    @property
    def where(self) -> str:
        """What stands after WHERE."""
        return " AND ".join(self.clauses) or "1"


def stored_time(moment: datetime) -> str:
    """Return a moment as times are stored; one without an offset is UTC (inferred)."""
    aware = moment.replace(tzinfo=UTC)
    if moment.tzinfo is not None:
        # An offset may lead out of the years 1 to 9999, where nothing is and hours make no difference.
        with suppress(OverflowError):
            aware = moment.astimezone(UTC)
    return f"{aware.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def sql_order(orderings: Sequence[str], columns: dict[str, str] | None = None) -> str:
    """Return the ORDER BY of `field` and `-field` in turn, and by id where they leave it open.

    `columns` names the columns of fields that are called otherwise.
    """
    known = columns or {}
    keys = [
        f"{known.get(name := ordering.lstrip('-'), name)} {'DESC' if ordering[0] == '-' else 'ASC'}"
        for ordering in dict.fromkeys(orderings)
    ]
    return ", ".join([*keys, "id"])


@dataclass(frozen=True, slots=True)
class Matches:
    """The rows of a source that fit, in order; `source` is what stands after FROM."""

    db: sqlite3.Connection
    source: str
    filters: Filters
    order: str

    def page(self, query: PageQuery) -> tuple[int, list[str]]:
        """Return how many rows match, and the ids of those on the page."""
        offset, end = (query.page - 1) * query.page_size, query.page * query.page_size
        if end > READ_AHEAD:
            count = self._count()
            return count, self._ids(query.page_size, offset) if offset < count else []
        first = self._ids(READ_AHEAD + 1, 0)
        return self._count() if len(first) > READ_AHEAD else len(first), first[offset:end]

    def _count(self) -> int:
        statement = f"SELECT count(*) FROM {self.source} WHERE {self.filters.where}"  # noqa: S608 - values are bound
        [(count,)] = self.db.execute(statement, self.filters.values).fetchall()
        return count

    def _ids(self, limit: int, offset: int) -> list[str]:
        statement = f"SELECT id FROM {self.source} WHERE {self.filters.where} ORDER BY {self.order} LIMIT ? OFFSET ?"  # noqa: S608 - values are bound
        return [key for (key,) in self.db.execute(statement, [*self.filters.values, limit, offset])]


def paged(url: URL, query: PageQuery, count: int, fetch: Callable[[int, int], Sequence[Doc]]) -> Doc:
    """Return the envelope of one page; `fetch(limit, offset)` gives its rows.

    Raises:
        Problem: 404 for a page past the last; the first page always exists.
    """
    offset = (query.page - 1) * query.page_size
    if query.page > 1 and offset >= count:
        raise refused(404, INVALID_PAGE)
    following = url.include_query_params(page=query.page + 1) if offset + query.page_size < count else None
    preceding = None
    if query.page > 1:
        first = query.page == 2
        preceding = url.remove_query_params("page") if first else url.include_query_params(page=query.page - 1)
    return {
        "count": count,
        "next": following and str(following),
        "previous": preceding and str(preceding),
        "results": list(fetch(query.page_size, offset)),
    }


def add_search(filters: Filters, column: str, text: object) -> None:
    """Add that a column holds every word of `text`, or its digits where it looks like a phone number.

    Anything but a text with a word in it, such as MISSING, asks for nothing.

    Raises:
        Problem: 400 for more than `MAX_WORDS`.
    """
    words = folded(text).split() if isinstance(text, str) else []
    if not words:
        return
    if len(words) > MAX_WORDS:
        raise invalid(search=f"Ensure this field has no more than {MAX_WORDS} words.")
    clause = " AND ".join([f"instr({column}, ?)"] * len(words))
    digits = phone_digits(str(text)) if _PHONE_LIKE.fullmatch(str(text).strip()) else None
    if digits is None or words == [digits]:
        filters.add(clause, *words)
    elif len(words) == 1:
        filters.add(f"({clause} OR instr({column}, ?))", *words, digits)
    else:  # several words of digits are one number: each alone would be found nearly everywhere
        filters.add(f"instr({column}, ?)", digits)


def add_part(filters: Filters, column: str, text: object) -> None:
    """Add that a column of folded text holds `text` as it stands; MISSING asks for nothing."""
    if isinstance(text, str):
        filters.add(f"instr({column}, ?)", folded(text.strip()))


def add_phone(filters: Filters, column: str, text: object) -> None:
    """Add that a column of numbers in E.164 holds the digits of `text`; without a digit nothing matches."""
    if isinstance(text, str):
        digits = phone_digits(text)
        filters.add("0") if digits is None else filters.add(f"instr({column}, ?)", digits)


def phone_digits(text: str) -> str | None:
    """Return the digits of a number or of a part of one, without zeros for dialling alone; None where it has none."""
    digits = _NOT_DIGITS.sub("", _TRUNK_ZERO.sub("", text))
    return (digits.lstrip("0") or "0") if digits else None
