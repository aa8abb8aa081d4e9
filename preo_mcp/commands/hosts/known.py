"""The hosts that are known: where each has its file on each system, what the file holds, how it asks a person.

From the hosts' own documentation, autumn 2026. Claude Desktop on Windows is installed as a package whose files the
system keeps in a folder of its own; a file in the old place is never read then.
"""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from preo_mcp.commands.hosts.entry import NAME, Entry
from preo_mcp.commands.hosts.json_file import JsonFile
from preo_mcp.commands.hosts.splices import Editor
from preo_mcp.settings import Way


class System(StrEnum):
    """The systems on which hosts have places of their own."""

    LINUX = "Linux"
    MACOS = "macOS"
    WINDOWS = "Windows"


@dataclass(frozen=True, slots=True)
class Computer:
    """Where hosts keep things: the system, the user's home and the environment, all from outside."""

    system: System
    home: Path
    environ: Mapping[str, str]

    @classmethod
    def this(cls) -> "Computer":
        """Return the computer that this runs on."""
        system = {"darwin": System.MACOS, "win32": System.WINDOWS}.get(sys.platform, System.LINUX)
        return cls(system, Path.home(), os.environ)

    def config(self) -> Path:
        """Return where applications of this system keep their settings."""
        match self.system:
            case System.MACOS:
                return self.home / "Library" / "Application Support"
            case System.WINDOWS:
                return self.folder("APPDATA") or self.home / "AppData" / "Roaming"
            case System.LINUX:
                return self.xdg()

    def xdg(self) -> Path:
        """Return where those that follow XDG do."""
        return self.folder("XDG_CONFIG_HOME") or self.home / ".config"

    def folder(self, variable: str) -> Path | None:
        """Return the folder that a variable names; one that is not absolute counts as none."""
        named = Path(self.environ.get(variable, ""))
        return named if named.is_absolute() else None


@dataclass(frozen=True, slots=True)
class Host:
    """A host.

    Attributes:
        id: What it is called on the command line.
        name: What it calls itself.
        file: Where its servers stand.
        signs: Places of which one is there where the host is.
        container: The key under which its servers stand.
        shape: How it has an entry.
        way: The nearest way in which a person is asked there; None where that is not known.
        afterwards: What makes it read the file.
        is_yaml: Whether the file is YAML; else it is JSON.
        is_plain: Whether its JSON has neither comments nor trailing commas, as far as is known.
    """

    id: str
    name: str
    file: Callable[[Computer], Path]
    signs: Callable[[Computer], tuple[Path, ...]]
    container: str
    shape: Callable[[Entry], dict[str, Any]]
    way: Way | None
    afterwards: str
    is_yaml: bool = False
    is_plain: bool = False

    def editor(self) -> Editor:
        """Return what edits its file."""
        if self.is_yaml:
            from preo_mcp.commands.hosts.yaml_file import YamlFile

            return YamlFile(self.container, NAME)
        return JsonFile(self.container, NAME)

    def is_here(self, computer: Computer) -> bool:
        """Whether the host seems to be on a computer."""
        return any(place.exists() for place in (self.file(computer), *self.signs(computer)))


def _started(made: Entry) -> dict[str, Any]:
    return {"command": made.command, "args": list(made.args), **({"env": dict(made.env)} if made.env else {})}


def _typed(made: Entry) -> dict[str, Any]:
    return {"type": "stdio", **_started(made)}


def _of_zed(made: Entry) -> dict[str, Any]:
    return {"source": "custom", **_started(made)}


def _of_goose(made: Entry) -> dict[str, Any]:
    return {
        "enabled": True,
        "type": "stdio",
        "name": NAME,
        "description": "Preo: orders, customers, segments, campaigns, refunds",
        "cmd": made.command,
        "args": list(made.args),
        "envs": dict(made.env),
        "timeout": 300,
    }


def _desktop_folder(computer: Computer) -> Path:
    plain = computer.config() / "Claude"
    if computer.system is not System.WINDOWS:
        return plain
    packages = (computer.folder("LOCALAPPDATA") or computer.home / "AppData" / "Local") / "Packages"
    found = sorted(one / "LocalCache" / "Roaming" / "Claude" for one in packages.glob("Claude_*"))
    used = [one for one in found if (one / DESKTOP_FILE).exists()] or [one for one in found if one.exists()] or found
    return used[0] if used else plain


DESKTOP_FILE: Final = "claude_desktop_config.json"


def _code_folder(computer: Computer) -> Path:
    portable = computer.folder("VSCODE_PORTABLE")
    return portable / "user-data" if portable else computer.config() / "Code"


def _goose_folder(computer: Computer) -> Path:
    root = computer.folder("GOOSE_PATH_ROOT")
    if root:
        return root / "config"
    windows = computer.system is System.WINDOWS
    return computer.config() / "Block" / "goose" / "config" if windows else computer.xdg() / "goose"


def _zed_folder(computer: Computer) -> Path:
    match computer.system:
        case System.WINDOWS:
            return computer.config() / "Zed"
        case System.MACOS:
            return computer.home / ".config" / "zed"
        case System.LINUX:
            return (computer.folder("FLATPAK_XDG_CONFIG_HOME") or computer.xdg()) / "zed"


HOSTS: Final = (
    Host(
        "claude-desktop",
        "Claude Desktop",
        lambda on: _desktop_folder(on) / DESKTOP_FILE,
        lambda on: (_desktop_folder(on),),
        "mcpServers",
        _started,
        Way.CARD,
        "Quit Claude Desktop and open it again.",
        is_plain=True,
    ),
    Host(
        "claude-code",
        "Claude Code",
        lambda on: (on.folder("CLAUDE_CONFIG_DIR") or on.home) / ".claude.json",
        lambda on: (on.folder("CLAUDE_CONFIG_DIR") or on.home / ".claude",),
        "mcpServers",
        _typed,
        Way.ELICITATION,
        "Start a new session of Claude Code; /mcp shows the server.",
        is_plain=True,
    ),
    Host(
        "cursor",
        "Cursor",
        lambda on: on.home / ".cursor" / "mcp.json",
        lambda on: (on.home / ".cursor",),
        "mcpServers",
        _started,
        Way.ELICITATION,
        "In Cursor, switch the server on under Settings, Tools & MCP.",
    ),
    Host(
        "vscode",
        "VS Code",
        lambda on: _code_folder(on) / "User" / "mcp.json",
        lambda on: (_code_folder(on),),
        "servers",
        _typed,
        Way.ELICITATION,
        "In VS Code, run MCP: List Servers and start preo.",
    ),
    Host(
        "goose",
        "Goose",
        lambda on: _goose_folder(on) / "config.yaml",
        lambda on: (_goose_folder(on),),
        "extensions",
        _of_goose,
        Way.ELICITATION,
        "Start a new session of Goose.",
        is_yaml=True,
    ),
    Host(
        "zed",
        "Zed",
        lambda on: _zed_folder(on) / "settings.json",
        lambda on: (_zed_folder(on),),
        "context_servers",
        _of_zed,
        Way.PAGE,
        "Zed reads the file at once; its Agent Panel shows the server.",
    ),
    Host(
        "windsurf",
        "Windsurf",
        lambda on: on.home / ".codeium" / "windsurf" / "mcp_config.json",
        lambda on: (on.home / ".codeium" / "windsurf",),
        "mcpServers",
        _started,
        None,
        "In Windsurf, refresh the list of MCP servers.",
        is_plain=True,
    ),
)
BY_ID: Final = {host.id: host for host in HOSTS}
