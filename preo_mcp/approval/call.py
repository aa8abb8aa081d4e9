"""One call of a guarded tool, as the guard sees it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import JsonValue

from preo_mcp.approval.ended import Ran
from preo_mcp.approval.facts import Facts
from preo_mcp.approval.plans import Plan
from preo_mcp.approval.read_back import DidNotHappen, Unknown


@dataclass(frozen=True, slots=True)
class GuardedCall:
    """What the guard needs to know of a call and can do with it.

    Attributes:
        tool: The tool's name.
        title: What it does, such as "Send campaign now".
        digest: A keyed digest of tool, arguments and account: the identical call has the same.
        account: A keyed digest of the account.
        is_refund: Whether it counts as a refund of the day.
        context: The host that asked.
        fetch: Gives the facts as they are now; None where this call needs nobody's yes.
        perform: Runs the tool for a plan, or without one where nobody had to be asked, and gives the result.
        has_written: Tells whether `perform` got as far as a write that may have had an effect.
        remember: Gives what the read-back has to know from before the write.
        look_back: Given the plan with that, gives the result where the write happened, or what else was found.
        audit: Writes the call's line.
        seconds: How long its write may take, where that is longer than the time budget.
        has_card: Whether a host that shows cards shows one with this tool.
    """

    tool: str
    title: str
    digest: str
    account: str
    is_refund: bool
    context: Context[Any, Any]
    fetch: Callable[[], Awaitable[Facts | None]]
    perform: Callable[[Plan | None], Awaitable[CallToolResult]]
    has_written: Callable[[], bool]
    remember: Callable[[], Awaitable[dict[str, JsonValue]]]
    look_back: Callable[[Plan], Awaitable[CallToolResult | DidNotHappen | Unknown]]
    audit: Callable[[Ran], None]
    seconds: float = 0
    has_card: bool = True
