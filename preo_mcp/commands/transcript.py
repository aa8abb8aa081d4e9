"""A readable record of what a host does: each call, each result, each question that a person is asked."""

import sys
import textwrap
from pathlib import Path
from typing import Any

from mcp import Client
from mcp.client import ClientRequestContext
from mcp.client.stdio import StdioServerParameters
from mcp.types import CallToolResult, ElicitRequestParams, ElicitResult, TextContent

WIDTH = 118


def title(text: str) -> None:
    """Print a heading."""
    sys.stdout.write(f"\n{text}\n{'─' * min(len(text), WIDTH)}\n")


def say(text: str) -> None:
    """Print what the story tells."""
    sys.stdout.write(f"\n{textwrap.fill(text, WIDTH)}\n")


def quote(text: str) -> None:
    """Print what the server said, line by line; rows of tables are cut, other lines wrapped."""
    for line in text.splitlines():
        rows = [line[: WIDTH - 1] + "…"] if " | " in line and len(line) > WIDTH else textwrap.wrap(line, WIDTH) or [""]
        sys.stdout.writelines(f"  │ {row}\n" for row in rows)
    sys.stdout.flush()


async def say_yes(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:  # noqa: ARG001 - the SDK names it
    """Print a question for a person and answer it with yes in their place."""
    say("The host asks a person:")
    quote(params.message)
    say("The demonstration answers in their place: yes.")
    return ElicitResult(action="accept", content={"approve": True})


async def show_call(client: Client, tool: str, **arguments: Any) -> CallToolResult:
    """Call a tool, print the call and the text of its result, and return the result."""
    shown = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
    sys.stdout.write(f"\n→ {tool}({shown})\n")
    result = await client.call_tool(tool, arguments)
    quote("\n".join(block.text for block in result.content if isinstance(block, TextContent)))
    return result


def content_of(result: CallToolResult) -> dict[str, Any]:
    """Return the structured content of a result; that of a refusal is empty."""
    return result.structured_content or {}


async def done(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """Call a tool as `show_call` does and return its structured content; the story ends where the call fails."""
    result = await show_call(client, tool, **arguments)
    must(not result.is_error, f"{tool} failed")
    return content_of(result)


def must(holds: bool, otherwise: str) -> None:  # noqa: FBT001 - reads as a sentence
    """End the story where it went otherwise than it should."""
    if not holds:
        raise SystemExit(f"The story went otherwise than it should: {otherwise}.")


def sandbox_server(folder: Path, *flags: str) -> StdioServerParameters:
    """Return how a host starts the server on a sandbox; what it remembers stays in `folder`."""
    command = ["-m", "preo_mcp", "--sandbox", *flags]
    return StdioServerParameters(command=sys.executable, args=command, env={"PREO_STATE_FOLDER": str(folder / "state")})
