"""The first step: is the tool offered? Then the call goes its way, one step after the other.

    offered → audited → masked → checked → guarded → the tool

Each step has one interface, `run(call) -> Ran`, and knows only the next one.
"""

from collections.abc import Mapping
from typing import Any

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, InputRequiredResult, Tool

from preo_mcp.backend import Backend
from preo_mcp.calls.audited import Audited, record_refused
from preo_mcp.calls.call import Call
from preo_mcp.calls.checked import Checked
from preo_mcp.calls.guarded import Guarded
from preo_mcp.calls.masked import Masked
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.toolset import Toolset
from preo_mcp.replies.reply import refusal

SHOWN_OF_NAME = 60
"""Characters of a name that no tool has."""


class Offered:
    """The tools that the settings offer, and the way of a call to them."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._toolset = Toolset.of(backend.settings)
        self._next = Audited(Masked(backend.settings, Checked(Guarded())))

    def listed(self) -> list[Tool]:
        """Return the tools as `tools/list` shows them."""
        return self._toolset.listed()

    async def run(
        self, name: str, arguments: Mapping[str, Any], context: Context[Any, Any]
    ) -> CallToolResult | InputRequiredResult:
        """Return the result, a refusal, or (from 2026-07-28 on) the question that the call has for a person."""
        tool = self._toolset.find(name)
        if tool is None:
            return self._not_offered(name, arguments)
        ran = await self._next.run(Call(tool, arguments, Preo(self._backend, context)))
        return ran.result

    def _not_offered(self, name: str, arguments: Mapping[str, Any]) -> CallToolResult:
        near = self._toolset.nearest(name)
        hint = f"Did you mean {near}?" if near else "Look at tools/list."
        why = "there is no tool of this name"
        if self._toolset.knows(name):
            record_refused(self._backend, name, arguments)
            why, hint = "the user's settings do not offer it (PREO_READ_ONLY, PREO_DENY)", "Tell the user."
        return refusal(f"{name[:SHOWN_OF_NAME]} was not run · {why} · {hint}")
