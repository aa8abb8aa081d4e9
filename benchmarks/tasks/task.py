"""What a task is: words of a user, a state to begin in, a way to solve it on each server, and a check of the end."""

import json
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

import httpx

Doc = dict[str, Any]
Answer = Mapping[str, object]
"""What the assistant tells in the end, as far as it is checked."""

AALBORG, AARHUS = "Aalborg", "Aarhus"
EXAMPLES = Path(__file__).parents[2] / "examples"


class TaskFailedError(Exception):
    """A solution could not go on: a call was refused, or an id was used that nothing had shown."""


class Domain(StrEnum):
    """Whose everyday work it is; presets have these names."""

    IMPORTS = "imports"
    SUPPORT = "support"
    MARKETING = "marketing"
    OPERATIONS = "operations"


class Hand(Protocol):
    """What a solution works with."""

    given: Mapping[str, str]
    """What the words of the task name that depends on the sandbox's data."""
    files: Path
    """The folder with the user's files."""

    async def call(self, tool: str, **arguments: Any) -> Doc:
        """Return the structured content of a call.

        Raises:
            TaskFailedError: it was refused, or names an id that neither the words nor a result have shown.
        """
        ...

    async def quiet(self) -> None:
        """Wait, without a call, until Preo has done what it was asked to: the shortest way looks once."""
        ...


@dataclass(frozen=True, slots=True)
class End:
    """How it ended: the sandbox before and after, and what was answered."""

    before: sqlite3.Connection
    after: sqlite3.Connection
    answer: Answer
    given: Mapping[str, str]

    def now(self, table: str) -> dict[str, Doc]:
        """Return a table's documents by id."""
        return docs(self.after, table)

    def new(self, table: str) -> list[Doc]:
        """Return the documents that were not there before."""
        former = docs(self.before, table)
        return [doc for key, doc in self.now(table).items() if key not in former]

    def changed(self, table: str) -> dict[str, Doc]:
        """Return the documents that are another than before, by id; not those that are new."""
        former = docs(self.before, table)
        return {key: doc for key, doc in self.now(table).items() if key in former and former[key] != doc}

    def told(self, **expected: object) -> Iterator[str]:
        """Yield each expected part of the answer that was not told so."""
        for name, value in expected.items():
            told = self.answer.get(name)
            if told != value or isinstance(told, bool) is not isinstance(value, bool):
                yield f"{name} is {value!r}, told {told!r}"


Solution = Callable[[Hand], Awaitable[Answer]]
Check = Callable[[End], Iterator[str]]
"""Yields what is wrong with an end; one that is right yields nothing."""
Begin = Callable[[httpx.AsyncClient], Awaitable[None]]
"""Brings about what somebody did before the task, with Preo's API."""


def nothing_given(_: sqlite3.Connection) -> dict[str, str]:
    """Return what the words of most tasks need: nothing."""
    return {}


@dataclass(frozen=True, slots=True)
class Task:
    """A task in a user's words, in which `{name}` stands for what is `given`.

    `before` is the shortest solution with the tools of the recorded commit. `files` are the user's, by name.
    """

    id: str
    domain: Domain
    words: str
    before: Solution
    check: Check
    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    given: Callable[[sqlite3.Connection], dict[str, str]] = nothing_given
    begin: Begin | None = None


def docs(db: sqlite3.Connection, table: str) -> dict[str, Doc]:
    """Return a table's documents by id, each with what stands beside it in columns."""
    rows = db.execute(f"SELECT * FROM {table}")
    names = [column[0] for column in rows.description]
    entries = [dict(zip(names, row, strict=True)) for row in rows]
    return {entry["id"]: {**entry, **json.loads(entry.pop("doc"))} for entry in entries}


def found(rows: list[Doc], **parts: str) -> Doc:
    """Return the one row in which each field has a text in it: how a reader picks from a list.

    Raises:
        TaskFailedError: there is none, or there are several.
    """
    fitting = [row for row in rows if all(part in str(row.get(name)) for name, part in parts.items())]
    if len(fitting) != 1:
        raise TaskFailedError(f"{len(fitting)} rows have {parts}")
    return fitting[0]


async def edition_of(hand: Hand, name: str) -> Doc:
    """Return an edition that the words call by its name; both servers list editions by the same call."""
    return found((await hand.call("list_editions"))["results"], full_name=name)
