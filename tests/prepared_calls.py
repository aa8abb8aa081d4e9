"""A call that needs a person's yes, ready to be made, and how often it took effect in the sandbox."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

from tests.door import Door
from tests.past_the_guard import doc, number, rows

_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Prepared:
    """Arguments of a call that needs a yes; `effects` counts how often it took effect since."""

    arguments: dict[str, Any]
    effects: Callable[[], int]


Prepare = Callable[[Door], Awaitable[Prepared]]


def unused() -> int:
    return next(_numbers)


def another(door: Door, statement: str, *values: object) -> tuple[Any, ...]:
    """Return one of the rows that a statement finds, and another one at the next call, as long as there are others."""
    found = rows(door.folder, statement, *values)
    return found[unused() % len(found)]


def is_gone(door: Door, table: str, key: str) -> Callable[[], int]:
    return lambda: 1 - number(door.folder, f"SELECT count(*) FROM {table} WHERE id = ?", key)


def has(door: Door, table: str, key: str, **fields: object) -> Callable[[], int]:
    return lambda: int(fields.items() <= doc(door.folder, table, key).items())
