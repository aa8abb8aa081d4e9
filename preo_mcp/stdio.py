"""MCP over the process's stdin and stdout, where each opening of a client is answered in its own era.

A client that knows both eras of the protocol asks `server/discover` first, and falls back to `initialize` when no
answer comes in time: `@ai-sdk/mcp` waits a second, which is less than a busy computer needs to start this server. Then
both lie in the pipe, and the SDK, whose loop serves the era of the first request alone, refuses the second. So messages
are looked at before they reach a loop, and an `initialize` behind a modern opening gets a loop of its own.
"""

from collections.abc import AsyncIterable, Awaitable, Callable, Coroutine
from contextlib import ExitStack
from typing import Any, Final, TypeAlias

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.server.stdio import stdio_server
from mcp.shared.message import SessionMessage
from mcp.types import JSONRPCRequest
from mcp_types import PROTOCOL_VERSION_META_KEY

Incoming: TypeAlias = SessionMessage | Exception
"""A message of the client's, or why a line is none."""
Loop: TypeAlias = Callable[
    [MemoryObjectReceiveStream[Incoming], MemoryObjectSendStream[SessionMessage]], Coroutine[Any, Any, None]
]
"""Serves the messages of one opening until they end, and closes both streams."""

HANDSHAKE: Final = "initialize"


async def serve_stdio(loop: Loop) -> None:
    """Serve the client at stdin and stdout until it leaves."""
    async with stdio_server() as (incoming, outgoing), outgoing:
        await serve_openings(loop, incoming, outgoing.send)


async def serve_openings(
    loop: Loop, incoming: AsyncIterable[Incoming], send: Callable[[SessionMessage], Awaitable[None]]
) -> None:
    """Hand what comes in to a loop, and what loops answer to `send`, until the client has left and all is answered.

    An `initialize` behind a modern opening begins a second loop, which gets all that follows. What the first one still
    works on is answered too: a client may as well have sent both at once, to take what comes first.
    """
    answers, answered = anyio.create_memory_object_stream[SessionMessage]()

    async def hand_on() -> None:
        async with answered:
            async for message in answered:
                await send(message)

    async with anyio.create_task_group() as loops:
        loops.start_soon(hand_on)
        with ExitStack() as kept:
            kept.enter_context(answers)

            def begun() -> MemoryObjectSendStream[Incoming]:
                feed, fed = anyio.create_memory_object_stream[Incoming]()
                loops.start_soon(loop, fed, answers.clone())
                return kept.enter_context(feed)

            feed, opening = begun(), None
            async for message in incoming:
                request = _request_of(message)
                if request is not None and opening is not None and request.method == HANDSHAKE and _is_modern(opening):
                    feed, opening = begun(), request
                opening = opening or request
                await feed.send(message)


def _request_of(message: Incoming) -> JSONRPCRequest | None:
    if isinstance(message, SessionMessage) and isinstance(message.message, JSONRPCRequest):
        return message.message
    return None


def _is_modern(opening: JSONRPCRequest) -> bool:
    """Tell whether the SDK serves the era of 2026-07-28 after this request: it carries that era's envelope."""
    meta = (opening.params or {}).get("_meta")
    return opening.method != HANDSHAKE and isinstance(meta, dict) and PROTOCOL_VERSION_META_KEY in meta
