"""Where each host has its file on each system, all of it from outside."""

from pathlib import Path

import pytest

from preo_mcp.commands.hosts.command import IDS
from preo_mcp.commands.hosts.entry import Entry
from preo_mcp.commands.hosts.known import BY_ID, HOSTS, Computer, System

PLACES = {
    "claude-desktop": {
        System.LINUX: ".config/Claude/claude_desktop_config.json",
        System.MACOS: "Library/Application Support/Claude/claude_desktop_config.json",
        System.WINDOWS: "AppData/Roaming/Claude/claude_desktop_config.json",
    },
    "claude-code": dict.fromkeys(System, ".claude.json"),
    "cursor": dict.fromkeys(System, ".cursor/mcp.json"),
    "vscode": {
        System.LINUX: ".config/Code/User/mcp.json",
        System.MACOS: "Library/Application Support/Code/User/mcp.json",
        System.WINDOWS: "AppData/Roaming/Code/User/mcp.json",
    },
    "goose": {
        System.LINUX: ".config/goose/config.yaml",
        System.MACOS: ".config/goose/config.yaml",
        System.WINDOWS: "AppData/Roaming/Block/goose/config/config.yaml",
    },
    "zed": {
        System.LINUX: ".config/zed/settings.json",
        System.MACOS: ".config/zed/settings.json",
        System.WINDOWS: "AppData/Roaming/Zed/settings.json",
    },
    "windsurf": dict.fromkeys(System, ".codeium/windsurf/mcp_config.json"),
}


@pytest.mark.parametrize("system", System)
@pytest.mark.parametrize("host", IDS)
def test_where_each_host_has_its_file(host: str, system: System, tmp_path: Path) -> None:
    computer = Computer(system, tmp_path, {})
    assert BY_ID[host].file(computer) == tmp_path / PLACES[host][system]
    assert not BY_ID[host].is_here(computer)
    BY_ID[host].file(computer).parent.mkdir(parents=True, exist_ok=True)
    BY_ID[host].file(computer).touch()
    assert BY_ID[host].is_here(computer)


def test_the_command_knows_all_of_them() -> None:
    assert tuple(host.id for host in HOSTS) == IDS


@pytest.mark.parametrize(
    ("host", "system", "variable", "place"),
    [
        ("claude-code", System.LINUX, "CLAUDE_CONFIG_DIR", ".claude.json"),
        ("claude-desktop", System.WINDOWS, "APPDATA", "Claude/claude_desktop_config.json"),
        ("vscode", System.LINUX, "XDG_CONFIG_HOME", "Code/User/mcp.json"),
        ("vscode", System.MACOS, "VSCODE_PORTABLE", "user-data/User/mcp.json"),
        ("goose", System.WINDOWS, "GOOSE_PATH_ROOT", "config/config.yaml"),
        ("zed", System.LINUX, "FLATPAK_XDG_CONFIG_HOME", "zed/settings.json"),
    ],
)
def test_variables_move_it(host: str, system: System, variable: str, place: str, tmp_path: Path) -> None:
    moved = tmp_path / "moved here"
    assert BY_ID[host].file(Computer(system, tmp_path, {variable: str(moved)})) == moved / place
    relative = Computer(system, tmp_path, {variable: "not/absolute"})
    assert BY_ID[host].file(relative) == BY_ID[host].file(Computer(system, tmp_path, {}))


def test_claude_desktop_as_a_package_of_windows_has_its_file_in_the_package(tmp_path: Path) -> None:
    computer = Computer(System.WINDOWS, tmp_path, {})
    host = BY_ID["claude-desktop"]
    old = host.file(computer)
    old.parent.mkdir(parents=True)
    old.touch()
    packages = tmp_path / "AppData" / "Local" / "Packages"
    unused, used = (packages / name / "LocalCache" / "Roaming" / "Claude" for name in ("Claude_a", "Claude_b"))
    unused.mkdir(parents=True)
    assert host.file(computer) == unused / "claude_desktop_config.json"
    used.mkdir(parents=True)
    (used / "claude_desktop_config.json").touch()
    assert host.file(computer) == used / "claude_desktop_config.json"


def test_an_entry_is_read_as_it_was_written() -> None:
    made = Entry("C:\\Users\\K Holm\\preo-mcp.exe", ("--sandbox", "--allow-folder", "C:\\Ex ports"), {"PREO_PORT": "1"})
    for known in HOSTS:
        assert Entry.read(known.shape(made)) == made
    assert Entry.read({"command": {"path": made.command, "args": list(made.args), "env": dict(made.env)}}) == made
    assert Entry.read({"url": "https://example.org"}) is None
    assert Entry.read({"command": "x", "args": "--y"}) is None
    assert Entry.read("x") is None
