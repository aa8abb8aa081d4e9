"""What no list gave, what nobody asked for, and what is promised to nobody."""

from pathlib import Path

import pytest
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, ElicitResult, InputRequiredResult, InputResponses

from preo_mcp.server import LISTS
from tests.door import ERAS, YES, Door, Era, Person, open_door, text_of
from tests.guarded_calls import schedule_campaign

EACH = pytest.mark.parametrize("era", ERAS)


async def page(door: Door, method: str, cursor: str) -> int:
    """Return how many a page of a list has."""
    match method:
        case "tools/list":
            return len((await door.client.list_tools(cursor=cursor)).tools)
        case "resources/list":
            return len((await door.client.list_resources(cursor=cursor)).resources)
        case "resources/templates/list":
            return len((await door.client.list_resource_templates(cursor=cursor)).resource_templates)
        case _:
            return len((await door.client.list_prompts(cursor=cursor)).prompts)


@EACH
@pytest.mark.parametrize("method", LISTS)
async def test_an_invented_cursor_is_refused(tmp_path: Path, era: Era, method: str) -> None:
    async with open_door(tmp_path, era, api=lambda _: pytest.fail("not reached")) as door:
        with pytest.raises(MCPError, match="no list gave this cursor") as refused:
            await page(door, method, "MTAw")
        assert refused.value.error.code == INVALID_PARAMS
        assert len(refused.value.error.message.split(" · ")) == 3
        assert await page(door, method, "") > 0


@EACH
async def test_an_unknown_prompt_is_refused_by_the_protocol(tmp_path: Path, era: Era) -> None:
    async with open_door(tmp_path, era, api=lambda _: pytest.fail("not reached")) as door:
        with pytest.raises(MCPError, match=r"Did you mean handle_refund\?") as refused:
            await door.client.get_prompt("handle_refunds", {"order": "1"})
    assert refused.value.error.code == INVALID_PARAMS


@EACH
async def test_no_news_is_promised_of_lists_that_do_not_change(tmp_path: Path, era: Era) -> None:
    async with open_door(tmp_path, era, api=lambda _: pytest.fail("not reached")) as door:
        can = door.client.server_capabilities
    said = [lists.list_changed for lists in (can.tools, can.resources, can.prompts) if lists]
    assert said == [False] * 3
    assert can.resources
    assert can.resources.subscribe


async def test_who_waits_for_news_of_lists_is_told_that_none_come(tmp_path: Path) -> None:
    async with open_door(tmp_path, "auto", api=lambda _: pytest.fail("not reached")) as door:
        wanted = door.client.listen(tools_list_changed=True, prompts_list_changed=True, resources_list_changed=True)
        async with wanted as stream:
            honored = stream.honored.model_dump(exclude_none=True)
    assert honored == {}


async def test_answers_to_what_was_not_asked_are_ignored(tmp_path: Path) -> None:
    async with open_door(tmp_path, "auto", Person(YES)) as door:
        prepared = await schedule_campaign(door)
        call = ("schedule_campaign", prepared.arguments)
        unasked = ElicitResult(action="accept", content={"approve": True})
        asked = await door.client.session.call_tool(
            *call, input_responses={"approve": unasked}, allow_input_required=True
        )
        assert isinstance(asked, InputRequiredResult), "a yes before the question is none"
        assert asked.input_requests
        [key] = asked.input_requests
        answers: InputResponses = {"something": unasked, key: unasked, "more": ElicitResult(action="decline")}
        done = await door.client.session.call_tool(*call, input_responses=answers, request_state=asked.request_state)
        assert not done.is_error, text_of(done)
        assert prepared.effects() == 1
