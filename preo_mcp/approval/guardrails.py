"""The guardrails of a process, put together from its settings when they are first needed."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import anyio
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult

from preo_mcp.api.errors import PreoError
from preo_mcp.approval.asking import Ways
from preo_mcp.approval.four_eyes import OWN_USER, Asker
from preo_mcp.approval.guard import Guard
from preo_mcp.approval.ledgers.ledger import Lease, Ledger, open_ledger
from preo_mcp.approval.ledgers.own_plans import OwnPlans
from preo_mcp.approval.plans import Plan
from preo_mcp.approval.timing import Timing
from preo_mcp.approval.ways.browser import open_in_browser
from preo_mcp.approval.ways.card import approval_call
from preo_mcp.approval.wording import Words, say
from preo_mcp.files.keys import Keys
from preo_mcp.replies.reply import refusal
from preo_mcp.settings import Settings
from preo_mcp.web.site import Site

if TYPE_CHECKING:
    from preo_mcp.approval.ways.page import ApprovalPage

PLANS: Final = "plans"
"""The purpose of the key by which calls and accounts are told apart."""


@dataclass(frozen=True, slots=True)
class Member:
    """One of several who are signed in to this process, and what they share.

    Attributes:
        asker: Who it is.
        ledger: Of all of them.
        adding: Held while a question of theirs is added to it.
        page: Where all of them answer questions, signed in.
        waits: Told of each of their questions that waits.
        sandbox: What tells their sandbox in memory from others; None where they have none.
    """

    asker: Asker
    ledger: Ledger
    adding: anyio.Lock
    page: str
    waits: Callable[[Plan], None]
    sandbox: str | None = None


@dataclass(frozen=True, slots=True)
class TokenUser:
    """Whose the account's token is: their id, and what a person knows them by."""

    id: str
    name: str


class Guardrails:
    """Keys, ledger and guard of one process.

    Args:
        settings: Of the process.
        site: Where the approval page is served.
        timing: Clock and patience.
        open_page: Opens an address in the person's browser, or says that there is none.
        member: Who is signed in; None for this computer's user.
    """

    def __init__(
        self,
        settings: Settings,
        site: Site,
        timing: Timing | None = None,
        open_page: Callable[[str], Awaitable[bool]] = open_in_browser,
        member: Member | None = None,
    ) -> None:
        self.settings = settings
        self._member = member
        self.timing = timing or Timing()
        self._site = site
        self._open_page = open_page
        self._identifying = anyio.Lock()
        self._user: TokenUser | None = None
        self._is_identified = False

    @cached_property
    def keys(self) -> Keys:
        """The keys of this user; made at the first start.

        Raises:
            ConfigurationError: the state folder cannot be used.
        """
        return Keys.of(self.settings)

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger that the settings name; for one of several who are signed in, with their own plans alone."""
        if self._member is None:
            return open_ledger(self.settings)
        return OwnPlans(self._member.ledger, self._member.asker.name, self._member.adding)

    @cached_property
    def guard(self) -> Guard:
        """What runs guarded calls."""
        ways = Ways(self.settings, self.ledger, self, self.timing)
        return Guard(self.settings, self.ledger, ways, self.timing, self.asker)

    @property
    def asker(self) -> Asker:
        """Who makes the calls."""
        return OWN_USER if self._member is None else self._member.asker

    @property
    def signed_in_at(self) -> str | None:
        """Where a team answers questions; None where there is one user."""
        return None if self._member is None else self._member.page

    def waits(self, plan: Plan) -> None:
        """Let a team's receiver know of a plan that waits."""
        if self._member is not None:
            self._member.waits(plan)

    @property
    def account(self) -> str:
        """A keyed digest of the account: of whom the token belongs to, or of the token where that is not known."""
        return self.accounts[0]

    @property
    def accounts(self) -> tuple[str, ...]:
        """The account as it is told apart now, and, where that differs, as it was before its user was known.

        Rotating a token does not change the account; a sandbox in memory is a new one with each process.
        """
        return (self._of_token,) if self._user is None else (self._of_user, self._of_token)

    @property
    def whose(self) -> Words:
        """Whose account it is, for a person to read."""
        if self.settings.sandbox:
            return say("sandbox: invented data, no real account")
        if self._user is None:
            return say("live, and Preo does not tell whose")
        return say("live: {name}", name=self._user.name or self._user.id)

    async def identify(self, look: Callable[[], Awaitable[TokenUser | None]]) -> None:
        """Ask whose the token is, once; where that cannot be told, the account goes by its token."""
        async with self._identifying:
            if not self._is_identified:
                self._user = await look()
                self._is_identified = True

    @cached_property
    def _of_user(self) -> str:
        return self._digest(["user", self._where, self._user and self._user.id])

    @cached_property
    def _of_token(self) -> str:
        return self._digest(["account", self._where, self.settings.account_token()])

    @cached_property
    def _where(self) -> str:
        settings = self.settings
        if not settings.sandbox:
            return settings.base_url
        kept, shared = settings.sandbox_data, self._member and self._member.sandbox
        return f"sandbox {kept.resolve() if kept is not None else shared or secrets.token_hex(16)}"

    @cached_property
    def _plans_key(self) -> bytes:
        return self.keys.derived(PLANS)

    @cached_property
    def _page(self) -> "ApprovalPage":
        from preo_mcp.approval.ways.page import ApprovalPage

        page = ApprovalPage(self.ledger, self.settings.language, self.timing.now)
        self._site.add(page.routes())
        return page

    def lease(self) -> AbstractAsyncContextManager[Lease]:
        """Keep all other writes of the account out, for as long as one unasked write takes.

        Raises:
            LedgerError: another one was not over within the time budget, or the ledger cannot be used.
        """
        return self.ledger.lease(self.account, self.settings.time_budget, 2 * self.settings.time_budget)

    def call_digest(self, tool: str, arguments: Mapping[str, Any], account: str) -> str:
        """Return what the identical call has in common with this one: tool, arguments as JSON, account, who asks."""
        return self._digest([tool, arguments, account, *([self.asker.name] if self._member else [])])

    async def address(self, plan_id: str) -> str:
        """Return where a person can answer a plan's question; the address works once.

        Raises:
            AnswerRefused: the plan does not wait for an answer.
        """
        return await self._page.address(await self._site.base_url(), plan_id)

    async def open(self, plan_id: str) -> bool:
        """Open a plan in the person's browser; False where the session has none."""
        return await self._open_page(await self._page.ticket(await self._site.base_url(), plan_id))

    async def card_call(self, arguments: Mapping[str, Any], context: Context[Any, Any]) -> CallToolResult:
        """Show the approval card a plan's question, or take its answer."""
        if not self.asker.may_approve:
            return refusal(
                "approval was not run · the person who is signed in may not approve (preo.approve) · "
                "Ask somebody who may; do not call it yourself."
            )
        try:
            now, by = self.timing.now(), self.asker.name
            return await approval_call(context, self.ledger, self.settings, arguments, now, by)
        except PreoError as exc:
            return refusal(str(exc))

    async def close(self) -> None:
        """Let go of the ledger."""
        if "ledger" in vars(self):
            await self.ledger.close()

    def _digest(self, parts: list[Any]) -> str:
        text = json.dumps(parts, sort_keys=True, ensure_ascii=True)
        return hmac.new(self._plans_key, text.encode(), hashlib.sha256).hexdigest()
