"""The page of a team over real HTTP: signing in by a token, the questions that wait, and whose answer is taken."""

from pathlib import Path
from typing import Any

import pytest

from preo_mcp.approval.plans import Decider, PlanState
from preo_mcp.audit.reading import Wanted, read_audit
from preo_mcp.audit.trail import audit_path
from preo_mcp.team.principals import Right
from tests.door import text_of
from tests.team.signed_in import Served, a_team, members_file
from tests.team.test_apart import kept, refund, refunded, waiting_plan
from tests.team.visitor import ALL, Visitor

OVER_ZERO: dict[str, Any] = {"four_eyes_amount_over": "0"}
MAY_ASK = frozenset({Right.READ, Right.WRITE})
MAY_LOOK_AND_ANSWER = frozenset({Right.READ, Right.APPROVE})


async def signed_in(team: Served, token: str) -> Visitor:
    visitor = Visitor(team.origin)
    answer = await visitor.sign_in(token)
    assert (answer.status_code, answer.headers["location"]) == (303, ALL), answer.text
    return visitor


async def test_ones_own_question_is_answered_on_the_page(tmp_path: Path) -> None:
    async with a_team(tmp_path) as team:
        token = team.token("anna")
        async with team.client(token) as anna:
            await anna.call_tool("list_editions", {})
            arguments = refund(team)
            plan_id = await waiting_plan(anna, arguments)
            said = text_of(await anna.call_tool("create_purchase_refund", arguments))
            assert f"at {team.origin}{ALL}/{plan_id}, signed in" in said
            assert "terminal" not in said, "whoever is signed in has none of this server"
            page = await signed_in(team, token)
            listed = (await page.get(ALL)).text
            assert plan_id in listed
            assert "12.50 DKK" in listed
            shown = await page.shown(plan_id)
            assert "barred" not in shown
            assert await page.answers(plan_id, yes=True) == {"state": "approved"}
            assert plan_id not in (await page.get(ALL)).text
            assert not (done := await anna.call_tool("create_purchase_refund", arguments)).is_error, text_of(done)
            assert refunded(team, arguments) == 1
        [line] = read_audit(audit_path(team.settings), Wanted(outcome="done"), 10).lines
        assert (line.principal, line.answered_by, line.approval) == ("anna", "anna", "page")


async def test_a_question_of_somebody_else_is_not_there(tmp_path: Path) -> None:
    async with a_team(tmp_path) as team:
        async with team.client(team.token("anna")) as anna:
            await anna.call_tool("list_editions", {})
            plan_id = await waiting_plan(anna, refund(team))
        bo = await signed_in(team, team.token("bo"))
        assert plan_id not in (await bo.get(ALL)).text
        assert await bo.shown(plan_id) == {"state": 404}
        assert (await kept(team, plan_id)).state is PlanState.OPEN


async def test_who_may_only_ask_is_answered_by_somebody_who_may(tmp_path: Path) -> None:
    async with a_team(tmp_path) as team:
        own = team.token("anna", MAY_ASK)
        async with team.client(own) as anna:
            await anna.call_tool("list_editions", {})
            arguments = refund(team)
            plan_id = await waiting_plan(anna, arguments)
            assert (await kept(team, plan_id)).decider is Decider.ANYBODY
            page = await signed_in(team, own)
            assert (await page.shown(plan_id))["barred"] == "may_not"
            assert (await page.answers(plan_id, yes=True))["state"] == "may_not"
            assert (await page.answers(plan_id, yes=False))["state"] == "may_not"
            bo = await signed_in(team, team.token("bo", MAY_LOOK_AND_ANSWER))
            assert "Asked by anna" in (await bo.get(ALL)).text
            assert await bo.answers(plan_id, yes=True) == {"state": "approved"}
            assert not (done := await anna.call_tool("create_purchase_refund", arguments)).is_error, text_of(done)
        assert refunded(team, arguments) == 1
        [line] = read_audit(audit_path(team.settings), Wanted(outcome="done"), 10).lines
        assert (line.principal, line.answered_by) == ("anna", "bo")


@pytest.mark.parametrize("yes", [True, False])
async def test_four_eyes_take_the_answer_of_somebody_else(tmp_path: Path, yes: bool) -> None:
    async with a_team(tmp_path, **OVER_ZERO) as team:
        own = team.token("anna")
        async with team.client(own) as anna:
            await anna.call_tool("list_editions", {})
            arguments = refund(team)
            said = text_of(await anna.call_tool("create_purchase_refund", arguments))
            assert "somebody other than the user who may (preo.approve) has to approve it at" in said
            plan_id = await waiting_plan(anna, arguments)
            page = await signed_in(team, own)
            shown = await page.shown(plan_id)
            assert shown["barred"] == "another"
            assert "somebody other than anna has to agree" in str(shown["sheet"])
            assert (await page.answers(plan_id, yes=True))["state"] == "another"
            bo = await signed_in(team, team.token("bo"))
            assert "barred" not in await bo.shown(plan_id)
            assert await bo.answers(plan_id, yes=yes) == {"state": "approved" if yes else "declined"}
            await anna.call_tool("create_purchase_refund", arguments)
            await anna.call_tool("create_purchase_refund", arguments)
        assert refunded(team, arguments) == int(yes)
        assert (await kept(team, plan_id)).answered_by == "bo"


async def test_who_asked_may_take_it_back(tmp_path: Path) -> None:
    async with a_team(tmp_path, **OVER_ZERO) as team:
        own = team.token("anna")
        async with team.client(own) as anna:
            await anna.call_tool("list_editions", {})
            plan_id = await waiting_plan(anna, refund(team))
        page = await signed_in(team, own)
        assert await page.answers(plan_id, yes=False) == {"state": "declined"}
        bo = await signed_in(team, team.token("bo"))
        assert (await bo.answers(plan_id, yes=True))["state"] == "declined_before"


async def test_who_does_other_work_is_not_shown_what_others_ask_for(tmp_path: Path) -> None:
    does = {"preset": ["support"]}, {"preset": ["marketing"]}, {"deny": ["create_purchase_refund"]}
    entries = {"anna": {}, **dict(zip(("bo", "eva", "per"), does, strict=True))}
    members = members_file(tmp_path, {"members": entries})
    async with a_team(tmp_path, members=members, **OVER_ZERO) as team:
        async with team.client(team.token("anna")) as anna:
            await anna.call_tool("list_editions", {})
            plan_id = await waiting_plan(anna, refund(team))
        for name, sees in (("bo", True), ("eva", False), ("per", False)):
            visitor = await signed_in(team, team.token(name))
            assert (plan_id in (await visitor.get(ALL)).text) is sees, name
            assert ((await visitor.shown(plan_id))["state"] == "open") is sees, name


async def test_who_may_look_at_one_edition_alone_is_not_shown_what_is_of_another(tmp_path: Path) -> None:
    entries = {
        "anna": {},
        "bo": {"allowed_editions": ["edt_elbklang25"]},
        "eva": {"allowed_editions": ["edt_nordlys26"]},
    }
    members = members_file(tmp_path, {"members": entries})
    async with a_team(tmp_path, members=members, **OVER_ZERO) as team:
        async with team.client(team.token("anna")) as anna:
            await anna.call_tool("list_editions", {})
            plan_id = await waiting_plan(anna, refund(team))
        edition = (await kept(team, plan_id)).edition_id
        bo, eva = await signed_in(team, team.token("bo")), await signed_in(team, team.token("eva"))
        seen = {"edt_elbklang25": bo, "edt_nordlys26": eva}
        for of, visitor in seen.items():
            assert (plan_id in (await visitor.get(ALL)).text) is (of == edition), (of, edition)
