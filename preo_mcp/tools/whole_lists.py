"""Lists read to their end: what a person is shown rests on all of it, or says that it does not."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Final, Generic, TypeVar

from pydantic import BaseModel

from preo_mcp.api.errors import NotFoundError
from preo_mcp.api.models.base import Page, PageQuery
from preo_mcp.calls.preo import together

Q = TypeVar("Q", bound=PageQuery)
R = TypeVar("R", bound=BaseModel)

PAGE_SIZE: Final = 1000
"""The most that a list takes; one that answers less at once is read in its own steps."""
MOST_PAGES: Final = 50
"""The default. Nobody would look at more of them either."""


@dataclass(frozen=True, slots=True)
class Whole(Generic[R]):
    """What was read of a list; `is_whole` says whether that is all there is."""

    rows: list[R]
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Beginning(Generic[R]):
    """The pages that were read of a list from its first on; `is_read` says that no page follows them."""

    pages: tuple[Page[R], ...]
    is_read: bool

    @property
    def rows(self) -> list[R]:
        """What the pages hold."""
        return [row for page in self.pages for row in page.results]

    @property
    def count(self) -> int:
        """How many rows the list has, as Preo says."""
        return self.pages[0].count


async def whole_list(
    read: Callable[[Q], Coroutine[Any, Any, Page[R]]], query: Q, most_pages: int = MOST_PAGES
) -> Whole[R]:
    """Return all rows of a list: its first page, then all others at the same time.

    Args:
        read: Returns the page that a query asks for.
        query: The list's filters; the page is chosen here.
        most_pages: Where reading ends.

    Raises:
        PreoError: it cannot be fetched.
    """
    [found] = await beginnings(read, [query], most_pages=most_pages)
    rows = found.rows
    return Whole(rows, is_whole=found.is_read and len(rows) >= found.count)


async def beginnings(
    read: Callable[[Q], Coroutine[Any, Any, Page[R]]],
    queries: Sequence[Q],
    *,
    most_rows: int | None = None,
    most_pages: int = MOST_PAGES,
) -> list[Beginning[R]]:
    """Return the beginnings of several lists: all first pages at the same time, then all others.

    Args:
        read: Returns the page that a query asks for.
        queries: The filters of each list; the pages are chosen here.
        most_rows: How many rows are wanted of each list; None for all.
        most_pages: Where reading a list ends.

    Raises:
        PreoError: a page cannot be fetched.
    """
    size = PAGE_SIZE if most_rows is None else min(most_rows, PAGE_SIZE)
    asked = [query.model_copy(update={"page": 1, "page_size": size}) for query in queries]
    firsts = await together(*(read(query) for query in asked))
    lengths = [_pages(first, size, most_rows) for first in firsts]
    wanted = [
        (place, number) for place, length in enumerate(lengths) for number in range(2, min(length, most_pages) + 1)
    ]
    later = await together(
        *(_later(read, asked[place].model_copy(update={"page": number})) for place, number in wanted)
    )
    pages: list[list[Page[R]]] = [[first] for first in firsts]
    for (place, _), page in zip(wanted, later, strict=True):
        pages[place].append(page)
    return [
        Beginning(tuple(one), is_read=one[-1].next is None and length <= most_pages)
        for one, length in zip(pages, lengths, strict=True)
    ]


def _pages(first: Page[R], size: int, most_rows: int | None) -> int:
    """Return how many pages are wanted of a list, by what the first one says and holds."""
    if first.next is None and len(first.results) >= first.count:
        return 1
    rows = first.count if most_rows is None else min(first.count, most_rows)
    pages = ceil(rows / (len(first.results) or size))  # an empty page with others: its rows were left out
    return max(2, pages) if first.next is not None and most_rows is None else pages


async def _later(read: Callable[[Q], Coroutine[Any, Any, Page[R]]], query: Q) -> Page[R]:
    """Return a page after the first; one past the end, where rows are gone by now or were left out, holds nothing."""
    try:
        return await read(query)
    except NotFoundError:
        return Page(count=0, next=None, results=[])
