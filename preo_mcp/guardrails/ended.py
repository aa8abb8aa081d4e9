"""How a guarded call ended, for the audit."""

from dataclasses import dataclass
from enum import StrEnum

from mcp.types import CallToolResult, InputRequiredResult

from preo_mcp.guardrails.plans import Plan, PlanState


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
    """The host gave up before the call began to change anything that a person was asked about."""


@dataclass(frozen=True, slots=True)
class Ran:
    """The result of a call for its host, and how it came to it."""

    result: CallToolResult | InputRequiredResult
    ended: Ended
    plan: Plan | None = None


OF_STATE = {PlanState.DONE: Ended.DONE, PlanState.FAILED: Ended.FAILED, PlanState.UNKNOWN: Ended.UNKNOWN}
