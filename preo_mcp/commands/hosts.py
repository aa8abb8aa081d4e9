"""How the server is added to the hosts that people use, each in that host's own format."""

import json
from collections.abc import Callable
from dataclasses import dataclass

COMMAND = "preo-mcp"
ARGUMENTS = ("--sandbox",)


@dataclass(frozen=True, slots=True)
class Host:
    """A host, where its setting goes, and the setting."""

    name: str
    where: str
    entry: Callable[[], str]


def _desktop() -> str:
    return _json({"mcpServers": {"preo": {"command": COMMAND, "args": list(ARGUMENTS)}}})


def _claude_code() -> str:
    return f"claude mcp add preo -- {COMMAND} {' '.join(ARGUMENTS)}"


def _vs_code() -> str:
    return _json({"servers": {"preo": {"type": "stdio", "command": COMMAND, "args": list(ARGUMENTS)}}})


def _json(value: object) -> str:
    return json.dumps(value, indent=2)


HOSTS = (
    Host("Claude Desktop", "Settings → Developer → Edit Config (claude_desktop_config.json)", _desktop),
    Host("Claude Code", "in a terminal", _claude_code),
    Host("Cursor", "~/.cursor/mcp.json, or .cursor/mcp.json in a project", _desktop),
    Host("VS Code", ".vscode/mcp.json", _vs_code),
)
