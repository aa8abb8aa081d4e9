"""The guard: what stands between a model's call and its effect.

A call that needs a person's yes becomes a plan. The plan is asked about by the nearest way that reaches a person, and
every way ends here: the call itself, or the identical call made again, finds its plan approved, fetches the facts once
more, and carries it out once. Nothing that a model sends through this server approves anything.
"""

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from mcp.types import ElicitResult

from preo_mcp.approval.asking import Ways, cannot_ask, kept_changing
from preo_mcp.approval.call import GuardedCall
from preo_mcp.approval.commit import Committer
from preo_mcp.approval.deeds import Deeds
from preo_mcp.approval.ended import Ended, Ran
from preo_mcp.approval.facts import Facts, must_be_within_limits, what_to_type
from preo_mcp.approval.four_eyes import OWN_USER, Asker, decider_of
from preo_mcp.approval.four_eyes import told as told_who
from preo_mcp.approval.languages import in_language
from preo_mcp.approval.layout import sheet_of
from preo_mcp.approval.ledgers.ledger import Ledger, LedgerError, take
from preo_mcp.approval.phrases import SAME_CALL, already_done, already_unknown
from preo_mcp.approval.plans import Plan, PlanState, PlanStateError, approved, new_plan_id, passed_over, renewed
from preo_mcp.approval.settling import Settler
from preo_mcp.approval.timing import Timing
from preo_mcp.approval.ways import dialog
from preo_mcp.approval.wording import Amount
from preo_mcp.settings import Settings, Way

MOST_QUESTIONS: Final = 5
"""How often a person is asked again because the facts changed or what they typed did not match."""
MOST_STEPS: Final = 4 * MOST_QUESTIONS

PURGE_EVERY: Final = timedelta(hours=1)

WAITING: Final = (PlanState.OPEN, PlanState.APPROVED)

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Turn:
    """A call on its way through the guard: its plan, what its host brought back, how often a person was asked."""

    call: GuardedCall
    plan: Plan | None
    back: dialog.Returned | None
    asked: int
    mistyped: bool = False

    @property
    def approved(self) -> Plan | None:
        """Its plan, where a person has said yes to it."""
        return self.plan if self.plan is not None and self.plan.state is PlanState.APPROVED else None


class Guard:
    """Runs guarded calls.

    Args:
        settings: Limits, language, the way to ask.
        ledger: Where plans outlive the call.
        ways: Where a person can be asked outside the host's dialog.
        timing: Clock and patience.
        asker: Who makes the calls.
    """

    def __init__(self, settings: Settings, ledger: Ledger, ways: Ways, timing: Timing, asker: Asker = OWN_USER) -> None:
        self._settings = settings
        self._asker = asker
        self._ledger = ledger
        self._ways = ways
        self._timing = timing
        self._settler = Settler(settings, ledger, timing)
        self._committer = Committer(settings, ledger, self._settler, timing)
        self.deeds = Deeds(settings, ledger, self._committer, self._settler)
        self._next_purge = timing.now()

    async def run(self, call: GuardedCall) -> Ran:
        """Return what came of a call: its outcome, a question for the host, or where a person is asked.

        Raises:
            PreoError: a limit or the facts rule the call out, or they cannot be fetched; nothing was written.
        """
        await self._purge()
        await call.identify()
        turn = await self._begun(call)
        is_new = turn.plan is None or turn.plan.state in WAITING
        if is_new and (ran := await self._settler.found_at_last(call)) is not None:
            return ran
        for _ in range(MOST_STEPS):
            if (ran := await self._step(turn)) is not None:
                return ran
        return Ran(kept_changing(call.title), Ended.NOT_APPROVED, turn.plan)

    async def told(self, ran: Ran) -> Ran:
        """Remember that a host is given the outcome of a call that waited for more."""
        return await self._settler.told(ran)

    async def _purge(self) -> None:
        """Remove old plans at the first guarded call and every hour; failing to remove them stops nothing."""
        now = self._timing.now()
        if now < self._next_purge:
            return
        self._next_purge = now + PURGE_EVERY
        try:
            await self._ledger.purge(now)
        except LedgerError as exc:
            logger.warning("old plans were not removed: %s", exc.why)

    async def _begun(self, call: GuardedCall) -> Turn:
        """Find the plan that a call resumes: the one whose answer it brings back, else that of the identical call."""
        forced = self._settings.approve_via
        back = dialog.returned(call.context) if forced in (None, Way.ELICITATION) else None
        plan = await (self._ledger.get(back.plan_id) if back else self._active(call))
        ours = plan is not None and plan.call in (call.digest, call.former_digest)
        if plan is not None and (not ours or plan.has_expired(self._timing.now())):
            plan = None
        return Turn(call, plan, back if plan else None, back.asked if back else 0)

    async def _active(self, call: GuardedCall) -> Plan | None:
        """Return the plan that the identical call resumes, even one from before it was known whose the token is."""
        plan = await self._ledger.active(call.digest)
        if plan is None and call.former_digest != call.digest:
            plan = await self._ledger.active(call.former_digest)
        return plan

    async def _step(self, turn: Turn) -> Ran | None:
        """Take a call one step further; None where there is a further step."""
        if turn.plan is not None and turn.plan.has_expired(self._timing.now()):
            turn.plan = turn.back = None
        if turn.plan is not None and turn.plan.state not in WAITING:
            ran = await self._settler.follow(turn.call, turn.plan)
            turn.plan = turn.back = None  # a yes is good for its own plan alone
            return ran
        if turn.back is not None or turn.approved is not None:
            return await self._look_and_commit(turn)
        looked = await self._looked(turn.call)
        if isinstance(looked, Ran):
            return looked
        turn.plan = plan = await self._planned(turn, looked)
        if plan.state is not PlanState.OPEN:
            return None
        if self._settings.yes:
            return await self._approve(turn, plan, via=None)
        return await self._ask(turn, plan, looked)

    async def _looked(self, call: GuardedCall) -> Facts | Ran:
        """Return the facts as they are now; where they need nobody's yes, what came of the call.

        What may run unasked is looked at with other writes kept out: a draft must not be scheduled between the look
        and the write.

        Raises:
            PreoError: a limit or the facts rule the call out, or they cannot be fetched.
        """
        if not call.may_run_unasked:
            return await self._facts_of(call) or Ran(await call.perform(None), Ended.DONE)
        async with self._kept_out(call):
            return await self._facts_of(call) or Ran(await call.perform(None), Ended.DONE)

    async def _look_and_commit(self, turn: Turn) -> Ran | None:
        """Look once more, with other writes kept out, and commit where the facts are those that a person agreed to."""
        async with self._kept_out(turn.call):
            turn.plan = plan = await self._ledger.get(turn.plan.id) if turn.plan else None
            if plan is not None and plan.state not in WAITING:
                return None  # the identical call was quicker
            facts = await self._facts_of(turn.call)
            if facts is None:
                return Ran(await turn.call.perform(None), Ended.DONE)
            turn.plan = plan = await self._planned(turn, facts)
            back, turn.back = turn.back, None
            if plan.state is PlanState.OPEN and back is not None and back.result is not None:
                ran = await self._returned(turn, plan, facts, back, back.result)
                if ran is not None:
                    return ran
            agreed = turn.approved
            return await self._commit(turn, agreed, facts) if agreed else None

    @asynccontextmanager
    async def _kept_out(self, call: GuardedCall) -> AsyncGenerator[None]:
        """Keep all other writes of the account out: nothing that a person was shown changes beside this call.

        Raises:
            LedgerError: another one was not over within the time budget.
        """
        budget = self._settings.time_budget
        async with self._ledger.lease(call.account, budget, 4 * budget + call.seconds) as lease:
            call.lease = lease
            try:
                yield
            finally:
                call.lease = None

    async def _facts_of(self, call: GuardedCall) -> Facts | None:
        facts = await facts_with_history(call, self._ledger)
        if facts is None:
            return None
        must_be_within_limits(call.title, facts.stakes, self._settings)
        return told_who(facts, self._settings, self._asker)

    async def _planned(self, turn: Turn, facts: Facts) -> Plan:
        """Return the call's plan, new or renewed where the facts are not those that a person was shown."""
        fresh = plan_of(turn.call, facts, self._settings, self._timing.now(), self._asker)
        plan = turn.plan or await self._ledger.add(fresh)
        if plan.state is PlanState.APPROVED or plan.nonce is not None:  # somebody agreed, or is reading
            holds = facts.holds_for(plan.digest, plan.figures) and (plan.typed is not None or fresh.typed is None)
            holds = holds and self._allows(plan)
        else:
            holds = (plan.digest, plan.figures, plan.decider) == (fresh.digest, fresh.figures, fresh.decider)
        if holds or plan.state not in WAITING:
            return plan
        with suppress(PlanStateError):  # somebody took a step at this moment: the next look shows it
            return await take(self._ledger, plan.id, lambda now: renewed(now, fresh))
        return await self._ledger.get(plan.id) or plan

    def _allows(self, plan: Plan) -> bool:
        """Whether a plan was approved by a way that the settings allow, or not yet."""
        forced = self._settings.approve_via
        return forced is None or plan.state is not PlanState.APPROVED or plan.approved_via in (None, forced)

    async def _ask(self, turn: Turn, plan: Plan, facts: Facts) -> Ran | None:
        if turn.asked == MOST_QUESTIONS:
            return Ran(kept_changing(turn.call.title), Ended.NOT_APPROVED, plan)
        turn.asked += 1
        way = self._ways.next_way(turn.call, plan)
        if way is None:
            return Ran(cannot_ask(turn.call.title, self._settings.approve_via), Ended.NOT_APPROVED, plan)
        if way is not Way.ELICITATION:
            answered = await self._ways.ask(turn.call, plan, facts, way)
            if isinstance(answered, Ran):
                return await self._settler.told(answered)
            turn.plan = answered
            return None
        language = self._settings.language
        if dialog.is_stateless(turn.call.context):
            asked = dialog.question(plan, language, turn.asked, again=turn.mistyped)
            return Ran(asked, Ended.WAITING, plan)
        answer = await dialog.ask_in_session(turn.call.context, plan, language, again=turn.mistyped)
        return await self._answered(turn, plan, answer)

    async def _returned(
        self, turn: Turn, plan: Plan, facts: Facts, back: dialog.Returned, result: ElicitResult
    ) -> Ran | None:
        """Take the answer that a call came back with; the facts are newer than it."""
        answer = dialog.read(result, plan)
        if answer.is_yes and not facts.holds_for(back.digest, back.figures):
            return None
        return await self._answered(turn, plan, answer)

    async def _answered(self, turn: Turn, plan: Plan, answer: dialog.Answer) -> Ran | None:
        turn.mistyped = answer.mistyped
        if answer.is_yes:
            return await self._approve(turn, plan, via=Way.ELICITATION)
        if answer.mistyped:
            return None
        with suppress(PlanStateError):
            await take(self._ledger, plan.id, lambda now: passed_over(now, Way.ELICITATION))
        turn.plan = await self._ledger.get(plan.id)
        if turn.plan is not None and turn.plan.state not in WAITING:
            return None  # somebody answered elsewhere: what came of it is told
        return Ran(self._ways.elsewhere(plan, answer.said), Ended.NOT_APPROVED, plan)

    async def _approve(self, turn: Turn, plan: Plan, via: Way | None) -> None:
        """Take a yes to the facts of `plan`; a step that somebody else took meanwhile wins."""
        with suppress(PlanStateError):
            await take(
                self._ledger,
                plan.id,
                lambda now: approved(now, plan.digest, plan.figures, via, self._timing.now(), self._asker.name),
            )
        turn.plan = await self._ledger.get(plan.id)

    async def _commit(self, turn: Turn, plan: Plan, facts: Facts) -> Ran | None:
        ran = await self._committer.commit(turn.call, plan, facts)
        if ran is None:
            turn.plan = await self._ledger.get(plan.id)
        return ran


async def facts_with_history(call: GuardedCall, ledger: Ledger) -> Facts | None:
    """Return the facts as they are now, whose account it is, and that the identical call was made before.

    None where no yes is needed.

    Raises:
        PreoError: the facts rule the call out, or cannot be fetched.
    """
    facts = await call.facts()
    if facts is None:
        return None
    deciding = [*facts.deciding]
    before = await ledger.last_effect(call.digest)
    if before is not None and before.began is not None:
        told = already_done if before.state is PlanState.DONE else already_unknown
        deciding.append((SAME_CALL, told(before.began)))
    return replace(facts, deciding=tuple(deciding), account=call.whose)


def plan_of(call: GuardedCall, facts: Facts, settings: Settings, now: datetime, asker: Asker = OWN_USER) -> Plan:
    """Return a new plan, with the facts as a person is shown them."""
    to_type = what_to_type(facts, settings)
    expected = to_type[0] if to_type else None
    amount = expected if isinstance(expected, Amount) else None
    return Plan(
        id=new_plan_id(),
        call=call.digest,
        account=call.account,
        decider=decider_of(facts.stakes, settings, asker),
        tool=call.name,
        title=call.title,
        created=now,
        expires=now + timedelta(hours=settings.plan_hours),
        question=facts.asked(settings.language),
        lines=tuple(facts.told(settings.language)),
        deciding=facts.decisive,
        sheet=sheet_of(facts, settings.language, is_live=not settings.sandbox),
        digest=facts.digest(),
        figures=tuple(facts.figures),
        typed=None if expected is None else str(expected),
        amount=amount and amount.value,
        currency=amount and amount.currency,
        typing=in_language(to_type[1], settings.language) if to_type else "",
        organization_id=facts.stakes.organization_id,
        edition_id=facts.stakes.edition_id,
        is_refund=call.is_refund,
        deeds=facts.deeds,
        left_out=facts.left_out,
    )
