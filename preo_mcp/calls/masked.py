"""Masked text is for looking at: sent back as an argument, it would be searched for or written as it stands."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from mcp.types import CallToolResult, TextContent

from preo_mcp.api.errors import ValidationError
from preo_mcp.approval.wording import MASKED
from preo_mcp.replies.privacy.free_text import masked_text


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


def masked_refusal(result: CallToolResult) -> CallToolResult:
    """Return a failed call's result with e-mail addresses and phone numbers in its text masked."""
    content = [
        block.model_copy(update={"text": masked_text(block.text)}) if isinstance(block, TextContent) else block
        for block in result.content
    ]
    return result.model_copy(update={"content": content})
