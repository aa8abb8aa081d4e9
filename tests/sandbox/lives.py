"""Work that is interrupted again and again, and taken up by the next process each time."""

import random
from collections.abc import Awaitable, Callable, Iterator

import anyio
from anyio.lowlevel import checkpoint


def deaths(number: int, longest: int) -> Iterator[int]:
    """After how many turns each life ends; later lives are longer, so that there is an end."""
    source = random.Random(number)
    while True:
        yield source.randrange(1, longest)
        longest += longest // 2


async def lives_until_done(live: Callable[[], Awaitable[object]], number: int, longest: int) -> int:
    """Begin `live` anew after each interruption until it comes to its end; return how many lives that took."""
    for lives, turns in enumerate(deaths(number, longest), start=1):
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as tasks:

                async def count_down(turns: int = turns, scope: anyio.CancelScope = scope) -> None:
                    for _ in range(turns):
                        await checkpoint()
                    scope.cancel()

                tasks.start_soon(count_down)
                await live()
                tasks.cancel_scope.cancel()
        if not scope.cancelled_caught:
            return lives
    raise AssertionError("deaths never end")
