"""Requests that do not depend on each other, at the same time: a person waits for the longest and not for all."""

from collections.abc import Coroutine
from typing import Any, Final, TypeVar, overload

import anyio

from preo_mcp.api.errors import PreoError

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")

Doing = Coroutine[Any, Any, A]

MOST_AT_ONCE: Final = 8
"""Of one call; a longer list, such as a page of orders to look up, must not run into Preo's rate limit."""


@overload
async def together(first: Doing[A], second: Doing[B], /) -> tuple[A, B]: ...
@overload
async def together(first: Doing[A], second: Doing[B], third: Doing[C], /) -> tuple[A, B, C]: ...
@overload
async def together(first: Doing[A], second: Doing[B], third: Doing[C], fourth: Doing[D], /) -> tuple[A, B, C, D]: ...
@overload
async def together(
    first: Doing[A], second: Doing[B], third: Doing[C], fourth: Doing[D], fifth: Doing[E], /
) -> tuple[A, B, C, D, E]: ...
@overload
async def together(*all_of_a_kind: Doing[A]) -> tuple[A, ...]: ...
async def together(*coroutines: Doing[Any]) -> tuple[Any, ...]:
    """Await coroutines concurrently and return their results in the order given.

    A failure is the one that awaiting them one after the other would have met: those that stand after a failed one are
    cancelled, those before it are awaited, because theirs would come first. So what a caller is told does not depend
    on which answer was faster.

    Args:
        *coroutines: Reads. A write would be cut off when another of them fails.

    Raises:
        PreoError: The first in the given order, where several failed. Any other error leaves as it is, and only where
            there is no `PreoError`.
    """
    results: list[Any] = [None] * len(coroutines)
    failures: dict[int, Exception] = {}
    scopes = [anyio.CancelScope() for _ in coroutines]
    free = anyio.CapacityLimiter(MOST_AT_ONCE)

    async def run(place: int) -> None:
        try:
            with scopes[place]:
                async with free:
                    results[place] = await coroutines[place]
        except Exception as exc:  # noqa: BLE001 - raised below, outside of the group
            failures[place] = exc
            for later in scopes[place + 1 :]:
                later.cancel()
        finally:
            coroutines[place].close()  # one that was cancelled while it waited for its turn

    async with anyio.create_task_group() as tasks:
        for place in range(len(coroutines)):
            tasks.start_soon(run, place)
    if failures:
        in_order = [failures[place] for place in sorted(failures)]
        raise next((failure for failure in in_order if isinstance(failure, PreoError)), in_order[0])
    return tuple(results)
