"""Long work in short slices, so that the event loop serves others in between."""

from collections.abc import Callable, Iterable
from time import perf_counter
from typing import TypeVar

from anyio.lowlevel import checkpoint

from preo_mcp.sandbox.store import Store

T = TypeVar("T")

SLICE_SECONDS = 0.006
"""How long the items of one slice may hold the event loop; with what `end` writes it stays far below the 50 ms that a
caller would notice."""

TURNS_BETWEEN = 4
"""Turns of the event loop between two slices: a request that is read, handled and answered takes up to three."""


def _nothing() -> None:
    pass


def _always() -> bool:
    return True


async def in_slices(
    store: Store,
    items: Iterable[T],
    work: Callable[[T], None],
    *,
    begin: Callable[[], bool] = _always,
    end: Callable[[], None] = _nothing,
) -> bool:
    """Do `work` for each of `items`, in transactions of about `SLICE_SECONDS`, giving way after each.

    Args:
        store: Where the transactions are made.
        items: What to work on; its next item is fetched inside the transaction.
        work: Does one item.
        begin: Runs first in each transaction; where it returns False the work stops without touching an item.
        end: Runs last in each transaction, to record how far the work came.

    Returns:
        Whether all items were done.
    """
    remaining = iter(items)
    more = True
    while more:
        with store.transaction():
            if not begin():
                return False
            more = _one_slice(remaining, work)
            end()
        for _ in range(TURNS_BETWEEN):
            await checkpoint()
    return True


def _one_slice(remaining: Iterable[T], work: Callable[[T], None]) -> bool:
    """Work until the items or the time are used up; return whether there may be more items."""
    deadline = perf_counter() + SLICE_SECONDS
    for item in remaining:
        work(item)
        if perf_counter() >= deadline:
            return True
    return False
