"""Lists: one page, how many there are in all, and absolute addresses of the pages beside it."""

from collections.abc import Callable, Sequence

from starlette.datastructures import URL

from preo_mcp.api.models.base import PageQuery
from preo_mcp.sandbox.problems import INVALID_PAGE, refused
from preo_mcp.sandbox.store import Doc


def paged(url: URL, query: PageQuery, count: int, fetch: Callable[[int, int], Sequence[Doc]]) -> Doc:
    """Return the envelope of one page; `fetch(limit, offset)` gives its rows.

    Raises:
        Problem: 404 for a page past the last; the first page always exists.
    """
    offset = (query.page - 1) * query.page_size
    if query.page > 1 and offset >= count:
        raise refused(404, INVALID_PAGE)
    following = url.include_query_params(page=query.page + 1) if offset + query.page_size < count else None
    preceding = None
    if query.page > 1:
        first = query.page == 2
        preceding = url.remove_query_params("page") if first else url.include_query_params(page=query.page - 1)
    return {
        "count": count,
        "next": following and str(following),
        "previous": preceding and str(preceding),
        "results": list(fetch(query.page_size, offset)),
    }
