"""The requests that the sandbox got, without bodies, tokens, ids and queries."""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Final

from preo_mcp.api.operations import OPERATIONS, Operation

KEPT: Final = 10_000
"""Requests that are remembered; older ones are forgotten."""

KEY_LENGTH: Final = 200
METHOD_LENGTH: Final = 20


@dataclass(slots=True)
class SeenRequest:
    """A request: what it was, what was done with it, what went back.

    Attributes:
        sequence: From 1 since the start.
        at: The moment of its arrival by the sandbox's clock.
        method: As it was sent.
        path: The operation's template, None for what is no operation.
        operation: The operation's title.
        idempotency_key: The header of that name; it has no effect.
        fault: The kind of the fault that struck it.
        handled: The status with which the API answered, None where it did not get the request.
        status: The status that was sent to the caller, None where none was.
    """

    sequence: int
    at: str
    method: str
    path: str | None
    operation: str | None
    idempotency_key: str | None
    fault: str | None = None
    handled: int | None = None
    status: int | None = None


class RequestLog:
    """What was requested since the start, up to `KEPT` requests."""

    def __init__(self) -> None:
        self._seen = deque[SeenRequest](maxlen=KEPT)
        self._count = 0

    def begin(self, at: str, method: str, operation: Operation | None, key: str | None) -> SeenRequest:
        """Note a request that has come; the rest is noted on what is returned."""
        self._count += 1
        path, title = (operation.path, operation.title) if operation else (None, None)
        seen = SeenRequest(
            self._count, at, method[:METHOD_LENGTH], path, title, None if key is None else key[:KEY_LENGTH]
        )
        self._seen.append(seen)
        return seen

    def clear(self) -> None:
        """Forget all, and count from 1 again."""
        self._seen.clear()
        self._count = 0

    def shown(self, after: int) -> Iterator[dict[str, Any]]:
        """Yield the requests after a sequence, in their order."""
        return (asdict(seen) for seen in self._seen if seen.sequence > after)


def operation_of(method: str, path: str) -> Operation | None:
    """Return the operation that a request is for; HEAD counts as GET, fixed paths come before parameters."""
    alike = _patterns().get(("GET" if method == "HEAD" else method, path.count("/")), ())
    return next((row for pattern, row in alike if pattern.fullmatch(path)), None)


@cache
def _patterns() -> dict[tuple[str, int], list[tuple[re.Pattern[str], Operation]]]:
    """Return the paths of operations by method and number of parts: each request goes through a few of them only."""
    alike: dict[tuple[str, int], list[tuple[re.Pattern[str], Operation]]] = {}
    for row in sorted(OPERATIONS, key=lambda row: row.path.count("{")):
        pattern = re.compile(re.sub(r"\{\w+\}", "[^/]+", row.path))
        alike.setdefault((row.method, row.path.count("/")), []).append((pattern, row))
    return alike
