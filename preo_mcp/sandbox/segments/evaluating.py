"""Asking a condition about the customers of an organization, and counting who can be written to how."""

from collections.abc import Iterator
from typing import Final

from preo_mcp.api.models.consents import ConsentStatus
from preo_mcp.sandbox.segments.conditions import compiled
from preo_mcp.sandbox.segments.documents import count_reach, find, is_busy_with, save
from preo_mcp.sandbox.store import Doc, Store

FETCHED: Final = 100
"""Customers that are read together."""

Person = tuple[int, str, bytes, int, int, int, int]
"""Number, customer, message; valid e-mail, valid phone, active pass, consent granted: 0 or 1."""


class Evaluation:
    """One calculation from where it stands.

    Raises:
        InvalidConditionError: the condition has mistakes.
    """

    def __init__(self, store: Store, segment_id: str, run: int) -> None:
        segment = find(store, segment_id)
        if segment is None:
            raise LookupError(segment_id)
        self._store = store
        self._segment: Doc = segment
        self._way: Doc = segment["calculation"]
        self._run = run
        self._condition = compiled(store, segment, self._way["now"])
        self._found: list[tuple[int, str]] = []

    def customers(self) -> Iterator[Person]:
        """Yield the customers who were not asked about yet."""
        while rows := self._store.db.execute(
            "SELECT number, user_messages.customer_id, message, has_valid_email, has_valid_phone, has_active_pass, "
            "coalesce(status = ?, 0) FROM user_messages LEFT JOIN customer_consents "
            "ON consent_id = ? AND customer_consents.customer_id = user_messages.customer_id "
            "WHERE organization_id = ? AND number > ? ORDER BY number LIMIT ?",
            (
                ConsentStatus.GRANTED,
                self._segment["consent_id"],
                self._segment["organization_id"],
                self._way["after"],
                FETCHED,
            ),
        ).fetchall():
            yield from rows

    def begin_slice(self) -> bool:
        """Read the segment anew, which may have changed since; return whether it is still to be calculated."""
        segment = find(self._store, self._segment["id"])
        if segment is None or not is_busy_with(segment, self._run):
            return False
        self._segment, self._way = segment, segment["calculation"]
        return True

    def ask(self, person: Person) -> None:
        """Ask about one customer, and count them."""
        number, customer_id, message, email, phone, wallet, has_consent = person
        if number <= self._way["after"]:  # another job for this calculation, begun before a reset, was faster
            return
        self._way["after"] = number
        self._way["done"] += 1
        result = self._way["result"]
        holds = self._condition.holds(message)
        if holds:
            self._found.append((self._run, customer_id))
            count_reach(result, bool(email), bool(phone), bool(wallet), has_consent=bool(has_consent))
        elif holds is None:
            result["errors"] += 1

    def end_slice(self) -> None:
        """Write whom the slice found, and how far it came."""
        self._store.db.executemany("INSERT OR IGNORE INTO segment_users VALUES (?, ?)", self._found)
        self._found.clear()
        result = self._way["result"]
        result["first_error"] = result["first_error"] or self._condition.first_error
        save(self._store, self._segment)
