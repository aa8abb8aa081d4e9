"""The sandbox's time: the system's by default, which can be moved forward; one that stands still in tests."""

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


class MovableClock:
    """A clock that can be moved forward: it runs as `base` does, and is `ahead` of it by what it was moved."""

    goes = True
    """Whether time passes by itself."""

    def __init__(self, base: Clock = system_clock, ahead: timedelta = timedelta()) -> None:
        self.ahead = ahead
        self._base = base
        self._waiting: list[anyio.Event] = []

    def __call__(self) -> datetime:
        """Return the present moment."""
        return self._base() + self.ahead

    def move(self, by: timedelta) -> None:
        """Move forward by `by`; whoever waits for the clock looks at it again."""
        self.ahead += by
        waiting, self._waiting = self._waiting, []
        for event in waiting:
            event.set()

    def restart(self) -> None:
        """Go back to the base's time; for when nothing that was dated by the clock is left."""
        self.ahead = timedelta()

    async def moved(self) -> None:
        """Wait until the clock is moved."""
        event = anyio.Event()
        self._waiting.append(event)
        try:
            await event.wait()
        finally:
            if event in self._waiting:
                self._waiting.remove(event)


class FixedClock(MovableClock):
    """A clock that stands still until it is moved."""

    goes = False

    def __init__(self, now: datetime) -> None:
        start = now.astimezone(UTC)
        super().__init__(lambda: start)


async def wait_until(clock: Clock, moment: datetime) -> None:
    """Wait until `clock` shows `moment` or later."""
    while (left := (moment - clock()).total_seconds()) > 0:
        if isinstance(clock, MovableClock):
            with anyio.move_on_after(min(left, LONGEST_SLEEP) if clock.goes else None):
                await clock.moved()
        else:
            await anyio.sleep(min(left, LONGEST_SLEEP))


def iso(moment: datetime) -> str:
    """Return `moment` as Preo writes times: UTC with a Z, to the microsecond, so that text sorts as time does."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
