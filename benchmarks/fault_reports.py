"""What a host was told of a call: the one place that knows how the server words an outcome."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from mcp.client import ClientRequestContext
from mcp.types import CallToolResult, ElicitRequestFormParams, ElicitRequestParams, ElicitResult, TextContent


class Reported(StrEnum):
    """What a result, or a question that was asked again, says of the effect of a call."""

    HAPPENED = "happened"
    DID_NOT_HAPPEN = "did not happen"
    UNKNOWN = "unknown"
    NOT_YET = "not yet"
    """Nothing was done so far, and the same call is to be made again."""


# Each is looked for in the text of a refusal, and the first that is found decides.
WORDINGS: tuple[tuple[Reported, re.Pattern[str]], ...] = (
    (Reported.UNKNOWN, re.compile("may or may not have been done|unknown outcome|crashed")),
    (Reported.HAPPENED, re.compile("the campaign is (calculating|sending|sent)")),
    (Reported.DID_NOT_HAPPEN, re.compile("was not done · [^·]*, and reading back shows")),
    # An earlier call may still carry it out; it was not begun; the facts could not be fetched; a segment is at work.
    (Reported.NOT_YET, re.compile("an earlier call is carrying it out|the yes holds until")),
    (
        Reported.NOT_YET,
        re.compile("Nothing was changed|Wait|until it is completed|kept changing|[Cc]all again|[Tt]ry again"),
    ),
)

DENIAL: re.Pattern[str] = re.compile("This call did nothing|Nothing was changed|was not run")

SAME_CALL: tuple[tuple[Reported, re.Pattern[str]], ...] = (
    (Reported.HAPPENED, re.compile("The same call before: carried out")),
    (Reported.UNKNOWN, re.compile("The same call before: tried .* unknown outcome")),
)
"""What a question says of an earlier identical call: whose result was told, but lost on its way to the host."""


def reported(result: CallToolResult) -> Reported:
    """Return what a result says of the effect of its call."""
    if not result.is_error:
        return Reported.HAPPENED
    text = text_of(result)
    return next((kind for kind, pattern in WORDINGS if pattern.search(text)), Reported.DID_NOT_HAPPEN)


def denies(text: str) -> bool:
    """Return whether a result's text says that its call has done nothing so far."""
    return DENIAL.search(text) is not None


def text_of(result: CallToolResult) -> str:
    """Return the text of a result."""
    return "\n".join(block.text for block in result.content if isinstance(block, TextContent))


@dataclass(slots=True)
class Person:
    """Who answers questions: yes, but no where the question says that the same was done, or tried, before.

    Attributes:
        questions: How many were asked.
        told: What the last question said of the same call before, None where it said nothing.
    """

    questions: int = 0
    told: Reported | None = field(default=None)

    async def answer(self, context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        """Answer a question."""
        del context  # the client gives it by position to a parameter of this name
        self.questions += 1
        self.told = next((kind for kind, pattern in SAME_CALL if pattern.search(params.message)), None)
        if self.told is not None or not isinstance(params, ElicitRequestFormParams):
            return ElicitResult(action="decline")
        fields: dict[str, Any] = params.requested_schema["properties"]
        return ElicitResult(action="accept", content={name: True for name, shape in fields.items() if _ticks(shape)})


def _ticks(shape: dict[str, Any]) -> bool:
    return shape.get("type") == "boolean"
