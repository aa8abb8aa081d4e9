"""Running the server: over stdio, or on loopback over streamable HTTP or SSE."""

import logging
import sys

from preo_mcp.preo import Backend
from preo_mcp.server import build_server
from preo_mcp.settings import Settings, Transport

LOOPBACK = "127.0.0.1"


async def serve(settings: Settings) -> None:
    """Serve until the host leaves or the process is interrupted; everything opened meanwhile is closed.

    Raises:
        ConfigurationError: the settings do not make a connection.
    """
    _quiet_foreign_loggers()
    if not settings.sandbox:
        settings.account_token()  # a token that cannot be read stops the start, not the first call
    async with Backend.opened(settings) as backend:
        server = build_server(settings, backend)
        match settings.transport:
            case Transport.STDIO:
                await server.run_stdio_async()
            case Transport.HTTP:
                _announce(settings.port, "mcp")
                await server.run_streamable_http_async(host=LOOPBACK, port=settings.port)
            case Transport.SSE:
                _announce(settings.port, "sse")
                await server.run_sse_async(host=LOOPBACK, port=settings.port)


def _announce(port: int, path: str) -> None:
    sys.stderr.write(f"preo-mcp serves on http://{LOOPBACK}:{port}/{path}\n")
    sys.stderr.flush()


def _quiet_foreign_loggers() -> None:
    """HTTP libraries write whole query strings, and with them customers' addresses, at their default level."""
    for name in ("httpx", "httpcore", "httpx2", "httpcore2"):
        logging.getLogger(name).setLevel(logging.WARNING)
