"""The conditions of a list, collected into a WHERE clause whose values are bound; and the page that they give."""

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from preo_mcp.api.models.base import PageQuery

READ_AHEAD: Final = 1000
"""Matches that are read at first: where there are no more, looking once gives both the page and the count."""

Value = str | int | None


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
        """The clause behind WHERE."""
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
    """The rows of a source that fit, in order; `source` is what stands behind FROM."""

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
