"""Waiting for what Preo does by itself: looking again and again, with progress for the host and a limit of time."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import anyio

from preo_mcp.calls.preo import Preo

T = TypeVar("T")

WHILE_CALLED: Final = 20
"""Seconds that a tool which began something waits for its outcome, before it says how to go on."""

FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 2.0
PATIENCE_GROWS: Final = 1.5
"""Seconds between two looks, and by what each pause is longer than the one before."""

WHOLE: Final = 100.0


async def watched(
    preo: Preo,
    look: Callable[[], Awaitable[T]],
    is_busy: Callable[[T], bool],
    told: Callable[[T], tuple[float, str]],
    seconds: float = WHILE_CALLED,
) -> T:
    """Return what is looked at once it works no more, or as it stands after `seconds`.

    Nothing is lost where the host gives up meanwhile: it is only looked.

    Args:
        preo: Whose host is told the progress, and whose clock is used.
        look: Returns it as it is now.
        is_busy: Whether it goes on by itself.
        told: How far it is, of 100, and in words.
        seconds: How long to wait at the most.

    Raises:
        PreoError: it cannot be had.
    """
    clock = preo.backend.clock
    found = await look()
    until, pause = clock.now() + seconds, FIRST_PAUSE
    with anyio.move_on_after(seconds):  # a look that hangs does not make it longer
        while is_busy(found) and (left := until - clock.now()) > 0:
            await preo.report(*_of_whole(told(found)))
            await clock.sleep(min(pause, left))
            pause = min(pause * PATIENCE_GROWS, LONGEST_PAUSE)
            found = await look()
    await preo.report(*_of_whole(told(found)))
    return found


def _of_whole(told: tuple[float, str]) -> tuple[float, float, str]:
    percent, words = told
    return percent, WHOLE, words
