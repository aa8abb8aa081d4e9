"""What an argument takes, and which value is meant: one for a list, JSON in a string, a number for a text, any case."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from types import NoneType
from typing import Any, Final, Literal, cast, get_args, get_origin

from pydantic import BaseModel

from preo_mcp.api.schema import kinds

_NOT_IN_A_WORD: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Kind:
    """What one argument, or field of an object in one, takes.

    Attributes:
        type: Its type; None where it takes several, which are left as they are.
        is_required: Whether it has to be given.
    """

    type: Any
    is_required: bool

    @property
    def is_switch(self) -> bool:
        """Whether it is yes or no."""
        return self.type is bool


@cache
def kinds_of(model: type[BaseModel]) -> Mapping[str, Kind]:
    """Return what each field of a model takes, by name."""
    return {
        name: Kind(_only(field.annotation), is_required=field.is_required())
        for name, field in model.model_fields.items()
    }


def _only(annotation: Any) -> Any:
    found = [kind for kind in kinds(annotation) if kind is not NoneType]
    return found[0] if len(found) == 1 else None


def meant(value: Any, kind: Any) -> Any:
    """Return the value that is meant where `kind` is wanted; what is not understood is left for the check to refuse."""
    if value is None or kind is None:
        return value
    origin = get_origin(kind) or kind
    if origin is list:
        (of,) = get_args(kind) or (None,)
        of = _only(of)
        return [meant(item, of) for item in _listed(value, of)]
    if origin is dict:
        return _object(value)
    alone = cast("list[Any]", value) if isinstance(value, list) else []
    if len(alone) == 1:
        return meant(alone[0], kind)
    if origin is Literal:
        return _member(value, get_args(kind))
    return _one(value, kind) if isinstance(kind, type) else cast("Any", value)


def _one(value: Any, kind: type) -> Any:
    if issubclass(kind, BaseModel):
        return _from_json(value, dict)
    if issubclass(kind, Enum):
        return _member(value, (member.value for member in kind))
    if kind is str and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value


def _listed(value: Any, of: Any) -> list[Any]:
    """Return a list of what is one value, or the text of a list; values of an enum may stand behind commas."""
    found = _from_json(value, list)
    if isinstance(found, list):
        return cast("list[Any]", found)
    if isinstance(found, str) and isinstance(of, type) and issubclass(of, Enum):
        return [part.strip() for part in found.split(",")]
    return [found]


def _object(value: Any) -> Any:
    """Return a free object, also from its JSON or from a list of keys and values."""
    found = _from_json(_from_json(value, list), dict)
    if isinstance(found, list):
        pairs = cast("list[Any]", found)
        if all(isinstance(pair, dict) and set(cast("Any", pair)) == {"key", "value"} for pair in pairs):
            return {pair["key"]: pair["value"] for pair in pairs}
        return pairs
    return found


def _from_json(value: Any, kind: type[Any]) -> Any:
    """Return what a text holds, where that is the JSON of a `kind`; anything else as it is."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("[", "{"):
        return value
    try:
        found = json.loads(value)
    except ValueError:
        return value
    return found if isinstance(found, kind) else value


def _member(value: Any, values: Iterable[Any]) -> Any:
    """Return the one of `values` that a text spells in another case or with other signs between its words."""
    if not isinstance(value, str):
        return value
    known = list(values)
    alike = [one for one in known if isinstance(one, str) and _spelled(one) == _spelled(value)]
    return alike[0] if len(alike) == 1 and value not in known else value


def _spelled(text: str) -> tuple[bool, str]:
    plain = text.strip().casefold()
    return plain.startswith("-"), _NOT_IN_A_WORD.sub("", plain)
