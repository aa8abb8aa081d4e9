"""A list as a tool returns it: what was returned of how many, which filters applied, how to get the rest."""

from typing import Generic, TypeVar

from pydantic import BaseModel, Field, PrivateAttr

from preo_mcp.models.base import Page, PageQuery

T = TypeVar("T")

PAGING = frozenset({"page", "page_size"})


class Listing(BaseModel, Generic[T]):
    """One page of a list, honest about being one page."""

    returned: int
    total: int
    filters: str | None = None
    next: str | None = Field(default=None, description="arguments that get what follows")
    results: list[T]
    _query: PageQuery = PrivateAttr(default_factory=PageQuery)

    def rest_after(self, field: str, kept: int) -> tuple[int, str] | None:
        """Return how many of `kept` rows to keep so that whole pages continue behind them, and how to get the rest."""
        if field != "results" or not kept:
            return None
        size = self._query.page_size
        smaller = next(part for part in range(kept, 0, -1) if size % part == 0)
        pages_before = (self._query.page - 1) * size // smaller
        return smaller, f"page={pages_before + 2}, page_size={smaller}"


def listing(page: Page[T], query: PageQuery) -> Listing[T]:
    """Return the page that answered `query` as a tool shows it."""
    shown = query.model_dump(mode="json", exclude=set(PAGING), exclude_defaults=True)
    listed = Listing[T](
        returned=len(page.results),
        total=page.count,
        filters=", ".join(f"{name}={value}" for name, value in shown.items()) or None,
        next=f"page={query.page + 1}" if page.next else None,
        results=page.results,
    )
    listed._query = query  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - of this module
    return listed
