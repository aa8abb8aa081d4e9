"""A server that is asked to stop, as a process: before an upstream that takes as long as a test wants."""

import json
import os
import sqlite3
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from anyio.abc import Process
from anyio.streams.text import TextReceiveStream
from mcp import Client
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.types import CallToolResult
from starlette.types import Receive, Scope, Send

from preo_mcp.sandbox.app import create_app
from preo_mcp.sandbox.seed import seeded_store
from preo_mcp.stopping import SECONDS_UNTIL_ANOTHER
from preo_mcp.team.principals import ALL
from preo_mcp.team.static_tokens import StaticTokens
from tests.authorized import bearer
from tests.door import ERAS, YES, Era, Person, text_of
from tests.team.provider import served
from tests.team.signed_in import ACCEPT, INITIALIZE
from tests.tools.segments.test_segments import RETURN

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(os.name != "posix", reason="elsewhere a process is not asked to end, but ended"),
]

COMMAND = [sys.executable, "-m", "preo_mcp", "--transport", "http", "--port", "0"]
PATIENCE = 60
DELETE = ("delete_segment", {"segment_id": RETURN})


class Upstream:
    """A sandbox that holds what deletes something until it is let go."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.deletions = 0
        self.begun = anyio.Event()
        self.go = anyio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "DELETE":
            self.deletions += 1
            self.begun.set()
            await self.go.wait()
        await self._app(scope, receive, send)


@dataclass
class Running:
    """A server's process, and who connects to it."""

    process: Process
    url: str
    said: TextReceiveStream
    headers: dict[str, str]

    @property
    def token(self) -> str:
        return self.headers["Authorization"].removeprefix("Bearer ")

    @property
    def origin(self) -> str:
        return self.url.rpartition("/")[0]

    @asynccontextmanager
    async def client(self, era: Era, person: Person | None = None) -> AsyncGenerator[Client]:
        async with (
            create_mcp_http_client(headers=self.headers) as http,
            streamable_http_client(self.url, http_client=http) as streams,
            Client(given(streams), mode=era, elicitation_callback=None if person is None else person.ask) as one,
        ):
            yield one

    async def ended(self) -> str:
        """Wait for the end, which has to be a good one, and return what was said meanwhile."""
        with anyio.fail_after(PATIENCE):
            rest = "".join([text async for text in self.said])
            assert await self.process.wait() == 0, rest
        assert "Traceback" not in rest
        return rest


@asynccontextmanager
async def given(streams: Any) -> AsyncGenerator[Any]:
    yield streams


@asynccontextmanager
async def upstream() -> AsyncGenerator[tuple[Upstream, str]]:
    with seeded_store() as store:
        app = create_app(store)
        slow = Upstream(app)
        async with app.router.lifespan_context(app), served(slow) as url:
            try:
                yield slow, url
            finally:
                slow.go.set()


@asynccontextmanager
async def running(folder: Path, url: str, *flags: str, token: str = "", **settings: str) -> AsyncGenerator[Running]:
    """Run a server in front of an API; of a team, where `flags` say so, for one with a `token` or a new one."""
    state = folder / "state"
    own = {name: value for name, value in os.environ.items() if not name.startswith("PREO_")}
    set_to = {"PREO_STATE_FOLDER": str(state), "PREO_BASE_URL": url, "PREO_TOKEN": "sandbox-admin", **settings}
    if "--team" in flags:
        headers = {"Authorization": f"Bearer {token or StaticTokens(state).add('anna', ALL).token}"}
    else:
        headers = bearer(state)
    process = await anyio.open_process([*COMMAND, *flags], stdin=None, stdout=None, env=own | set_to)
    assert process.stderr is not None
    try:
        said = TextReceiveStream(process.stderr)
        with anyio.fail_after(PATIENCE):
            first = await said.receive()
            assert "serves" in first, first
            one = Running(process, first.strip().rpartition(" ")[2], said, headers)
            await until(lambda: answers(one))
        yield one
    finally:
        if process.returncode is None:
            process.kill()
        await process.aclose()


async def answers(one: Running) -> bool:
    try:
        async with httpx.AsyncClient() as http:
            await http.get(one.url)
    except httpx.TransportError:
        return False
    return True


async def is_stopping(one: Running) -> None:
    """Wait until a server says that it takes no more calls."""
    async with httpx.AsyncClient() as http:

        async def refuses() -> bool:
            return (await http.get(f"{one.origin}/ready")).status_code == 503

        await until(refuses)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Return when something is so: of another process only looking tells."""
    with anyio.fail_after(PATIENCE):
        while True:
            if await condition():
                return
            await anyio.sleep(0.02)


@pytest.mark.parametrize("era", ERAS)
async def test_a_call_under_way_is_answered_and_nothing_new_begins(tmp_path: Path, era: Era) -> None:
    results: list[CallToolResult] = []
    answered = anyio.Event()
    async with (
        upstream() as (slow, url),
        running(tmp_path, url, "--team") as one,
        one.client(era, Person(YES)) as anna,
        one.client("legacy") as beside,
        httpx.AsyncClient() as http,
        anyio.create_task_group() as tasks,
    ):

        async def delete() -> None:
            results.append(await anna.call_tool(*DELETE))
            answered.set()

        assert (await http.get(f"{one.origin}/ready")).status_code == 200
        await anna.list_tools()  # by which the client checks the answer, when the server is gone
        tasks.start_soon(delete)
        with anyio.fail_after(PATIENCE):
            await slow.begun.wait()
        one.process.terminate()
        await is_stopping(one)
        assert (await http.get(f"{one.origin}/health")).status_code == 200

        refused = await http.post(one.url, json=INITIALIZE, headers=ACCEPT | one.headers)
        assert refused.status_code == 503
        assert refused.headers["retry-after"] == str(SECONDS_UNTIL_ANOTHER)
        assert len(refused.text.strip().split(" · ")) == 3
        told = await beside.call_tool("list_segments", {})
        assert told.is_error
        assert "This call did nothing · preo-mcp is being stopped" in text_of(told)
        assert not results

        slow.go.set()
        with anyio.fail_after(PATIENCE):
            await answered.wait()
        await one.ended()
    assert not results[0].is_error, text_of(results[0])
    assert slow.deletions == 1


@pytest.mark.parametrize("era", ERAS)
async def test_what_takes_longer_than_the_limit_is_settled_and_recorded(tmp_path: Path, era: Era) -> None:
    async with upstream() as (slow, url):
        async with running(tmp_path, url, "--team", PREO_STOP_SECONDS="0.2") as one:
            with anyio.CancelScope() as host:
                async with one.client(era, Person(YES)) as anna, anyio.create_task_group() as tasks:

                    async def stop() -> None:
                        await slow.begun.wait()
                        one.process.terminate()
                        await is_stopping(one)
                        await anyio.sleep(1)  # longer than the limit
                        assert one.process.returncode is None, "the write is not cut off"
                        host.cancel()

                    tasks.start_soon(stop)
                    await anna.call_tool(*DELETE)
            slow.go.set()
            said = await one.ended()
            assert "stopped with 1 calls under way" in said
        [(state, doc)] = plans(tmp_path)
        assert state == "done", doc
        async with running(tmp_path, url, "--team", token=one.token) as again, again.client(era, Person(YES)) as anna:
            told = await anna.call_tool(*DELETE)
            assert not told.is_error, text_of(told)
        assert slow.deletions == 1


async def test_over_sse_a_call_under_way_is_answered_too(tmp_path: Path) -> None:
    async with upstream() as (slow, url), running(tmp_path, url, "--team", "--transport", "sse") as one:
        async with (
            sse_client(one.url, headers=one.headers) as streams,
            Client(given(streams), mode="legacy", elicitation_callback=Person(YES).ask) as anna,
            anyio.create_task_group() as tasks,
        ):
            await anna.list_tools()

            async def stop() -> None:
                await slow.begun.wait()
                one.process.terminate()
                await is_stopping(one)
                slow.go.set()

            tasks.start_soon(stop)
            with anyio.fail_after(PATIENCE):
                done = await anna.call_tool(*DELETE)
            assert not done.is_error, text_of(done)
        await one.ended()
        assert slow.deletions == 1


def plans(folder: Path) -> list[tuple[str, str]]:
    """Return the state and the text of each plan, past the ledger."""
    [file] = (folder / "state").glob("*.db")
    with closing(sqlite3.connect(file)) as db:
        return db.execute("SELECT state, doc FROM plans").fetchall()


@pytest.mark.parametrize("flags", [(), ("--team",)])
async def test_who_listens_is_told_and_holds_up_nothing(tmp_path: Path, flags: tuple[str, ...]) -> None:
    async with (
        upstream() as (_, url),
        running(tmp_path, url, *flags) as one,
        httpx.AsyncClient(timeout=PATIENCE) as http,
    ):
        headers = ACCEPT | one.headers
        opened = await http.post(one.url, json=INITIALIZE, headers=headers)
        session = {"Mcp-Session-Id": opened.headers["mcp-session-id"], "MCP-Protocol-Version": "2025-11-25"}
        listen = {"jsonrpc": "2.0", "id": 7, "method": "subscriptions/listen", "params": listening()}
        modern = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "subscriptions/listen"}
        async with (
            http.stream("GET", one.url, headers=headers | session) as stream,
            http.stream("POST", one.url, json=listen, headers=headers | modern) as answer,
        ):
            assert (stream.status_code, answer.status_code) == (200, 200)
            lines = answer.aiter_lines()
            assert "acknowledged" in await anext(line async for line in lines if line.startswith("data"))
            one.process.terminate()
            with anyio.fail_after(PATIENCE):
                _ = [line async for line in stream.aiter_lines()]  # to its end, in good order
                last = [line async for line in lines if line.startswith("data")][-1]
            assert json.loads(last.partition(":")[2])["id"] == 7, "the answer says that it is over"
        await one.ended()


def listening() -> dict[str, Any]:
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "x", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    return {"notifications": {"toolsListChanged": True}, "_meta": meta}
