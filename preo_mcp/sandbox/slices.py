"""Long work in short slices, so that the event loop serves others in between."""

from collections.abc import Callable, Iterable
from time import perf_counter
from typing import TypeVar

from anyio.lowlevel import checkpoint

from preo_mcp.sandbox.store import Store

T = TypeVar("T")

SLICE_SECONDS = 0.015
"""How long one slice may hold the event loop; far enough below the 50 ms that a caller would notice."""


async def in_slices(
    store: Store, items: Iterable[T], work: Callable[[T], None], *, commit: Callable[[], bool] = lambda: True
) -> bool:
    """Do `work` for each of `items`, in transactions of about `SLICE_SECONDS`, giving way after each.

    `commit` runs at the end of each transaction, to record how far the work came; where it returns False the work stops
    after that transaction. Returns whether all items were done.
    """
    remaining = iter(items)
    while True:
        with store.transaction():
            deadline = perf_counter() + SLICE_SECONDS
            more = False
            for item in remaining:
                work(item)
                if perf_counter() >= deadline:
                    more = True
                    break
            go_on = commit()
        if not (more and go_on):
            return not more
        await checkpoint()
