"""Connections that are cut in the middle of a call, on the wire: the call ends once, and its answer arrives once."""

import json
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, ElicitResult, InputRequiredResult

from preo_mcp import streams
from preo_mcp.backend import Backend
from preo_mcp.process import LOOPBACK
from preo_mcp.server import PreoServer
from preo_mcp.settings import Settings
from tests.door import EDITION, YES, Door, Person, open_door, text_of
from tests.guarded_calls import schedule_campaign
from tests.streams.serving_here import Proxy, serving_here

PATIENCE = 20
VERSION = "2025-11-25"
STREAMED: dict[str, Any] = {"name": "list_products", "arguments": {"edition_id": EDITION}}
"""A call of several requests to Preo, and so answered by a stream."""


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients come back sooner than they are told to in earnest."""
    monkeypatch.setattr(streams, "RETRY_MS", 1)


class GatedServer(PreoServer):
    """The real server, whose calls take until they are let go on."""

    def __init__(self, settings: Settings, backend: Backend) -> None:
        super().__init__(settings, backend)
        self.gate = anyio.Event()
        self.calls = 0

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Backend, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        self.calls += 1
        await self.gate.wait()
        return await super().call_tool(name, arguments, context)


@pytest.fixture
async def door(tmp_path: Path) -> AsyncGenerator[Door]:
    async with open_door(tmp_path, "legacy") as door:
        yield door


@asynccontextmanager
async def served(door: Door) -> AsyncGenerator[tuple[GatedServer, int]]:
    """Serve the door's sandbox over HTTP; yield the server and its port."""
    server = GatedServer(door.backend.settings, door.backend)
    with anyio.fail_after(PATIENCE):
        async with serving_here(server.streamable_http_app(host=LOOPBACK)) as port:
            yield server, port


@pytest.mark.parametrize("comes_back", ["before the answer", "after the answer"])
async def test_what_a_person_agrees_to_while_the_connection_is_cut_happens_once(door: Door, comes_back: str) -> None:
    prepared = await schedule_campaign(door)
    async with served(door) as (server, port):
        server.gate.set()
        proxy = Proxy(port)

        async def cut_and_agree(_: str) -> ElicitResult:
            if comes_back == "after the answer":
                proxy.lets_reads_in = anyio.Event()
            await proxy.cut()
            return YES

        async def let_in_when_done() -> None:
            while prepared.effects() == 0:
                await anyio.lowlevel.checkpoint()
            proxy.lets_reads_in.set()

        person = Person(cut_and_agree)
        async with proxy.passing() as url, anyio.create_task_group() as tasks:
            tasks.start_soon(let_in_when_done)
            async with Client(streamable_http_client(url), mode="legacy", elicitation_callback=person.ask) as client:
                result = await client.call_tool("schedule_campaign", prepared.arguments)
                assert not result.is_error, text_of(result)
    assert (prepared.effects(), len(person.questions), proxy.cuts, server.calls) == (1, 1, 1, 1)


async def test_a_call_that_outlives_several_connections_is_made_once(door: Door) -> None:
    async with served(door) as (server, port):
        proxy = Proxy(port)
        async with proxy.passing() as url, Client(streamable_http_client(url), mode="legacy") as client:
            results: list[CallToolResult] = []

            async def call() -> None:
                results.append(await client.call_tool(**STREAMED))

            async with anyio.create_task_group() as tasks:
                proxy.cut_after(b"retry: 1")
                tasks.start_soon(call)
                while proxy.cuts == 0:
                    await anyio.lowlevel.checkpoint()
                server.gate.set()
    [result] = results
    assert not result.is_error
    assert (server.calls, proxy.cuts) == (1, 1)


class Raw:
    """A client that reads events by itself."""

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self._http = http
        self._url = url
        self.headers = {
            "accept": "application/json, text/event-stream",
            "content-type": "application/json",
            "mcp-protocol-version": VERSION,
        }

    async def begin(self) -> None:
        """Open a session."""
        client = {"protocolVersion": VERSION, "capabilities": {}, "clientInfo": {"name": "raw", "version": "1"}}
        answered = await self._http.post(self._url, headers=self.headers, json=request(0, "initialize", client))
        self.headers["mcp-session-id"] = answered.headers["mcp-session-id"]
        told = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        await self._http.post(self._url, headers=self.headers, json=told)

    @asynccontextmanager
    async def call(self, number: int) -> AsyncGenerator["Events"]:
        """Call a tool; yield the events of its answer."""
        asked = request(number, "tools/call", STREAMED)
        async with self._http.stream("POST", self._url, headers=self.headers, json=asked) as response:
            yield Events(response)

    @asynccontextmanager
    async def resume(self, event_id: str) -> AsyncGenerator["Events"]:
        """Take a stream up again."""
        headers = self.headers | {"last-event-id": event_id}
        async with self._http.stream("GET", self._url, headers=headers) as response:
            assert response.status_code == 200
            yield Events(response)

    async def end(self) -> None:
        """End the session."""
        assert (await self._http.delete(self._url, headers=self.headers)).status_code == 200


class Events:
    """The events of a response."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.aiter_lines()

    async def next(self) -> dict[str, str]:
        """Return the fields of the next event, or nothing at the end."""
        fields: dict[str, str] = {}
        async for line in self._lines:
            if not line:
                return fields
            name, _, value = line.partition(":")
            fields[name] = value.strip()
        return fields

    async def rest(self) -> list[Any]:
        """Return the messages up to the end of the stream."""
        messages: list[Any] = []
        while event := await self.next():
            messages.append(json.loads(event["data"]))
        return messages


def request(number: int, method: str, params: dict[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


@asynccontextmanager
async def sessions(port: int, count: int) -> AsyncGenerator[list[Raw]]:
    """Open sessions."""
    async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as http:
        opened = [Raw(http, f"http://{LOOPBACK}:{port}/mcp") for _ in range(count)]
        for session in opened:
            await session.begin()
        yield opened


async def test_a_stream_says_how_to_come_back_and_ends_with_its_answer(door: Door) -> None:
    async with served(door) as (server, port), sessions(port, 1) as [client]:
        async with client.call(1) as events:
            opening = await events.next()
        assert (opening["data"], opening["retry"]) == ("", "1")
        async with client.resume(opening["id"]) as events:
            server.gate.set()
            [answer] = await events.rest()
        assert answer["id"] == 1
        assert answer["result"]["isError"] is False
        async with client.resume(opening["id"]) as events:  # the connection may be cut again before it is read
            assert await events.rest() == [answer]


async def test_a_connection_that_only_the_client_knows_to_be_cut_stops_nobody(door: Door) -> None:
    async with served(door) as (server, port), sessions(port, 1) as [client], client.call(1) as half_open:
        opening = await half_open.next()
        async with client.resume(opening["id"]) as events:
            server.gate.set()
            assert [message["id"] for message in await events.rest()] == [1]


async def test_no_id_finds_anything_of_another_session(door: Door) -> None:
    async with served(door) as (server, port), sessions(port, 2) as [ours, theirs]:
        server.gate.set()
        opened: list[str] = []
        for client in (ours, theirs):
            async with client.call(1) as events:
                opened.append((await events.next())["id"])
                await events.rest()
        async with theirs.call(2) as events:
            later = (await events.next())["id"]
            await events.rest()
        assert opened[0] == opened[1], "each session counts for itself"
        async with ours.resume(later) as events:
            assert await events.rest() == []


@pytest.mark.parametrize("ends", ["by the client", "by itself"])
async def test_with_a_session_all_that_was_kept_of_it_goes(
    door: Door, ends: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = anyio.Event()
    end = streams.Session.end

    def noted(session: streams.Session) -> int:
        size = end(session)
        assert size > 0
        ended.set()
        return size

    monkeypatch.setattr(streams.Session, "end", noted)
    async with served(door) as (server, port), AsyncExitStack() as stack:
        if ends == "by itself":
            server.session_manager.session_idle_timeout = 0.2
        [client] = await stack.enter_async_context(sessions(port, 1))
        server.gate.set()
        async with client.call(1) as events:
            await events.next()
            await events.rest()
        if ends == "by the client":
            await client.end()
        await ended.wait()


async def test_who_waits_for_an_answer_of_a_session_that_ends_is_let_go(door: Door) -> None:
    async with served(door) as (_, port), sessions(port, 1) as [client]:
        async with client.call(1) as events:
            opening = await events.next()
        async with client.resume(opening["id"]) as events:
            await client.end()
            assert await events.rest() == []


async def test_calls_without_a_session_keep_nothing(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def store(*_: object) -> None:
        pytest.fail("nothing is stored")

    monkeypatch.setattr(streams.Streams, "store_event", store)
    async with served(door) as (server, port):
        server.gate.set()
        async with Client(streamable_http_client(f"http://{LOOPBACK}:{port}/mcp"), mode="auto") as client:
            assert not (await client.call_tool(**STREAMED)).is_error
