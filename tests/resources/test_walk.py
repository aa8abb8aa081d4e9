"""What an inspector does, in both eras: list, read, complete, subscribe while an import runs, get every prompt."""

import json

import pytest
from mcp.types import ResourceTemplateReference, TextContent, TextResourceContents

from preo_mcp.replies import addresses
from preo_mcp.resources import watching
from preo_mcp.resources.rows import ROWS
from preo_mcp.resources.watching import Pace
from tests.door import EDITION, ORDERS, Era, content_of, nulls
from tests.resources.listening import Host, listening
from tests.tools.conftest import OpenServer

QUICK = Pace(first=0.01, longest=0.05)

SHOWN = {
    addresses.EDITIONS: EDITION,
    addresses.EDITION: "Nordlys Festival – Aalborg",
    addresses.CEL_REFERENCE: "# Conditions of segments (CEL)",
    addresses.CEL_CONTEXT: "user: User",
    addresses.FIELD_CHOICES: "+45",
    addresses.HEALTHCHECK: "severity",
    addresses.DATA_IMPORT: "needs_product_mapping",
    addresses.CAMPAIGN: "VIP til Aarhus-gæster",
    addresses.SEGMENT_USERS: "id,email,first_name",
}
"""Something of what stands at each address."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "DEFAULT_PACE", QUICK)


async def test_an_inspector_walks_through_a_session(open_server: OpenServer, era: Era) -> None:
    async with open_server() as door, listening(door.backend, era) as host:
        assert host.client.server_capabilities.completions is not None
        resources = host.client.server_capabilities.resources
        assert resources is not None
        assert resources.subscribe
        await everything_is_presented(host)
        import_id = await prepared(host)
        await everything_can_be_read(host, import_id)
        await the_import_is_found_by_its_name(host, import_id)
        await the_import_is_followed(host, import_id)
        await every_prompt_can_be_had(host)


async def everything_is_presented(host: Host) -> None:
    listed = (await host.client.list_resources()).resources
    templates = (await host.client.list_resource_templates()).resource_templates
    shown = {one.uri: one for one in listed} | {one.uri_template: one for one in templates}
    assert list(SHOWN) == [one for one in SHOWN if one in shown]
    assert all(one.title and one.description and one.mime_type for one in shown.values())
    reference = (await host.client.read_resource(addresses.CEL_REFERENCE)).contents[0]
    assert isinstance(reference, TextResourceContents)
    assert {one.uri: one.size for one in listed} == {
        addresses.EDITIONS: None,
        addresses.CEL_REFERENCE: len(reference.text.encode()),
    }


async def prepared(host: Host) -> str:
    arguments = {"edition_id": EDITION, "text": ORDERS, "file_name": "Webshop april.csv", "settle": ["products: keep"]}
    return content_of(await host.client.call_tool("prepare_import", arguments))["import_id"]


async def everything_can_be_read(host: Host, import_id: str) -> None:
    ids = {"edition_id": EDITION, "import_id": import_id, "campaign_id": "cmp_nordlys_vip"}
    for row in ROWS:
        address = row.address.format(**ids, segment_id="seg_nordlys_return")
        [read] = (await host.client.read_resource(address)).contents
        assert isinstance(read, TextResourceContents)
        assert (read.uri, read.mime_type) == (address, row.media_type)
        assert SHOWN[row.address] in read.text, address
        assert row.media_type != "application/json" or not nulls(json.loads(read.text))


async def the_import_is_found_by_its_name(host: Host, import_id: str) -> None:
    reference = ResourceTemplateReference(uri=addresses.DATA_IMPORT)
    completion = (await host.client.complete(reference, {"name": "import_id", "value": "april"})).completion
    assert (completion.values, completion.total, completion.has_more) == ([import_id], 1, False)


async def the_import_is_followed(host: Host, import_id: str) -> None:
    address = addresses.DATA_IMPORT.format(import_id=import_id)
    assert await host.subscribe(address) == [address]
    assert host.told == []
    await host.client.call_tool("start_import", {"import_id": import_id, "ignore_warnings": True})
    await host.hear(1)
    stage = ""
    while stage != "completed":  # each time it is told, it reads: the last notice comes after the last change
        before = len(host.told)
        [read] = (await host.client.read_resource(address, cache_mode="bypass")).contents
        assert isinstance(read, TextResourceContents)
        stage = json.loads(read.text)["stage"]
        assert stage in ("importing", "completed")
        if stage != "completed":
            await host.hear(before + 1)
    assert set(host.told) == {address}


async def every_prompt_can_be_had(host: Host) -> None:
    prompts = (await host.client.list_prompts()).prompts
    assert len(prompts) == 6
    for prompt in prompts:
        assert prompt.title
        assert prompt.description
        values = {one.name: f"<{one.name}>" for one in prompt.arguments or []}
        result = await host.client.get_prompt(prompt.name, values)
        [message] = result.messages
        assert isinstance(message.content, TextContent)
        assert all(value in message.content.text for value in values.values())
