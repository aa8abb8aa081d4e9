"""What the guard needs to know of a call, and can do with it."""

from typing import Any, Protocol

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import JsonValue

from preo_mcp.approval.ended import DidNotHappen, Ran, Unknown
from preo_mcp.approval.facts import Facts
from preo_mcp.approval.ledgers.ledger import Lease
from preo_mcp.approval.plans import Plan
from preo_mcp.approval.wording import Words


class GuardedCall(Protocol):
    """One call of a guarded tool, as the guard sees it."""

    @property
    def lease(self) -> Lease | None:
        """What it writes under, while it holds one."""
        ...

    @lease.setter
    def lease(self, lease: Lease | None) -> None: ...

    @property
    def name(self) -> str:
        """The tool's name."""
        ...

    @property
    def title(self) -> str:
        """What it does, such as "Send campaign now"."""
        ...

    @property
    def digest(self) -> str:
        """A keyed digest of tool, arguments and account: the identical call has the same."""
        ...

    @property
    def account(self) -> str:
        """A keyed digest of the account."""
        ...

    @property
    def former_digest(self) -> str:
        """The digest that the identical call had before it was known whose the token is."""
        ...

    @property
    def accounts(self) -> tuple[str, ...]:
        """Keyed digests of the account: the one in use first, then what it went by before."""
        ...

    @property
    def whose(self) -> Words:
        """Whose account it is, for a person to read."""
        ...

    @property
    def context(self) -> Context[Any, Any]:
        """The host that asked."""
        ...

    @property
    def is_refund(self) -> bool:
        """Whether it counts as a refund of the day."""
        ...

    @property
    def seconds(self) -> float:
        """How long its write may take, where that is longer than the time budget."""
        ...

    @property
    def waits(self) -> bool:
        """Whether it waits for what Preo goes on with, once its outcome is recorded: then it is told after that."""
        ...

    @property
    def has_card(self) -> bool:
        """Whether a host that shows cards shows one with this tool."""
        ...

    @property
    def has_written(self) -> bool:
        """Whether `perform` got as far as a write that may have had an effect."""
        ...

    @property
    def may_run_unasked(self) -> bool:
        """Whether perhaps nobody has to be asked, if no other write comes between the look and this one."""
        ...

    async def facts(self) -> Facts | None:
        """Fetch the facts as they are now; None where this call needs nobody's yes."""
        ...

    async def remember(self) -> dict[str, JsonValue]:
        """Fetch what the read-back has to know from before the write."""
        ...

    async def perform(self, plan: Plan | None) -> CallToolResult:
        """Run the tool for a plan, or without one where nobody had to be asked."""
        ...

    async def look_back(self, plan: Plan) -> CallToolResult | DidNotHappen | Unknown:
        """Given the plan with what was remembered: the result where the write happened, or what else was found."""
        ...

    async def identify(self) -> None:
        """Find out whose account it is, once per process: plans, limits and leases depend on it."""
        ...

    async def content(self) -> JsonValue:
        """Read again what the call uses, as `Facts.content` has it; None where nothing is compared."""
        ...

    async def stop(self) -> str | None:
        """Stop what can still be stopped of the effect, and return what was done, in words."""
        ...

    def record(self, ran: Ran) -> None:
        """Write the call's line in the audit, once."""
        ...
