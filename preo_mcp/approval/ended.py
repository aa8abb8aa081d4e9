"""How a call ended, and who agreed to it: for the audit and for the result."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mcp.types import CallToolResult, InputRequiredResult

from preo_mcp.approval.plans import Plan, PlanState
from preo_mcp.settings import Way

APPROVED_BY: Final = {
    Way.ELICITATION: "Approved by a person in the host's dialog.",
    Way.CARD: "Approved by a person in the card.",
    Way.PAGE: "Approved by a person on the approval page.",
    Way.TERMINAL: "Approved by a person in a terminal.",
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
    """By a rule of ours, by Preo before any write, or for its arguments."""
    CANCELLED = "cancelled"
    """The host gave up before the call changed anything."""


@dataclass(frozen=True, slots=True)
class Ran:
    """The result of a call for its host, and how it came to it; `failure` is the kind of error that ended it."""

    result: CallToolResult | InputRequiredResult
    ended: Ended
    plan: Plan | None = None
    failure: type[Exception] | None = None


OF_STATE = {PlanState.DONE: Ended.DONE, PlanState.FAILED: Ended.FAILED, PlanState.UNKNOWN: Ended.UNKNOWN}
