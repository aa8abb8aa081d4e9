"""The end of a server over HTTP that is asked to stop (SIGTERM): nothing new begins, and what is under way ends.

no new calls → calls under way end, or their time is over → listeners are told → connections close → the rest is closed

Threat: a write that is cut off in the middle, so that nobody knows whether it happened. Calls are therefore ended by
cancel scopes alone, from which a write that has begun is shielded (approval/commit.py): it is settled and recorded,
however long that takes. A call that waits for a person leaves its question in the ledger, where the identical call
finds it again.
"""

import asyncio
import logging
import signal
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

import anyio
import uvicorn
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.streamable_http import MCP_SESSION_ID_HEADER
from sse_starlette.sse import AppStatus

from preo_mcp.process import refuse
from preo_mcp.replies.reply import refusal
from preo_mcp.server import PreoServer

if TYPE_CHECKING:
    import socket

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger(__name__)

CALL: Final = "tools/call"
LISTEN: Final = "subscriptions/listen"
"""A request that is answered when the listener has heard enough: nothing is under way meanwhile."""
METHOD: Final = b"mcp-method"
TELL_SECONDS: Final = 0.5
"""How long listeners have to be told, before their streams are closed."""
SECONDS_UNTIL_ANOTHER: Final = 5
WHY: Final = "preo-mcp is being stopped"
NEXT_STEP: Final = "Make the call again in some seconds."


class Stopping:
    """Whether a server is being stopped, and what is under way still.

    Args:
        seconds: How long calls under way may take to end.

    Attributes:
        has_begun: Whether it was asked to stop.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.has_begun = False
        self._calls = 0
        self._quiet = anyio.Event()
        """No call is under way any more, and no answer to one; or they are not waited for."""
        self._closed = anyio.Event()
        self._requests: set[anyio.CancelScope] = set()
        self._to_answer: set[anyio.CancelScope] = set()
        """Those that are here whole, and are no streams to listen to."""
        self._told: set[Callable[[], None]] = set()

    def begin(self) -> None:
        """Take no new calls from now on."""
        self.has_begun = True

    def hurry(self) -> None:
        """Wait for calls under way no longer."""
        self._quiet.set()

    def around(self, app: "ASGIApp") -> "ASGIApp":
        """Return `app` with each request ended at the end; an answer that has begun is closed in good order."""

        async def ended(scope: "Scope", receive: "Receive", send: "Send") -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            begun = complete = False
            listens = scope["method"] == "GET" or dict(scope["headers"]).get(METHOD) == LISTEN.encode()

            async def heard() -> "Message":
                message = await receive()
                if not listens and message["type"] == "http.request" and not message.get("more_body", False):
                    self._to_answer.add(request)
                return message

            async def noted(message: "Message") -> None:
                nonlocal begun, complete
                begun = True
                complete = message["type"] == "http.response.body" and not message.get("more_body", False)
                await send(message)

            with anyio.CancelScope() as request:
                self._requests.add(request)
                try:
                    await app(scope, heard, noted)
                finally:
                    self._requests.discard(request)
                    self._to_answer.discard(request)
                    self._look()
            if request.cancel_called and not complete:
                with anyio.move_on_after(TELL_SECONDS):  # who does not read is not waited for
                    await (send({"type": "http.response.body", "body": b""}) if begun else _refuse(send))

        return ended

    def before(self, app: "ASGIApp") -> "ASGIApp":
        """Return an MCP `app` that no new session and no request without one comes to, once it is being stopped.

        Such a request can go to any server: a balancer may send it to another one, since nothing was done for it.
        """

        async def open_until_then(scope: "Scope", receive: "Receive", send: "Send") -> None:
            if scope["type"] == "http" and self.has_begun and not _is_of_session(scope):
                return await _refuse(send)
            return await app(scope, receive, send)

        return open_until_then

    @asynccontextmanager
    async def of(self, server: PreoServer) -> AsyncGenerator[None]:
        """Count the calls of a server, and tell its listeners at the end, while the block runs."""
        server.middleware.append(self._counted)
        tell = server.changes.close
        self._told.add(tell)
        try:
            yield
        finally:
            self._told.discard(tell)

    async def _counted(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        if ctx.request_id is None or ctx.method == LISTEN:
            return await call_next(ctx)
        if self.has_begun and ctx.method == CALL:
            return refusal(f"This call did nothing · {WHY} · {NEXT_STEP}")
        self._calls += 1
        try:
            return await call_next(ctx)
        finally:
            self._calls -= 1
            self._look()

    def _look(self) -> None:
        if not (self._calls or self._to_answer):
            self._quiet.set()
        if not self._requests:
            self._closed.set()

    async def over(self) -> None:
        """Return when calls under way have ended or their time is over, and all that is open is told to end."""
        with anyio.move_on_after(self._seconds):
            if self._calls or self._to_answer:
                self._quiet = anyio.Event()
                await self._quiet.wait()
        if self._calls:
            logger.warning("stopped with %d calls under way: what they have begun to write is settled", self._calls)
        if self._requests:
            for tell in [*self._told]:
                tell()
            await anyio.sleep(TELL_SECONDS)
        for request in [*self._requests]:
            request.cancel()
        while self._requests:  # those that are left settle what they have written
            self._closed = anyio.Event()
            await self._closed.wait()


class StoppingServer(uvicorn.Server):
    """Serves until SIGTERM or SIGINT, and then stops as `Stopping` has it.

    After SIGTERM `serve` returns: uvicorn would raise the signal once more, and the process would end by it before
    anything else is closed.
    """

    def __init__(self, config: uvicorn.Config, stopping: Stopping) -> None:
        super().__init__(config)
        self._stopping = stopping

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop; asked once more, wait for nothing that is not being written."""
        if self._stopping.has_begun:
            asyncio.get_running_loop().call_soon_threadsafe(self._stopping.hurry)
        self._stopping.begin()
        if sig == signal.SIGTERM:
            self.should_exit = True
        else:
            super().handle_exit(sig, frame)

    async def serve(self, sockets: "list[socket.socket] | None" = None) -> None:
        """Serve; streams stay open until they are ended here.

        What writes them would otherwise cut all of them within half a second of the signal, and with them the answers
        to calls under way.
        """
        AppStatus.disable_automatic_graceful_drain()
        await super().serve(sockets)

    async def shutdown(self, sockets: "list[socket.socket] | None" = None) -> None:
        """End what is under way; whoever asks meanwhile is answered still."""
        await self._stopping.over()
        await super().shutdown(sockets)


def _is_of_session(scope: "Scope") -> bool:
    """Tell whether a request belongs to what this process alone has: a session, or a stream of one over SSE."""
    headers = dict(scope["headers"])
    return MCP_SESSION_ID_HEADER.encode() in headers or b"session_id=" in scope.get("query_string", b"")


async def _refuse(send: "Send") -> None:
    retry = (b"retry-after", str(SECONDS_UNTIL_ANOTHER).encode())
    await refuse(send, HTTPStatus.SERVICE_UNAVAILABLE, WHY, NEXT_STEP, [retry, (b"connection", b"close")])
