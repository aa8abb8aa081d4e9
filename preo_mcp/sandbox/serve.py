"""The sandbox as an HTTP server on loopback.

Threat: a web page in a browser of this computer, which reaches loopback by a name of its own (DNS rebinding) or posts
to the control plane, which needs no token. So a request has to name this computer, and no other place as its origin.
"""

import asyncio
import re
import socket
import sys
from collections.abc import Collection
from pathlib import Path

import anyio
import uvicorn
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from preo_mcp.process import LOOPBACK, listen, port_refused
from preo_mcp.sandbox.app import create_app
from preo_mcp.sandbox.fault_injection import DROP
from preo_mcp.sandbox.problems import refused
from preo_mcp.sandbox.seed import seeded_store

LOOPBACK_NAMES = frozenset({LOOPBACK, "localhost", "[::1]"})
NOT_HERE = "This is a sandbox on one computer, and is called by its name there: 127.0.0.1 or localhost."
_PORT = re.compile(r":[0-9]{1,5}\Z", re.ASCII)


class CalledByItsName:
    """Refuses requests to another host, and those of web pages from elsewhere."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer in its stead."""
        if scope["type"] != "http" or _is_called_by_its_name(Headers(scope=scope)):
            await self._app(scope, receive, send)
        else:
            await refused(400, NOT_HERE).response()(scope, receive, send)


def _is_called_by_its_name(headers: Headers) -> bool:
    origins = headers.getlist("origin")
    hosts = [*headers.getlist("host"), *(origin.removeprefix("http://") for origin in origins)]
    return len(headers.getlist("host")) == 1 and all(_PORT.sub("", host.lower()) in LOOPBACK_NAMES for host in hosts)


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

    Webhooks are delivered to `webhook_hosts` alone. Port 0 takes a free one; which one is said.

    Raises:
        ConfigurationError: the port cannot be listened on.
        OSError: `folder` cannot be made or written.
    """
    with seeded_store(folder, number=number) as store, _listening(port) as listener:  # who connects finds it seeded
        app = CalledByItsName(create_app(store, webhook_hosts=webhook_hosts))
        config = uvicorn.Config(app, log_level="warning", access_log=False, http=DroppingProtocol)
        sys.stderr.write(f"the sandbox serves on http://{LOOPBACK}:{listener.getsockname()[1]}\n")
        sys.stderr.flush()
        uvicorn.Server(config).run(sockets=[listener])


def _listening(port: int) -> socket.socket:
    try:
        return listen(port)
    except OSError as exc:
        raise port_refused("The sandbox did not start", port, exc) from None
