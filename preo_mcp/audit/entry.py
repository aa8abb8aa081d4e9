"""What the audit says about one call."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Final, cast

from pydantic import MISSING, AwareDatetime, BaseModel, ConfigDict, JsonValue

from preo_mcp.approval.ended import Ended
from preo_mcp.approval.plans import Plan, PlanState
from preo_mcp.files.keys import Keys
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
        """Return how a plan was approved, None where it is not; without a plan, nobody had to be asked."""
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
        principal: Who made it, of those who are signed in; empty for this computer's user.
        answered_by: Who said yes or no, likewise.
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
    principal: str = ""
    answered_by: str = ""
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
    principal: str = ""
    answered_by: str = ""
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
            principal=entry.principal,
            answered_by=entry.answered_by,
            sandbox=entry.sandbox,
            arguments=arguments,
        )

    def as_json(self) -> str:
        """Return the line without its end: one line, and what is not there is left out."""
        return self.model_dump_json(exclude_none=True, exclude_defaults=True)


MADE_UP: Final = frozenset({Ended.REFUSED, Ended.CANCELLED, Ended.FAILED})
"""Endings of calls whose ids Preo may never have known."""
PURPOSE: Final = "audit"
MARK: Final = "hmac:"
LONGEST: Final = 4_000
"""Characters that the arguments take in a line at most."""

ID_NAME: Final = re.compile(r"(?:[a-z]+_)*ids?")
ID: Final = re.compile(
    r"[a-z]{2,5}_[A-Za-z0-9_-]{1,64}"  # edt_nordlys27
    r"|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"  # a UUID
    r"|(?=[A-Za-z0-9]*[0-9])(?=[A-Za-z0-9]*[A-Za-z])[A-Za-z0-9]{12,64}"  # letters and digits, too long for a name
)
NAME: Final = re.compile(r"[a-z][a-z_]{0,39}")
"""Names of arguments are ours; a name that a model made up can be anything."""
SHORTEST_PHONE: Final = 8
"""Digits; a number with as many may be one."""


def redacted(arguments: Mapping[str, object], keys: Keys, *, ids_are_real: bool = True) -> dict[str, JsonValue]:
    """Return the arguments as the audit keeps them; those that were not given are left out.

    `ids_are_real` tells whether Preo knew the objects that were named; else an id can be anything a model made up.
    """
    kept = _Redaction(keys, ids_are_real=ids_are_real).fields(arguments)
    if len(json.dumps(kept, ensure_ascii=False)) <= LONGEST:
        return kept
    return {"all": _Redaction(keys, ids_are_real=False).digest(json.dumps(kept, sort_keys=True))}


class _Redaction:
    def __init__(self, keys: Keys, *, ids_are_real: bool) -> None:
        self._keys = keys
        self._ids_are_real = ids_are_real
        self.digests = 0

    def fields(self, arguments: Mapping[str, object]) -> dict[str, JsonValue]:
        return {
            name if NAME.fullmatch(name) else self.digest(name): self._value(name, value)
            for name, value in arguments.items()
            if value is not MISSING
        }

    def digest(self, text: str) -> str:
        self.digests += 1
        # The same address or name however it was typed.
        return f"{MARK}{self._keys.digest(PURPOSE, ' '.join(text.casefold().split()))}/{len(text)}"

    def _value(self, name: str, value: object) -> JsonValue:
        match value:
            case BaseModel():
                return self.fields({field: getattr(value, field) for field in type(value).model_fields})
            case Mapping():
                return self.fields({str(key): item for key, item in cast("Mapping[object, object]", value).items()})
            case str() if not isinstance(value, Enum):
                is_id = self._ids_are_real and ID_NAME.fullmatch(name) and ID.fullmatch(value)
                return value if is_id else self.digest(value)
            case list() | tuple():
                return self._items(name, list(cast("Sequence[object]", value)))
            case _:
                return self._word(value)

    def _word(self, value: object) -> JsonValue:
        match value:
            case None | bool():
                return value
            case Enum():
                return cast("JsonValue", value.value)
            case date():
                return value.isoformat()
            case int() | float() | Decimal():
                return self._number(value)
            case _:
                return self.digest(repr(value))

    def _number(self, value: float | Decimal) -> JsonValue:
        plain = str(value) if isinstance(value, Decimal) else value
        return plain if abs(value) < 10 ** (SHORTEST_PHONE - 1) else self.digest(str(value))

    def _items(self, name: str, items: list[object]) -> JsonValue:
        before = self.digests
        kept = [self._value(name, item) for item in items]
        has_objects = any(isinstance(item, dict) for item in kept)
        if not (has_objects and self.digests > before):
            return kept
        return {"rows": len(items), "digest": self.digest(json.dumps(kept, sort_keys=True))}
