"""How much one caller may ask over HTTP, and how long they may take to say it: so that nobody stops the others.

Threats: a client in a loop, a client that sends its request a byte a minute, one that sends more than fits in memory.
Each is answered in words, with `Retry-After` where waiting helps, and costs the others nothing.
"""

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Protocol, Self, TypedDict

import anyio

from preo_mcp.process import refuse, told_again
from preo_mcp.settings import Settings

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger(__name__)

MINUTE: Final = 60
BODY_SECONDS: Final = 30.0
"""How long a request's body may take to arrive."""
PER_MINUTE_OF_A_TEAM: Final = 600
"""Where nothing else is set: ten a second, more than any assistant makes."""
TAKEN_AT_ONCE: Final = 10
"""Requests that a process takes from the shared count in advance, so that few of them wait for it."""
SOON: Final = 1
"""Seconds after which one of the requests under way is likely over."""
TOO_MANY: Final = HTTPStatus.TOO_MANY_REQUESTS
NOT_READ: Final = (b"connection", b"close")
"""Goes with an answer to a request of which the rest is not read."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one caller may ask.

    Attributes:
        at_once: Requests under way at the same time; streams that only listen are not among them.
        per_minute: Requests in a minute; None for as many as they like.
        body_bytes: Of one request.
        body_seconds: For one request to arrive.
    """

    at_once: int
    per_minute: int | None
    body_bytes: int
    body_seconds: float = BODY_SECONDS

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the limits of the settings."""
        per_minute = settings.requests_per_minute or (PER_MINUTE_OF_A_TEAM if settings.team else None)
        return cls(settings.max_requests_at_once, per_minute, _body_bytes(settings))


class OfSessions(TypedDict):
    """What the SDK takes for its sessions over HTTP."""

    max_request_body_size: int
    max_sessions: int
    session_idle_timeout: float


def of_sessions(settings: Settings) -> OfSessions:
    """Return the limits of sessions: bytes of a request, sessions at once, seconds until an unused one is closed."""
    return OfSessions(
        max_request_body_size=_body_bytes(settings),
        max_sessions=settings.max_sessions,
        session_idle_timeout=settings.session_idle_minutes * MINUTE,
    )


def _body_bytes(settings: Settings) -> int:
    return int(settings.max_body_megabytes * 1024 * 1024)


class Count(Protocol):
    """Counts the requests of all callers by the minute, for one process or for all replicas."""

    async def take(self, caller: str, minute: int, number: int) -> int:
        """Add `number` to a caller's requests of a minute, and return how many there are now."""
        ...


class CountHere:
    """Counts in this process."""

    def __init__(self) -> None:
        self._minute = 0
        self._taken: dict[str, int] = {}

    async def take(self, caller: str, minute: int, number: int) -> int:
        """Return how many there are now; former minutes are forgotten."""
        if minute != self._minute:
            self._minute, self._taken = minute, {}
        self._taken[caller] = self._taken.get(caller, 0) + number
        return self._taken[caller]


class Limited:
    """Passes a caller's requests on while they keep to the limits; the body comes whole.

    Args:
        app: What stands after it.
        limits: What one caller may ask.
        caller: Whose requests these are.
        count: Where the requests of a minute are counted.
        clock: Seconds since 1970.
    """

    def __init__(
        self,
        app: "ASGIApp",
        limits: Limits,
        caller: str = "",
        count: Count | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._app = app
        self._limits = limits
        self._caller = caller
        self._count = count or CountHere()
        self._clock = clock
        self._under_way = 0
        self._minute = 0
        self._left = 0
        """Requests of this minute that were taken from the count, and not made yet."""

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Pass a request on, or answer it with 408, 413 or 429."""
        if scope["type"] != "http" or scope["method"] != "POST":
            return await self._app(scope, receive, send)
        if self._under_way >= self._limits.at_once:
            why = f"{self._limits.at_once} requests of this caller are under way"
            return await refuse(send, TOO_MANY, why, "Wait for one of them.", [_retry_after(SOON)])
        self._under_way += 1
        try:
            if (wait := await self._wait()) > 0:
                why = f"this caller has made {self._limits.per_minute} requests in this minute"
                return await refuse(send, TOO_MANY, why, f"Go on in {wait} seconds.", [_retry_after(wait)])
            try:
                with anyio.fail_after(self._limits.body_seconds):
                    whole = await _whole(scope, receive, self._limits.body_bytes)
            except TimeoutError:
                why = f"the request did not arrive within {self._limits.body_seconds:g} seconds"
                return await refuse(send, HTTPStatus.REQUEST_TIMEOUT, why, "Send it again.", [NOT_READ])
            except _TooLargeError:
                why = f"the request is larger than {self._limits.body_bytes} bytes"
                next_step = "Give files by a path or an upload, not inline."
                return await refuse(send, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, why, next_step, [NOT_READ])
            except _GoneError:
                return None
            return await self._app(scope, told_again(whole, receive), send)
        finally:
            self._under_way -= 1

    async def _wait(self) -> int:
        """Return how many seconds the caller has to wait: 0 where they may go on now."""
        most = self._limits.per_minute
        if most is None:
            return 0
        now = self._clock()
        minute = int(now // MINUTE)
        if minute != self._minute:
            self._minute, self._left = minute, 0
        if self._left == 0:
            wanted = min(TAKEN_AT_ONCE, most)
            before = await self._count.take(self._caller, minute, wanted) - wanted
            self._left += max(0, min(wanted, most - before))
        if self._left == 0:
            return max(1, math.ceil((minute + 1) * MINUTE - now))
        self._left -= 1
        return 0


class _TooLargeError(Exception):
    """A body is larger than it may be."""


class _GoneError(Exception):
    """The client left before its request was whole."""


async def _whole(scope: "Scope", receive: "Receive", most: int) -> "Message":
    declared = dict(scope["headers"]).get(b"content-length", b"0")
    if declared.isdigit() and int(declared) > most:
        raise _TooLargeError
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise _GoneError
        body += message.get("body", b"")
        if len(body) > most:
            raise _TooLargeError
        if not message.get("more_body", False):
            return {**message, "body": bytes(body)}


def _retry_after(seconds: int) -> tuple[bytes, bytes]:
    return b"retry-after", str(seconds).encode()
