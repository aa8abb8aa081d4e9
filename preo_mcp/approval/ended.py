"""How a call ended, and who agreed to it: for the audit and for the result."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from mcp.types import CallToolResult, InputRequiredResult
from pydantic import BaseModel, JsonValue

from preo_mcp.approval.plans import Plan, PlanState
from preo_mcp.settings import Way


@dataclass(frozen=True, slots=True)
class DidNotHappen:
    """No trace of the write; `why` says what was looked at, such as "the campaign is still a draft"."""

    why: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Reading back cannot tell; `why` says so, and `next_step` what a person can look at."""

    why: str
    next_step: str


Before = Callable[..., Awaitable[dict[str, Any]]]
"""Given the tool's `Preo` and arguments: what to remember, as JSON; for instance the ids of a purchase's refunds."""

After = Callable[..., Awaitable[BaseModel | DidNotHappen | Unknown]]
"""Given the tool's `Preo`, what was remembered (positional), and the arguments: the result that the tool would have
answered with where the write happened, or what else was found."""


async def nothing_to_remember(*_: Any, **__: Any) -> dict[str, Any]:
    """A `Before` where the object itself tells afterwards."""
    return {}


@dataclass(frozen=True, slots=True)
class ReadBack:
    """How the outcome of one operation is looked up."""

    after: After
    before: Before = nothing_to_remember


Content = Callable[..., Awaitable[JsonValue]]
"""Given the tool's `Preo` and arguments: what the call uses, the same JSON as `Facts.content`, as it is now."""

Stop = Callable[..., Awaitable[str | None]]
"""Given the tool's `Preo` and arguments: stops what can still be stopped, and returns what was done, in words for a
model; None where nothing can be stopped."""


@dataclass(frozen=True, slots=True)
class Aftercare:
    """What is done after the effect: somebody in Preo's own pages may have changed what was approved meanwhile.

    Attributes:
        content: Reads again what the call used; never the effect's own status.
        stop: Stops the effect where it was not what was approved.
    """

    content: Content
    stop: Stop


APPROVED_BY: Final = {
    Way.ELICITATION: "The host's dialog answered yes.",
    Way.CARD: "Approved in the card.",
    Way.PAGE: "Approved on the approval page.",
    Way.TERMINAL: "Approved in a terminal.",
    None: "Nobody was asked: the sandbox runs with --yes.",
}
"""What a result says of its approval."""


class Ended(StrEnum):
    """What came of one call."""

    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    REPEATED = "repeated"
    """The outcome of an earlier call was told again; nothing was done."""
    WAITING = "waiting"
    """A person has not answered yet, or another call carries it out."""
    NOT_APPROVED = "not approved"
    DECLINED = "declined"
    REFUSED = "refused"
    """By one of our rules, by Preo before any write, or because of its arguments."""
    CANCELLED = "cancelled"
    """The host gave up before the call changed anything."""


@dataclass(frozen=True, slots=True)
class Ran:
    """The result of a call for its host, and how it came about.

    `failure` is the kind of error that ended it. `deviates` tells that what it used is not, or not certainly, what was
    approved.
    """

    result: CallToolResult | InputRequiredResult
    ended: Ended
    plan: Plan | None = None
    failure: type[Exception] | None = None
    deviates: bool = False


OF_STATE = {PlanState.DONE: Ended.DONE, PlanState.FAILED: Ended.FAILED, PlanState.UNKNOWN: Ended.UNKNOWN}
