"""A plan goes its way once: whatever steps are tried in whatever order, it runs at most once for each yes."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preo_mcp.approval.plans import (
    Plan,
    PlanState,
    PlanStateError,
    approved,
    claimed,
    declined,
    delivered,
    passed_over,
    released,
    renewed,
    settled,
    with_nonce,
)
from preo_mcp.approval.sheet import Cells, Part, Sheet
from preo_mcp.approval.typed import matches
from preo_mcp.approval.wording import Amount, Mark, Span, SpanKind
from preo_mcp.settings import Way

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LIMIT = timedelta(minutes=2)


def a_plan(
    plan_id: str = "pln_1", call: str = "call", digest: str = "facts", figures: tuple[int, ...] = (100,)
) -> Plan:
    return Plan(
        id=plan_id,
        call=call,
        account="account",
        tool="send_campaign",
        title="Send campaign now",
        created=NOW,
        expires=NOW + timedelta(hours=1),
        question="Send?",
        lines=(("To", "many"),),
        deciding=1,
        sheet=Sheet(
            deciding=(Part("To", (Span(SpanKind.LINE, "many"),)),),
            rest=(
                Part("Text", (Span(SpanKind.WHOLE, "Hi\nIda", "links to evil.example"),)),
                Part("", headings=("Before",), rows=(Cells(((Span(SpanKind.KEY, "a"),),), Mark.OUT),)),
            ),
        ),
        typed="1,250.00 DKK",
        amount=Decimal("1250.00"),
        currency="DKK",
        digest=digest,
        figures=(100,),
    )


Step = Callable[[Plan, datetime], Plan]

STEPS: dict[str, Step] = {
    "approve": lambda plan, now: approved(plan, "facts", (100,), Way.PAGE, now),
    "approve other facts": lambda plan, now: approved(plan, "others", (100,), Way.PAGE, now),
    "approve other figures": lambda plan, now: approved(plan, "facts", (99,), Way.PAGE, now),
    "decline": declined,
    "renew": lambda plan, _: renewed(plan, a_plan(digest="others")),
    "renew back": lambda plan, _: renewed(plan, a_plan()),
    "pass over": lambda plan, _: passed_over(plan, Way.ELICITATION),
    "nonce": lambda plan, _: with_nonce(plan, "n"),
    "claim": lambda plan, now: claimed(plan, {}, now, LIMIT),
    "release": lambda plan, _: released(plan),
    "done": lambda plan, now: settled(plan, PlanState.DONE, {}, now),
    "unknown": lambda plan, now: settled(plan, PlanState.UNKNOWN, {}, now),
    "deliver": lambda plan, _: delivered(plan),
}


@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=30), st.integers(0, 29))
def test_each_run_has_a_yes_of_its_own_to_the_facts_as_they_are(names: list[str], late_from: int) -> None:
    plan, yes, runs = a_plan(), 0, 0
    for number, name in enumerate(names):
        now = NOW + timedelta(hours=2 if number >= late_from else 0)
        try:
            after = STEPS[name](plan, now)
        except PlanStateError:
            continue
        assert after.version == plan.version + 1
        if name.startswith("approve"):
            assert now == NOW, "an expired question was answered"
            assert (plan.digest, plan.figures) == (after.digest, after.figures)
            yes += 1
        if name == "claim":
            assert plan.state is PlanState.APPROVED
            assert now == NOW, "an expired yes was used"
            runs += 1
        if name == "release":
            runs -= 1
        plan = after
        assert runs <= yes
        assert runs <= 1
        assert (plan.approved_via is None) == (plan.state in (PlanState.OPEN, PlanState.DECLINED))


def test_a_yes_is_void_when_the_facts_change() -> None:
    yes = approved(a_plan(), "facts", (100,), Way.CARD, NOW)
    asked_again = renewed(yes, a_plan(digest="others"))
    assert (asked_again.state, asked_again.approved_via, asked_again.digest) == (PlanState.OPEN, None, "others")
    with pytest.raises(PlanStateError, match="nobody has approved it"):
        claimed(asked_again, {}, NOW, LIMIT)


def test_what_was_shown_is_forgotten_once_the_outcome_is_known() -> None:
    running = claimed(approved(a_plan(), "facts", (100,), Way.CARD, NOW), {"refunds": ["r"]}, NOW, LIMIT)
    done = settled(running, PlanState.DONE, {"isError": False}, NOW)
    assert (done.question, done.lines, done.deciding, done.sheet, done.before) == ("", (), 0, Sheet(), {})
    assert (done.typed, done.expected) == (None, None)
    unknown = settled(running, PlanState.UNKNOWN, {"isError": True}, NOW)
    assert unknown.before == {"refunds": ["r"]}, "it is needed to look again"


def test_what_began_can_be_settled_however_late() -> None:
    running = claimed(approved(a_plan(), "facts", (100,), Way.CARD, NOW), {}, NOW, LIMIT)
    assert not running.has_expired(NOW + timedelta(days=30))
    assert settled(running, PlanState.DONE, {}, NOW + timedelta(days=30)).state is PlanState.DONE


def test_what_is_shown_and_typed_survives_the_ledger() -> None:
    plan = a_plan()
    kept = Plan.model_validate_json(plan.model_dump_json())
    assert kept == plan
    assert kept.expected == Amount(Decimal(1250), "DKK")


def test_a_plan_of_before_opens() -> None:
    """One whose question had lines alone: what it asks to be typed is typed as it was shown."""
    new = {"deciding", "sheet", "amount", "currency"}
    old = json.loads(a_plan().model_dump_json(exclude=new))
    plan = Plan.model_validate_json(json.dumps(old))
    assert (plan.deciding, plan.sheet, plan.expected) == (0, Sheet(), "1,250.00 DKK")
    assert plan.lines == (("To", "many"),)
    assert matches(plan.expected or "", "1,250.00 dkk")
    assert not matches(plan.expected or "", "125")
