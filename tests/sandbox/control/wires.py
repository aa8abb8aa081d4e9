"""The two ways to the sandbox: HTTP on loopback, and the transport in this process."""

import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
import httpx
import uvicorn
from starlette.applications import Starlette

from preo_mcp.process import LOOPBACK
from preo_mcp.sandbox.in_process import SANDBOX_URL, InProcessTransport
from preo_mcp.sandbox.serve import DroppingProtocol

HEADERS = {"Authorization": "Bearer sandbox-admin"}
WIRES = ("loopback", "in process")


@asynccontextmanager
async def connected(app: Starlette, wire: str) -> AsyncGenerator[httpx.AsyncClient]:
    """Connect a client to a running application over one of `WIRES`."""
    async with anyio.create_task_group() as tasks:
        if wire == "loopback":
            async with _served(app) as client:
                yield client
            return
        async with app.router.lifespan_context(app):
            transport = InProcessTransport(httpx.ASGITransport(app), tasks)
            async with httpx.AsyncClient(transport=transport, base_url=SANDBOX_URL, headers=HEADERS) as client:
                yield client
            tasks.cancel_scope.cancel()


@asynccontextmanager
async def _served(app: Starlette) -> AsyncGenerator[httpx.AsyncClient]:
    with socket.socket() as listening:
        listening.bind((LOOPBACK, 0))
        listening.listen()  # whoever connects before the server has started waits for it
        url = f"http://{LOOPBACK}:{listening.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", http=DroppingProtocol))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(server.serve, [listening])
            async with httpx.AsyncClient(base_url=url, headers=HEADERS, trust_env=False) as client:
                yield client
            server.should_exit = True
