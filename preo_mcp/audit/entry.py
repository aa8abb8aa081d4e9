"""What the audit says about one call."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict, JsonValue

from preo_mcp.approval.ended import Ended
from preo_mcp.approval.plans import Plan, PlanState
from preo_mcp.settings import Way


class Approval(StrEnum):
    """How a person said yes, or why nobody had to."""

    DIALOG = "host dialog"
    CARD = "card"
    PAGE = "page"
    TERMINAL = "terminal"
    SANDBOX_YES = "sandbox --yes"
    NOT_NEEDED = "none needed"

    @classmethod
    def of(cls, way: Way) -> "Approval":
        """Return the approval that came by a way to ask."""
        return cls.DIALOG if way is Way.ELICITATION else cls(way.value)

    @classmethod
    def of_plan(cls, plan: Plan | None) -> "Approval | None":
        """Return how a plan was approved: not at all yet, or nobody had to be asked where there is no plan."""
        if plan is None:
            return cls.NOT_NEEDED
        if plan.approved_via is not None:
            return cls.of(plan.approved_via)
        return None if plan.state in (PlanState.OPEN, PlanState.DECLINED) else cls.SANDBOX_YES


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One call as it was; what must not be kept is taken out of it when its line is written.

    Attributes:
        tool: The tool's name.
        arguments: As the tool got them where they passed its checks (then fixed words are known by their type), else
            as they were sent.
        outcome: What came of it.
        approval: None where nobody was asked, or nobody agreed.
        plan_id: Of the plan, where a person was asked.
        error: The kind of failure; its text stays out, since it may quote a customer.
        duration_ms: From the call to its end.
        request_ids: The `X-Request-Id`s that its requests travelled with.
        account: A keyed digest of the account.
        sandbox: Whether it went to the sandbox.
        at: When it ended.
    """

    tool: str
    arguments: Mapping[str, object] = field(repr=False)
    outcome: Ended
    approval: Approval | None = None
    plan_id: str | None = None
    error: type[BaseException] | None = None
    duration_ms: int = 0
    request_ids: tuple[str, ...] = ()
    account: str | None = None
    sandbox: bool = False
    at: datetime = field(default_factory=_now)


class AuditLine(BaseModel):
    """A line of the audit as it stands in the file; `at` is UTC, `ms` milliseconds, `account` a keyed digest."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    at: AwareDatetime
    tool: str
    outcome: str
    approval: str | None = None
    plan: str | None = None
    error: str | None = None
    ms: int
    requests: list[str] = []
    account: str | None = None
    sandbox: bool = False
    arguments: dict[str, JsonValue] = {}

    @classmethod
    def of(cls, entry: AuditEntry, arguments: dict[str, JsonValue]) -> "AuditLine":
        """Return the line of `entry`, whose arguments were redacted to `arguments`."""
        return cls(
            at=entry.at.astimezone(UTC),
            tool=entry.tool,
            outcome=entry.outcome,
            approval=entry.approval,
            plan=entry.plan_id,
            error=entry.error.__name__ if entry.error else None,
            ms=entry.duration_ms,
            requests=list(entry.request_ids),
            account=entry.account,
            sandbox=entry.sandbox,
            arguments=arguments,
        )

    def as_json(self) -> str:
        """Return the line without its end: one line, and what is not there is left out."""
        return self.model_dump_json(exclude_none=True, exclude_defaults=True)
