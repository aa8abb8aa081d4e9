"""Every setting as a person meets it: on the command line and in the documents."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, get_args, get_origin

from preo_mcp.settings.model import Flag, Settings, Unset, variable_of

_WORDS: Final = {"None": "", "False": "off", "()": "none"}
"""Defaults that are not values to be given, and how they are put."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting as a person meets it.

    Args:
        name: Its field's.
        about: What it is.
        kind: The type of its value, or of each where it takes several.
        many: Whether it takes several.
        flag: Its flag, or None where it is a variable only.
        default: What holds where it is not set; empty where that is nothing.
        in_words: Whether `default` is put in words, and is not a value that could be given.
    """

    name: str
    about: str
    kind: Any
    many: bool
    flag: Flag | None
    default: str
    in_words: bool

    @property
    def variable(self) -> str:
        """Its environment variable."""
        return variable_of(self.name)

    @property
    def choices(self) -> tuple[str, ...]:
        """The values it takes, where they are few."""
        return tuple(map(str, self.kind)) if isinstance(self.kind, type) and issubclass(self.kind, StrEnum) else ()


def declared() -> Iterator[Setting]:
    """Yield every setting in the order of its declaration."""
    for name, field in Settings.model_fields.items():
        flag = next((one for one in field.metadata if isinstance(one, Flag)), None)
        words = next((one.words for one in field.metadata if isinstance(one, Unset)), _WORDS.get(repr(field.default)))
        default = words if words is not None else str(field.default)
        kind = next(iter(get_args(field.annotation)), field.annotation)
        many = get_origin(field.annotation) is tuple
        yield Setting(name, field.description or "", kind, many, flag, default, in_words=words is not None)


def given_flags(parsed: object) -> dict[str, Any]:
    """Return the settings among the attributes of a parsed command line; None where a flag was not given."""
    return {setting.name: getattr(parsed, setting.name, None) for setting in declared() if setting.flag}
