"""The sandbox as an HTTP server on loopback."""

from pathlib import Path

import uvicorn

from preo_mcp.sandbox.app import create_app
from preo_mcp.sandbox.seeded import seeded_store

LOOPBACK = "127.0.0.1"


def serve_sandbox(port: int, folder: Path | None = None, number: int = 1) -> None:
    """Serve the sandbox until interrupted; `number` picks the seed of a new one.

    Raises:
        OSError: `folder` cannot be made or written.
    """
    with seeded_store(folder, number=number) as store:
        uvicorn.run(create_app(store), host=LOOPBACK, port=port, log_level="warning", access_log=False)
