"""What was written starts the server as the host would: the command, arguments and environment of its file alone."""

from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from benchmarks.tokens import count, definition
from preo_mcp.calls.toolset import Toolset
from preo_mcp.commands.hosts.entry import Entry, program
from preo_mcp.commands.hosts.known import BY_ID
from preo_mcp.commands.hosts.trying import CHARACTERS_PER_TOKEN, estimated_tokens, tried
from preo_mcp.settings import Preset, Settings
from tests.commands.hosts.conftest import run


def written(host: str, path: Path) -> dict[str, Any]:
    """Return what the host's own keys say, read as the host reads them."""
    found: Any = BY_ID[host].editor().entry(path.read_bytes().decode())
    if host == "goose":
        assert (found["type"], found["enabled"]) == ("stdio", True)
        return {"command": found["cmd"], "args": found["args"], "env": found["envs"]}
    return {"command": found["command"], "args": found["args"], "env": found.get("env", {})}


@pytest.mark.parametrize("host", ["claude-desktop", "vscode", "goose", "zed"])
async def test_the_written_entry_starts_the_server_as_the_host_would(
    host: str, files: dict[str, Path], home: Path, tmp_path: Path
) -> None:
    exports = home / "Ex ports"
    exports.mkdir()
    state = str(tmp_path / "state of the server")
    assert run("install", host, "--allow-folder", str(exports), "--env", f"PREO_STATE_FOLDER={state}") == 0
    elsewhere = tmp_path / "somewhere"
    elsewhere.mkdir()
    (elsewhere / "mcp.py").write_text("raise SystemExit('not this one')", encoding="utf-8")
    server = StdioServerParameters(**written(host, files[host]), cwd=elsewhere)
    async with Client(stdio_client(server), mode="legacy") as client:
        assert client.server_info is not None
        assert client.server_info.name == "preo"
        names = [tool.name for tool in (await client.list_tools()).tools]
        told = (await client.call_tool("get_user_info", {})).structured_content
    assert {"prepare_import", "send_campaign"} <= set(names)
    assert told is not None
    assert str(exports) in str(told)


async def test_without_a_script_python_starts_the_module(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("preo_mcp.commands.hosts.entry.sysconfig.get_path", {"scripts": str(tmp_path)}.get)
    command, *arguments = program()
    assert arguments == ["-P", "-m", "preo_mcp"]
    came = await tried(Entry(command, (*arguments, "--sandbox", "--mode", "search")))
    assert came.server is not None
    assert came.server.startswith("preo ")
    assert came.tools < 12


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (Entry("/nowhere/preo-mcp"), "/nowhere/preo-mcp cannot be started"),
        (Entry(program()[0], program()[1:]), "there is neither a token nor the sandbox"),
    ],
)
async def test_what_does_not_start_says_why(made: Entry, why: str, home: Path) -> None:
    came = await tried(made)
    assert came.server is None
    assert why in came.why


@pytest.mark.parametrize("presets", [(), *((one,) for one in Preset)])
def test_the_estimate_of_the_list_is_close(presets: tuple[Preset, ...]) -> None:
    listed = Toolset.of(Settings(sandbox=True, preset=presets)).listed()
    tools = [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in listed]
    counted = sum(count(definition(tool)) for tool in tools)
    assert estimated_tokens(tools) == pytest.approx(counted, rel=0.03), CHARACTERS_PER_TOKEN
