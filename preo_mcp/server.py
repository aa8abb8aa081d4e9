"""The MCP server: `build_server` puts the tools of a toolset in front of a backend.

Importing this module touches no network, no file and no key, and imports neither the HTTP client nor the sandbox.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from mcp.server import MCPServer
from mcp.server.caching import CacheHint
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, InputRequiredResult, TextContent, Tool

from preo_mcp import __version__
from preo_mcp.preo import Backend
from preo_mcp.resources.segments import add_segment_users
from preo_mcp.settings import Settings
from preo_mcp.toolset import Toolset

NAME = "preo"
LIST_TTL_MS = 3_600_000
"""How long a host may keep the tool list: it only changes with the version."""

INSTRUCTIONS = """\
Run a Preo account: tickets and products for events, sold in editions (one dated run of an event).
Import a shop's export: prepare_import with the file, settle what it reports as open (columns, products), \
preview_import_orders, start_import, wait_for_import.
Help a customer: list_users or list_orders by part of a name, e-mail or phone; get_order; create_purchase_refund, \
then approve_refund.
Write to customers: get_cel_context, validate_cel_expression, create_segment, recalculate_segment; \
create_email_message, preview_email; create_campaign, then schedule_campaign or send_campaign.
Tools marked destructive ask a person first; if they say no, stop and tell the user.
Errors read: what failed · why · what to do next."""

SANDBOX_INSTRUCTIONS = """
This server runs on its embedded sandbox: invented people and orders, no real account is touched. \
Editions: edt_nordlys26 (running), edt_nordlys27 (upcoming), edt_elbklang25 (past), edt_elbklang_draft (draft)."""


class PreoServer(MCPServer[Backend]):
    """An MCP server whose tools are listed from the snapshot and imported when first called."""

    def __init__(self, settings: Settings, backend: Backend) -> None:
        @asynccontextmanager
        async def lifespan(_: MCPServer[Backend]) -> AsyncGenerator[Backend]:
            # Entered for every SSE connection, so it opens nothing: the backend lives as long as the process.
            yield backend

        super().__init__(
            NAME,
            title="Preo (sandbox)" if settings.sandbox else "Preo",
            instructions=INSTRUCTIONS + (SANDBOX_INSTRUCTIONS if settings.sandbox else ""),
            version=__version__,
            lifespan=lifespan,
            log_level="WARNING",
            cache_hints={"tools/list": CacheHint(ttl_ms=LIST_TTL_MS, scope="public")},
        )
        self._backend = backend
        self._toolset = Toolset()
        add_segment_users(self, backend)

    async def list_tools(self) -> list[Tool]:
        """Return the tools of the snapshot."""
        return self._toolset.listed()

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Backend, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Run a tool; what a model can act on comes back as a result with `is_error`."""
        found = self._toolset.find(name)
        if found is None:
            near = self._toolset.nearest(name)
            hint = f"Did you mean {near}?" if near else "Look at tools/list."
            text = f"{name[:60]} was not run · there is no tool of this name · {hint}"
            return CallToolResult(content=[TextContent(type="text", text=text)], is_error=True)
        return await found.run(self._backend, arguments, context or Context(mcp_server=self))


def build_server(settings: Settings, backend: Backend) -> PreoServer:
    """Return the server for `settings` in front of `backend`, which the caller keeps open while it serves."""
    return PreoServer(settings, backend)
