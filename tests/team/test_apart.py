"""What one who is signed in has, another cannot see, find, resume or answer: by every door, in both eras."""

import json
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp import Client
from mcp.client.extension import advertise
from mcp.server.apps import APP_MIME_TYPE, EXTENSION_ID

from preo_mcp.approval.ledgers.ledger import open_ledger
from preo_mcp.approval.plans import Plan, PlanState
from preo_mcp.approval.ways.card_tool import APPROVAL_TOOL
from preo_mcp.audit.reading import Wanted, read_audit
from preo_mcp.audit.trail import audit_path
from tests.door import EDITION, ERAS, ORDERS, YES, Era, Person, content_of, text_of
from tests.guarded_refunds import UNTOUCHED_PURCHASE
from tests.past_the_guard import number, rows
from tests.team.signed_in import ACCEPT, INITIALIZE, Served, a_team

CARDS = advertise(EXTENSION_ID, {"mimeTypes": [APP_MIME_TYPE]})
EACH = pytest.mark.parametrize("era", ERAS)
SESSION = "mcp-session-id"


def refund(team: Served, offset: int = 0) -> dict[str, Any]:
    """Return the arguments of a refund of which nothing was asked yet."""
    purchase_id, _ = rows(team.folder / "sandbox", UNTOUCHED_PURCHASE)[offset]
    return {"purchase_id": purchase_id, "reason": "other", "amount": 12.5, "comment": "Rained out."}


def refunded(team: Served, arguments: dict[str, Any]) -> int:
    counted = "SELECT count(*) FROM refund_parts WHERE purchase_id = ?"
    return number(team.folder / "sandbox", counted, arguments["purchase_id"])


async def waiting_plan(client: Client, arguments: dict[str, Any]) -> str:
    """Ask for a refund, and return the plan that waits for a person elsewhere."""
    text = text_of(await client.call_tool("create_purchase_refund", arguments))
    found = re.search(r"Plan (pln_[0-9a-f]{24}) ", text)
    assert found, text
    return found[1]


async def kept(team: Served, plan_id: str) -> Plan:
    """Return a plan as it is in the ledger, past all who are signed in."""
    ledger = open_ledger(team.settings)
    try:
        plan = await ledger.get(plan_id)
        assert plan is not None
        return plan
    finally:
        await ledger.close()


@dataclass
class Two:
    """Anna, who has a plan that waits, and Bo, who knows all there is to know of it."""

    team: Served
    era: Era
    anna: Client
    bo: Client
    arguments: dict[str, Any]
    plan_id: str


@asynccontextmanager
async def two(folder: Path, era: Era) -> AsyncGenerator[Two]:
    async with a_team(folder) as team:
        anna_token, bo_token = team.token("anna"), team.token("bo")
        async with (
            team.client(anna_token, era, extensions=(CARDS,)) as anna,
            team.client(bo_token, era, extensions=(CARDS,)) as bo,
        ):
            await anna.call_tool("list_editions", {})
            arguments = refund(team)
            yield Two(team, era, anna, bo, arguments, await waiting_plan(anna, arguments))


async def shown(client: Client, plan_id: str) -> dict[str, Any]:
    return content_of(await client.call_tool(APPROVAL_TOOL.name, {"plan_id": plan_id}))


async def by_showing_the_card(both: Two) -> None:
    assert "question" not in await shown(both.bo, both.plan_id)


async def by_answering_the_card(both: Two) -> None:
    nonce = (await shown(both.anna, both.plan_id))["nonce"]
    arguments = {"plan_id": both.plan_id, "nonce": nonce, "answer": True}
    answered = content_of(await both.bo.call_tool(APPROVAL_TOOL.name, arguments))
    assert answered["state"] not in ("approved", "declined")


async def by_declining_the_card(both: Two) -> None:
    nonce = (await shown(both.anna, both.plan_id))["nonce"]
    arguments = {"plan_id": both.plan_id, "nonce": nonce, "answer": False}
    answered = content_of(await both.bo.call_tool(APPROVAL_TOOL.name, arguments))
    assert answered["state"] not in ("approved", "declined")


async def by_the_identical_call(both: Two) -> None:
    assert await waiting_plan(both.bo, both.arguments) != both.plan_id


async def by_the_identical_call_of_an_approved_one(both: Two) -> None:
    nonce = (await shown(both.anna, both.plan_id))["nonce"]
    yes = {"plan_id": both.plan_id, "nonce": nonce, "answer": True}
    assert content_of(await both.anna.call_tool(APPROVAL_TOOL.name, yes))["state"] == "approved"
    assert await waiting_plan(both.bo, both.arguments) != both.plan_id
    assert refunded(both.team, both.arguments) == 0
    done = await both.anna.call_tool("create_purchase_refund", both.arguments)
    assert not done.is_error, text_of(done)
    assert refunded(both.team, both.arguments) == 1


DOORS: tuple[Callable[[Two], Awaitable[None]], ...] = (
    by_showing_the_card,
    by_answering_the_card,
    by_declining_the_card,
    by_the_identical_call,
)


@EACH
async def test_a_plan_is_found_by_its_own_principal_alone(tmp_path: Path, era: Era) -> None:
    async with two(tmp_path, era) as both:
        for door in DOORS:
            await door(both)
            plan = await kept(both.team, both.plan_id)
            assert (plan.principal, plan.state) == ("anna", PlanState.OPEN), door.__name__
        assert refunded(both.team, both.arguments) == 0
        await by_the_identical_call_of_an_approved_one(both)


async def test_a_question_that_another_host_brings_back_is_asked_anew(tmp_path: Path) -> None:
    """2026-07-28: what a host keeps of a question is sealed with a key of all, and good for its own principal alone."""
    async with a_team(tmp_path) as team:
        anna_token, bo_token = team.token("anna"), team.token("bo")
        async with team.client(anna_token, "auto") as client:
            await client.call_tool("list_editions", {})
        arguments = refund(team)
        asked = (await called(team, anna_token, arguments))["result"]
        assert asked["resultType"] == "input_required", asked
        [key] = asked["inputRequests"]
        yes = {key: {"action": "accept", "content": {"approve": True}}}
        brought = {"requestState": asked["requestState"], "inputResponses": yes}
        answer = await called(team, bo_token, arguments, **brought)
        assert answer.get("error") or answer["result"]["resultType"] == "input_required", answer
        assert refunded(team, arguments) == 0
        done = (await called(team, anna_token, arguments, **brought))["result"]
        assert not done.get("isError"), done
        assert refunded(team, arguments) == 1


async def called(team: Served, token: str, arguments: dict[str, Any], **brought: Any) -> dict[str, Any]:
    """Call a tool by the wire of 2026-07-28, as a host that can ask."""
    about: dict[str, Any] = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {"elicitation": {}},
        "io.modelcontextprotocol/clientInfo": {"name": "x", "version": "1"},
    }
    tool = "create_purchase_refund"
    body: dict[str, Any] = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": tool, "arguments": arguments, "_meta": about, **brought},
    }
    headers = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": tool}
    answer = await team.asked(token, body, **headers)
    text = answer.text
    if text.startswith(("event:", "id:", "data:", ":")):
        data = [line.removeprefix("data:").strip() for line in text.splitlines() if line.startswith("data:")]
        text = data[-1]
    return json.loads(text)


async def test_a_session_of_somebody_else_is_not_known(tmp_path: Path) -> None:
    async with a_team(tmp_path) as team:
        anna, bo = team.token("anna"), team.token("bo")
        session = (await team.asked(anna)).headers[SESSION]
        ping = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
        assert (await team.asked(anna, ping, **{SESSION: session})).status_code == 200
        assert (await team.asked(bo, ping, **{SESSION: session})).status_code == 404
        streams = httpx.AsyncClient(headers=ACCEPT | {SESSION: session, "Authorization": f"Bearer {bo}"})
        async with streams as http:
            assert (await http.get(team.url)).status_code == 404, "nor is its stream of news"
            assert (await http.get(team.url, headers={"Last-Event-ID": "1"})).status_code == 404, "or what it missed"
            assert (await http.delete(team.url)).status_code == 404
        assert (await team.asked(anna, ping, **{SESSION: session})).status_code == 200
        narrower = {SESSION: session, "X-Preo-Read-Only": "true"}
        assert (await team.asked(anna, ping, **narrower)).status_code == 404, "another server, with other rights"


async def test_a_session_over_sse_of_somebody_else_is_not_known(tmp_path: Path) -> None:
    async with a_team(tmp_path, transport="sse") as team:
        anna, bo = (team.token(name) for name in ("anna", "bo"))
        headers = ACCEPT | {"Authorization": f"Bearer {anna}"}
        async with httpx.AsyncClient(headers=headers) as http, http.stream("GET", team.url) as events:
            lines = events.aiter_lines()
            told = [await anext(lines), await anext(lines)]
            place = team.origin + told[1].removeprefix("data:").strip()
            assert (await http.post(place, json=INITIALIZE)).status_code == 202
            of_bo = {"Authorization": f"Bearer {bo}"}
            assert (await http.post(place, json=INITIALIZE, headers=of_bo)).status_code == 404
        async with team.client(anna) as client:
            assert (await client.list_tools()).tools


@EACH
async def test_a_file_that_somebody_handed_over_is_theirs(tmp_path: Path, era: Era) -> None:
    async with a_team(tmp_path) as team:
        anna_token, bo_token = team.token("anna"), team.token("bo")
        async with team.client(anna_token, era) as anna, team.client(bo_token, era) as bo:
            given = {"edition_id": EDITION, "text": ORDERS, "file_name": "orders.csv"}
            source = content_of(await anna.call_tool("prepare_import", given))["source"]
            again = {"edition_id": EDITION, "source": source}
            assert not (await anna.call_tool("prepare_import", again)).is_error
            refused = await bo.call_tool("prepare_import", again)
            assert refused.is_error
            assert "no file is kept" in text_of(refused)


@EACH
async def test_what_one_has_done_counts_for_all_of_the_account(tmp_path: Path, era: Era) -> None:
    async with a_team(tmp_path, max_refunds_per_day=1) as team:
        anna_token, bo_token = team.token("anna"), team.token("bo")
        anna_says, bo_says = Person(YES), Person(YES)
        async with (
            team.client(anna_token, era, elicitation_callback=anna_says.ask) as anna,
            team.client(bo_token, era, elicitation_callback=bo_says.ask) as bo,
        ):
            await anna.call_tool("list_editions", {})
            first, second = refund(team), refund(team, 1)
            done = await anna.call_tool("create_purchase_refund", first)
            assert not done.is_error, text_of(done)
            refused = await bo.call_tool("create_purchase_refund", second)
            assert refused.is_error
            assert "PREO_MAX_REFUNDS_PER_DAY" in text_of(refused)
            assert (refunded(team, first), refunded(team, second)) == (1, 0)
        found = read_audit(audit_path(team.settings), Wanted(tool="create_purchase_refund"), 50)
        assert {line.principal for line in found.lines} == {"anna", "bo"}
        [of_anna] = {line.account for line in found.lines if line.principal == "anna"}
        [of_bo] = {line.account for line in found.lines if line.principal == "bo"}
        assert of_anna == of_bo
