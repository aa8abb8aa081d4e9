"""A secret answers the facts that it was shown with, in time; of several one answers, once."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import anyio
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from preo_mcp.approval import plans
from preo_mcp.approval.ledgers.ledger import Lease, take
from preo_mcp.approval.plans import Plan, PlanState
from preo_mcp.approval.ways.answering import MOST_SECRETS, AnswerRefused, answer, as_json, exchange, issue, show
from preo_mcp.approval.ways.texts import WHY, Refusal
from preo_mcp.settings import Way
from tests.approval.memory_ledger import MemoryLedger
from tests.approval.ways.open_plans import LINES, PLAN_ID, START, Waiting, open_plan

T = TypeVar("T")
CHANGED = open_plan().model_copy(update={"digest": "other facts", "lines": (("Customer", "Bo"),)})


async def answered(
    waiting: Waiting, nonce: str, *, yes: bool = True, typed: str | None = None, plan_id: str = PLAN_ID
) -> Plan:
    return await answer(waiting.ledger, plan_id, nonce, yes=yes, typed=typed, via=Way.PAGE, now=waiting.now)


async def refused(waiting: Waiting, nonce: str, *, typed: str | None = None, plan_id: str = PLAN_ID) -> Refusal:
    before = dict(waiting.ledger.plans)
    with pytest.raises(AnswerRefused) as caught:
        await answered(waiting, nonce, typed=typed, plan_id=plan_id)
    assert waiting.ledger.plans == before
    assert str(caught.value).count(" · ") == 2
    return caught.value.refusal


async def test_a_yes_approves_the_facts_that_were_shown() -> None:
    waiting = Waiting.of(open_plan())
    shown = await show(waiting.ledger, PLAN_ID, waiting.now)
    assert (shown.question, shown.lines, shown.expires) == ("Request this refund?", LINES, START + timedelta(hours=1))
    assert shown.nonce not in waiting.plan.model_dump_json()
    plan = await answered(waiting, shown.nonce)
    assert (plan.state, plan.approved_via, plan.nonce) == (PlanState.APPROVED, Way.PAGE, None)
    assert await refused(waiting, shown.nonce) is Refusal.APPROVED
    with pytest.raises(AnswerRefused):
        await show(waiting.ledger, PLAN_ID, waiting.now)


async def test_a_no_declines_and_cannot_be_taken_back() -> None:
    waiting = Waiting.of(open_plan(typed="1,590.00 DKK"))
    nonce = (await show(waiting.ledger, PLAN_ID, waiting.now)).nonce
    assert (await answered(waiting, nonce, yes=False)).state is PlanState.DECLINED
    assert await refused(waiting, nonce, typed="1590") is Refusal.DECLINED


@pytest.mark.parametrize(
    ("state", "refusal"),
    [
        (PlanState.RUNNING, Refusal.BEGUN),
        (PlanState.DONE, Refusal.USED),
        (PlanState.FAILED, Refusal.FAILED),
        (PlanState.UNKNOWN, Refusal.UNCLEAR),
    ],
)
async def test_what_began_is_not_said_to_be_carried_out_unless_it_was(state: PlanState, refusal: Refusal) -> None:
    waiting = Waiting.of(open_plan().model_copy(update={"state": state}))
    assert await refused(waiting, "any") is refusal
    assert ("carried out" in str(WHY[refusal][0])) is (state is PlanState.DONE)


async def test_a_secret_is_exchanged_once() -> None:
    waiting = Waiting.of(open_plan())
    given = await issue(waiting.ledger, PLAN_ID, waiting.now)
    shown = await exchange(waiting.ledger, PLAN_ID, given, waiting.now)
    with pytest.raises(AnswerRefused) as replayed:
        await exchange(waiting.ledger, PLAN_ID, given, waiting.now)
    assert replayed.value.refusal is Refusal.SECRET
    for wrong in (given, "", "wrong", "ø\ud800", shown.nonce + "x"):
        assert await refused(waiting, wrong) is Refusal.SECRET
    await answered(waiting, shown.nonce)


async def test_a_repeated_call_does_not_shut_what_somebody_reads() -> None:
    waiting = Waiting.of(open_plan())
    read = (await show(waiting.ledger, PLAN_ID, waiting.now)).nonce
    others = [await issue(waiting.ledger, PLAN_ID, waiting.now) for _ in range(MOST_SECRETS - 1)]
    assert (await answered(waiting, read)).state is PlanState.APPROVED
    assert await refused(waiting, others[0]) is Refusal.APPROVED

    waiting = Waiting.of(open_plan())
    first = await issue(waiting.ledger, PLAN_ID, waiting.now)
    for _ in range(MOST_SECRETS):
        await issue(waiting.ledger, PLAN_ID, waiting.now)
    assert await refused(waiting, first) is Refusal.SECRET


async def test_what_was_mistyped_can_be_typed_again() -> None:
    waiting = Waiting.of(open_plan(typed="1,590.00 DKK"))
    shown = await show(waiting.ledger, PLAN_ID, waiting.now)
    assert as_json(shown)["typing"] == "Type 1,590.00 DKK to confirm"
    for wrong in (None, "", "1,59", "yes", "1,590.00 EUR"):
        assert await refused(waiting, shown.nonce, typed=wrong) is Refusal.TYPED
    assert (await answered(waiting, shown.nonce, typed=" 1.590,00 dkk")).state is PlanState.APPROVED


async def test_after_its_time_neither_shown_nor_answered() -> None:
    waiting = Waiting.of(open_plan())
    nonce = (await show(waiting.ledger, PLAN_ID, waiting.now)).nonce
    waiting.later(hours=1)
    assert await refused(waiting, nonce) is Refusal.EXPIRED
    with pytest.raises(AnswerRefused):
        await issue(waiting.ledger, PLAN_ID, waiting.now)


async def test_other_facts_void_the_secret() -> None:
    waiting = Waiting.of(open_plan())
    nonce = (await show(waiting.ledger, PLAN_ID, waiting.now)).nonce
    await take(waiting.ledger, PLAN_ID, lambda plan: plans.renewed(plan, CHANGED))
    assert await refused(waiting, nonce) is Refusal.SECRET


@pytest.mark.parametrize("plan_id", ["pln_000000000000000000000000", "", "pln_", "../etc/passwd", PLAN_ID.upper()])
async def test_an_unknown_plan(plan_id: str) -> None:
    assert await refused(Waiting.of(open_plan()), "nonce", plan_id=plan_id) is Refusal.UNKNOWN


class SlowLedger(MemoryLedger):
    """One whose first replacement waits for a second one to begin."""

    def __init__(self, plan: Plan) -> None:
        super().__init__({plan.id: plan})
        self.begun = 0
        self.both = anyio.Event()

    async def replace(self, old: Plan, new: Plan, under: Lease | None = None) -> bool:
        self.begun += 1
        self.both.set() if self.begun > 1 else await self.both.wait()
        return await super().replace(old, new, under)


async def test_the_secret_of_an_address_shows_and_does_not_answer() -> None:
    waiting = Waiting.of(open_plan())
    given = await issue(waiting.ledger, PLAN_ID, waiting.now)
    with pytest.raises(AnswerRefused) as refused:
        await answer(waiting.ledger, PLAN_ID, given, yes=True, typed=None, via=Way.PAGE, now=waiting.now)
    assert refused.value.refusal is Refusal.SECRET
    shown = await exchange(waiting.ledger, PLAN_ID, given, waiting.now)
    with pytest.raises(AnswerRefused):
        await exchange(waiting.ledger, PLAN_ID, shown.nonce, waiting.now)


async def test_of_two_answers_at_once_one_counts() -> None:
    waiting = Waiting.of(open_plan())
    nonce = (await show(waiting.ledger, PLAN_ID, waiting.now)).nonce
    waiting.ledger = SlowLedger(waiting.plan)
    ends: list[str] = []

    async def say(yes: bool) -> None:
        try:
            ends.append((await answered(waiting, nonce, yes=yes)).state)
        except AnswerRefused as exc:
            ends.append(exc.refusal)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(say, True)
        tasks.start_soon(say, False)
    assert sorted(ends) in (["approved", "approved_before"], ["declined", "declined_before"])


class Answering(RuleBasedStateMachine):
    """Any order of showing, answering, changed facts and passing time: a yes only ever means what was seen."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = Waiting.of(open_plan(typed="Ida"))
        self.facts = "digest"
        self.seen: list[tuple[str, str, str]] = []
        self.has_yes = False

    def attempt(self, act: Callable[[], Awaitable[T]]) -> T | None:
        async def run() -> T:
            return await act()

        try:
            return anyio.run(run)
        except AnswerRefused:
            return None

    @rule()
    def look(self) -> None:
        shown = self.attempt(lambda: show(self.waiting.ledger, PLAN_ID, self.waiting.now))
        assert (shown is None) is (self.has_yes or self.is_over)
        if shown:
            self.seen.append((shown.nonce, shown.again, self.facts))

    @precondition(lambda self: self.seen)
    @rule(which=st.integers(0, 1000))
    def open_again(self, which: int) -> None:
        nonce, again, facts = self.seen[which % len(self.seen)]
        assert self.attempt(lambda: exchange(self.waiting.ledger, PLAN_ID, nonce, self.waiting.now)) is None
        assert self.attempt(lambda: answered(self.waiting, again, typed="Ida")) is None
        shown = self.attempt(lambda: exchange(self.waiting.ledger, PLAN_ID, again, self.waiting.now))
        assert (shown is None) is (self.has_yes or self.is_over or facts != self.facts or self.is_crowded_out(nonce))
        if shown:
            self.seen.remove((nonce, again, facts))
            self.seen.append((shown.nonce, shown.again, self.facts))

    @precondition(lambda self: self.seen)
    @rule(which=st.integers(0, 1000), typed=st.sampled_from(["ida", "Ida ", "Bo"]))
    def say_yes(self, which: int, typed: str) -> None:
        nonce, _, facts = self.seen[which % len(self.seen)]
        may = typed != "Bo" and not self.has_yes and not self.is_over and facts == self.facts
        may = may and not self.is_crowded_out(nonce)
        assert (self.attempt(lambda: answered(self.waiting, nonce, typed=typed)) is not None) is may
        self.has_yes |= may

    @rule()
    def facts_change(self) -> None:
        self.facts += "'"
        other = open_plan(typed="Ida").model_copy(update={"digest": self.facts})
        self.waiting.put(plans.renewed(self.waiting.plan, other))
        self.has_yes = False

    @rule()
    def time_passes(self) -> None:
        self.waiting.later(minutes=15)

    @property
    def is_over(self) -> bool:
        return self.waiting.now >= self.waiting.plan.expires

    def is_crowded_out(self, nonce: str) -> bool:
        present = [given for given, _, facts in self.seen if facts == self.facts]
        return nonce in present and nonce not in present[-MOST_SECRETS:]

    @invariant()
    def a_yes_is_to_what_was_seen(self) -> None:
        plan = self.waiting.plan
        assert (plan.state is PlanState.APPROVED) is self.has_yes
        assert not self.has_yes or plan.digest in {facts for _, _, facts in self.seen}


Answering.TestCase.settings = settings(max_examples=30, stateful_step_count=15, deadline=None, derandomize=True)
TestAnswering = Answering.TestCase
