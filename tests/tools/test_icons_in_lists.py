"""What a host lists has its icon: the server, prompts, resources, and the tools that always ask a person."""

from preo_mcp.calls.toolset import Toolset
from preo_mcp.text.icons import ASKS, BUBBLE, PAGE, TICKET
from tests.door import Door
from tests.tools.conftest import in_both_eras


@in_both_eras
async def test_every_list_has_icons(door: Door) -> None:
    client = door.client
    info = client.server_info
    assert info is not None
    assert info.icons == [TICKET]
    assert all(one.icons == [BUBBLE] for one in (await client.list_prompts()).prompts)
    assert all(one.icons == [PAGE] for one in (await client.list_resources()).resources)
    assert all(one.icons == [PAGE] for one in (await client.list_resource_templates()).resource_templates)
    for tool in (await client.list_tools()).tools:
        found = Toolset().find(tool.name)
        always_asks = found is not None and found.subject.risk.needs_yes
        assert tool.icons == ([ASKS] if always_asks else None), tool.name
