"""Clients over HTTP and SSE that send the bearer secret, as a host is set up to."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client

from preo_mcp.serving import bearer_of
from preo_mcp.settings import Settings


def bearer(state_folder: Path | None = None) -> dict[str, str]:
    """Return the header of a server whose state is in `state_folder`, or where it is without a setting."""
    flags = {"sandbox": True} if state_folder is None else {"sandbox": True, "state_folder": state_folder}
    return {"Authorization": f"Bearer {bearer_of(Settings.load({}, flags))}"}


@asynccontextmanager
async def authorized(url: str, state_folder: Path | None = None) -> AsyncGenerator[Any]:
    """Connect to a server's address; what is yielded is a transport of the official client."""
    headers = bearer(state_folder)
    if url.endswith("/sse"):
        async with sse_client(url, headers=headers) as streams:
            yield streams
    else:
        async with (
            create_mcp_http_client(headers=headers) as http,
            streamable_http_client(url, http_client=http) as streams,
        ):
            yield streams
