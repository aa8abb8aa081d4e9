"""Calls that only read get one JSON document over HTTP; what may ask, report or last gets a stream."""

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from starlette.types import Message, Receive, Scope, Send

from preo_mcp import streams
from preo_mcp.api.operations import OPERATIONS, Risk
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.toolset import Offered, Toolset
from preo_mcp.plain_answers import BY_REQUEST, MOST_READ, PlainAnswers
from preo_mcp.process import LOOPBACK
from preo_mcp.server import build_server
from preo_mcp.settings import Mode
from tests.door import EDITION, Door, content_of, open_door
from tests.replies.privacy.test_every_reading_tool import calls
from tests.streams.serving_here import serving_here

pytestmark = pytest.mark.anyio

PLAIN, STREAM = "application/json", "text/event-stream"
PATIENCE = 20
VERSIONS = ("2025-03-26", "2025-06-18", "2025-11-25")
SESSION: Scope = {"type": "http", "method": "POST", "headers": [(b"mcp-session-id", b"x")]}


@pytest.fixture
async def door(tmp_path: Path) -> AsyncGenerator[Door]:
    async with open_door(tmp_path, "legacy") as door:
        yield door


@asynccontextmanager
async def served(door: Door) -> AsyncGenerator[str]:
    """Serve the door's sandbox over HTTP; yield the address."""
    with anyio.fail_after(PATIENCE):
        app = build_server(door.backend.settings, door.backend).streamable_http_app(host=LOOPBACK)
        async with serving_here(app) as port:
            yield f"http://{LOOPBACK}:{port}/mcp"


class Session:
    """A session whose answers are looked at as they come."""

    def __init__(self, http: httpx.AsyncClient, url: str, version: str) -> None:
        self._http = http
        self._url = url
        self._version = version
        self._headers = {"accept": f"{PLAIN}, {STREAM}"}
        self._sent = 0

    async def post(self, method: str, params: Mapping[str, Any], number: int | None = None) -> httpx.Response:
        """Send a request."""
        self._sent += 1
        asked = {"jsonrpc": "2.0", "id": number or self._sent, "method": method, "params": params}
        return await self._http.post(self._url, headers=self._headers, json=asked)

    async def begin(self) -> httpx.Response:
        """Open the session."""
        client = {"protocolVersion": self._version, "capabilities": {}, "clientInfo": {"name": "raw", "version": "1"}}
        answer = await self.post("initialize", client)
        self._headers |= {"mcp-session-id": answer.headers["mcp-session-id"], "mcp-protocol-version": self._version}
        told = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        assert (await self._http.post(self._url, headers=self._headers, json=told)).status_code == 202
        return answer

    async def call(self, tool: str, **arguments: Any) -> httpx.Response:
        """Call a tool that may report how far it is."""
        meta = {"progressToken": "p"}
        return await self.post("tools/call", {"name": tool, "arguments": arguments, "_meta": meta})


@asynccontextmanager
async def session(url: str, version: str = VERSIONS[-1]) -> AsyncGenerator[Session]:
    async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as http:
        opened = Session(http, url, version)
        assert kind(await opened.begin()) == STREAM
        yield opened


def kind(answer: httpx.Response) -> str:
    """Return the type of a body, which holds the answer."""
    assert answer.status_code == 200, answer.text
    return answer.headers["content-type"].partition(";")[0]


def message_in(answer: httpx.Response) -> Any:
    """Return the last message of an answer of either kind."""
    if kind(answer) == PLAIN:
        return answer.json()
    return json.loads([line for line in answer.text.splitlines() if line.startswith("data: {")][-1][len("data:") :])


@pytest.mark.parametrize("version", VERSIONS)
async def test_what_only_reads_is_plain_and_everything_else_a_stream(door: Door, version: str) -> None:
    order = (await door.done("list_orders", edition_id=EDITION))["results"][0]
    async with served(door) as url, session(url, version) as client:
        expected = {
            await client.call("get_order", order_id=order["id"]): PLAIN,
            await client.call("list_orders", edition_id=EDITION): PLAIN,
            await client.call("get_order", order_id="ord_nobody"): PLAIN,
            await client.call("list_products", edition_id=EDITION): STREAM,
            await client.call("delete_segment", segment_id="seg_nordlys_return"): STREAM,
            await client.call("get_order", order_id=order["id"], note="x" * MOST_READ): STREAM,
            await client.post("tools/list", {}): STREAM,
            await client.call("no_such_tool"): STREAM,
        }
        assert {answer: kind(answer) for answer in expected} == expected
        found, *_ = expected
        assert message_in(found)["result"]["structuredContent"]["order_number"] == order["order_number"]


async def test_answers_of_both_kinds_at_the_same_time_in_one_session(door: Door) -> None:
    orders = (await door.done("list_orders", edition_id=EDITION, page_size=10))["results"]
    got: dict[str, Any] = {}
    async with served(door) as url, session(url) as client:

        async def read(order_id: str) -> None:
            got[order_id] = message_in(await client.call("get_order", order_id=order_id))["result"]

        async def list_products(name: str) -> None:
            answer = await client.call("list_products", edition_id=EDITION)
            assert kind(answer) == STREAM
            got[name] = message_in(answer)["result"]

        async with anyio.create_task_group() as tasks:
            for order in orders:
                tasks.start_soon(read, order["id"])
                tasks.start_soon(list_products, order["order_number"])
    assert len(got) == 2 * len(orders)
    for order in orders:
        assert got[order["id"]]["structuredContent"]["order_number"] == order["order_number"]
        assert got[order["order_number"]]["structuredContent"]["results"]


async def test_the_official_client_reads_both(door: Door) -> None:
    async with served(door) as url, Client(streamable_http_client(url), mode="legacy") as client:
        listed = content_of(await client.call_tool("list_orders", {"edition_id": EDITION}))
        shown = content_of(await client.call_tool("get_order", {"order_id": listed["results"][0]["id"]}))
        assert shown["id"] == listed["results"][0]["id"]
        assert content_of(await client.call_tool("list_products", {"edition_id": EDITION}))["results"]


async def test_no_plain_answer_is_kept_for_who_comes_back(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[int] = []
    end = streams.Session.end

    def noted(session: streams.Session) -> int:
        kept.append(end(session))
        return kept[-1]

    monkeypatch.setattr(streams.Session, "end", noted)
    async with served(door) as url, session(url) as client:
        await client.call("list_orders", edition_id=EDITION, page_size=100)
    assert max(kept) < MOST_READ, "the answer to initialize is all"


async def test_what_answers_plainly_reports_nothing(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """A notice would take the place of the answer; so every such tool is called, and none may send one."""
    offered = Offered(door.backend, lambda: None)
    given = await calls(door)
    plain = [tool.name for tool in Toolset().listed() if offered.answers_at_once(tool.name, {})]
    assert len(plain) > 25
    running: list[str] = []
    reported: set[str] = set()

    async def noted(self: Preo, *_: object) -> None:
        reported.add(running[-1])

    monkeypatch.setattr(Preo, "report", noted)
    for tool in [*plain, "wait_for_import"]:
        running.append(tool)
        for arguments in given.get(tool, [{}]):
            assert not (await door.call(tool, **arguments)).is_error
    assert reported == {"wait_for_import"}


async def test_a_tool_that_somebody_wants_to_be_asked_about_has_a_stream(tmp_path: Path) -> None:
    async with open_door(tmp_path, "legacy", ask_about=("get_order",)) as door:
        offered = Offered(door.backend, lambda: None)
        assert not offered.answers_at_once("get_order", {})
        assert offered.answers_at_once("list_orders", {})


async def test_behind_a_door_the_tool_decides(tmp_path: Path) -> None:
    async with open_door(tmp_path, "legacy", mode=Mode.SEARCH) as door:
        offered = Offered(door.backend, lambda: None)
        assert offered.answers_at_once("preo_read", {"tool": "get_order"})
        assert offered.answers_at_once("list_orders", {})
        inner: list[Any] = ["wait_for_import", "preo_read", ["get_order"], {}, None]
        for tool in inner:
            assert not offered.answers_at_once("preo_read", {"tool": tool})
        assert not offered.answers_at_once("preo_read", {})
        assert not offered.answers_at_once("preo_write", {"tool": "delete_segment"})


async def test_only_reading_operations_are_plain(door: Door) -> None:
    reading = {one.tool for one in OPERATIONS if one.risk is Risk.READ}
    offered = Offered(door.backend, lambda: None)
    for tool in Toolset().listed():
        if offered.answers_at_once(tool.name, {}):
            assert tool.name in reading
            assert tool.annotations is not None
            assert (tool.annotations.read_only_hint, tool.annotations.destructive_hint) == (True, False)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
CALLS = st.fixed_dictionaries(
    {"method": st.just("tools/call") | JSON},
    optional={"params": st.fixed_dictionaries({}, optional={"name": JSON, "arguments": JSON}) | JSON},
)
BODIES = st.binary(max_size=50) | (CALLS | JSON).map(lambda value: json.dumps(value).encode())


@given(BODIES, st.booleans(), st.sampled_from([SESSION, SESSION | {"headers": []}, SESSION | {"method": "GET"}]))
@example(b"[" * 10_000, False, SESSION)
@example(b'{"method": "tools/call", "params": {"name": "read", "arguments": {}}}', True, SESSION)
async def test_whatever_comes_is_handed_on_whole(body: bytes, in_two: bool, scope: Scope) -> None:
    pieces = [body[:5], body[5:]] if in_two else [body]
    before: list[Message] = [
        {"type": "http.request", "body": piece, "more_body": number < len(pieces)}
        for number, piece in enumerate(pieces, 1)
    ]
    sent = list(before)
    got: list[Message] = []
    plain: list[bool] = []

    async def app(_scope: Scope, receive: Receive, _send: Send) -> None:
        plain.append(bool(BY_REQUEST))
        got.extend([await receive() for _ in sent])

    async def receive() -> Message:
        return before.pop(0)

    async def send(_: Message) -> None:
        raise AssertionError

    await PlainAnswers(app, lambda name, _: name == "read")(scope, receive, send)
    assert got == sent
    assert not BY_REQUEST
    assert plain == [b'"read"' in body and not in_two and scope is SESSION]
