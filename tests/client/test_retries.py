"""Which failures are tried again, after which wait, and how `Retry-After` is read."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preo_mcp.api.operations import GET_ORDER, OPERATIONS, START_IMPORT, VALIDATE_COLUMN_MAPPINGS, Operation, Risk
from preo_mcp.client.retries import (
    BASE_WAIT,
    LONGEST_BACKOFF,
    LONGEST_RETRY_AFTER,
    MOST_TRIES,
    SHORTEST_TRY,
    Failure,
    backoff,
    failure_of_status,
    is_read,
    may_retry,
    parse_retry_after,
    wait_before_next,
)

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("failure", "read", "write"),
    [
        (Failure.NOT_REACHED, True, True),
        (Failure.THROTTLED, True, True),
        (Failure.LOST, True, False),
        (Failure.UNAVAILABLE, True, False),
        (Failure.FINAL, False, False),
    ],
)
def test_the_table(failure: Failure, read: bool, write: bool) -> None:
    for operation in OPERATIONS:
        assert may_retry(operation, failure) is (read if operation.risk is Risk.READ else write)


def test_the_risk_decides_what_a_read_is() -> None:
    assert VALIDATE_COLUMN_MAPPINGS.method == "POST"
    assert is_read(VALIDATE_COLUMN_MAPPINGS)
    assert not is_read(START_IMPORT)


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (400, Failure.FINAL),
        (429, Failure.THROTTLED),
        (500, Failure.FINAL),
        (501, Failure.FINAL),
        (502, Failure.UNAVAILABLE),
        (503, Failure.UNAVAILABLE),
        (504, Failure.UNAVAILABLE),
        (505, Failure.FINAL),
    ],
)
def test_statuses(status: int, failure: Failure) -> None:
    assert failure_of_status(status) is failure


def test_backoff_is_full_jitter_with_a_cap() -> None:
    assert [backoff(tries, 1) for tries in (1, 2, 3)] == [BASE_WAIT, 2 * BASE_WAIT, 4 * BASE_WAIT]
    assert backoff(20, 1) == LONGEST_BACKOFF
    assert backoff(3, 0) == 0
    assert backoff(2, 0.5) == BASE_WAIT


def wait(operation: Operation = GET_ORDER, *, tries: int = 1, retry_after: float | None = None, remaining: float = 60):
    return wait_before_next(
        operation, Failure.THROTTLED, tries=tries, retry_after=retry_after, remaining=remaining, draw=1
    )


def test_waits() -> None:
    assert wait() == BASE_WAIT
    assert wait(retry_after=12) == 12
    assert wait(retry_after=0) == BASE_WAIT
    assert wait(START_IMPORT, retry_after=12) == 12
    assert wait(tries=MOST_TRIES - 1) is not None
    assert wait(tries=MOST_TRIES) is None


def test_a_wait_must_leave_time_for_a_try() -> None:
    assert wait(retry_after=9, remaining=9 + SHORTEST_TRY) == 9
    assert wait(retry_after=9, remaining=8.99 + SHORTEST_TRY) is None
    assert wait(remaining=0) is None


def date(**delta: float) -> str:
    return format_datetime(NOW + timedelta(**delta), usegmt=True)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1e3", None),
        ("٣", None),
        ("0", 0),
        (" 7 ", 7),
        ("2.5", 2.5),
        ("9" * 400, LONGEST_RETRY_AFTER),
        (date(seconds=90), 90),
        (date(seconds=-90), 0),
        (date(days=400), LONGEST_RETRY_AFTER),
        ("Wed, 01 Jul 2026 12:00:30 -0000", 30),
        ("Wed, 01 Jul 2026 14:00:30 +0200", 30),
        ("Wednesday, 01-Jul-26 12:00:30 GMT", 30),
        ("Wed, 45 Jul 2026 12:00:30 GMT", None),
        ("Wed, 01 Jul 99999 12:00:30 GMT", None),
    ],
)
def test_retry_after(header: str | None, seconds: float | None) -> None:
    assert parse_retry_after(header, NOW) == seconds


texts = st.text() | st.from_regex(re.compile(r"\w{3}, \d+ \w{3} \d+ \d+:\d+:\d+ [+-]?\w*", re.ASCII))


@given(texts)
def test_any_retry_after_is_a_wait_or_nothing(header: str) -> None:
    seconds = parse_retry_after(header, NOW)
    assert seconds is None or 0 <= seconds <= LONGEST_RETRY_AFTER
