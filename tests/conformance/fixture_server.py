"""The real server over HTTP on a sandbox, with what the official suites call besides its own, and without a secret.

`python -m tests.conformance.fixture_server FOLDER` tells its address and serves until it is ended. It is the class, the
app and the wire of `preo-mcp --transport http`; only the bearer secret is left out, because the older suite can send
none. No flag of the product does that.
"""

import sys
from pathlib import Path
from typing import Any

import anyio
import uvicorn
from mcp.server import MCPServer
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.lowlevel.helper_types import ReadResourceContents
from mcp.server.mcpserver import Context
from mcp.types import (
    CallToolResult,
    CompleteResult,
    Completion,
    EmptyResult,
    InputRequiredResult,
    Prompt,
    Resource,
    ResourceTemplate,
    Tool,
)
from pydantic import AnyUrl

from preo_mcp.backend import Backend
from preo_mcp.process import LOOPBACK, listen
from preo_mcp.server import PreoServer
from preo_mcp.settings import Settings
from tests.conformance.fixtures import RICH_SCHEMA, add_fixtures, json_schema_2020_12_tool
from tests.conformance.rounds import add_rounds

SCHEME = "test://"
"""How the addresses of the suites begin."""
COMPLETED = "test_prompt_with_arguments"
AnyContext = Context[Backend, Any]


class FixtureServer(PreoServer):
    """The real server; what has the name of a fixture is a fixture."""

    def __init__(self, settings: Settings, backend: Backend) -> None:
        super().__init__(settings, backend)
        add_fixtures(self)
        add_rounds(self)
        rich = self._tool_manager.get_tool(json_schema_2020_12_tool.__name__)
        assert rich
        rich.parameters = RICH_SCHEMA
        self.middleware.append(instead)

    async def list_tools(self) -> list[Tool]:
        return [*await super().list_tools(), *await MCPServer[Backend].list_tools(self)]

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: AnyContext | None = None
    ) -> CallToolResult | InputRequiredResult:
        if name in {tool.name for tool in await MCPServer[Backend].list_tools(self)}:
            return await MCPServer[Backend].call_tool(self, name, arguments, context)
        return await super().call_tool(name, arguments, context)

    async def list_resources(self) -> list[Resource]:
        return [*await super().list_resources(), *await MCPServer[Backend].list_resources(self)]

    async def list_resource_templates(self) -> list[ResourceTemplate]:
        return [*await super().list_resource_templates(), *await MCPServer[Backend].list_resource_templates(self)]

    async def read_resource(self, uri: AnyUrl | str, context: AnyContext | None = None) -> list[ReadResourceContents]:
        if any(str(uri).startswith(f"{SCHEME}{place}") for place in ("static", "watched", "template")):
            read = await MCPServer[Backend].read_resource(self, uri, context)
            assert not isinstance(read, InputRequiredResult)
            return list(read)
        return await super().read_resource(uri, context)

    async def list_prompts(self) -> list[Prompt]:
        return [*await super().list_prompts(), *await MCPServer[Backend].list_prompts(self)]

    async def get_prompt(
        self, name: str, arguments: dict[str, Any] | None = None, context: AnyContext | None = None
    ) -> Any:
        if name in {prompt.name for prompt in await MCPServer[Backend].list_prompts(self)}:
            return await MCPServer[Backend].get_prompt(self, name, arguments, context)
        return await super().get_prompt(name, arguments, context)


async def instead(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Answer what has no handler that could be extended: completions and subscriptions of a fixture."""
    params = ctx.params or {}
    if ctx.method == "completion/complete" and params.get("ref", {}).get("name") == COMPLETED:
        return CompleteResult(completion=Completion(values=[], total=0, has_more=False))
    if ctx.method in ("resources/subscribe", "resources/unsubscribe") and str(params.get("uri")).startswith(SCHEME):
        return EmptyResult()
    return await call_next(ctx)


async def serve(folder: Path) -> None:
    """Serve on a free port; tell the address once it is known."""
    settings = Settings.load({}, {"sandbox": True, "sandbox_data": folder, "state_folder": folder / "state"})
    async with Backend.opened(settings) as backend:
        app = FixtureServer(settings, backend).streamable_http_app(host=LOOPBACK)
        with listen(0) as listener:
            sys.stdout.write(f"http://localhost:{listener.getsockname()[1]}/mcp\n")
            sys.stdout.flush()
            await uvicorn.Server(uvicorn.Config(app, log_level="warning")).serve([listener])


if __name__ == "__main__":
    anyio.run(serve, Path(sys.argv[1]))
