"""The sandbox's time: the system's by default, one that stands still and can be moved in tests."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Gives the present moment, aware and in UTC."""


def system_clock() -> datetime:
    """Return the system's time in UTC."""
    return datetime.now(UTC)


class FixedClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now.astimezone(UTC)

    def __call__(self) -> datetime:
        """Return the moment it stands at."""
        return self.now

    def move(self, by: timedelta) -> None:
        """Move forward by `by`."""
        self.now += by


def iso(moment: datetime) -> str:
    """Return `moment` as Preo writes times: UTC with a Z, to the microsecond, so that text sorts as time does."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
