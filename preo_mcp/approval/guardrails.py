"""The guardrails of a process, put together from its settings when they are first needed."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import anyio
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult

from preo_mcp.api.errors import PreoError
from preo_mcp.approval.asking import Ways
from preo_mcp.approval.guard import Guard
from preo_mcp.approval.ledgers.ledger import Lease, Ledger, open_ledger
from preo_mcp.approval.timing import Timing
from preo_mcp.approval.ways.browser import open_in_browser
from preo_mcp.approval.ways.card import approval_call
from preo_mcp.files.keys import Keys
from preo_mcp.replies.reply import refusal
from preo_mcp.settings import Settings

if TYPE_CHECKING:
    from preo_mcp.approval.ways.page import ApprovalPage

PLANS: Final = "plans"
"""The purpose of the key by which calls and accounts are told apart."""

Server = Callable[..., Coroutine[Any, Any, None]]
"""Serves until cancelled, and reports its base URL to the task group that starts it."""
StartServer = Callable[[Server], Awaitable[str]]


class Guardrails:
    """Keys, ledger and guard of one process.

    Args:
        settings: Of the process.
        start: Starts the approval page's server.
        timing: Clock and patience.
        open_page: Opens an address in the person's browser, or says that there is none.
    """

    def __init__(
        self,
        settings: Settings,
        start: StartServer,
        timing: Timing | None = None,
        open_page: Callable[[str], Awaitable[bool]] = open_in_browser,
    ) -> None:
        self.settings = settings
        self.timing = timing or Timing()
        self._start = start
        self._open_page = open_page
        self._base_url: str | None = None
        self._starting = anyio.Lock()

    @cached_property
    def keys(self) -> Keys:
        """The keys of this user; made at the first start.

        Raises:
            ConfigurationError: the state folder cannot be used.
        """
        return Keys.load(self.settings.state_folder)

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger that the settings name."""
        return open_ledger(self.settings)

    @cached_property
    def guard(self) -> Guard:
        """What runs guarded calls."""
        return Guard(self.settings, self.ledger, Ways(self.settings, self.ledger, self, self.timing), self.timing)

    @cached_property
    def account(self) -> str:
        """A keyed digest of the account, or of the sandbox; one in memory is new with each process."""
        settings = self.settings
        place = settings.base_url
        if settings.sandbox:
            kept = settings.sandbox_data
            place = f"sandbox {kept.resolve() if kept is not None else secrets.token_hex(16)}"
        return self._digest(["account", place, settings.account_token()])

    @cached_property
    def _plans_key(self) -> bytes:
        return self.keys.derived(PLANS)

    @cached_property
    def _page(self) -> "ApprovalPage":
        from preo_mcp.approval.ways.page import ApprovalPage

        return ApprovalPage(self.ledger, self.settings.language, self.timing.now)

    def lease(self) -> AbstractAsyncContextManager[Lease]:
        """Keep all other writes of the account out, for as long as one unasked write takes.

        Raises:
            LedgerError: another one was not over within the time budget, or the ledger cannot be used.
        """
        return self.ledger.lease(self.account, self.settings.time_budget, 2 * self.settings.time_budget)

    def call_digest(self, tool: str, arguments: Mapping[str, Any]) -> str:
        """Return what the identical call has in common with this one: tool, arguments as JSON, account."""
        return self._digest([tool, arguments, self.account])

    async def address(self, plan_id: str) -> str:
        """Return where a person can answer a plan's question; the address works once.

        Raises:
            AnswerRefused: the plan does not wait for an answer.
        """
        async with self._starting:
            base_url = self._base_url = self._base_url or await self._start(self._page.serve)
        return await self._page.address(base_url, plan_id)

    async def open(self, plan_id: str) -> bool:
        """Open a plan in the person's browser; False where the session has none."""
        return await self._open_page(await self.address(plan_id))

    async def card_call(self, arguments: Mapping[str, Any], context: Context[Any, Any]) -> CallToolResult:
        """Show the approval card a plan's question, or take its answer."""
        try:
            return await approval_call(context, self.ledger, self.settings, arguments, self.timing.now())
        except PreoError as exc:
            return refusal(str(exc))

    async def close(self) -> None:
        """Let go of the ledger."""
        if "ledger" in vars(self):
            await self.ledger.close()

    def _digest(self, parts: list[Any]) -> str:
        text = json.dumps(parts, sort_keys=True, ensure_ascii=True)
        return hmac.new(self._plans_key, text.encode(), hashlib.sha256).hexdigest()
