"""When a failed try is made again, and after which wait.

A read may be tried again whenever another try could help. A write may be tried again only when the earlier one was
certainly not carried out: it never reached the server, or the server refused it with 429.
"""

import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from random import SystemRandom

import anyio

from preo_mcp.api.operations import Operation, Risk

MOST_TRIES = 4
BASE_WAIT = 0.25
LONGEST_BACKOFF = 8.0
SHORTEST_TRY = 1.0
"""Seconds that must remain for a further try: a write begun with less would likely end with an unknown outcome."""
LONGEST_RETRY_AFTER = 86_400.0
"""A longer `Retry-After` counts as one day."""

_SECONDS = re.compile(r"[0-9]+(\.[0-9]+)?")


class Failure(StrEnum):
    """How a try failed, as the next try needs to know it."""

    NOT_REACHED = "not reached"
    """No connection: the request was certainly not sent."""
    LOST = "answer lost"
    """Sent, but no whole answer: it may have been carried out."""
    THROTTLED = "throttled"
    """429: refused, not carried out."""
    UNAVAILABLE = "unavailable"
    """502, 503 or 504: something in front of the API, or the API for now."""
    FINAL = "final"
    """The same request would fail again, or nobody knows better."""


_RETRIED_READS = frozenset({Failure.NOT_REACHED, Failure.LOST, Failure.THROTTLED, Failure.UNAVAILABLE})
_RETRIED_WRITES = frozenset({Failure.NOT_REACHED, Failure.THROTTLED})


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Timing:
    """The clocks, the sleep and the dice of a client; tests bring their own.

    Attributes:
        monotonic: Seconds on a clock that never jumps, for budgets.
        now: The time of day in UTC, for `Retry-After` dates.
        sleep: Waits for a number of seconds.
        draw: A random number in [0, 1).
    """

    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = _utc_now
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep
    draw: Callable[[], float] = SystemRandom().random


def is_read(operation: Operation) -> bool:
    """Whether repeating `operation` changes nothing: its risk says so, not its HTTP method."""
    return operation.risk is Risk.READ


def may_retry(operation: Operation, failure: Failure) -> bool:
    """Whether `operation` may be tried again after `failure`."""
    return failure in (_RETRIED_READS if is_read(operation) else _RETRIED_WRITES)


def failure_of_status(status: int) -> Failure:
    """The failure that an HTTP status other than 2xx stands for."""
    if status == 429:
        return Failure.THROTTLED
    return Failure.UNAVAILABLE if status in {502, 503, 504} else Failure.FINAL


def backoff(tries: int, draw: float) -> float:
    """Seconds to wait after `tries` failed tries: full jitter, `draw` in [0, 1) of a bound that doubles each time."""
    return draw * min(LONGEST_BACKOFF, BASE_WAIT * 2 ** (tries - 1))


def wait_before_next(
    operation: Operation,
    failure: Failure,
    *,
    tries: int,
    retry_after: float | None,
    remaining: float,
    draw: float,
) -> float | None:
    """Decide whether and when a call is tried again.

    Args:
        operation: What is called.
        failure: How the last try failed.
        tries: How many tries were made, the last included.
        retry_after: Seconds the server asked to wait, or None; never undercut.
        remaining: Seconds left of the call's time budget.
        draw: A random number in [0, 1).

    Returns:
        Seconds to wait before the next try, or None to give up now.
    """
    if tries >= MOST_TRIES or not may_retry(operation, failure):
        return None
    wait = max(retry_after or 0.0, backoff(tries, draw))
    return wait if wait + SHORTEST_TRY <= remaining else None


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """Read a `Retry-After` header (RFC 9110, 10.2.3): seconds, or an HTTP date.

    Args:
        value: The header, or None when there was none.
        now: The present time, with a timezone.

    Returns:
        Seconds to wait from now, between 0 and one day; None when there was nothing readable.
    """
    text = (value or "").strip()
    if _SECONDS.fullmatch(text):
        return min(float(text), LONGEST_RETRY_AFTER)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):  # all four are raised for one malformed date or another
        return None
    if moment.tzinfo is None:  # the zone "-0000": UTC, by RFC 5322
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - now).total_seconds(), 0.0), LONGEST_RETRY_AFTER)
