"""The card's tool: for clients that show cards only, and small enough."""

import json
from dataclasses import asdict
from typing import Any

import pytest
from mcp.client import Client
from mcp.client.extension import advertise
from mcp.server import MCPServer
from mcp.server.apps import APP_MIME_TYPE, EXTENSION_ID
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, TextContent

from preo_mcp.approval.plans import PlanState
from preo_mcp.approval.ways.card import approval_call, card_contents
from preo_mcp.approval.ways.card_tool import APPROVAL_TOOL, CARD_META, CARD_URI
from preo_mcp.approval.ways.documents import card_html
from preo_mcp.approval.ways.texts import words
from preo_mcp.settings import Language, Settings, Way
from tests.approval.ways.open_plans import LINES, PLAN_ID, Waiting, open_plan, sheet
from tests.tokenizer import tokens

CARDS = advertise(EXTENSION_ID, {"mimeTypes": [APP_MIME_TYPE]})
OTHER_CARDS = advertise(EXTENSION_ID, {"mimeTypes": ["text/html"]})


async def called(
    waiting: Waiting, *calls: dict[str, Any], via: Way | None = None, extensions: tuple[Any, ...] = (CARDS,)
) -> list[CallToolResult]:
    """Call the tool as a client of a server would."""
    settings = Settings(sandbox=True, approve_via=via)

    async def approval(context: Context[Any, Any], arguments: dict[str, Any]) -> CallToolResult:
        return await approval_call(context, waiting.ledger, settings, arguments, waiting.now)

    server = MCPServer("approvals")
    server.add_tool(approval)
    async with Client(server, extensions=extensions) as client:
        results = [await client.call_tool("approval", {"arguments": arguments}) for arguments in calls]
    assert all(isinstance(result, CallToolResult) for result in results)
    return results


def content(result: CallToolResult) -> dict[str, Any]:
    [text] = result.content
    assert isinstance(text, TextContent)
    assert result.structured_content == json.loads(text.text)
    return result.structured_content or {}


async def test_asks_and_takes_the_answer() -> None:
    waiting = Waiting.of(open_plan(typed="1,590.00 DKK"))
    [first] = await called(waiting, {"plan_id": PLAN_ID})
    shown = content(first)
    assert shown == {
        "state": "open",
        "plan_id": PLAN_ID,
        "tool": "create_purchase_refund",
        "question": "Request this refund?",
        "sheet": json.loads(json.dumps(asdict(sheet(LINES)))),
        "typing": "Type 1,590.00 DKK to confirm",
        "expected": {"amount": "1590.00", "currency": "dkk"},
        "expires": "2026-11-23T13:00:00+00:00",
        "nonce": shown["nonce"],
        "again": shown["again"],
    }
    yes = {"plan_id": PLAN_ID, "nonce": shown["nonce"], "answer": True}
    results = await called(waiting, yes, yes | {"nonce": "x", "typed": "1590"}, yes | {"typed": "1590"}, yes)
    states = [content(result)["state"] for result in results]
    assert states == ["typed", "secret", "approved", "approved_before"]
    assert (waiting.plan.state, waiting.plan.approved_via) == (PlanState.APPROVED, Way.CARD)


@pytest.mark.parametrize(
    ("via", "extensions"), [(None, ()), (None, (OTHER_CARDS,)), (Way.PAGE, (CARDS,)), (Way.TERMINAL, (CARDS,))]
)
async def test_refused_where_no_card_can_be(via: Way | None, extensions: tuple[Any, ...]) -> None:
    waiting = Waiting.of(open_plan())
    before = waiting.plan
    [result] = await called(waiting, {"plan_id": PLAN_ID}, via=via, extensions=extensions)
    assert result.is_error
    assert "nonce" not in result.model_dump_json()
    assert waiting.plan == before


async def test_arguments_that_the_card_does_not_send() -> None:
    waiting = Waiting.of(open_plan())
    wrong: list[dict[str, Any]] = [
        {},
        {"plan_id": 5},
        {"nonce": "x", "answer": True},
        {"plan_id": PLAN_ID, "answer": "true"},
        {"plan_id": PLAN_ID, "answer": 1},
        {"plan_id": PLAN_ID, "confirm": True},
        {"plan_id": PLAN_ID, "answer": True, "nonce": None},
    ]
    assert all(result.is_error for result in await called(waiting, *wrong))
    [unknown, blank] = await called(waiting, {"plan_id": "x"}, {"plan_id": PLAN_ID, "answer": True})
    assert (content(unknown)["state"], content(blank)["state"]) == ("unknown", "secret")
    assert waiting.plan.state is PlanState.OPEN


def test_the_tool_costs_at_most_sixty_tokens_and_is_the_cards_alone() -> None:
    entry = APPROVAL_TOOL.model_dump(mode="json", by_alias=True, exclude_none=True)
    shown = {key: entry[key] for key in ("name", "description", "inputSchema")}
    assert tokens(json.dumps(shown, separators=(",", ":"))) <= 60
    assert entry["_meta"] == {"ui": {"visibility": ["app"]}}


def test_the_card_is_one_document_that_loads_nothing() -> None:
    contents = card_contents(Language.ENGLISH)
    html = card_html(Language.ENGLISH)
    assert (contents.content, contents.mime_type) == (html, APP_MIME_TYPE)
    assert CARD_META == {"ui": {"resourceUri": CARD_URI}}
    for sign in ("src=", "href=", "url(", "@import", "http://", "https://", "innerHTML", "eval(", "fetch("):
        assert sign not in html
    assert words(Language.ENGLISH)["loading"] in html
    danish = card_html(Language.DANISH)
    assert 'lang="da"' in danish
    assert words(Language.DANISH)["loading"] in danish
    assert words(Language.ENGLISH)["loading"] not in danish
