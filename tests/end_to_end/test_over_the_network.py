"""A server over HTTP and SSE: asked, followed and completed from afar, approved on the page beside it."""

import re
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, cast

import anyio
import httpx
import pytest
from anyio.streams.text import TextReceiveStream
from mcp import Client
from mcp.client.session import IncomingMessage
from mcp.types import ResourceTemplateReference, ResourceUpdatedNotification, TextContent, TextResourceContents

from preo_mcp.replies import addresses
from preo_mcp.server import PreoServer
from tests.approval.ways.open_plans import told
from tests.authorized import authorized
from tests.door import EDITION, ERAS, ORDERS, YES, Era, Person, content_of, text_of
from tests.end_to_end.processes import COMMAND, PATIENCE, environment, refundable, refunds, seeded
from tests.resources.listening import Host
from tests.test_serving import listening

REFUND = "create_purchase_refund"
STARTS = re.compile(r"Import (one order|[0-9,]+ orders) into .+\?")
ADDRESS = re.compile(r"(http://127\.0\.0\.1:\d+)(/approve/pln_[0-9a-f]{24})#(\S+),")


@asynccontextmanager
async def served(folder: Path, transport: str) -> AsyncGenerator[str]:
    """Run a server on a seeded sandbox and a free port; yield the address that it announces."""
    flags = ["--sandbox", "--data", str(folder / "sandbox"), "--transport", transport, "--port", "0"]
    environ = environment(state_folder=str(folder / "state"), approval_wait="0")
    process = await anyio.open_process([*COMMAND, *flags], stdin=None, stdout=None, env=environ)
    assert process.stderr is not None
    try:
        with anyio.fail_after(PATIENCE):
            url = (await TextReceiveStream(process.stderr).receive()).strip().rpartition(" ")[2]
            await listening(int(url.split(":")[2].split("/")[0]))
        yield url
    finally:
        process.terminate()
        with anyio.move_on_after(PATIENCE, shield=True):
            await process.wait()
        await process.aclose()


@asynccontextmanager
async def connected(url: str, state: Path, era: Era, person: Person | None) -> AsyncGenerator[Host]:
    """Connect a host; without a person it cannot ask."""
    hosts: list[Host] = []

    async def handle(message: IncomingMessage) -> None:
        if isinstance(message, ResourceUpdatedNotification) and era == "legacy":
            hosts[0].tell(message.params.uri)

    ask = None if person is None else person.ask
    with anyio.fail_after(PATIENCE):
        async with (
            Client(authorized(url, state), mode=era, elicitation_callback=ask, message_handler=handle) as client,
            AsyncExitStack() as stack,
        ):
            hosts.append(Host(cast("PreoServer", None), client, era, stack))  # it is in another process
            yield hosts[0]


@pytest.mark.parametrize("transport", ["http", "sse"])
async def test_a_host_works_from_afar(tmp_path: Path, transport: str) -> None:
    sandbox = seeded(tmp_path / "sandbox")
    left = refundable(sandbox, 2)
    async with served(tmp_path, transport) as url:
        for era in ERAS if transport == "http" else ERAS[:1]:  # the later protocol has no SSE
            person = Person(YES)
            async with connected(url, tmp_path / "state", era, person) as host:
                await an_import_is_followed(host, person, f"{era}.csv")
                await a_prompt_is_filled(host.client)
            async with connected(url, tmp_path / "state", era, None) as host:
                await a_refund_is_approved_on_the_page(host.client, sandbox, left.pop())


async def an_import_is_followed(host: Host, person: Person, name: str) -> None:
    text, settle = ORDERS.replace("A-", f"{name}-"), ["products: keep"]
    arguments = {"edition_id": EDITION, "text": text, "file_name": name, "settle": settle}
    import_id = content_of(await host.client.call_tool("prepare_import", arguments))["import_id"]
    reference = ResourceTemplateReference(uri=addresses.DATA_IMPORT)
    completion = (await host.client.complete(reference, {"name": "import_id", "value": name})).completion
    assert completion.values == [import_id]
    address = addresses.DATA_IMPORT.format(import_id=import_id)
    assert await host.subscribe(address) == [address]
    started = await host.client.call_tool("start_import", {"import_id": import_id, "ignore_warnings": True})
    assert not started.is_error, text_of(started)
    [question] = person.questions
    assert STARTS.fullmatch(question.partition("\n")[0])
    await host.hear(1)
    finished = content_of(await host.client.call_tool("wait_for_import", {"import_id": import_id}))
    assert finished["stage"] == "completed"
    [read] = (await host.client.read_resource(address, cache_mode="bypass")).contents
    assert isinstance(read, TextResourceContents)
    assert '"completed"' in read.text
    assert set(host.told) == {address}


async def a_prompt_is_filled(client: Client) -> None:
    names = [prompt.name for prompt in (await client.list_prompts()).prompts]
    assert "handle_refund" in names
    [message] = (await client.get_prompt("handle_refund", {"order": "N26-12900"})).messages
    assert isinstance(message.content, TextContent)
    assert "N26-12900" in message.content.text


async def a_refund_is_approved_on_the_page(client: Client, sandbox: Path, refund: dict[str, Any]) -> None:
    """What the page does, without a browser; over the network the model reads no customer's name."""
    text = text_of(await client.call_tool(REFUND, refund))
    found = ADDRESS.search(text)
    assert found, text
    assert "\nCustomer: •••" in text
    base_url, path, secret = found.groups()
    async with httpx.AsyncClient(base_url=base_url, headers={"Origin": base_url}, trust_env=False) as page:
        shown = (await page.post(f"{path}/show", json={"secret": secret})).json()
        assert "@example." in dict(told(shown))["Customer"]
        yes = {"nonce": shown["nonce"], "answer": True}
        assert (await page.post(f"{path}/answer", json=yes | {"nonce": secret})).json()["state"] == "secret"
        assert (await page.post(f"{path}/answer", json=yes)).json()["state"] == "approved"
    assert refunds(sandbox, refund) == 0
    result = await client.call_tool(REFUND, refund)
    assert not result.is_error, text_of(result)
    assert refunds(sandbox, refund) == 1
