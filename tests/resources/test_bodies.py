"""What is read: whole up to a limit, never cut silently, without nulls."""

import json
from typing import Any

from mcp.types import TextResourceContents

from preo_mcp.replies import addresses
from tests.door import Era, nulls, open_door
from tests.scripted_lists import Api, many


async def editions(api: Api, era: Era, tmp_path: Any, **flags: Any) -> dict[str, Any]:
    async with open_door(tmp_path, era, api=api, **flags) as door:
        [read] = (await door.client.read_resource(addresses.EDITIONS)).contents
    assert isinstance(read, TextResourceContents)
    return json.loads(read.text)


async def test_all_editions_are_read_page_by_page_as_far_as_a_bound(era: Era, tmp_path: Any) -> None:
    found = await editions(Api(editions=many(250)), era, tmp_path, reply_tokens=100_000)
    assert (found["returned"], found["total"], len(found["results"])) == (250, 250, 250)
    assert "next" not in found
    api = Api(editions=many(1500))
    found = await editions(api, era, tmp_path, reply_tokens=100_000)
    assert api.pages == [str(page) for page in range(1, 11)]
    assert (found["returned"], found["total"]) == (1000, 1500)
    assert found["next"] == "list_editions page=2, page_size=1000"


async def test_what_is_too_much_is_cut_loudly(era: Era, tmp_path: Any) -> None:
    found = await editions(Api(editions=many(250)), era, tmp_path, reply_tokens=600)
    count = len(found["results"])
    assert 10 < count == found["returned"] < 250
    assert found["notes"] == [f"Cut: {count} of 250 results are shown, to stay within 600 tokens."]
    assert found["next"] == f"list_editions page=2, page_size={count}"


async def test_nulls_of_a_newer_api_are_not_passed_on(era: Era, tmp_path: Any) -> None:
    newer = {"id": "edt_1", "name": None, "tags": [None, {"a": None, "b": [None]}], "more": {"x": None, "y": 1}}
    async with open_door(tmp_path, era, api=Api(editions=newer)) as door:
        [read] = (await door.client.read_resource("preo://editions/edt_1")).contents
    assert isinstance(read, TextResourceContents)
    assert not nulls(json.loads(read.text))
    assert json.loads(read.text)["more"] == {"y": 1}
