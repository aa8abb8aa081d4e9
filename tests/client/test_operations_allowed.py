"""What the settings say of an operation holds by whatever way it is asked for: tool, workflow, resource, completion."""

from pathlib import Path

import pytest
from mcp.shared.exceptions import MCPError
from mcp.types import ResourceTemplateReference

from preo_mcp.api.operations import OPERATIONS
from preo_mcp.calls.toolset import Toolset
from preo_mcp.replies import addresses
from tests.door import EDITION, ERAS, ORDERS, YES, Era, Person, open_door

SEGMENT = "seg_elbklang_regulars"


def test_each_operation_names_its_tool() -> None:
    names = [operation.tool for operation in OPERATIONS]
    assert len(set(names)) == len(OPERATIONS)
    toolset = Toolset()
    for operation in OPERATIONS:
        tool = toolset.find(operation.tool)
        assert tool is not None
        assert tool.subject is operation


@pytest.mark.parametrize("era", ERAS)
async def test_what_is_denied_is_no_resource_and_completes_nothing(tmp_path: Path, era: Era) -> None:
    denied = ("export_segment_users", "list_segments", "get_edition")
    async with open_door(tmp_path, era, deny=denied) as door:
        for address in (f"preo://segments/{SEGMENT}/users.csv", f"preo://editions/{EDITION}"):
            with pytest.raises(MCPError, match="PREO_DENY"):
                await door.client.read_resource(address)
        reference = ResourceTemplateReference(type="ref/resource", uri=addresses.SEGMENT_USERS)
        found = await door.client.complete(reference, {"name": "segment_id", "value": ""})
        assert found.completion.values == []
    async with open_door(tmp_path, era) as door:
        await door.client.read_resource(f"preo://segments/{SEGMENT}/users.csv")


async def test_a_workflow_does_nothing_that_is_denied(tmp_path: Path) -> None:
    for denied in ("create_data_import", "process_column_mappings"):
        async with open_door(tmp_path, "auto", deny=(denied,)) as door:
            refused = await door.refused("prepare_import", edition_id=EDITION, text=ORDERS)
            assert "PREO_DENY" in refused
            assert (await door.done("list_data_imports"))["total"] == 0


@pytest.mark.parametrize("era", ERAS)
async def test_a_workflow_asks_about_what_is_asked_about(tmp_path: Path, era: Era) -> None:
    person = Person(YES)
    async with open_door(tmp_path, era, person, ask_about=("create_data_import",)) as door:
        await door.done("prepare_import", edition_id=EDITION, text=ORDERS)
        assert len(person.questions) == 1
    async with open_door(tmp_path / "other", era, ask_about=("create_data_import",)) as door:
        await door.waiting("prepare_import", edition_id=EDITION, text=ORDERS)
        assert (await door.done("list_data_imports"))["total"] == 0


async def test_what_is_asked_about_is_not_read_unasked_and_may_be_read_to_ask(tmp_path: Path) -> None:
    person = Person(YES)
    async with open_door(tmp_path, "auto", person, ask_about=("get_edition", "get_segment")) as door:
        with pytest.raises(MCPError, match="PREO_ASK_ABOUT"):
            await door.client.read_resource(f"preo://editions/{EDITION}")
        assert person.questions == []
        await door.done("get_edition", edition_id=EDITION)
        assert len(person.questions) == 1


async def test_reading_only_holds_where_a_request_leaves(tmp_path: Path) -> None:
    async with open_door(tmp_path, "auto", read_only=True) as door:
        assert "PREO_READ_ONLY" in await door.refused("prepare_import", edition_id=EDITION, text=ORDERS)
        assert (await door.done("list_data_imports"))["total"] == 0
