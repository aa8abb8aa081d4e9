"""Search mode at the door: what is listed, found and let through, and that a call behind a door is the direct call."""

import json
from pathlib import Path
from typing import Any

import pytest
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS

from preo_mcp.audit.reading import Wanted, read_audit
from preo_mcp.calls.finding.doors import DIRECT, DOORS, Doors, Inner
from preo_mcp.calls.toolset import Toolset, only_reading
from preo_mcp.settings import Settings
from tests.door import DECLINE, EDITION, ERAS, YES, Era, Person, open_door, text_of
from tests.guarded_calls import GUARDED_CALLS
from tests.tokenizer import tokens

EACH = pytest.mark.parametrize("era", ERAS)
MOST_TOKENS = 1_200
"""Of the definitions that search mode lists."""
LISTED = Toolset().listed()


def definitions(doors: Doors) -> list[dict[str, Any]]:
    listed = [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in doors.listed()]
    return [{name: tool[name] for name in ("name", "description", "inputSchema")} for tool in listed]


def test_the_list_is_short() -> None:
    doors = definitions(Doors(LISTED))
    assert [each["name"] for each in doors] == [*(door.name for door in DOORS), *DIRECT]
    assert sum(tokens(json.dumps(each, ensure_ascii=False, separators=(",", ":"))) for each in doors) <= MOST_TOKENS


def test_every_tool_is_found_by_its_name_with_every_argument() -> None:
    doors = Doors(LISTED)
    for tool in LISTED:
        content = doors.found({"wish": tool.name}).structured_content
        assert content is not None
        described = content["tools"][tool.name]
        names: list[str] = list(tool.input_schema["properties"])
        assert all(f"{name}: " in described or f"{name}?: " in described for name in names)


def test_the_door_is_that_of_the_risk() -> None:
    doors = Doors(LISTED)
    for tool in LISTED:
        opened = doors.opened("preo_read", {"tool": tool.name, "arguments": {}})
        assert isinstance(opened, Inner)
        assert bool(opened.refused) is not only_reading(tool)
        if only_reading(tool) and "save_to" in tool.input_schema["properties"]:
            writing = doors.opened("preo_read", {"tool": tool.name, "arguments": {"save_to": "new.csv"}})
            assert isinstance(writing, Inner)
            assert "save_to writes a file" in (writing.refused or "")


def test_without_tools_that_write_there_is_no_door_for_them() -> None:
    toolset = Toolset.of(Settings.load({}, {"sandbox": True, "read_only": True}))
    assert "preo_write" not in [tool.name for tool in Doors(toolset.listed()).listed()]


@EACH
async def test_the_door_for_reading_runs_no_guarded_tool(tmp_path: Path, era: Era) -> None:
    person = Person(YES)
    async with open_door(tmp_path, era, person, mode="search") as door:
        for tool, prepare in GUARDED_CALLS.items():
            prepared = await prepare(door)
            result = await door.client.call_tool("preo_read", {"tool": tool, "arguments": prepared.arguments})
            assert result.is_error
            assert text_of(result).startswith(f"{tool} was not run · it changes something")
            assert prepared.effects() == 0, tool
        lines = read_audit(tmp_path / "state" / "audit.jsonl", Wanted(outcome="refused"), last=100).lines
        assert {line.tool for line in lines} == set(GUARDED_CALLS)
    assert person.questions == []


@EACH
async def test_behind_the_door_a_yes_runs_it_once_and_a_no_not_at_all(tmp_path: Path, era: Era) -> None:
    for answer, effects in ((YES, 1), (DECLINE, 0)):
        person = Person(answer)
        async with open_door(tmp_path / str(effects), era, person, mode="search") as door:
            for number, (tool, prepare) in enumerate(GUARDED_CALLS.items(), 1):
                prepared = await prepare(door)
                result = await door.call(tool, **prepared.arguments)
                assert (result.is_error, prepared.effects(), len(person.questions)) == (not effects, effects, number)


@EACH
async def test_the_plan_of_a_direct_call_is_that_behind_the_door(tmp_path: Path, era: Era) -> None:
    for tool, prepare in GUARDED_CALLS.items():
        async with open_door(tmp_path, era, mode="search") as door:
            prepared = await prepare(door)
            behind = await door.waiting(tool, **prepared.arguments)
        async with open_door(tmp_path, era) as direct:
            assert await direct.waiting(tool, **prepared.arguments) == behind, tool


@EACH
async def test_what_settings_take_away_no_door_brings_back(tmp_path: Path, era: Era) -> None:
    async with open_door(tmp_path, era, mode="search", deny=("send_campaign",)) as door:
        for called in ("preo_read", "preo_write"):
            result = await door.client.call_tool(called, {"tool": "send_campaign", "arguments": {"campaign_id": "x"}})
            assert "do not offer it" in text_of(result)
        found = await door.client.call_tool("find_tools", {"wish": "send the campaign now"})
        assert "send_campaign" not in text_of(found)


@EACH
async def test_what_is_asked_about_is_asked_about_behind_a_door(tmp_path: Path, era: Era) -> None:
    person = Person(DECLINE)
    async with open_door(tmp_path, era, person, mode="search", ask_about=("get_edition",)) as door:
        assert "declin" in await door.refused("get_edition", edition_id=EDITION)
    assert len(person.questions) == 1


@pytest.mark.parametrize(
    "sent",
    [
        {"tool": "get_edition", "arguments": {"edition_id": EDITION}},
        {"tool": "get_edition", "arguments": json.dumps({"edition_id": EDITION})},
        {"tool": "get_edition", "edition_id": EDITION},
        {"tool": "get_edition", "arguments": None, "edition_id": EDITION},
    ],
)
async def test_arguments_come_as_models_send_them(tmp_path: Path, sent: dict[str, Any]) -> None:
    async with open_door(tmp_path, "auto", mode="search") as door:
        result = await door.client.call_tool("preo_read", sent)
        assert not result.is_error
        assert result.structured_content is not None
        assert result.structured_content["id"] == EDITION


@pytest.mark.parametrize(
    ("called", "sent", "says"),
    [
        ("preo_read", {}, "tool is missing · Name one"),
        ("preo_read", {"tool": 7}, "tool is missing"),
        ("preo_write", {"tool": "update_user", "arguments": "{"}, "arguments is no object"),
        ("preo_write", {"tool": "update_user", "arguments": [1]}, "arguments is no object"),
        ("preo_write", {"tool": "preo_write", "arguments": {}}, "no tool has this name"),
        ("preo_read", {"tool": "get_editions", "arguments": {}}, "Did you mean get_edition?"),
        ("preo_read", {"tool": "zzzz"}, "Ask find_tools for what is to be done."),
        ("get_edition", {"edition_id": EDITION}, "here it is called through preo_read · Put its name into tool"),
        ("send_campaign", {"campaign_id": "x"}, "here it is called through preo_write"),
        ("find_tools", {}, "wish is missing"),
        ("find_tools", {"wish": "zzzz qqqq"}, "no word of the wish is known"),
    ],
)
async def test_a_door_that_does_not_open_says_how(tmp_path: Path, called: str, sent: dict[str, Any], says: str) -> None:
    async with open_door(tmp_path, "auto", mode="search") as door:
        result = await door.client.call_tool(called, sent)
        assert result.is_error
        assert says in text_of(result)


async def test_what_is_neither_a_door_nor_a_tool_is_refused_by_the_protocol(tmp_path: Path) -> None:
    async with open_door(tmp_path, "auto", mode="search") as door:
        with pytest.raises(MCPError, match="no tool has this name") as refused:
            await door.client.call_tool("approvals", {})
    assert refused.value.error.code == INVALID_PARAMS


@EACH
async def test_the_list_and_the_instructions_are_those_of_search_mode(tmp_path: Path, era: Era) -> None:
    async with open_door(tmp_path, era, mode="search") as door:
        listed = [tool.name for tool in (await door.client.list_tools()).tools]
        assert listed[:3] == ["find_tools", "preo_read", "preo_write"]
        assert "find_tools" in (door.client.instructions or "")


def test_the_other_channel_is_complete_too(tmp_path: Path) -> None:
    found = Doors(LISTED).found({"wish": "refund one ticket"})
    assert found.structured_content is not None
    for name, described in found.structured_content["tools"].items():
        assert f"{name}: {described}" in text_of(found)
    assert all(name in text_of(found) for name in found.structured_content["also"])
