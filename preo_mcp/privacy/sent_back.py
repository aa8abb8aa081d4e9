"""Masked text is for looking at: sent back as an argument, it would be searched for or written as it stands."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from preo_mcp.errors import ValidationError
from preo_mcp.guardrails.wording import MASKED


def must_not_be_masked(tool: str, arguments: Mapping[str, Any]) -> None:
    """Make sure that no argument has masked text in it.

    Raises:
        ValidationError: one has.
    """
    if found := [name for name, value in arguments.items() if any(MASKED in text for text in _texts(value))]:
        names = ", ".join(found)
        why = f"{names} has masked text ({MASKED}), which stands for something else"
        raise ValidationError(f"{tool} was not run", why, "Use ids, or ask the user for the real value.")


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for name, item in cast("Mapping[str, object]", value).items():
                yield name
                yield from _texts(item)
        case list() | tuple():
            for item in cast("list[object]", value):
                yield from _texts(item)
        case _:
            return
