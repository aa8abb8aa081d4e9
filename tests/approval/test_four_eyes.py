"""Four eyes: what is above the limit, known or not, and that no step takes the yes of whoever asked."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from preo_mcp.approval.facts import Facts, Stakes
from preo_mcp.approval.four_eyes import OWN_USER, Asker, decider_of, needs_another, told
from preo_mcp.approval.plans import Decider, PlanStateError, approved, claimed, declined, renewed
from preo_mcp.approval.ways.answering import AnswerRefused, answer, as_json, show
from preo_mcp.approval.ways.texts import Refusal
from preo_mcp.approval.wording import say
from preo_mcp.settings import Settings, Way
from tests.approval.test_plans import LIMIT, NOW, a_plan
from tests.approval.ways.open_plans import PLAN_ID, Waiting, open_plan

TEAM: dict[str, Any] = {"sandbox": True, "team": True, "transport": "http"}
ANNA = Asker("anna")
MONEY = Stakes(money=True, amount=Decimal(1000), currency="DKK")
PEOPLE = Stakes(people=True, recipients=500)


def settings(**limits: Any) -> Settings:
    return Settings.load({}, TEAM | limits)


@pytest.mark.parametrize(
    ("stakes", "limits", "needs"),
    [
        (MONEY, {}, False),
        (MONEY, {"amount": "1000"}, False),
        (replace(MONEY, amount=Decimal("1000.01")), {"amount": "1000"}, True),
        (MONEY, {"amount": "999.99"}, True),
        (replace(MONEY, amount=Decimal(0)), {"amount": "0"}, False),
        (replace(MONEY, amount=None), {"amount": "999999"}, True),
        (MONEY, {"amount": "2000 DKK, 100 EUR"}, False),
        (replace(MONEY, currency="EUR"), {"amount": "2000 DKK, 100 EUR"}, True),
        (replace(MONEY, currency="SEK"), {"amount": "2000 DKK, 100 EUR"}, True),
        (replace(MONEY, currency=None), {"amount": "2000 DKK, 100 EUR"}, True),
        (MONEY, {"recipients": 0}, False),
        (PEOPLE, {"amount": "0"}, False),
        (PEOPLE, {"recipients": 500}, False),
        (PEOPLE, {"recipients": 499}, True),
        (replace(PEOPLE, recipients=None), {"recipients": 999_999}, True),
        (replace(PEOPLE, is_unknown=True), {"recipients": 999_999}, True),
        (Stakes(is_unknown=True), {"recipients": 999_999}, True),
        (Stakes(recipients=2), {"recipients": 1}, True),
        (Stakes(), {"recipients": 0, "amount": "0"}, False),
    ],
)
def test_what_needs_somebody_else(stakes: Stakes, limits: dict[str, Any], needs: bool) -> None:
    made = settings(**{f"four_eyes_{name}_over": value for name, value in limits.items()})
    assert needs_another(stakes, made) is needs
    assert decider_of(stakes, made, ANNA) is (Decider.ANOTHER if needs else Decider.ASKER)
    may_not = decider_of(stakes, made, Asker("anna", may_approve=False))
    assert may_not is (Decider.ANOTHER if needs else Decider.ANYBODY)


def test_the_question_says_so_and_a_yes_from_before_is_void() -> None:
    facts = Facts(say("Approve"), (), stakes=MONEY)
    assert told(facts, settings(), ANNA) == facts
    with_limit = told(facts, settings(four_eyes_amount_over="1"), ANNA)
    assert not with_limit.holds_for(facts.digest(), facts.figures)
    assert "Four eyes: somebody other than anna has to agree, who may approve (preo.approve)" in with_limit.shown()


def test_no_step_takes_the_yes_of_whoever_asked() -> None:
    plan = a_plan().model_copy(update={"principal": "anna", "decider": Decider.ANOTHER})
    for by in ("anna", ""):
        for via in (*Way, None):
            with pytest.raises(PlanStateError, match="somebody else"):
                approved(plan, "facts", (100,), via, NOW, by)
    agreed = approved(plan, "facts", (100,), Way.PAGE, NOW, "bo")
    assert (agreed.answered_by, agreed.principal) == ("bo", "anna")
    assert claimed(agreed, {}, NOW, LIMIT).answered_by == "bo"
    assert declined(plan, NOW, "anna").answered_by == "anna", "a no is anybody's"
    own = approved(plan.model_copy(update={"decider": Decider.ASKER}), "facts", (100,), Way.CARD, NOW, "anna")
    for forged in ({}, {"answered_by": ""}):
        with pytest.raises(PlanStateError, match="somebody else"):
            claimed(own.model_copy(update={"decider": Decider.ANOTHER, **forged}), {}, NOW, LIMIT)
    assert renewed(agreed, plan).answered_by == ""


async def test_the_card_page_and_terminal_say_why_and_offer_no_yes() -> None:
    waiting = Waiting.of(open_plan().model_copy(update={"principal": "anna", "decider": Decider.ANOTHER}))
    shown = await show(waiting.ledger, PLAN_ID, waiting.now)
    assert as_json(shown, "anna")["barred"] == as_json(shown, "")["barred"] == "another"
    assert as_json(shown, "bo", may_answer=False)["barred"] == "may_not"
    assert "barred" not in as_json(shown, "bo")
    for by, via in (("anna", Way.CARD), ("anna", Way.PAGE), ("", Way.TERMINAL)):
        with pytest.raises(AnswerRefused) as caught:
            await answer(waiting.ledger, PLAN_ID, shown.nonce, yes=True, typed=None, via=via, now=waiting.now, by=by)
        assert caught.value.refusal is Refusal.ANOTHER
    plan = await answer(
        waiting.ledger, PLAN_ID, shown.nonce, yes=True, typed=None, via=Way.PAGE, now=waiting.now, by="bo"
    )
    assert plan.answered_by == "bo"


def test_one_user_is_asked_as_before() -> None:
    assert decider_of(MONEY, Settings(sandbox=True), OWN_USER) is Decider.ASKER
