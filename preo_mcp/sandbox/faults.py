"""Rules by which requests go wrong on purpose: which requests, what happens to them, how often.

Every rule counts the requests that it is about, in the order of their arrival, and strikes by that count or by draws
from its own seed; so the same requests meet the same faults again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from random import Random
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from preo_mcp.api.operations import OPERATIONS, Method, Operation, Risk

MOST_RULES: Final = 100
LONGEST_DELAY: Final = 300.0
DEFAULT_SECONDS: Final = 1.0
DEFAULT_STATUS: Final = 500


class FaultKind(StrEnum):
    """What happens to a request."""

    DROP_BEFORE = "drop_before"
    """The connection is closed; nothing is applied."""
    DROP_AFTER = "drop_after"
    """Applied, then the connection is closed without an answer."""
    ERROR_BEFORE = "error_before"
    """Answered with `status`; nothing is applied."""
    ERROR_AFTER = "error_after"
    """Applied, then answered with `status`."""
    THROTTLE = "throttle"
    """Answered with 429 and a Retry-After of `seconds`; nothing is applied."""
    SLOW_BEFORE = "slow_before"
    """Applied and answered `seconds` later."""
    SLOW = "slow"
    """Applied at once and answered `seconds` later."""
    TRUNCATED = "truncated"
    """Applied, then the connection is closed in the middle of the announced body."""


TAKES_SECONDS: Final = frozenset({FaultKind.THROTTLE, FaultKind.SLOW_BEFORE, FaultKind.SLOW})
TAKES_STATUS: Final = frozenset({FaultKind.ERROR_BEFORE, FaultKind.ERROR_AFTER})


class FaultRule(BaseModel):
    """Which requests, what happens to them, and how often: each time, unless `every` or `probability` says less.

    A rule without any of `operation`, `method`, `path` and `writes` is about every operation; with several it is about
    those that meet all. `times` ends it after that many strikes.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    kind: FaultKind
    operation: str | None = Field(default=None, description="title, such as Send campaign now")
    method: Method | None = None
    path: str | None = Field(default=None, description="template, such as /v1/refunds/{id}")
    writes: bool | None = Field(default=None, description="true: what changes something; false: what does not")
    every: int | None = Field(default=None, ge=1, description="strikes the nth, the 2nth, … of its requests")
    probability: float | None = Field(default=None, gt=0, le=1)
    seed: int = Field(default=1, description="of the draws by probability")
    times: int | None = Field(default=None, ge=1)
    seconds: float = Field(default=DEFAULT_SECONDS, ge=0, le=LONGEST_DELAY)
    status: int = Field(default=DEFAULT_STATUS, ge=500, le=599)

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        given = self.model_fields_set
        if self.every is not None and self.probability is not None:
            raise _wrong("Give every or probability, not both.")
        if "seed" in given and self.probability is None:
            raise _wrong("A seed goes with probability only.")
        if "seconds" in given and self.kind not in TAKES_SECONDS:
            raise _wrong(f"The kind {self.kind} takes no seconds; {_listed(TAKES_SECONDS)} do.")
        if "status" in given and self.kind not in TAKES_STATUS:
            raise _wrong(f"The kind {self.kind} takes no status; {_listed(TAKES_STATUS)} do.")
        _must_be_known("operation", self.operation, [row.title for row in OPERATIONS])
        _must_be_known("path", self.path, [row.path for row in OPERATIONS])
        if not self.operations():
            raise _wrong("No operation meets operation, method, path and writes together.")
        return self

    def operations(self) -> frozenset[Operation]:
        """Return the operations that the rule is about."""
        return frozenset(row for row in OPERATIONS if self._is_about(row))

    def _is_about(self, row: Operation) -> bool:
        return (
            self.operation in (None, row.title)
            and self.method in (None, row.method)
            and self.path in (None, row.path)
            and self.writes in (None, row.risk is not Risk.READ)
        )


def _wrong(why: str) -> PydanticCustomError:
    return PydanticCustomError("fault_rule", "{why}", {"why": why})


def _listed(kinds: frozenset[FaultKind]) -> str:
    return ", ".join(sorted(kinds))


def _must_be_known(name: str, given: str | None, known: Sequence[str]) -> None:
    if given is None or given in known:
        return
    near = get_close_matches(given, known, n=1)
    raise _wrong(f"There is no {name} {given[:80]!r}" + (f"; the nearest is {near[0]!r}." if near else "."))


@dataclass(slots=True)
class Armed:
    """A rule in force: the requests that it was about so far, and how many of them it struck."""

    rule: FaultRule
    matched: int = 0
    struck: int = 0
    operations: frozenset[Operation] = field(init=False)
    _draws: Random = field(init=False)

    def __post_init__(self) -> None:
        self.operations = self.rule.operations()
        self._draws = Random(self.rule.seed)  # noqa: S311 - invented faults, nothing secret

    def strikes(self, operation: Operation) -> bool:
        """Count a request, and return whether it is struck."""
        if operation not in self.operations or self.struck == self.rule.times:
            return False
        self.matched += 1
        is_struck = self._is_due()
        self.struck += is_struck
        return is_struck

    def _is_due(self) -> bool:
        if self.rule.probability is not None:
            return self._draws.random() < self.rule.probability
        return self.rule.every is None or self.matched % self.rule.every == 0

    def shown(self) -> dict[str, Any]:
        """Return the rule as it was given, with its counts."""
        return {**self.rule.model_dump(exclude_unset=True), "matched": self.matched, "struck": self.struck}


@dataclass(slots=True)
class Faults:
    """The rules in force, in their order: the first that strikes a request has it, and later ones do not count it."""

    armed: list[Armed] = field(default_factory=list[Armed])

    def add(self, rules: Sequence[FaultRule]) -> None:
        """Put further rules in force."""
        self.armed += [Armed(rule) for rule in rules]

    def clear(self) -> None:
        """Let requests be served properly again."""
        self.armed.clear()

    def strike(self, operation: Operation | None) -> FaultRule | None:
        """Return the rule that strikes a request, None where it is served properly."""
        if operation is None:
            return None
        return next((armed.rule for armed in self.armed if armed.strikes(operation)), None)
