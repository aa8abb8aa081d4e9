"""A plan: one guarded call on its way from the question to its outcome, and the only steps it can take.

    open ──approved──▶ approved ──claimed──▶ running ──settled──▶ done · failed · unknown ──settled──▶ done · failed
      └──declined──▶ declined        ▲          │
                                     └─released─┘   (it certainly never reached Preo)

Each step is a pure function from a plan to the next one; a ledger puts it in place of the plan that it was made from,
once. `PlanStateError` says why a step cannot be taken.
"""

import secrets
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict, JsonValue

from preo_mcp.approval.sheet import Kind, Part, Sheet
from preo_mcp.approval.wording import Amount, Span, SpanKind
from preo_mcp.settings import Way

PLAN: Final = "pln_"
ID_BYTES: Final = 12


class PlanState(StrEnum):
    """Where a plan is."""

    OPEN = "open"
    APPROVED = "approved"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    DECLINED = "declined"


class Decider(StrEnum):
    """Whose yes a plan takes, of several who are signed in."""

    ASKER = "asker"
    """That of whoever asked for it."""
    ANYBODY = "anybody"
    """That of anybody who may approve, since the sign-in that it was asked by may not."""
    ANOTHER = "another"
    """That of somebody else who may approve: four eyes."""


FINISHED: Final = frozenset({PlanState.DONE, PlanState.FAILED, PlanState.UNKNOWN, PlanState.DECLINED})
MAY_HAVE_HAPPENED: Final = frozenset({PlanState.DONE, PlanState.UNKNOWN})


class PlanStateError(Exception):
    """A step that the plan cannot take; the text says why, in a form that fits after "it was not approved: "."""


class Deed(BaseModel):
    """One of several things that a single yes is for, and that are done one after another.

    Attributes:
        tool: The tool that does it by itself.
        subject: The id of what it is done to.
        bound: A digest of what the yes is for: what is done to it must be that.
        is_refund: Whether it counts as a refund of the day.
    """

    model_config = ConfigDict(frozen=True)

    tool: str
    subject: str
    bound: str
    is_refund: bool = False


class Plan(BaseModel):
    """One guarded call, as the ledger keeps it; what was shown is kept as it was shown, until it is carried out.

    Attributes:
        id: Random.
        call: A keyed digest of tool, arguments and account: what "the identical call" means.
        account: A keyed digest of the account.
        principal: Who asked for it, of those who are signed in; empty for this computer's user.
        decider: Whose yes it takes.
        answered_by: Who said yes or no, of those who are signed in; empty for this computer's user, and until then.
        question: In the person's language, as are `lines`.
        lines: Label and value of each fact.
        deciding: How many of the lines, the first ones, a person decides by.
        sheet: The same laid out, with its long texts whole: for where there is room.
        digest: Of the facts in full.
        figures: The counts among the facts.
        typed: What a person has to type besides yes; None where a yes will do.
        amount: What `typed` is as a number, where it is an amount.
        currency: Of that amount.
        typing: The sentence that asks for it.
        passed: The ways to ask that did not reach a person, or may not have.
        nonce: Digests of the secrets that cards and pages were given and that are still good; None where none is.
        before: What the read-back remembered before the write.
        began: When the write began.
        running_until: When a write that began is over at the latest, whatever became of its process.
        organization_id: Where it takes effect; None where that is not known.
        edition_id: Likewise.
        is_refund: Whether it counts as a refund of the day.
        deeds: What the yes is for, where that is several things: nothing else is done for it.
        left_out: What was asked for too and is not among the deeds, and why: for the model that asked.
        outcome: What came of it: the result as the host gets it.
        delivered: Whether the outcome, or the person's no, was told to a host.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    call: str
    account: str
    principal: str = ""
    decider: Decider = Decider.ASKER
    answered_by: str = ""
    tool: str
    title: str
    created: datetime
    expires: datetime
    version: int = 1
    state: PlanState = PlanState.OPEN
    question: str = ""
    lines: tuple[tuple[str, str], ...] = ()
    deciding: int = 0
    sheet: Sheet = Sheet()
    digest: str
    figures: tuple[int, ...] = ()
    typed: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    typing: str = ""
    passed: tuple[Way, ...] = ()
    nonce: str | None = None
    approved_via: Way | None = None
    before: dict[str, JsonValue] = {}
    began: datetime | None = None
    running_until: datetime | None = None
    organization_id: str | None = None
    edition_id: str | None = None
    is_refund: bool = False
    deeds: tuple[Deed, ...] = ()
    left_out: str = ""
    outcome: dict[str, JsonValue] | None = None
    finished: datetime | None = None
    delivered: bool = False

    @property
    def is_active(self) -> bool:
        """Whether the identical call resumes this plan rather than making a new one."""
        return self.state not in FINISHED or not self.delivered

    @property
    def laid_out(self) -> Sheet:
        """The question where there is room; one from before there were sheets has its lines, none of them folded."""
        if self.sheet != Sheet():
            return self.sheet
        facts = tuple(Part(label, (Span(SpanKind.LINE, value),)) for label, value in self.lines)
        kind = Kind.MONEY if self.is_refund else Kind.CHANGE
        return Sheet(kind, deciding=facts[: self.deciding], rest=facts[self.deciding :])

    @property
    def expected(self) -> str | Amount | None:
        """What a person has to type besides yes: a name, or an amount in whatever way it is written."""
        return self.typed if self.amount is None else Amount(self.amount, self.currency)

    def takes_yes_of(self, name: str) -> bool:
        """Whether somebody's yes counts, as far as it depends on who they are; empty for this computer's user."""
        return self.decider is not Decider.ANOTHER or name not in ("", self.principal)

    def has_expired(self, now: datetime) -> bool:
        """Whether it is too late to ask or to act on the answer; what began is never too late to settle."""
        return self.state in (PlanState.OPEN, PlanState.APPROVED) and now >= self.expires


def new_plan_id() -> str:
    """Return a new random id."""
    return f"{PLAN}{secrets.token_hex(ID_BYTES)}"


def renewed(plan: Plan, asked: Plan) -> Plan:
    """The facts changed: ask for those of `asked`, a yes to the former ones is void."""
    _must_be(plan, PlanState.OPEN, PlanState.APPROVED)
    shown = {name: getattr(asked, name) for name in _SHOWN}
    return _next(plan, state=PlanState.OPEN, approved_via=None, answered_by="", nonce=None, **shown)


def passed_over(plan: Plan, way: Way) -> Plan:
    """The way to ask did not reach a person, or may not have."""
    _must_be(plan, PlanState.OPEN)
    return _next(plan, passed=(*dict.fromkeys((*plan.passed, way)),))


def with_nonce(plan: Plan, nonce: str) -> Plan:
    """A card or a page was given a secret; `nonce` has the digests of all that are good now."""
    _must_be(plan, PlanState.OPEN)
    return _next(plan, nonce=nonce)


def approved(plan: Plan, digest: str, figures: tuple[int, ...], via: Way | None, now: datetime, by: str = "") -> Plan:
    """A person said yes to the facts of `digest` and `figures`; `via` is None where nobody had to be asked."""
    _must_be_open(plan, now)
    _must_be_of_another(plan, by)
    if (plan.digest, plan.figures) != (digest, figures):
        raise PlanStateError("the facts changed since they were shown")
    return _next(plan, state=PlanState.APPROVED, approved_via=via, answered_by=by, nonce=None)


def declined(plan: Plan, now: datetime, by: str = "") -> Plan:
    """A person said no, in a place that only a person reaches."""
    _must_be_open(plan, now)
    return _next(plan, state=PlanState.DECLINED, answered_by=by, nonce=None, finished=now, **_FORGOTTEN, **_NOT_TYPED)


def claimed(plan: Plan, before: dict[str, JsonValue], now: datetime, limit: timedelta) -> Plan:
    """The call begins, and is over within `limit`; what was shown is forgotten."""
    if plan.has_expired(now):
        raise PlanStateError("the approval expired")
    _must_be(plan, PlanState.APPROVED)
    _must_be_of_another(plan, plan.answered_by)
    return _next(plan, state=PlanState.RUNNING, before=before, began=now, running_until=now + limit, **_FORGOTTEN)


def released(plan: Plan) -> Plan:
    """Preo was certainly not reached: the yes still holds."""
    _must_be(plan, PlanState.RUNNING)
    return _next(plan, state=PlanState.APPROVED, began=None, running_until=None)


def settled(plan: Plan, state: PlanState, outcome: dict[str, JsonValue], now: datetime) -> Plan:
    """The outcome is known, or known to be unknown: then what the read-back needs is kept, to look again."""
    _must_be(plan, PlanState.RUNNING, PlanState.UNKNOWN)
    before = plan.before if state is PlanState.UNKNOWN else {}
    return _next(plan, state=state, outcome=outcome, finished=now, before=before, **_NOT_TYPED)


def delivered(plan: Plan) -> Plan:
    """A host was given the outcome."""
    _must_be(plan, *FINISHED)
    return _next(plan, delivered=True)


_FORGOTTEN: Final[dict[str, object]] = {"question": "", "lines": (), "deciding": 0, "sheet": Sheet(), "typing": ""}
"""What was shown to a person, and holds customers' data."""
_NOT_TYPED: Final[dict[str, object]] = {"typed": None, "amount": None, "currency": None}
_SHOWN: Final = (*_FORGOTTEN, *_NOT_TYPED, "digest", "figures", "deeds", "left_out", "decider")


def _next(plan: Plan, **changes: object) -> Plan:
    return plan.model_copy(update={**changes, "version": plan.version + 1})


def _must_be_open(plan: Plan, now: datetime) -> None:
    if plan.has_expired(now):
        raise PlanStateError("the question expired")
    _must_be(plan, PlanState.OPEN)


def _must_be_of_another(plan: Plan, by: str) -> None:
    if not plan.takes_yes_of(by):
        raise PlanStateError("somebody else than who asked has to say yes")


def _must_be(plan: Plan, *states: PlanState) -> None:
    if plan.state in states:
        return
    raise PlanStateError(_WHY[plan.state])


_WHY: Final = {
    PlanState.OPEN: "nobody has approved it",
    PlanState.APPROVED: "it is approved already",
    PlanState.RUNNING: "it is being carried out",
    PlanState.DONE: "it was carried out already",
    PlanState.FAILED: "it was tried already and failed",
    PlanState.UNKNOWN: "it was tried already, with an unknown outcome",
    PlanState.DECLINED: "a person declined it",
}
