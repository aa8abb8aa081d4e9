"""The sandbox as an HTTP server on loopback."""

from collections.abc import Collection
from pathlib import Path

import uvicorn

from preo_mcp.sandbox.app import create_app
from preo_mcp.sandbox.seeded import seeded_store

LOOPBACK = "127.0.0.1"


def serve_sandbox(port: int, folder: Path | None = None, number: int = 1, webhook_hosts: Collection[str] = ()) -> None:
    """Serve the sandbox until interrupted; `number` picks the seed of a new one.

    Webhooks are delivered to loopback and to `webhook_hosts`.

    Raises:
        OSError: `folder` cannot be made or written.
    """
    with seeded_store(folder, number=number) as store:
        app = create_app(store, webhook_hosts=webhook_hosts)
        uvicorn.run(app, host=LOOPBACK, port=port, log_level="warning", access_log=False)
