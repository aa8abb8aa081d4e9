"""Each bundle as its host starts it, with nothing installed but uv; it needs the index, so `make packages` runs it."""

import json
import os
import shutil
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from bundles.build import build_bundle, build_plugin, build_wheel
from preo_mcp.calls.toolset import Toolset
from preo_mcp.server import CARD_TOOLS

NEEDED = "TESTS_NEED_INDEX"
pytestmark = pytest.mark.skipif(not os.environ.get(NEEDED), reason="needs uv and the package index: make packages")

BESIDE = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("a folder with spaces"))


async def answers(command: str, arguments: list[str], folder: Path, variables: Mapping[str, str]) -> None:
    """Start a server in an empty home, with uv's cache of the user, and list its tools."""
    home = folder / "home"
    home.mkdir()
    found = shutil.which(command, path=BESIDE)
    assert found, f"{command} is not installed"
    kept = {name: value for name, value in os.environ.items() if name.startswith(("UV_", "SSL_", "SYSTEMROOT"))}
    cache = {"UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR") or str(Path.home() / ".cache" / "uv")}
    places = {"PATH": BESIDE, "HOME": str(home), "USERPROFILE": str(home), "UV_SYSTEM_CERTS": "true"}
    server = StdioServerParameters(
        command=found, args=arguments, env=kept | cache | places | dict(variables), cwd=folder
    )
    async with Client(stdio_client(server)) as client:
        names = [tool.name for tool in (await client.list_tools()).tools]
        read = await client.call_tool("list_editions", {})
    assert names == [tool.name for tool in (*Toolset().listed(), *CARD_TOOLS)]
    assert not read.is_error


async def test_the_wheel_through_uvx(wheel: Path, tmp_path: Path) -> None:
    await answers("uvx", ["--from", f"{wheel}[sandbox]", "preo-mcp", "--sandbox"], tmp_path, {})


async def test_the_unpacked_bundle_as_a_host_starts_it(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(build_bundle(wheel, tmp_path)) as archive:
        archive.extractall(tmp_path / "bundle")
    manifest: dict[str, Any] = json.loads((tmp_path / "bundle" / "manifest.json").read_text(encoding="utf-8"))
    run = manifest["server"]["mcp_config"]
    arguments = [one.replace("${__dirname}", str(tmp_path / "bundle")) for one in run["args"]]
    options = {f"${{user_config.{name}}}": option["default"] for name, option in manifest["user_config"].items()}
    variables = {name: str(options[value]).lower() for name, value in run["env"].items()}
    await answers(run["command"], arguments, tmp_path, variables)


async def test_the_plugin_as_claude_code_starts_it(wheel: Path, tmp_path: Path) -> None:
    plugin = build_plugin(wheel, tmp_path) / "preo"
    run = json.loads((plugin / ".mcp.json").read_text(encoding="utf-8"))["mcpServers"]["preo"]
    arguments = [one.replace("${CLAUDE_PLUGIN_ROOT}", str(plugin)) for one in run["args"]]
    variables = {name: value.partition(":-")[2].rstrip("}") for name, value in run["env"].items()}
    await answers(run["command"], arguments, tmp_path, variables)
