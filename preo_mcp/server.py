"""The MCP server: MCP in and out, and nothing else; calls go to `calls`, addresses to `resources`.

Importing this module touches no network, no file and no key, and imports neither the HTTP client nor the sandbox.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.server import MCPServer
from mcp.server.caching import CacheableMethod, CacheHint
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.lowlevel.helper_types import ReadResourceContents
from mcp.server.mcpserver import Context
from mcp.server.request_state import RequestStateSecurity
from mcp.shared.exceptions import MCPError
from mcp.shared.message import SessionMessage
from mcp.types import (
    INVALID_PARAMS,
    CallToolResult,
    DiscoverResult,
    GetPromptResult,
    InputRequiredResult,
    Prompt,
    RequestParams,
    Resource,
    ResourceTemplate,
    Tool,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import AnyUrl

from preo_mcp import __version__
from preo_mcp.approval.ways.card_tool import APPROVAL_TOOL, CARD_URI
from preo_mcp.backend import Backend
from preo_mcp.calls.toolset import Offered, Toolset
from preo_mcp.files.keys import Keys
from preo_mcp.limits import of_sessions
from preo_mcp.receiving.card_tool import CARD_URI as UPLOAD_CARD
from preo_mcp.receiving.card_tool import UPLOAD_TOOL
from preo_mcp.reports.cards import report_at
from preo_mcp.resources.completing import Completions
from preo_mcp.resources.reading import Resources
from preo_mcp.resources.subscribing import Subscriptions
from preo_mcp.settings import Mode, Settings
from preo_mcp.telemetry import Traced
from preo_mcp.text.icons import TICKET

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from preo_mcp.by_hand.desk import ByHandDesk

NAME = "preo"
CARD_TOOLS = (APPROVAL_TOOL, UPLOAD_TOOL)
"""What only the cards may call; hosts keep it from their models."""
LISTS: tuple[CacheableMethod, ...] = ("tools/list", "resources/list", "resources/templates/list", "prompts/list")
REQUEST_STATE = "request state"
"""The purpose of the key that seals what a host keeps of a question (MCP 2026-07-28)."""
REQUEST_STATE_SECONDS = 7 * 86_400
"""Longer than any plan lives: the ledger decides what expired, in words that a model can read."""
LIST_TTL_MS = 3_600_000
"""How long a host may keep these lists: they only change with the version."""

INTRODUCTION = """\
Run a Preo account: tickets and products for events, sold in editions (one dated run of an event).
Where a tool takes an id, it also takes the whole name (of a campaign, a segment …), a customer's e-mail or phone, an \
order's number: nothing has to be looked up first."""

SEARCH_INSTRUCTIONS = """
Few of the tools are listed. find_tools finds all others in words, with their arguments; call one that reads with \
preo_read, any other with preo_write."""

STORIES = {
    "prepare_import": """
Import a shop's export: prepare_import with the file (receive_file where it has no path), then with its source and \
settle until no decision is open; start_import, wait_for_import.""",
    "get_order": """
Help a customer: list_users or list_orders by part of a name, e-mail or phone; get_order; create_purchase_refund, \
then approve_refund.""",
    "create_segment": """
Write to customers: get_cel_context, validate_cel_expression, create_segment with count; \
create_email_message; create_campaign, check_campaign, then schedule_campaign or send_campaign.
Conditions are CEL: preo://cel/reference.""",
}
"""How tools make a story; it is told where the tool that it rests on is offered."""

RULES = """
Tools marked destructive ask a person first; if they say no, stop and tell the user. If a result says that a person \
has to approve, tell the user how, and once they have, make exactly the same call again.
Errors read: what failed · why · what to do next."""

YES_INSTRUCTIONS = """
Nobody is asked before anything runs (--yes); this is possible in the sandbox only."""

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
            instructions=instructions(settings),
            icons=[TICKET],
            version=__version__,
            lifespan=lifespan,
            log_level="WARNING",
            request_state_security=RequestStateSecurity(
                keys=[Keys.of(settings).derived(REQUEST_STATE)], ttl=REQUEST_STATE_SECONDS
            ),
            cache_hints=dict.fromkeys(
                LISTS, CacheHint(ttl_ms=LIST_TTL_MS, scope="private" if backend.caller else "public")
            ),
        )
        self._backend = backend
        self._resources = Resources(backend)
        self.completion()(Completions(backend).complete)
        self.changes = Subscriptions(backend, self._subscriptions)
        self.changes.serve_on(self._lowlevel_server)
        if backend.notices is not None:
            backend.notices.heed(self.changes.watch)
        self._calls = Offered(backend, self._changed)
        backend.desk = self._desk
        self._lowlevel_server.add_request_handler("server/discover", RequestParams, self._discover)
        self.middleware.append(_refuse_cursor)
        self.middleware[0] = Traced(lambda name: name in self._names)

    def _desk(self) -> "ByHandDesk | None":
        """What does the steps of an import by hand, calls of tools like a model's; None where none is offered."""
        if not Toolset.of(self._backend.settings).offers("prepare_import"):
            return None
        from preo_mcp.by_hand.desk import ByHandDesk

        return ByHandDesk(self._backend, self._calls.run_by_hand)

    def _changed(self) -> None:
        """Let all who watch something look at once, in this process and in the other replicas."""
        self.changes.watch.look_now()
        if (notices := self._backend.notices) is not None:
            self._backend.in_background(notices.tell)

    @cached_property
    def _names(self) -> frozenset[str]:
        """Those of the tools and prompts that are listed."""
        from preo_mcp.resources.prompts import listed

        return frozenset(one.name for one in (*self._calls.listed(), APPROVAL_TOOL, *listed()))

    async def serve_opening(
        self,
        incoming: MemoryObjectReceiveStream[SessionMessage | Exception],
        outgoing: MemoryObjectSendStream[SessionMessage],
    ) -> None:
        """Serve a client's messages, in the era of its first request, until they end."""
        await self._lowlevel_server.run(incoming, outgoing, self._lowlevel_server.create_initialization_options())

    def streamable_http_app(self, **options: Any) -> "Starlette":
        """Return the app over HTTP with the SDK's `options`; streams of its sessions can be taken up again."""
        from preo_mcp.batching import Batched
        from preo_mcp.plain_answers import BY_REQUEST, PlainAnswers
        from preo_mcp.streams import RETRY_MS, Streams

        streams = Streams()
        self.middleware.append(streams.end_with_session)
        app = super().streamable_http_app(
            event_store=streams,
            retry_interval=RETRY_MS,
            json_response=BY_REQUEST,
            **of_sessions(self._backend.settings),
            **options,
        )
        app.add_middleware(PlainAnswers, at_once=self._calls.answers_at_once)
        app.add_middleware(streams.around)
        app.add_middleware(Batched)
        return app

    async def _discover(self, ctx: ServerRequestContext[Any, Any], _: RequestParams) -> DiscoverResult:
        """Say what this server can; the SDK would promise news of lists, which only change with the version."""
        server = self._lowlevel_server
        can = server.get_capabilities(protocol_version=ctx.protocol_version)
        for lists in (can.tools, can.resources, can.prompts):
            if lists is not None:
                lists.list_changed = False
        versions = list(MODERN_PROTOCOL_VERSIONS)
        return DiscoverResult(supported_versions=versions, capabilities=can, instructions=server.instructions)

    async def list_tools(self) -> list[Tool]:
        """Return the tools that the settings offer, and those that only the cards may call."""
        return [*self._calls.listed(), *CARD_TOOLS]

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Backend, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Run a tool; what a model can act on comes back as a result with `is_error`.

        Raises:
            MCPError: there is no such tool.
        """
        context = context or Context(mcp_server=self)
        if name == APPROVAL_TOOL.name:
            return await self._backend.guardrails.card_call(arguments, context)
        if name == UPLOAD_TOOL.name:
            return await self._backend.receiver.card_call(arguments, context)
        return await self._calls.run(name, arguments, context)

    async def list_resources(self) -> list[Resource]:
        """Return the resources with a fixed address."""
        return self._resources.listed()

    async def list_resource_templates(self) -> list[ResourceTemplate]:
        """Return the addresses with an id in them."""
        return self._resources.templates()

    async def read_resource(
        self, uri: AnyUrl | str, context: Context[Backend, Any] | None = None
    ) -> list[ReadResourceContents]:
        """Return what stands at an address; a card at the one that tools name."""
        if str(uri) == CARD_URI:
            from preo_mcp.approval.ways.card import card_contents

            return [card_contents(self._backend.settings.language)]
        if str(uri) == UPLOAD_CARD:
            from preo_mcp.receiving.card import card_contents as upload_card

            return [upload_card(self._backend.settings.language)]
        if report := report_at(str(uri)):
            from preo_mcp.reports.documents import report_contents

            return [report_contents(report, self._backend.settings)]
        return [await self._resources.read(str(uri), context or Context(mcp_server=self))]

    async def list_prompts(self) -> list[Prompt]:
        """Return the prompts."""
        from preo_mcp.resources.prompts import listed

        return listed()

    async def get_prompt(
        self,
        name: str,
        arguments: dict[str, Any] | None = None,
        context: Context[Backend, Any] | None = None,  # noqa: ARG002 - the SDK's signature
    ) -> GetPromptResult:
        """Return a prompt with its arguments."""
        from preo_mcp.resources.prompts import filled

        return filled(name, arguments)


async def _refuse_cursor(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Refuse a cursor that no list can have given, because every list is one page; an empty one is none."""
    if ctx.method in LISTS and ctx.params and ctx.params.get("cursor"):
        raise MCPError(INVALID_PARAMS, f"{ctx.method} has no further page · no list gave this cursor · Leave it out.")
    return await call_next(ctx)


def instructions(settings: Settings) -> str:
    """Return what a host tells its model about this server."""
    toolset = Toolset.of(settings)
    said = (
        INTRODUCTION,
        SEARCH_INSTRUCTIONS if settings.mode is Mode.SEARCH else "",
        *(story for tool, story in STORIES.items() if toolset.offers(tool)),
        RULES,
        SANDBOX_INSTRUCTIONS if settings.sandbox else "",
        YES_INSTRUCTIONS if settings.yes else "",
    )
    return "".join(said)


def build_server(settings: Settings, backend: Backend) -> PreoServer:
    """Return the server for `settings` in front of `backend`, which the caller keeps open while it serves."""
    return PreoServer(settings, backend)
