"""A list read page after page, up to a limit."""

from typing import TypeVar

from pydantic import BaseModel

from preo_mcp.api.models.base import Page, PageQuery
from preo_mcp.api.operations import Operation
from preo_mcp.calls.preo import Preo

R = TypeVar("R", bound=BaseModel)


async def read_pages(
    preo: Preo, operation: Operation, returns: type[Page[R]], query: PageQuery, most_pages: int
) -> Page[R]:
    """Return the pages from the one that `query` asks for as one page; its `next` is None where nothing is left.

    Raises:
        PreoError: a page cannot be fetched.
    """
    page = await preo.request(operation, returns, query=query)
    results = list(page.results)
    for number in range(query.page + 1, query.page + most_pages):
        if page.next is None:
            break
        page = await preo.request(operation, returns, query=query.model_copy(update={"page": number}))
        results += page.results
    return page.model_copy(update={"results": results})
