"""The README's commands, as a newcomer types them: in a fresh clone and an empty home, up to a host's first answer."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from bundles.generate import README, ROOT
from preo_mcp.commands.hosts.entry import Entry
from tests.bundles.test_uvx import BESIDE, NEEDED
from tests.test_code_blocks import blocks

pytestmark = [
    pytest.mark.skipif(not os.environ.get(NEEDED), reason="needs uv and the package index: make packages"),
    pytest.mark.skipif(not (ROOT / ".git").exists(), reason="only a checkout can be cloned"),
]
ROWS = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \|$", README.read_text(encoding="utf-8"), re.MULTILINE)
MAKE, INSTALL, *_ = blocks(README, "sh")
SECONDS = 600


class Newcomer:
    """Somebody with a clone and an empty home, and with uv's and pip's caches, which only save time."""

    def __init__(self, folder: Path) -> None:
        self.home, self.clone = folder / "home", folder / "preo-mcp"
        self.home.mkdir()
        self._says("git", "clone", "--quiet", str(ROOT), str(self.clone))

    @property
    def variables(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith(("PREO_", "XDG_", "PYTEST_"))}
        caches = {"UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR") or str(Path.home() / ".cache" / "uv")}
        homes = {name: str(self.home) for name in ("HOME", "USERPROFILE")}
        installed = self.home / ".local" / "bin"
        return own | caches | homes | {"PATH": f"{installed}{os.pathsep}{BESIDE}", "UV_SYSTEM_CERTS": "true"}

    def types(self, line: str) -> str:
        """Return what a command of the README says, which a shell reads."""
        done = subprocess.run(
            line,
            shell=True,
            cwd=self.clone,
            env=self.variables,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def _says(self, *command: str) -> None:
        subprocess.run(command, check=True, capture_output=True, timeout=SECONDS)


@pytest.fixture
def newcomer(tmp_path: Path) -> Newcomer:
    return Newcomer(tmp_path)


@pytest.mark.skipif(shutil.which("make") is None or os.name == "nt", reason="make is not installed")
def test_the_first_command_shows_the_demonstration(newcomer: Newcomer) -> None:
    first = MAKE.splitlines()[0]
    assert first.startswith("make demo ")
    assert "The host asks a person:" in newcomer.types(first)


def test_it_goes_without_make(newcomer: Newcomer) -> None:
    assert len(ROWS) == 3
    said = [newcomer.types(row[os.name == "nt"]) for row in ROWS]
    assert "The host asks a person:" in said[-1]


async def test_a_host_has_its_first_answer(newcomer: Newcomer) -> None:
    install = INSTALL.splitlines()[0]
    assert install.startswith("uv tool install ")
    newcomer.types(install.partition("#")[0])
    newcomer.types("preo-mcp install claude-code")
    written = json.loads((newcomer.home / ".claude.json").read_text(encoding="utf-8"))
    entry = Entry.read(written["mcpServers"]["preo"])
    assert entry is not None
    assert Path(entry.command).is_relative_to(newcomer.home)
    server = StdioServerParameters(
        command=entry.command, args=list(entry.args), env=newcomer.variables | dict(entry.env), cwd=newcomer.home
    )
    async with Client(stdio_client(server)) as client:
        assert not (await client.call_tool("list_editions", {})).is_error
