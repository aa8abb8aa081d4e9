"""Where four eyes apply, one's own yes counts by no door: dialog, brought back, card, an earlier yes, several."""

from pathlib import Path
from typing import Any

import pytest

from preo_mcp.approval.plans import Decider, PlanState
from preo_mcp.approval.ways.card_tool import APPROVAL_TOOL
from preo_mcp.audit.reading import Wanted, read_audit
from preo_mcp.audit.trail import audit_path
from tests.door import ERAS, YES, Era, Person, content_of, text_of
from tests.guarded_refunds import UNTOUCHED_PURCHASE
from tests.past_the_guard import rows
from tests.team.signed_in import Served, a_team
from tests.team.test_apart import CARDS, called, kept, refund, refunded, shown, waiting_plan
from tests.team.visitor import Visitor

FOUR_EYES: dict[str, Any] = {"four_eyes_amount_over": "10"}


async def approved_by_bo(team: Served, plan_id: str) -> None:
    bo = Visitor(team.origin)
    await bo.sign_in(team.token("bo"))
    assert await bo.answers(plan_id, yes=True) == {"state": "approved"}


@pytest.mark.parametrize("era", ERAS)
async def test_the_host_is_not_asked(tmp_path: Path, era: Era) -> None:
    async with a_team(tmp_path, None, **FOUR_EYES) as team:
        says = Person(YES)
        async with team.client(team.token("anna"), era, elicitation_callback=says.ask) as anna:
            await anna.call_tool("list_editions", {})
            arguments = refund(team)
            plan_id = await waiting_plan(anna, arguments)
            assert not says.questions
            assert (await kept(team, plan_id)).decider is Decider.ANOTHER
            below = refund(team, 1) | {"amount": 10}
            assert not (await anna.call_tool("create_purchase_refund", below)).is_error
            assert len(says.questions) == 1, "below the limit it is"
            assert refunded(team, below) == 1
            await approved_by_bo(team, plan_id)
            assert not (done := await anna.call_tool("create_purchase_refund", arguments)).is_error, text_of(done)
        assert refunded(team, arguments) == 1
        lines = read_audit(audit_path(team.settings), Wanted(outcome="done"), 10).lines
        told = {(line.principal, line.answered_by, line.approval) for line in lines}
        assert told == {("anna", "anna", "host dialog"), ("anna", "bo", "page")}


async def test_an_answer_that_a_host_brings_back_does_not_count(tmp_path: Path) -> None:
    """It was asked before the limit was set, and is brought back after it."""
    async with a_team(tmp_path) as team:
        token, arguments = team.token("anna"), refund(team)
        asked = (await called(team, token, arguments))["result"]
        assert asked["resultType"] == "input_required", asked
        [key] = asked["inputRequests"]
        yes = {key: {"action": "accept", "content": {"approve": True}}}
        brought = {"requestState": asked["requestState"], "inputResponses": yes}
    async with a_team(tmp_path, None, **FOUR_EYES) as team:
        answer = (await called(team, token, arguments, **brought))["result"]
        assert answer["isError"]
        assert "somebody other than the user" in answer["content"][0]["text"]
        assert refunded(team, arguments) == 0


async def test_a_card_shows_it_and_takes_no_yes(tmp_path: Path) -> None:
    async with (
        a_team(tmp_path, None, **FOUR_EYES) as team,
        team.client(team.token("anna"), extensions=(CARDS,)) as anna,
    ):
        await anna.call_tool("list_editions", {})
        arguments = refund(team)
        plan_id = await waiting_plan(anna, arguments)
        question = await shown(anna, plan_id)
        assert question["barred"] == "another"
        yes = {"plan_id": plan_id, "nonce": question["nonce"], "answer": True}
        answered = content_of(await anna.call_tool(APPROVAL_TOOL.name, yes))
        assert answered["state"] == "another"
        assert await waiting_plan(anna, arguments) == plan_id
        assert refunded(team, arguments) == 0


async def test_a_yes_from_before_the_limit_does_not_count(tmp_path: Path) -> None:
    async with a_team(tmp_path) as team:
        token = team.token("anna")
        async with team.client(token, extensions=(CARDS,)) as anna:
            await anna.call_tool("list_editions", {})
            arguments = refund(team)
            plan_id = await waiting_plan(anna, arguments)
            yes = {"plan_id": plan_id, "nonce": (await shown(anna, plan_id))["nonce"], "answer": True}
            assert content_of(await anna.call_tool(APPROVAL_TOOL.name, yes))["state"] == "approved"
    async with a_team(tmp_path, None, **FOUR_EYES) as team, team.client(token) as anna:
        assert await waiting_plan(anna, arguments) == plan_id
        assert (await kept(team, plan_id)).state is PlanState.OPEN
        assert refunded(team, arguments) == 0
        await approved_by_bo(team, plan_id)
        assert not (await anna.call_tool("create_purchase_refund", arguments)).is_error
        assert refunded(team, arguments) == 1


async def test_refunds_are_not_paid_by_the_yes_to_their_request(tmp_path: Path) -> None:
    async with a_team(tmp_path, None, **FOUR_EYES) as team, team.client(team.token("anna")) as anna:
        await anna.call_tool("list_editions", {})
        purchase_id, _ = rows(tmp_path / "sandbox", UNTOUCHED_PURCHASE)[0]
        arguments = {"purchase_ids": [purchase_id], "reason": "other", "amount": 12.5, "pay": True}
        text = text_of(await anna.call_tool("refund_purchases", arguments))
        plan_id = text.partition("Plan ")[2][:28]
        await approved_by_bo(team, plan_id)
        done = content_of(await anna.call_tool("refund_purchases", arguments))
        assert [one["status"] for one in done["refunds"]] == ["requested"]
        assert "two people have to agree to it (PREO_FOUR_EYES_AMOUNT_OVER)" in done["not_paid"]


async def test_the_twenty_first_question_of_one_is_refused_and_others_are_asked(tmp_path: Path) -> None:
    async with a_team(tmp_path, None, **FOUR_EYES) as team:
        async with team.client(team.token("anna")) as anna:
            await anna.call_tool("list_editions", {})
            arguments = refund(team)
            plans = [await waiting_plan(anna, arguments | {"amount": 11 + number}) for number in range(20)]
            refused = await anna.call_tool("create_purchase_refund", arguments | {"amount": 99})
            assert refused.is_error
            assert "20 questions of this user wait for an answer" in text_of(refused)
            assert await waiting_plan(anna, arguments | {"amount": 11}) == plans[0], "one that waits goes on"
            await approved_by_bo(team, plans[3])
            await waiting_plan(anna, arguments | {"amount": 99})
        async with team.client(team.token("eva")) as eva:
            await waiting_plan(eva, arguments)
