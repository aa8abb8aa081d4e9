"""Search mode: a few tools listed, all others found in words and called through a door for reading or one for the rest.

A host decides by a tool's name what runs without asking. So reading and writing have doors of their own, and which one
a tool goes through is decided by its risk, at the call. Behind a door a call is the direct call: the same plan, audit,
question and errors, under the tool's own name.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from mcp.types import CallToolResult, TextContent, Tool, ToolAnnotations

from preo_mcp.approval.ways.card_tool import CARD_META
from preo_mcp.calls.argument_names import FILE
from preo_mcp.calls.finding.ranking import Ranking
from preo_mcp.calls.toolset import only_reading
from preo_mcp.replies.reply import refusal

FOUND: Final = 3
"""Tools that a search describes; their schemas are most of what it costs."""
ALSO: Final = 6
"""Tools that it names besides."""

DIRECT: Final = ("get_user_info", "list_users", "list_orders", "list_editions", "prepare_import")
"""Where most tasks begin, and so listed in search mode too."""

_THROUGH: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "tool": {"type": "string", "description": "Its name."},
        "arguments": {"type": "object", "description": "As find_tools shows them."},
    },
    "required": ["tool"],
}

FIND_TOOLS: Final = Tool(
    name="find_tools",
    title="Find tools",
    description="Find tools for what is to be done, in the user's words or by name, with their arguments. "
    "There are tools for orders, refunds, customers, editions, imports, files, consents, e-mails, segments, campaigns, "
    "webhooks.",
    input_schema={"type": "object", "properties": {"wish": {"type": "string"}}, "required": ["wish"]},
    annotations=ToolAnnotations(
        read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
    ),
)
READ: Final = Tool(
    name="preo_read",
    title="Read in Preo",
    description="Run a tool that only reads.",
    input_schema=_THROUGH,
    annotations=ToolAnnotations(
        read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=True
    ),
)
WRITE: Final = Tool(
    name="preo_write",
    title="Change something in Preo",
    description="Run a tool that changes something; where it matters, a person is asked first.",
    input_schema=_THROUGH,
    annotations=ToolAnnotations(
        read_only_hint=False, destructive_hint=True, idempotent_hint=False, open_world_hint=True
    ),
    _meta=CARD_META,
)
DOORS: Final = (FIND_TOOLS, READ, WRITE)


@dataclass(frozen=True, slots=True)
class Inner:
    """The call behind a door; where it does not go through, why: *what failed · why · what to do next*."""

    name: str
    arguments: Mapping[str, Any]
    refused: str = ""


class Doors:
    """What search mode lists, finds and lets through.

    Args:
        offered: The tools that the settings offer.
    """

    def __init__(self, offered: list[Tool]) -> None:
        self._offered = {tool.name: tool for tool in offered}
        self._ranking = Ranking(offered)

    def listed(self) -> list[Tool]:
        """Return the doors, and the tools that are called directly."""
        doors = [door for door in DOORS if door is not WRITE or not all(map(only_reading, self._offered.values()))]
        return [*doors, *(self._offered[name] for name in DIRECT if name in self._offered)]

    def knows(self, name: str) -> bool:
        """Return whether a door has this name."""
        return any(door.name == name for door in DOORS)

    def meant(self, called: str, sent: Mapping[str, Any]) -> str:
        """Return the name of the tool that a call is for: behind a door that is an argument, empty where it is none."""
        name = sent.get("tool") if called in (READ.name, WRITE.name) else called
        return name if isinstance(name, str) else ""

    def found(self, arguments: Mapping[str, Any]) -> CallToolResult:
        """Return the tools that fit a wish: the best with their arguments, further ones by name."""
        wish = next((value for value in arguments.values() if isinstance(value, str) and value.strip()), None)
        if wish is None:
            return refusal("find_tools found nothing · wish is missing · Say in words what is to be done.")
        named = self._offered.get(wish.strip())
        tools = [named] if named else [found.tool for found in self._ranking.best(wish, FOUND + ALSO)]
        if not tools:
            return refusal(
                "find_tools found nothing · no word of the wish is known · "
                "Say it in English with the usual words: refund, import, segment, campaign."
            )
        described = {tool.name: self._described(tool) for tool in tools[:FOUND]}
        also = [tool.name for tool in tools[FOUND:]]
        content: dict[str, Any] = {"tools": described, **({"also": also} if also else {})}
        lines = [
            *(f"{name}: {text}" for name, text in described.items()),
            *([f"also: {', '.join(also)}"] if also else []),
        ]
        return CallToolResult(
            content=[TextContent(type="text", text="\n".join(lines))], structured_content=content, is_error=False
        )

    def opened(self, called: str, sent: Mapping[str, Any]) -> Inner | CallToolResult:
        """Return the call that is meant, or the result where it is none: a search, or a door that does not open."""
        if called == FIND_TOOLS.name:
            return self.found(sent)
        if called in DIRECT or (called not in (READ.name, WRITE.name) and called not in self._offered):
            return Inner(called, sent)
        if called in self._offered:
            why = f"here it is called through {self._door(called)}"
            return refusal(f"{called} was not run · {why} · Put its name into tool, what it takes into arguments.")
        name, arguments = sent.get("tool"), _arguments(sent)
        if not isinstance(name, str) or not name:
            return refusal(f"{called} ran nothing · tool is missing · Name one; find_tools finds it.")
        if arguments is None:
            return refusal(f"{name} was not run · arguments is no object · Give it as find_tools shows.")
        if called == READ.name and name in self._offered and self._door(name) == WRITE.name:
            why = f"it changes something, and {called} only reads"
            return Inner(name, arguments, f"{name} was not run · {why} · Call it with {WRITE.name}.")
        if called == READ.name and arguments.get(FILE):
            why = f"{FILE} writes a file, and {called} only reads"
            return Inner(name, arguments, f"{name} was not run · {why} · Leave it out, or call it with {WRITE.name}.")
        return Inner(name, arguments)

    def _described(self, tool: Tool) -> str:
        door = "call it directly" if tool.name in DIRECT else self._door(tool.name)
        about = " ".join((tool.description or "").split())
        return f"{about} · {door} · {', '.join(_signature(tool.input_schema)) or 'no arguments'}"

    def _door(self, name: str) -> str:
        """Return the door of an offered tool."""
        return READ.name if only_reading(self._offered[name]) else WRITE.name


def _arguments(sent: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the inner arguments: an object, one in a string, or what stands beside the tool's name."""
    value = sent.get("arguments")
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return None
    if value is None:
        return {name: item for name, item in sent.items() if name not in ("tool", "arguments")}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def _signature(schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield an object's arguments, the required ones first, as `name: type` with what is said of them."""
    required = schema.get("required", ())
    properties: dict[str, Any] = schema.get("properties", {})
    for name in sorted(properties, key=lambda each: each not in required):
        about = properties[name].get("description")
        mark = "" if name in required else "?"
        yield f"{name}{mark}: {_type(properties[name])}{f' ({about})' if about else ''}"


def _type(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return "|".join(map(str, schema["enum"]))
    if "anyOf" in schema:
        return " or ".join(_type(each) for each in schema["anyOf"])
    if schema.get("type") == "array":
        return f"[{_type(schema.get('items', {}))}]"
    if schema.get("type") == "object" and schema.get("properties"):
        return f"{{{', '.join(_signature(schema))}}}"
    return str(schema.get("type", "any"))
