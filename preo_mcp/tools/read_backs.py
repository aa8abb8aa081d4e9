"""Whether a change of an object's fields happened: the fields as they are now, against the wish and as they were."""

import hashlib
import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final, Protocol, TypeVar, cast

from pydantic import MISSING, BaseModel
from pydantic_core import to_json

from preo_mcp.api.errors import NotFoundError
from preo_mcp.api.models.base import Page, PageQuery, Response
from preo_mcp.api.operations import Operation
from preo_mcp.approval.ended import DidNotHappen, ReadBack, Unknown
from preo_mcp.calls.preo import Preo
from preo_mcp.tools.edition_clocks import in_edition_clocks

M = TypeVar("M", bound=BaseModel)
Fields = dict[str, Any]

UNCHANGED = "its fields are as they were before the call"


def _itself(found: BaseModel) -> BaseModel:
    return found


def _as_given(_: BaseModel, given: Fields) -> Fields:
    return given


def field_read_back(
    read: Operation,
    model: type[M],
    key: str,
    *,
    answer: Callable[[M], BaseModel] = _itself,
    wished: Callable[[M, Fields], Fields] = _as_given,
) -> ReadBack:
    """Return the read-back of a PATCH whose arguments are named like the fields that they set.

    It happened where all fields given have the values given now, whoever set them. What was there before is remembered
    as a salted digest, because it may be a customer's data.

    Args:
        read: The operation that answers the object.
        model: What it is read as.
        key: The argument that is the object's id.
        answer: Makes the tool's result of the object.
        wished: Spells the given arguments as the object's fields, where they differ.
    """

    async def before(preo: Preo, **arguments: Any) -> Fields:
        salt = secrets.token_hex(8)
        found = await preo.request(read, model, id=arguments[key])
        return {"salt": salt, "fields": _digest(salt, found, _given(arguments, key))}

    async def after(preo: Preo, remembered: Fields, **arguments: Any) -> BaseModel | DidNotHappen | Unknown:
        found = await preo.request(read, model, id=arguments[key])
        given = _given(arguments, key)
        pairs = [(value, getattr(found, name)) for name, value in wished(found, given).items()]
        if all(value == now for value, now in pairs):
            return await told(preo, found)
        if _digest(remembered["salt"], found, given) == remembered["fields"]:
            return DidNotHappen(UNCHANGED)
        if all(_alike(value, now) for value, now in pairs):
            return await told(preo, found)
        why = "its fields changed since, and not to what was asked; somebody else may be changing it too"
        return Unknown(why, "Look at the object and decide with the user what it should be.")

    async def told(preo: Preo, found: M) -> BaseModel:
        [shown] = await in_edition_clocks(preo, [answer(found)])
        return shown

    return ReadBack(after=after, before=before)


def _given(arguments: Fields, key: str) -> Fields:
    return {name: value for name, value in arguments.items() if name != key and value is not MISSING}


def _digest(salt: str, found: BaseModel, names: Iterable[str]) -> str:
    values = to_json([getattr(found, name) for name in sorted(names)])
    return hashlib.sha256(salt.encode() + values).hexdigest()


def _alike(wish: object, now: object) -> bool:
    """Whether a value is the wish as an API may store it: without spaces, in another case or order, null for empty."""
    match wish, now:
        case ((str() | None), (str() | None)):
            return _plain(wish) == _plain(now)
        case datetime(), datetime():
            return abs((wish - now).total_seconds()) < 1
        case list(), list():
            ours, theirs = cast("list[object]", wish), cast("list[object]", now)
            return sorted(map(str, ours)) == sorted(map(str, theirs))
        case _:
            return wish == now


def _plain(text: str | None) -> str:
    return "".join((text or "").split()).casefold()


REMEMBERED: Final = 25
"""Objects of a page before the write; a further one is read only where these are all of the last moment."""
CLOCKS_DIFFER: Final = timedelta(seconds=1)
"""By how much what is created later may seem to be older, where several computers serve the API."""
PAGE: Final = 100
MOST_PAGES: Final = 10
"""With more new objects than these hold, nobody can tell."""


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
    """Return what `added_since` has to know: a moment just before the newest object, and which ones were created since.

    Args:
        preo: The way to the API.
        read: The list.
        page: What it is read as.
        query: Newest first.
    """
    rows: list[D] = []
    for number in range(1, MOST_PAGES + 1):
        found = await preo.request(read, page, query=query.model_copy(update={"page": number, "page_size": REMEMBERED}))
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
    """Return the time from which on all objects are among the rows; None where there are none, or they do not tell.

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
        found = await preo.request(read, page, query=query.model_copy(update={"page": number, "page_size": PAGE}))
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
    return Unknown(f"{', '.join(possible)} were created since, and may be from this call or from another", next_step)


def _untold(why: str) -> Unknown:
    return Unknown(why, "Ask the user to look in Preo whether it is there.")


class Deleted(Protocol):
    """Makes a tool's result of the id that is gone."""

    def __call__(self, *, deleted: str) -> BaseModel:
        """Return the result."""
        ...


def delete_read_back(read: Operation, key: str, answer: Deleted) -> ReadBack:
    """Return the read-back of a delete.

    That the path of `read` is right is known by then: the facts were read from the object.

    Args:
        read: The operation that answers the object.
        key: The argument that is the object's id.
        answer: Makes the tool's result of the id.
    """

    async def after(preo: Preo, _: dict[str, Any], **arguments: Any) -> BaseModel | DidNotHappen:
        try:
            await preo.request(read, Response, id=arguments[key])
        except NotFoundError:
            return answer(deleted=arguments[key])
        return DidNotHappen("it is still there")

    return ReadBack(after=after)
