"""Whether a change of an object's fields happened: the fields as they are now, against the wish and as they were."""

import hashlib
import secrets
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, TypeVar, cast

from pydantic import MISSING, BaseModel
from pydantic_core import to_json

from preo_mcp.guardrails.read_back import DidNotHappen, ReadBack, Unknown
from preo_mcp.operations import Operation
from preo_mcp.preo import Preo

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
        found = await preo.call(read, model, id=arguments[key])
        return {"salt": salt, "fields": _digest(salt, found, _given(arguments, key))}

    async def after(preo: Preo, remembered: Fields, **arguments: Any) -> BaseModel | DidNotHappen | Unknown:
        found = await preo.call(read, model, id=arguments[key])
        given = _given(arguments, key)
        pairs = [(value, getattr(found, name)) for name, value in wished(found, given).items()]
        if all(value == now for value, now in pairs):
            return answer(found)
        if _digest(remembered["salt"], found, given) == remembered["fields"]:
            return DidNotHappen(UNCHANGED)
        if all(_alike(value, now) for value, now in pairs):
            return answer(found)
        why = "its fields changed since, and not to what was asked; somebody else may be changing it too"
        return Unknown(why, "Look at the object and decide with the user what it shall be.")

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
