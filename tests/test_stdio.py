"""The pipe of a host, byte for byte: a client that asks for both eras is answered in both."""

import json
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio import to_thread
from anyio.streams.buffered import BufferedByteReceiveStream
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.shared.message import SessionMessage
from mcp.types import JSONRPCResponse, jsonrpc_message_adapter

from preo_mcp.stdio import Incoming, serve_openings
from tests.approval.ways.npm_packages import WHY_NO_NPM, installed, skipped
from tests.test_serving import PATIENCE, environment

# What @ai-sdk/mcp 2.0.99 writes: its probe, and a second later, unanswered, the handshake.
DISCOVER = (
    '{"method":"server/discover","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",'
    '"io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/clientInfo":'
    '{"name":"ai-sdk-mcp-client","version":"1.0.0"}}},"jsonrpc":"2.0","id":0}'
)
INITIALIZE = (
    '{"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":'
    '{"name":"ai-sdk-mcp-client","version":"1.0.0"}},"jsonrpc":"2.0","id":1}'
)
INITIALIZED = '{"method":"notifications/initialized","jsonrpc":"2.0"}'
LIST = '{"method":"tools/list","params":{},"jsonrpc":"2.0","id":2}'
MODERN_LIST = DISCOVER.replace("server/discover", "tools/list").replace('"id":0', '"id":3')
PING = '{"method":"ping","jsonrpc":"2.0","id":4}'


async def answered(*lines: str) -> dict[int, dict[str, Any]]:
    """Write all lines at once, as they lie in the pipe of a server that starts slowly; return the answers by id."""
    asked = sum('"id"' in line for line in lines)
    answers: dict[int, dict[str, Any]] = {}
    async with await anyio.open_process([sys.executable, "-m", "preo_mcp", "--sandbox"], env=environment()) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        with anyio.fail_after(PATIENCE):
            await server.stdin.send("".join(f"{line}\n" for line in lines).encode())
            said = BufferedByteReceiveStream(server.stdout)
            while len(answers) < asked:
                answer = json.loads(await said.receive_until(b"\n", 1_000_000))
                answers[answer["id"]] = answer
            await server.stdin.aclose()  # only now: the end of the input gives up what is being answered
            assert await server.wait() == 0
    return answers


async def test_a_probe_that_was_given_up_does_not_keep_the_handshake_out() -> None:
    answers = await answered(DISCOVER, INITIALIZE, INITIALIZED, LIST)
    assert answers[1]["result"]["protocolVersion"] == "2025-11-25"
    names = [tool["name"] for tool in answers[2]["result"]["tools"]]
    assert "prepare_import" in names
    assert answers[0]["result"]["supportedVersions"] == ["2026-07-28"]  # a client may as well have sent both at once


@pytest.mark.parametrize(
    ("lines", "refused"),
    [
        ((INITIALIZE, INITIALIZED, MODERN_LIST), [3]),  # no other way round: the SDK's answer stays
        ((DISCOVER, INITIALIZE, INITIALIZED, MODERN_LIST, LIST), [3]),  # who has shaken hands has chosen
        ((PING, DISCOVER, INITIALIZE, INITIALIZED, LIST), [0]),  # a bare ping opens the older era
        ((INITIALIZED, "no JSON", DISCOVER, MODERN_LIST, INITIALIZE, INITIALIZED, LIST), []),
    ],
    ids=["legacy then modern", "probe, handshake, modern", "ping first", "untidy"],
)
async def test_every_other_order_is_answered_as_by_the_sdk(lines: tuple[str, ...], refused: list[int]) -> None:
    answers = await answered(*lines)
    assert [one for one in sorted(answers) if "error" in answers[one]] == refused


async def test_a_client_that_leaves_without_a_word_ends_the_server() -> None:
    assert await answered() == {}


WHEN_BOTH_WERE_WRITTEN = """
import subprocess, sys
first = sys.stdin.buffer.readline() + sys.stdin.buffer.readline()
server = subprocess.Popen([sys.executable, "-m", "preo_mcp", "--sandbox"], stdin=subprocess.PIPE)
while first or (first := sys.stdin.buffer.readline()):
    server.stdin.write(first)
    server.stdin.flush()
    first = b""
server.stdin.close()
server.wait()
"""
"""A computer so slow that the server starts when the client has given the first question up."""

AI_SDK = """
import { createMCPClient } from "@ai-sdk/mcp";
import { Experimental_StdioMCPTransport as Stdio } from "@ai-sdk/mcp/mcp-stdio";
const [command, ...args] = JSON.parse(process.argv.at(-1));
const transport = new Stdio({ command, args, env: process.env });
const client = await createMCPClient({ transport, onUncaughtError() {} });
console.log(Object.keys(await client.tools()).join());
await client.close();
"""


@pytest.mark.skipif(skipped(WHY_NO_NPM), reason=WHY_NO_NPM)
async def test_the_client_that_waits_a_second_connects() -> None:
    folder = Path(__file__).parent / "bundles" / "npm"
    await to_thread.run_sync(installed, folder)
    command = json.dumps([sys.executable, "-c", WHEN_BOTH_WERE_WRITTEN])
    with anyio.fail_after(PATIENCE):
        told = await anyio.run_process(
            ["node", "--input-type=module", "-e", AI_SDK, command], cwd=folder, env=environment()
        )
    assert "prepare_import" in told.stdout.decode().split(",")


class Loops:
    """Stand in for the SDK's loop: each says what it was given, and answers when it is let."""

    def __init__(self) -> None:
        self.given: list[list[str]] = []
        self.may_answer = anyio.Event()

    async def serve(
        self, incoming: MemoryObjectReceiveStream[Incoming], outgoing: MemoryObjectSendStream[SessionMessage]
    ) -> None:
        mine: list[str] = []
        self.given.append(mine)
        async with incoming, outgoing:
            mine.extend([method_of(message) async for message in incoming])
            await self.may_answer.wait()
            await outgoing.send(SessionMessage(JSONRPCResponse(jsonrpc="2.0", id=len(mine), result={})))


def method_of(message: Incoming) -> str:
    return "broken" if isinstance(message, Exception) else getattr(message.message, "method", "answer")


@asynccontextmanager
async def client_of(loops: Loops, heard: list[SessionMessage]) -> AsyncGenerator[MemoryObjectSendStream[Incoming]]:
    """Yield what a client writes to; leaving closes it."""
    to_server, from_client = anyio.create_memory_object_stream[Incoming]()

    async def hear(message: SessionMessage) -> None:
        heard.append(message)

    async with from_client, anyio.create_task_group() as tasks:
        tasks.start_soon(serve_openings, loops.serve, from_client, hear)
        async with to_server:
            yield to_server


def message(line: str) -> SessionMessage:
    return SessionMessage(jsonrpc_message_adapter.validate_json(line, by_name=False))


async def test_each_opening_has_its_own_messages_and_late_answers_arrive() -> None:
    loops, heard = Loops(), list[SessionMessage]()
    with anyio.fail_after(5):
        async with client_of(loops, heard) as to_server:
            for line in (INITIALIZED, DISCOVER, MODERN_LIST, INITIALIZE, LIST):
                await to_server.send(message(line))
            await to_server.send(ValueError("no JSON"))
            await to_server.send(message(INITIALIZE))  # again: one session, and the SDK's to answer
            loops.may_answer.set()
    assert loops.given == [
        ["notifications/initialized", "server/discover", "tools/list"],
        ["initialize", "tools/list", "broken", "initialize"],
    ]
    assert len(heard) == 2


async def test_what_a_loop_raises_ends_the_serving() -> None:
    async def broken(
        incoming: MemoryObjectReceiveStream[Incoming], outgoing: MemoryObjectSendStream[SessionMessage]
    ) -> None:
        incoming.close()
        outgoing.close()
        raise ValueError("a fault of the loop's")

    async def nothing(_: SessionMessage) -> None: ...

    to_server, from_client = anyio.create_memory_object_stream[Incoming](1)
    with to_server, from_client, anyio.fail_after(5), pytest.raises(ExceptionGroup) as raised:
        await serve_openings(broken, from_client, nothing)
    assert raised.group_contains(ValueError, match="a fault of the loop's")
