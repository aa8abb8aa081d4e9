"""The step that keeps personal data from the model: masked text is not taken back, and refusals quote nobody.

Masked text is for looking at: sent back as an argument, it would be searched for or written as it stands. And Preo's
reasons for a refusal can quote what was sent.
"""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from mcp.types import CallToolResult, TextContent

from preo_mcp.api.errors import ValidationError
from preo_mcp.approval.ended import Ended, Ran
from preo_mcp.calls.call import Call, Step
from preo_mcp.replies.reply import refusal
from preo_mcp.text.plain_text import MASKED


class Masked:
    """Masks what a refusal quotes; a question that waits is masked where it is made."""

    def __init__(self, following: Step) -> None:
        self._next = following

    async def run(self, call: Call) -> Ran:
        """Return what came of the call, without personal data in a refusal."""
        try:
            must_not_be_masked(call.name, call.sent)
        except ValidationError as exc:
            return Ran(refusal(str(exc)), Ended.REFUSED, failure=type(exc))
        ran = await self._next.run(call)
        result = ran.result
        if ran.ended is Ended.WAITING or not isinstance(result, CallToolResult) or not result.is_error:
            return ran
        return Ran(_without_people(result), ran.ended, ran.plan, ran.failure)


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


def _without_people(result: CallToolResult) -> CallToolResult:
    """Return a failed call's result with e-mail addresses and phone numbers in its text masked."""
    from preo_mcp.replies.privacy.free_text import masked_text

    content = [
        block.model_copy(update={"text": masked_text(block.text)}) if isinstance(block, TextContent) else block
        for block in result.content
    ]
    return result.model_copy(update={"content": content})
