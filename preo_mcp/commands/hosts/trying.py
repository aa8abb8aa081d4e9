"""Starting an entry as a host does, over stdio, and asking the server for its tools."""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO, cast

from preo_mcp.commands.hosts.entry import Entry

PATIENCE: Final = 30.0
"""Seconds for the start and the list together; hosts wait as long."""
CHARACTERS_PER_TOKEN: Final = 4.3
"""Of the list as compact JSON in the o200k vocabulary, whichever tools are offered; within 3 %, which a test holds."""
SHOWN: Final = ("name", "description", "inputSchema")
"""What a host shows its model of a tool."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of it.

    Attributes:
        server: The server's name and version; None where it did not answer.
        tools: How many there are.
        tokens: About how many tokens of a model's context their list takes.
        why: Why it did not answer.
    """

    server: str | None = None
    tools: int = 0
    tokens: int = 0
    why: str = ""


async def tried(made: Entry, patience: float = PATIENCE) -> Tried:
    """Start the command of an entry in the user's home, initialize, list the tools, and end it."""
    import anyio
    from mcp import Client
    from mcp.client.stdio import StdioServerParameters, stdio_client

    server = StdioServerParameters(command=made.command, args=list(made.args), env=dict(made.env), cwd=Path.home())
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
        try:
            with anyio.fail_after(patience):
                async with Client(stdio_client(server, errlog=errors), mode="legacy") as client:
                    tools = (await client.list_tools()).tools
                    about = client.server_info
        except Exception as exc:  # noqa: BLE001 - whatever it is, the host would have no server
            return Tried(why=_last_line(errors) or _reason(exc, made.command, patience))
    shown = [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in tools]
    server_name = f"{about.name} {about.version}" if about is not None else "a server without a name"
    return Tried(server_name, len(shown), estimated_tokens(shown))


def _last_line(errors: TextIO) -> str:
    """Return the last line that the server wrote before it ended: why it did."""
    errors.seek(0)
    lines = [line.strip() for line in errors if line.strip()]
    return lines[-1] if lines else ""


def _reason(exc: BaseException, command: str, patience: float) -> str:
    if isinstance(exc, BaseExceptionGroup):
        first: BaseException = cast("BaseExceptionGroup[BaseException]", exc).exceptions[0]
        return _reason(first, command, patience)
    if isinstance(exc, TimeoutError):
        return f"it did not answer within {patience:g} s"
    if isinstance(exc, OSError):
        return f"{command} cannot be started ({exc.strerror or type(exc).__name__})"
    return f"it ended without an answer ({type(exc).__name__})"


def estimated_tokens(tools: list[dict[str, object]]) -> int:
    """Return about how many tokens a list of tools takes of a model's context."""
    shown = [{name: tool[name] for name in SHOWN if name in tool} for tool in tools]
    text = "".join(json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in shown)
    return round(len(text) / CHARACTERS_PER_TOKEN)
