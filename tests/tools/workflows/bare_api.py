"""The sandbox without what is inferred of imports: an API that tells only what is documented."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, cast

import httpx
from anyio.abc import TaskGroup

from preo_mcp.client.connection import Connection
from preo_mcp.client.preo_client import PreoClient
from preo_mcp.sandbox.in_process import SANDBOX_URL, run_sandbox
from preo_mcp.settings import Settings

INFERRED = frozenset(
    {
        *("row_problems", "import_result", "file_format", "progress", "processing", "error_message", "parsed_data"),
        *("external_id", "code", "variants", "price", "currency", "amount", "customers_existing"),
    }
)
"""Fields that are taken out wherever they stand."""


def bare(value: Any) -> Any:
    """Return an answer without what is inferred."""
    if isinstance(value, list):
        return [bare(item) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        return {name: bare(item) for name, item in fields.items() if name not in INFERRED}
    return value


class BareApi(httpx.AsyncBaseTransport):
    """Carries requests to the sandbox, and takes out of its answers what is inferred."""

    def __init__(self, sandbox: httpx.AsyncBaseTransport) -> None:
        self._sandbox = sandbox

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._sandbox.handle_async_request(request)
        content = await answer.aread()
        if "json" in answer.headers.get("content-type", ""):
            content = json.dumps(bare(json.loads(content))).encode()
        kept = {name: value for name, value in answer.headers.items() if name.lower() != "content-length"}
        return httpx.Response(answer.status_code, headers=kept, content=content)


@asynccontextmanager
async def bare_client(settings: Settings, tasks: TaskGroup) -> AsyncGenerator[PreoClient]:
    """Open the client of the settings' sandbox behind a `BareApi`."""
    sandbox = await tasks.start(run_sandbox, settings.sandbox_data)
    client = PreoClient(Connection.of(settings, SANDBOX_URL), transport=BareApi(sandbox))
    yield client
    await client.aclose()
