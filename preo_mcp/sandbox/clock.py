"""The sandbox's time: the system's by default, one that stands still and can be moved in tests."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import anyio

Clock = Callable[[], datetime]
"""Gives the present moment, aware and in UTC."""

LONGEST_SLEEP = 60.0
"""Seconds after which a sleeper looks at the clock again: it may have been set, or the machine suspended."""


def system_clock() -> datetime:
    """Return the system's time in UTC."""
    return datetime.now(UTC)


class FixedClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now.astimezone(UTC)
        self._waiting: list[anyio.Event] = []

    def __call__(self) -> datetime:
        """Return the moment it stands at."""
        return self.now

    def move(self, by: timedelta) -> None:
        """Move forward by `by`; whoever waits for the clock looks at it again."""
        self.now += by
        waiting, self._waiting = self._waiting, []
        for event in waiting:
            event.set()

    async def moved(self) -> None:
        """Wait until the clock is moved."""
        event = anyio.Event()
        self._waiting.append(event)
        await event.wait()


async def wait_until(clock: Clock, moment: datetime) -> None:
    """Wait until `clock` shows `moment` or later."""
    while (left := (moment - clock()).total_seconds()) > 0:
        await (clock.moved() if isinstance(clock, FixedClock) else anyio.sleep(min(left, LONGEST_SLEEP)))


def iso(moment: datetime) -> str:
    """Return `moment` as Preo writes times: UTC with a Z, to the microsecond, so that text sorts as time does."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
