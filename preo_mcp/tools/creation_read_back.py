"""Whether something was created: what a list has now and had not before, told apart by the API's own clock."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final, Protocol, TypeVar

from preo_mcp.guardrails.read_back import DidNotHappen, Unknown
from preo_mcp.models.base import Page, PageQuery
from preo_mcp.operations import Operation
from preo_mcp.preo import Preo

REMEMBERED: Final = 25
"""Objects of a page before the write; a further one is read only where these are all of the last moment."""
CLOCKS_DIFFER: Final = timedelta(seconds=1)
"""By how much what is created later may seem to be older, where several computers serve the API."""
PAGE: Final = 100
MOST_PAGES: Final = 10
"""With more new objects than fill these nobody can tell."""


class Dated(Protocol):
    """An object that says when it was created."""

    @property
    def id(self) -> str:
        """Its id."""
        ...

    @property
    def created(self) -> datetime | None:
        """When the API created it."""
        ...


D = TypeVar("D", bound=Dated)


async def newest(preo: Preo, read: Operation, page: "type[Page[D]]", query: PageQuery) -> dict[str, Any]:
    """Return what `added_since` has to know: a moment just before the newest object, and which ones came since.

    Args:
        preo: The way to the API.
        read: The list.
        page: What it is read as.
        query: Newest first.
    """
    rows: list[D] = []
    for number in range(1, MOST_PAGES + 1):
        found = await preo.call(read, page, query=query.model_copy(update={"page": number, "page_size": REMEMBERED}))
        rows += found.results
        if found.next is None or not found.results or _reaches_back(rows):
            since = _earliest(rows, whole=True)
            break
    else:
        since = _earliest(rows, whole=False)
    known = [row.id for row in rows if since is None or row.created is None or row.created >= since]
    return {"since": since and since.isoformat(), "known": known}


def _reaches_back(rows: Sequence[Dated]) -> bool:
    first, last = rows[0].created, rows[-1].created
    return first is None or last is None or last < first - CLOCKS_DIFFER


def _earliest(rows: Sequence[Dated], *, whole: bool) -> datetime | None:
    """Return from when on all objects are among the rows; None where there are none, or they do not tell.

    Where the rows are not the `whole`, some that are as old as the last one may be missing.
    """
    moments = [row.created for row in rows if row.created is not None]
    if not rows or len(moments) < len(rows):
        return None
    earliest = moments[0] - CLOCKS_DIFFER
    return earliest if whole else max(earliest, moments[-1])


async def added_since(
    preo: Preo, read: Operation, page: "type[Page[D]]", query: PageQuery, remembered: dict[str, Any]
) -> list[D] | Unknown:
    """Return what was created since `newest` remembered, the newest first.

    Unknown where the list is not the newest first, or much too long. For the arguments see `newest`.
    """
    added: list[D] = []
    for number in range(1, MOST_PAGES + 1):
        found = await preo.call(read, page, query=query.model_copy(update={"page": number, "page_size": PAGE}))
        moments = [row.created for row in found.results if row.created is not None]
        if len(moments) < len(found.results) or any(later < earlier for later, earlier in pairwise(moments)):
            return _untold("Preo's list does not say what is new")
        added += [row for row in found.results if is_new(row, remembered)]
        if found.next is None or (moments and moments[-1] < (_since(remembered) or moments[-1])):
            return added
    return _untold(f"more than {MOST_PAGES * PAGE} were created since")


def is_new(row: Dated, remembered: dict[str, Any]) -> bool:
    """Return whether an object was created since `newest` remembered."""
    since = _since(remembered)
    is_later = since is None or (row.created is not None and row.created >= since)
    return is_later and row.id not in remembered["known"]


def _since(remembered: dict[str, Any]) -> datetime | None:
    return datetime.fromisoformat(remembered["since"]) if remembered["since"] else None


def the_one(
    added: Sequence[D], is_it: Callable[[D], bool | None], *, none: str, next_step: str
) -> D | DidNotHappen | Unknown:
    """Return the object that the call created.

    A single one that matches is it: nobody else would ask for the very same at the same moment. Where several match, or
    one that may be it and may be somebody else's, nobody can tell.

    Args:
        added: What is new.
        is_it: Whether an object is what the call asked for; None where it may be.
        none: Says that there is none.
        next_step: What to do where nobody can tell.
    """
    verdicts = [(one, is_it(one)) for one in added]
    certain = [one for one, verdict in verdicts if verdict]
    if len(certain) == 1:
        return certain[0]
    possible = [one.id for one, verdict in verdicts if verdict is not False]
    if not possible:
        return DidNotHappen(none)
    return Unknown(f"{', '.join(possible)} came about since, and may be of this call or of another", next_step)


def _untold(why: str) -> Unknown:
    return Unknown(why, "Ask the user to look in Preo whether it is there.")
