"""Running the server: over stdio, or on loopback over streamable HTTP or SSE."""

import logging
import sys

from preo_mcp.backend import Backend
from preo_mcp.client.connection import Connection
from preo_mcp.loopback import LOOPBACK, listen, port_refused
from preo_mcp.server import build_server
from preo_mcp.settings import NOT_STARTED, Settings, Transport


async def serve(settings: Settings) -> None:
    """Serve until the host leaves or the process is interrupted; everything opened meanwhile is closed.

    Raises:
        ConfigurationError: the settings do not make a connection, or the port is taken.
    """
    _quiet_foreign_loggers()
    if not settings.sandbox:
        Connection.of(settings)  # what makes no connection stops the start, not the first call
    port = settings.port if settings.transport is Transport.STDIO else _free_port(settings.port)
    async with Backend.opened(settings) as backend:
        server = build_server(settings, backend)
        match settings.transport:
            case Transport.STDIO:
                await server.run_stdio_async()
            case Transport.HTTP:
                _announce(port, "mcp")
                await server.run_streamable_http_async(host=LOOPBACK, port=port)
            case Transport.SSE:
                _announce(port, "sse")
                await server.run_sse_async(host=LOOPBACK, port=port)


def _free_port(port: int) -> int:
    """Return `port` if it can be listened on, and for 0 one that can."""
    try:
        with listen(port) as probe:
            return probe.getsockname()[1]
    except OSError as exc:
        raise port_refused(NOT_STARTED, port, exc) from None


def _announce(port: int, path: str) -> None:
    sys.stderr.write(f"preo-mcp serves on http://{LOOPBACK}:{port}/{path}\n")
    sys.stderr.flush()


def _quiet_foreign_loggers() -> None:
    """HTTP libraries write whole query strings, and with them customers' addresses, at their default level."""
    for name in ("httpx", "httpcore", "httpx2", "httpcore2"):
        logging.getLogger(name).setLevel(logging.WARNING)
