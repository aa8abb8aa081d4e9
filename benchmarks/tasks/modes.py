"""The ways in which our tools are offered: all of them, those of a preset, or a few and a search for the others."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mcp.types import Tool

from benchmarks.tasks.task import Doc, Domain, TaskFailedError
from preo_mcp.calls.finding.doors import FIND_TOOLS, READ, WRITE

Flags = Mapping[str, Any]
Ask = Callable[[str, Doc], Awaitable[Doc]]
"""Makes a call that counts and returns its structured content."""


@dataclass(frozen=True, slots=True)
class Mode:
    """A way to offer our tools; `flags` are the settings for a domain."""

    name: str
    flags: Callable[[Domain], Flags]


ALL: Final = Mode("all", lambda _: {})
MODES: Final = (
    ALL,
    Mode("preset", lambda domain: {"preset": domain.value}),
    Mode("search", lambda _: {"mode": "search"}),
)


@dataclass(slots=True)
class Calling:
    """Makes a solution's calls as the listed tools allow: directly, or where there is a search, by its doors.

    A tool that is not listed is searched for once, in words: those of its name, which is what a model that knows what
    it wants would say. Where the search only names it, it is looked up by its name.
    """

    listed: list[Tool]
    known: dict[str, str] = field(default_factory=dict[str, str])
    """What searches have said of a tool, by name."""

    async def through(self, ask: Ask, tool: str, arguments: Doc) -> Doc:
        """Return the structured content of a call of a tool.

        Raises:
            TaskFailedError: it is not offered, or not found.
        """
        names = {one.name for one in self.listed}
        if tool in names or FIND_TOOLS.name not in names:
            return await ask(tool, arguments)
        for wish in (tool.replace("_", " "), tool):
            if tool not in self.known:
                self.known |= (await ask(FIND_TOOLS.name, {"wish": wish}))["tools"]
        if tool not in self.known:
            raise TaskFailedError(f"{tool} was not found")
        door = READ.name if f" · {READ.name} · " in self.known[tool] else WRITE.name
        return await ask(door, {"tool": tool, "arguments": arguments})
