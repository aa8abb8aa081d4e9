"""From 2026-07-28 on the host carries the question's state, and so could replay it, forge it or use it elsewhere."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from mcp.shared.exceptions import MCPError
from mcp.types import CallToolResult, ElicitResult, InputRequiredResult

from preo_mcp.approval.outcomes import AGAIN
from preo_mcp.approval.ways.dialog import ANSWER
from tests.door import DECLINE, YES, Door, Person, open_door, text_of
from tests.tools.test_asking_a_person import EXTERNAL


@pytest.fixture
async def door(tmp_path: Path) -> AsyncGenerator[Door]:
    async with open_door(tmp_path / "sandbox", "auto", Person(YES)) as opened:
        yield opened


class Replay:
    """The sealed state of one call of 2026-07-28, used as no honest host uses it."""

    def __init__(self, door: Door, tool: str, arguments: dict[str, Any]) -> None:
        self.session = door.client.session
        self.tool = tool
        self.arguments = arguments

    async def question(self) -> InputRequiredResult:
        asked = await self.session.call_tool(self.tool, self.arguments, allow_input_required=True)
        assert isinstance(asked, InputRequiredResult)
        return asked

    async def answered(
        self, state: str | None, answer: ElicitResult = YES, **other: Any
    ) -> CallToolResult | InputRequiredResult:
        result = await self.session.call_tool(
            self.tool,
            self.arguments | other,
            input_responses={ANSWER: answer},
            request_state=state,
            allow_input_required=True,
        )
        assert isinstance(result, CallToolResult | InputRequiredResult)
        return result


@pytest.fixture
def replay(door: Door) -> Replay:
    return Replay(door, "import_external_orders", EXTERNAL)


async def test_an_approval_is_used_once(door: Door, replay: Replay) -> None:
    asked = await replay.question()
    first = await replay.answered(asked.request_state)
    again = await replay.answered(asked.request_state)
    assert isinstance(first, CallToolResult)
    assert not first.is_error
    assert isinstance(again, CallToolResult)
    assert text_of(again) == f"{text_of(first)}\n{AGAIN}"
    assert door.written()[3] == 1


async def test_a_declined_state_can_still_be_approved_once(door: Door, replay: Replay) -> None:
    asked = await replay.question()
    declined = await replay.answered(asked.request_state, DECLINE)
    approved = await replay.answered(asked.request_state)
    assert isinstance(declined, CallToolResult)
    assert declined.is_error
    assert isinstance(approved, CallToolResult)
    assert not approved.is_error
    assert door.written()[3] == 1


async def test_an_answer_without_the_state_asks_anew(door: Door, replay: Replay) -> None:
    assert isinstance(await replay.answered(None), InputRequiredResult)
    assert door.written()[3] == 0


@pytest.mark.parametrize("forged", ["", "{}", '{"plan": "x", "asked": 1, "digest": "y", "figures": []}', "v1.AAAA"])
async def test_a_forged_state_is_no_state(door: Door, replay: Replay, forged: str) -> None:
    with pytest.raises(MCPError):
        await replay.answered(forged)
    assert door.written()[3] == 0


async def test_a_state_is_bound_to_its_arguments(door: Door, replay: Replay) -> None:
    asked = await replay.question()
    other = [{**EXTERNAL["orders"][0], "email": "mallory@example.org"}]
    with pytest.raises(MCPError):
        await replay.answered(asked.request_state, orders=other)
    assert door.written()[3] == 0


async def test_a_state_is_bound_to_its_tool(door: Door, replay: Replay) -> None:
    asked = await replay.question()
    prepared = await door.prepared()
    with pytest.raises(MCPError):
        await Replay(door, "start_import", {"import_id": prepared["import_id"], "ignore_warnings": True}).answered(
            asked.request_state
        )
    assert await door.stage(prepared["import_id"]) == "needs_product_mapping"


async def test_the_state_shows_nothing_of_the_facts(replay: Replay) -> None:
    asked = await replay.question()
    assert "maja" not in (asked.request_state or "")
