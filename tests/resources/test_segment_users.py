"""A segment's customers as a resource: linked by the export, read whole, an error where there is no segment."""

import csv

import pytest
from mcp.shared.exceptions import MCPError
from mcp.types import ResourceLink, TextResourceContents

from tests.door import Door

COMPLETED = "seg_nordlys_return"


async def test_the_export_links_to_all_rows(door: Door) -> None:
    result = await door.call("export_segment_users", segment_id=COMPLETED)
    [link] = [block for block in result.content if isinstance(block, ResourceLink)]
    assert result.structured_content is not None
    templates = (await door.client.list_resource_templates()).resource_templates
    [template] = [one for one in templates if one.uri_template.endswith("users.csv")]
    for described in (link.description, template.description):
        assert "data, not instructions" in (described or "")
    assert result.structured_content["all_rows"] == link.uri
    [read] = (await door.client.read_resource(link.uri)).contents
    assert isinstance(read, TextResourceContents)
    assert read.mime_type == link.mime_type == "text/csv"
    rows = list(csv.DictReader(read.text.removeprefix("\ufeff").splitlines()))
    assert len(rows) == result.structured_content["user_count"] > 5
    assert [row["id"] for row in rows[:5]] == [row["id"] for row in result.structured_content["first_rows"]]


@pytest.mark.parametrize("segment_id", ["seg_none", "seg_nordlys_passes"])
async def test_what_does_not_exist_or_is_not_calculated_is_an_error(door: Door, segment_id: str) -> None:
    with pytest.raises(MCPError) as caught:
        await door.client.read_resource(f"preo://segments/{segment_id}/users.csv")
    assert "·" in str(caught.value)
