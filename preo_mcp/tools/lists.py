"""One grammar for all lists: several values of a filter, a search where Preo has none, no scope where it is clear.

A list tool describes its list once, and answers what that finds:

    EDITIONS = ListOf(LIST_EDITIONS, Page[ListedEdition], searched=("full_name", "id"))

    query = ListEditionsQuery(is_draft=is_draft, ordering=ordering, page=page, page_size=page_size)
    return await EDITIONS.find(preo, query, several={"status": status}, search=search)

- `several`: filters that take a list here and one value at Preo. Each combination of values is a request; the lists
  that come back are merged in the order asked for. So rows have to carry what the list can be ordered by, in a field
  called as in `ordering` (with `exclude=True` where it is not to be shown).
- `search`: every word has to be in one of the fields `searched`, whatever the case and the accents. For a list that
  Preo searches itself, `search` belongs in the query instead.
- `where`: any other condition that is checked here.
- A list that needs a scope gets it by `several={"organization_id": await organizations(preo, LIST_ORDERS, …)}`.

Whatever is asked for, pages are those of one list: no row comes twice or is lost while nothing changes, and `total` is
true or absent. What is filtered here is read to its end, or to `MOST_PAGES`; then the answer says how far.
"""

from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cmp_to_key
from heapq import merge
from itertools import product
from math import ceil, prod
from types import MappingProxyType
from typing import Any, Final, Generic, TypeVar, cast

from pydantic import MISSING, BaseModel

from preo_mcp.api.errors import ValidationError
from preo_mcp.api.models.base import Page, PageQuery
from preo_mcp.api.operations import Operation
from preo_mcp.calls.preo import Preo
from preo_mcp.replies.listing import Listing, listing
from preo_mcp.text.folding import folded
from preo_mcp.tools.roles import memberships
from preo_mcp.tools.whole_lists import PAGE_SIZE, Beginning, beginnings

R = TypeVar("R", bound=BaseModel)
Q = TypeVar("Q", bound=PageQuery)

NEWEST_FIRST: Final = "-created"
MOST_LISTS: Final = 16
"""Combinations of values in one call; each is at least one request."""
MOST_PAGES: Final = 20
"""Of `PAGE_SIZE` rows, over all lists of a call, that are read to filter them here, or to mix them up to a page."""
SEARCH: Final = "search"
ORGANIZATION: Final = "organization_id"
NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Found(Generic[R]):
    """What a list came to: one page, and what has to be said of it.

    Attributes:
        page: The rows; its other fields are those that Preo sent with the first page.
        filters: Filters that are not in the query, by argument.
        looked_through: How many rows were searched here; None where none were.
        is_counted: Whether the page's count is that of all that fit.
    """

    page: Page[R]
    filters: Mapping[str, Any]
    looked_through: str | None = None
    is_counted: bool = True

    def with_rows(self, shown: Callable[[R], R]) -> "Found[R]":
        """Return the same with each row as `shown` makes it."""
        return replace(self, page=self.page.model_copy(update={"results": list(map(shown, self.page.results))}))

    def listed(self, query: PageQuery) -> Listing[R]:
        """Return it as a tool shows the answer to `query`."""
        return listing(
            self.page,
            query,
            filtered_here=self.filters,
            looked_through=self.looked_through,
            is_counted=self.is_counted,
        )


@dataclass(frozen=True, slots=True)
class ListOf(Generic[R]):
    """How a list of Preo's is read.

    Attributes:
        operation: The list.
        page: The model of its pages.
        searched: Fields of a row that `search` looks into, where Preo has no search.
        order: Preo's own order, where none is asked for.
        key: The field that tells rows apart.
    """

    operation: Operation
    page: type[Page[R]]
    searched: tuple[str, ...] = ()
    order: str = NEWEST_FIRST
    key: str = "id"

    async def find(
        self,
        preo: Preo,
        query: PageQuery,
        *,
        several: Mapping[str, Sequence[Any] | MISSING] = NOTHING,
        search: str | MISSING = MISSING,
        where: Callable[[R], bool] | None = None,
    ) -> Listing[R]:
        """Return a page of what fits the query and all else that is asked; the module says what that can be.

        Raises:
            ValidationError: it would take too many requests.
            PreoError: the list cannot be fetched.
        """
        return (await self.found(preo, query, several=several, search=search, where=where)).listed(query)

    async def found(
        self,
        preo: Preo,
        query: PageQuery,
        *,
        several: Mapping[str, Sequence[Any] | MISSING] = NOTHING,
        search: str | MISSING = MISSING,
        where: Callable[[R], bool] | None = None,
    ) -> Found[R]:
        """Return the same as `find`, for a tool that shows more of the page.

        Raises:
            ValidationError: it would take too many requests.
            PreoError: the list cannot be fetched.
        """

        async def read(asked: PageQuery) -> Page[R]:
            return await preo.request(self.operation, self.page, query=asked)

        scope = _only_scope(preo, {**dict(query), **several})
        asked = query.model_copy(update=scope)
        found = await self.found_by(read, asked, several=several, search=search, where=where)
        return replace(found, filters={**scope, **found.filters})

    async def found_by(
        self,
        read: Callable[[Q], Coroutine[Any, Any, Page[R]]],
        query: Q,
        *,
        several: Mapping[str, Sequence[Any] | MISSING] = NOTHING,
        search: str | MISSING = MISSING,
        where: Callable[[R], bool] | None = None,
    ) -> Found[R]:
        """Return the same as `found`; `read` returns the page that a query asks for, such as of an object's list."""
        values = {name: _distinct(given) for name, given in several.items() if given is not MISSING and given}
        queries = _one_each(self.operation, query, values)
        words = folded(search).split() if isinstance(search, str) else []
        shown: dict[str, Any] = {name: given if len(given) > 1 else given[0] for name, given in values.items()}
        if words:
            shown[SEARCH] = search
        if not words and where is None and len(queries) == 1:
            return Found(await read(queries[0]), shown)

        def fits(row: R) -> bool:
            return (where is None or where(row)) and (not words or _holds(row, self.searched, words))

        end = query.page * query.page_size
        if words or where is not None:
            lists = await beginnings(read, queries, most_pages=max(1, MOST_PAGES // len(queries)))
            return self._filtered(query, lists, fits, shown)
        if ceil(end / PAGE_SIZE) * len(queries) > MOST_PAGES:
            raise _too_deep(self.operation, end, values)
        lists = await beginnings(read, queries, most_rows=end, most_pages=MOST_PAGES)
        if any(len(one.rows) < min(end, one.count) and not one.is_read for one in lists):
            raise _too_deep(self.operation, end, values)
        return self._merged(query, lists, shown)

    def _filtered(
        self, query: PageQuery, lists: Sequence[Beginning[R]], fits: Callable[[R], bool], shown: Mapping[str, Any]
    ) -> Found[R]:
        rows, is_disjoint = self._in_order(query, lists)
        fitting = [row for row in rows if fits(row)]
        shown = {**shown, **_unordered(self._orderings(query), lists, shown)}
        is_whole = all(one.is_read for one in lists)
        there = sum(one.count for one in lists)
        looked = f"all {len(rows)}" if is_whole else f"{len(rows)} of {there if is_disjoint else 'an unknown number'}"
        if not is_whole:
            looked += f"; more may fit: {_how_to_go_on(query)}"
        page = _cut_out(lists[0], fitting, query, len(fitting))
        return Found(page, shown, looked, is_counted=is_whole)

    def _merged(self, query: PageQuery, lists: Sequence[Beginning[R]], shown: Mapping[str, Any]) -> Found[R]:
        rows, is_disjoint = self._in_order(query, lists)
        page = _cut_out(lists[0], rows, query, sum(one.count for one in lists))
        shown = {**shown, **_unordered(self._orderings(query), lists, shown)}
        return Found(page, shown, is_counted=is_disjoint)

    def _in_order(self, query: PageQuery, lists: Sequence[Beginning[R]]) -> tuple[list[R], bool]:
        """Return the rows of all lists, each once, and whether no two lists had the same.

        Only the first rows that are left of each list are compared, never those within one. So whatever the beginnings
        are long enough for is the same however long they are, even where Preo orders otherwise than we would.
        """
        rows = merge(*(one.rows for one in lists), key=cmp_to_key(_comparing(self._orderings(query))))
        known: dict[Any, R] = {}
        total = 0
        for total, row in enumerate(rows, start=1):  # noqa: B007 - how many there were is asked afterwards
            known.setdefault(getattr(row, self.key), row)
        return list(known.values()), len(known) == total

    def _orderings(self, query: PageQuery) -> list[str]:
        asked: Sequence[str] | MISSING = getattr(query, "ordering", MISSING)
        return [self.order] if asked is MISSING or not asked else list(asked)


async def organizations(
    preo: Preo, operation: Operation, *, is_specific: bool, scopes: Sequence[str] = (ORGANIZATION,)
) -> list[str]:
    """Return the organizations to ask where a list needs a scope and got none.

    The only one of the token; or all, if they are few and the search is specific: an order number, an e-mail.

    Args:
        preo: The way to the API.
        operation: The list.
        is_specific: Whether few rows can fit.
        scopes: The filters of which the list needs one.

    Raises:
        ValidationError: there are several to choose from; it names them.
        PreoError: they cannot be fetched.
    """
    members = await memberships(preo)
    if len(members) == 1 or (is_specific and 0 < len(members) <= MOST_LISTS):
        return [one.id for one in members]
    known = ", ".join(f"{one.id} ({one.name})" if one.name else one.id for one in members[:MOST_LISTS])
    more = f" and {len(members) - MOST_LISTS} more" if len(members) > MOST_LISTS else ""
    raise ValidationError(
        f"{operation.title} was not done",
        f"it needs one of {', '.join(scopes)}" if len(scopes) > 1 else f"it needs {scopes[0]}",
        f"Add organization_id, one of {known}{more}." if known else "Add one: list_editions and list_users give ids.",
    )


def _only_scope(preo: Preo, asked: Mapping[str, Any]) -> dict[str, str]:
    """Return the organization that a list is meant for which names nothing, where the settings allow only one."""
    allowed = preo.settings.allowed_organizations
    names_something = any(name.endswith("_id") and value is not MISSING for name, value in asked.items())
    return {ORGANIZATION: allowed[0]} if len(allowed) == 1 and ORGANIZATION in asked and not names_something else {}


def _distinct(values: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys(values))


def _one_each(operation: Operation, query: Q, values: Mapping[str, Sequence[Any]]) -> list[Q]:
    """Return the query once for each combination of values.

    Raises:
        ValidationError: these are too many.
    """
    count = prod(map(len, values.values()))
    if count > MOST_LISTS:
        names = " and ".join(values)
        why = f"{names} make {count} combinations, and each is a request; {MOST_LISTS} are the most"
        raise ValidationError(f"{operation.title} was not done", why, f"Give fewer values of {names}.")
    return [query.model_copy(update=dict(zip(values, one, strict=True))) for one in product(*values.values())]


def _too_deep(operation: Operation, end: int, values: Mapping[str, Sequence[Any]]) -> ValidationError:
    names = " and ".join(name for name, given in values.items() if len(given) > 1)
    why = f"the first {end} rows of each of several lists would have to be read for this page, which are too many"
    return ValidationError(f"{operation.title} was not done", why, f"Give one value of {names} at a time.")


def _how_to_go_on(query: PageQuery) -> str:
    """Name the filters that are left to narrow a list with, or its other end."""
    unused = [
        name
        for name in type(query).model_fields
        if name not in ("page", "page_size", "ordering") and getattr(query, name) is MISSING
    ]
    other_end = "the other ordering" if "ordering" in type(query).model_fields else ""
    return f"try {', '.join([*unused, *filter(None, [other_end])])}"


def _cut_out(first: Beginning[R], rows: Sequence[R], query: PageQuery, count: int) -> Page[R]:
    """Return the page that a query asks for out of rows from the first on; it keeps what else Preo's first page had."""
    start, end = (query.page - 1) * query.page_size, query.page * query.page_size
    more = "here" if end < count else None
    return first.pages[0].model_copy(update={"count": count, "next": more, "results": list(rows[start:end])})


def _holds(row: BaseModel, fields: Sequence[str], words: Sequence[str]) -> bool:
    """Whether each word is in one of a row's fields."""
    texts = [folded(text) for name in fields for text in _texts(getattr(row, name, None))]
    return all(any(word in text for text in texts) for word in words)


def _texts(value: object) -> list[str]:
    match value:
        case str():
            return [value]
        case list() | tuple():
            return list(map(str, cast("Sequence[object]", value)))
        case _:
            return []


def _comparing(orderings: Sequence[str]) -> Callable[[BaseModel, BaseModel], int]:
    """Return how two rows compare by `field` and `-field` in turn; what has no value comes last, descending first."""
    parts = [(one.lstrip("-"), -1 if one.startswith("-") else 1) for one in orderings]

    def compared(left: BaseModel, right: BaseModel) -> int:
        for name, sign in parts:
            ours, theirs = _sortable(getattr(left, name, None)), _sortable(getattr(right, name, None))
            if ours != theirs:
                return sign if ours > theirs else -sign
        return 0

    return compared


def _unordered(orderings: Sequence[str], lists: Sequence[Beginning[R]], shown: Mapping[str, Any]) -> dict[str, str]:
    """Return what to say of the order where rows do not tell by what they are ordered, so that lists are not mixed."""
    rows = [row for one in lists for row in one.rows]
    name = orderings[0].lstrip("-")
    if sum(bool(one.rows) for one in lists) <= 1 or any(getattr(row, name, None) is not None for row in rows):
        return {}
    several = " and ".join(name for name, value in shown.items() if isinstance(value, list))
    return {"ordering": f"{','.join(orderings)} (within each {several} only)"}


def _sortable(value: object) -> tuple[int, Any]:
    """A value that compares with any other: numbers, times, texts, and after them what is absent."""
    match value:
        case None:
            return 3, 0
        case bool() | int() | float():
            return 0, value
        case datetime():
            return 1, value if value.tzinfo else value.replace(tzinfo=UTC)
        case _:
            return 2, folded(str(value))
