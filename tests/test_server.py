"""The server before its first call: what it says of itself, what it lists, and what it does not touch."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS

import preo_mcp
from preo_mcp.calls.toolset import Toolset
from preo_mcp.server import CARD_TOOLS
from tests.door import ERAS, Era, open_door, text_of

NOT_AT_START = (
    "babel",
    "httpx",
    "sqlite3",
    "python_calamine",
    "phonenumbers",
    "email_validator",
    "preo_mcp.files.spreadsheets",
    "preo_mcp.files.spreadsheets.columns",
    "preo_mcp.files.uploads.folder",
    "preo_mcp.receiving.receiver",
    "preo_mcp.web",
    "preo_mcp.sandbox",
    "preo_mcp.tools",
    "preo_mcp.api.models.data_imports",
    "preo_mcp.client.preo_client",
)

START = """
import asyncio, json, os, site, sys
package = {package!r} + os.sep
installed = [os.path.realpath(place) for place in (sys.prefix, sys.base_prefix, *site.getsitepackages())]
touched = []
def watch(event, details):
    if event == "open" and isinstance(details[0], str):
        path = os.path.realpath(details[0])
        is_code = path.startswith(package) and path.endswith((".py", ".pyc"))
        if not is_code and not any(path.startswith(place) for place in installed):
            touched.append(f"open {{path}}")
    elif event.startswith("socket.") and event not in ("socket.__new__", "socket.gethostname"):
        touched.append(event)
sys.addaudithook(watch)
import preo_mcp.server
imported = sorted(sys.modules)
at_import = list(touched)
from preo_mcp.backend import Backend
from preo_mcp.settings import Settings
async def listed():
    settings = Settings.load({{}}, {{"sandbox": True}})
    async with Backend.opened(settings) as backend:
        return len(await preo_mcp.server.build_server(settings, backend).list_tools())
tools = asyncio.run(listed())
print(json.dumps({{"touched": at_import, "imported": imported, "listing": sorted(sys.modules), "tools": tools}}))
"""


@pytest.fixture(scope="module")
def start() -> dict[str, Any]:
    """What a fresh process imported and touched until it could list its tools."""
    script = START.format(package=str(Path(preo_mcp.__file__).resolve().parent))
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True)
    return json.loads(ended.stdout)


@pytest.mark.parametrize("when", ["imported", "listing"])
def test_what_tools_list_does_not_need_is_not_imported(start: dict[str, Any], when: str) -> None:
    heavy = [name for name in start[when] for module in NOT_AT_START if name == module or name.startswith(f"{module}.")]
    assert heavy == []


def test_the_import_touches_no_file_and_no_network(start: dict[str, Any]) -> None:
    assert start["touched"] == []
    assert start["tools"] == len([*Toolset().listed(), *CARD_TOOLS])


@pytest.mark.parametrize("era", ERAS)
async def test_the_sandbox_is_said_in_title_and_instructions(tmp_path: Path, era: Era) -> None:
    async with open_door(tmp_path / "sandbox", era) as door:
        info = door.client.server_info
        assert info is not None
        assert (info.name, info.title, info.version) == ("preo", "Preo (sandbox)", preo_mcp.__version__)
        assert "sandbox" in (door.client.instructions or "")
    async with open_door(tmp_path, era, api=lambda _: pytest.fail("not reached")) as door:
        info = door.client.server_info
        assert info is not None
        assert info.title == "Preo"
        assert "sandbox" not in (door.client.instructions or "")


@pytest.mark.parametrize("era", ERAS)
async def test_the_list_is_the_snapshot_in_every_connection(tmp_path: Path, era: Era) -> None:
    for _ in range(2):
        async with open_door(tmp_path, era, api=lambda _: pytest.fail("not reached")) as door:
            tools = (await door.client.list_tools()).tools
            assert [tool.model_dump(exclude_none=True) for tool in tools] == [
                tool.model_dump(exclude_none=True) for tool in (*Toolset().listed(), *CARD_TOOLS)
            ]


@pytest.mark.parametrize("era", ERAS)
async def test_an_unknown_tool_is_explained(tmp_path: Path, era: Era) -> None:
    async with open_door(tmp_path, era, api=lambda _: pytest.fail("not reached")) as door:
        for name, hint in (("start_imports", "Did you mean start_import?"), ("zz\n" * 100, "Look at tools/list.")):
            with pytest.raises(MCPError) as refused:
                await door.call(name)
            assert refused.value.error.code == INVALID_PARAMS
            failed, why, next_step = refused.value.error.message.split(" · ")
            assert (why, next_step) == ("no tool has this name", hint)
            assert len(failed) < 100
            assert "\n" not in failed


async def test_a_call_outside_a_session_runs(tmp_path: Path) -> None:
    from preo_mcp.server import build_server

    async with open_door(tmp_path / "sandbox", "legacy") as door:
        result = await build_server(door.backend.settings, door.backend).call_tool("list_data_imports", {"page": 0})
    assert "page" in text_of(result)  # pyright: ignore[reportArgumentType] - nothing is asked here
