"""A server over HTTP in this process, and a proxy before it that cuts connections when it is told to."""

import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import anyio
import uvicorn
from anyio.abc import SocketAttribute, SocketStream, TaskGroup

from preo_mcp.process import LOOPBACK

if TYPE_CHECKING:
    from starlette.types import ASGIApp


@asynccontextmanager
async def serving_here(app: "ASGIApp") -> AsyncGenerator[int]:
    """Serve `app` on loopback; yield the port."""
    with socket.socket() as listening:
        listening.bind((LOOPBACK, 0))
        listening.listen()  # whoever connects before the server has started waits for it
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(server.serve, [listening])
            try:
                yield listening.getsockname()[1]
            finally:
                server.should_exit = True


class Proxy:
    """Passes bytes on between clients and a server.

    Args:
        behind: The server's port.
    """

    def __init__(self, behind: int) -> None:
        self._behind = behind
        self._streams: set[SocketStream] = set()
        self._cut_after: bytes | None = None
        self.cuts = 0
        self.lets_reads_in = anyio.Event()
        """Requests that only read (GET) wait for it."""
        self.lets_reads_in.set()

    def cut_after(self, said: bytes) -> None:
        """Cut all connections once the server has said something, which still comes through."""
        self._cut_after = said

    async def cut(self) -> None:
        """Cut all connections."""
        self.cuts += 1
        for stream in list(self._streams):
            await stream.aclose()

    @asynccontextmanager
    async def passing(self) -> AsyncGenerator[str]:
        """Pass on; yield the address before the server's."""
        async with await anyio.create_tcp_listener(local_host=LOOPBACK) as listener, anyio.create_task_group() as tasks:
            tasks.start_soon(listener.serve, self._pass_on)
            yield f"http://{LOOPBACK}:{listener.extra(SocketAttribute.local_port)}/mcp"
            tasks.cancel_scope.cancel()

    async def _pass_on(self, client: SocketStream) -> None:
        with suppress(anyio.EndOfStream, anyio.ClosedResourceError, anyio.BrokenResourceError):
            async with client, await anyio.connect_tcp(LOOPBACK, self._behind) as server:
                ends = {client, server}
                self._streams |= ends
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(self._requests, client, server, tasks)
                    tasks.start_soon(self._answers, server, client, tasks)
                self._streams -= ends

    async def _requests(self, client: SocketStream, server: SocketStream, both: TaskGroup) -> None:
        with suppress(anyio.ClosedResourceError, anyio.BrokenResourceError):
            async for said in client:
                if said.startswith(b"GET "):
                    await self.lets_reads_in.wait()
                await server.send(said)
        both.cancel_scope.cancel()

    async def _answers(self, server: SocketStream, client: SocketStream, both: TaskGroup) -> None:
        with suppress(anyio.ClosedResourceError, anyio.BrokenResourceError):
            async for said in server:
                await client.send(said)
                if self._cut_after is not None and self._cut_after in said:
                    self._cut_after = None
                    await self.cut()
        both.cancel_scope.cancel()
