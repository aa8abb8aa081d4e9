"""The sandbox as an HTTP server on loopback."""

import asyncio
import socket
import sys
from collections.abc import Collection
from pathlib import Path

import anyio
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from preo_mcp.loopback import LOOPBACK, listen, port_refused
from preo_mcp.sandbox.app import create_app
from preo_mcp.sandbox.fault_injection import DROP
from preo_mcp.sandbox.seed import seeded_store


class DroppingProtocol(H11Protocol):
    """HTTP on a connection that the application can close without an answer."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - as in the base class
        """Offer the application to close the connection."""
        super().connection_made(transport)
        self._lost = anyio.Event()
        serve = self.app

        async def droppable(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("extensions", {})[DROP] = self._drop
            await serve(scope, receive, send)

        self.app = droppable

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the connection is closed."""
        super().connection_lost(exc)
        self._lost.set()

    async def _drop(self) -> None:
        self.transport.close()
        await self._lost.wait()


def serve_sandbox(port: int, folder: Path | None = None, number: int = 1, webhook_hosts: Collection[str] = ()) -> None:
    """Serve the sandbox until interrupted; `number` picks the seed of a new one.

    Webhooks are delivered to loopback and to `webhook_hosts`. Port 0 takes a free one; which one is said.

    Raises:
        ConfigurationError: the port cannot be listened on.
        OSError: `folder` cannot be made or written.
    """
    with seeded_store(folder, number=number) as store, _listening(port) as listener:  # who connects finds it seeded
        app = create_app(store, webhook_hosts=webhook_hosts)
        config = uvicorn.Config(app, log_level="warning", access_log=False, http=DroppingProtocol)
        sys.stderr.write(f"the sandbox serves on http://{LOOPBACK}:{listener.getsockname()[1]}\n")
        sys.stderr.flush()
        uvicorn.Server(config).run(sockets=[listener])


def _listening(port: int) -> socket.socket:
    try:
        return listen(port)
    except OSError as exc:
        raise port_refused("The sandbox did not start", port, exc) from None
