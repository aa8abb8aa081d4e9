"""A list as a tool returns it: what was returned of how many, which filters applied, how to get the rest."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Generic, TypeVar, cast

from pydantic import BaseModel, Field, PrivateAttr

from preo_mcp.api.models.base import Page, PageQuery
from preo_mcp.api.models.orders import ListOrdersQuery
from preo_mcp.api.models.refunds import ListRefundsQuery
from preo_mcp.api.models.users import ListUsersQuery

T = TypeVar("T")

PAGING = frozenset({"page", "page_size"})
PEOPLE_FILTERS: Mapping[type[PageQuery], tuple[str, ...]] = MappingProxyType(
    {
        ListOrdersQuery: ("customer_email", "customer_phone", "search"),
        ListRefundsQuery: ("search",),
        ListUsersQuery: ("search",),
    }
)
"""By which filters lists find customers, in whole or in part."""


class Listing(BaseModel, Generic[T]):
    """One page of a list, honest about being one page."""

    returned: int
    total: int | None = Field(default=None, description="absent: unknown")
    looked_through: str | None = Field(default=None, description="rows that were searched here, of how many")
    filters: str | None = None
    next: str | None = Field(default=None, description="arguments that get what follows")
    results: list[T]
    _query: PageQuery = PrivateAttr(default_factory=PageQuery)
    _lister: str = PrivateAttr(default="")

    def searched_people(self) -> tuple[str, ...]:
        """Return what customers were searched for by, where this is a list of them or of what they bought."""
        filters = PEOPLE_FILTERS.get(type(self._query), ())
        given = (getattr(self._query, name) for name in filters)
        return tuple(text for text in given if isinstance(text, str) and text.strip())

    def rest_after(self, field: str, kept: int) -> tuple[int, str] | None:
        """Return how many of `kept` rows to keep so that whole pages follow them, and how to get the rest."""
        if field != "results" or not kept:
            return None
        size = self._query.page_size
        before = (self._query.page - 1) * size
        smaller = next(part for part in range(kept, 0, -1) if before % part == 0)
        return smaller, _page(self._lister, before // smaller + 2, smaller)


def listing(
    page: Page[T],
    query: PageQuery,
    lister: str = "",
    *,
    filtered_here: Mapping[str, object] = MappingProxyType({}),
    looked_through: str | None = None,
    is_counted: bool = True,
) -> Listing[T]:
    """Return the page that answered `query` as a tool shows it.

    Args:
        page: What was answered, or what several answers came to.
        query: What was asked.
        lister: The tool that gets the following pages, where the one that answers has no `page` itself.
        filtered_here: Filters that are not in the query, by argument.
        looked_through: How many rows were searched, where Preo did not.
        is_counted: Whether the page's count is that of all that fit.
    """
    asked = query.model_dump(mode="json", exclude={*PAGING, *filtered_here}, exclude_defaults=True)
    shown = {**filtered_here, **asked}
    listed = Listing[T](
        returned=len(page.results),
        total=page.count if is_counted else None,
        looked_through=looked_through,
        filters=", ".join(f"{name}={_plain(value)}" for name, value in shown.items()) or None,
        next=_page(lister, query.page + 1, query.page_size) if page.next else None,
        results=page.results,
    )
    listed._query, listed._lister = query, lister  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - of this module
    return listed


def _page(lister: str, page: int, size: int) -> str:
    return f"{lister} page={page}, page_size={size}".lstrip()


def _plain(value: object) -> str:
    """A filter's value as it was given, not as Python shows it."""
    match value:
        case bool():
            return str(value).lower()
        case list():
            return ",".join(map(str, cast("list[object]", value)))
        case _:
            return str(value)
