"""The clock and the patience of the guard; tests put their own."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Final

import anyio

NOW: Final = partial(datetime.now, UTC)


@dataclass(frozen=True, slots=True)
class Timing:
    """How the guard tells and spends time.

    Attributes:
        now: The moment in UTC; all processes on a ledger have to agree on it roughly.
        sleep: Waits for a number of seconds.
        poll: Seconds between two looks at the ledger, or at Preo after a lost answer.
        broken: Seconds in which a write whose connection broke, or that was refused with 5xx, may show its effect.
        settle: Seconds in which one whose answer timed out may; after them, its absence proves nothing.
    """

    now: Callable[[], datetime] = NOW
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep
    poll: float = 1.0
    broken: float = 3.0
    settle: float = 10.0
