"""Lists read to their end: what a person is shown rests on all of it, or says that it does not."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from math import ceil
from typing import Any, Final, Generic, TypeVar

from pydantic import BaseModel

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
    asked = query.model_copy(update={"page_size": PAGE_SIZE})
    first = await read(asked)
    pages = min(ceil(first.count / max(1, len(first.results))), most_pages)
    if first.next is not None:
        pages = max(2, pages)
    others = await together(*(read(asked.model_copy(update={"page": number})) for number in range(2, pages + 1)))
    rows = [row for one in (first, *others) for row in one.results]
    return Whole(rows, is_whole=len(rows) >= first.count and [first, *others][-1].next is None)
