"""Counting who meets a condition without a segment: nothing is kept (inferred)."""

import json
from collections.abc import Iterator
from typing import Final

from preo_mcp.sandbox.lookup import docs_by_id
from preo_mcp.sandbox.segments.conditions import compiled_for
from preo_mcp.sandbox.segments.user_messages import refresh_messages
from preo_mcp.sandbox.slices import in_slices
from preo_mcp.sandbox.store import Doc, Store

SAMPLES: Final = 3
NOT_COUNTED: Final[Doc] = {"matching_count": None, "error_count": None, "first_error": None, "samples": []}
"""What is answered of a condition that is not counted."""
FETCHED: Final = 100
"""Customers that are read together."""

Person = tuple[int, str, bytes]
"""Number, customer, message."""


async def counted(store: Store, condition: str, edition: Doc | None, organizations: tuple[str, ...]) -> Doc:
    """Return how many customers of organizations meet a sound condition, and the first few of them by name.

    Raises:
        InvalidConditionError: the condition has mistakes.
    """
    await refresh_messages(store)
    asked = compiled_for(condition, edition, store.now())
    found: list[str] = []
    counts = {"matching_count": 0, "error_count": 0}

    def ask(person: Person) -> None:
        holds = asked.holds(person[2])
        if holds and len(found) < SAMPLES:
            found.append(person[1])
        counts["matching_count"] += holds is True
        counts["error_count"] += holds is None

    await in_slices(store, _customers(store, organizations), ask)
    return {**counts, "first_error": asked.first_error, "samples": _samples(store, found)}


def _customers(store: Store, organizations: tuple[str, ...]) -> Iterator[Person]:
    after = 0
    while rows := store.db.execute(
        "SELECT number, customer_id, message FROM user_messages "
        "WHERE organization_id IN (SELECT value FROM json_each(?)) AND number > ? ORDER BY number LIMIT ?",
        (json.dumps(organizations), after, FETCHED),
    ).fetchall():
        yield from rows
        after = rows[-1][0]


def _samples(store: Store, ids: list[str]) -> list[Doc]:
    customers = docs_by_id(store, "customers", ids)
    names = {key: (one["first_name"], one["last_name"]) for key, one in customers.items()}
    return [{"id": key, "name": " ".join(part for part in names[key] if part) or None} for key in ids if key in names]
