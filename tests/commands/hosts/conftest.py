"""A computer of a test's own: home, state and environment, with all hosts' files as people have them."""

from pathlib import Path

import pytest

from preo_mcp import cli
from preo_mcp.commands.hosts.known import BY_ID, Computer
from preo_mcp.settings import PREFIX, Settings
from tests.commands.hosts.documents import OTHERS


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"{PREFIX}{name.upper()}", raising=False)
    folder = tmp_path / "Kirsten Holm"
    folder.mkdir()
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(folder))
    for name in (
        "XDG_CONFIG_HOME",
        "XDG_STATE_HOME",
        "APPDATA",
        "LOCALAPPDATA",
        "CLAUDE_CONFIG_DIR",
        "VSCODE_PORTABLE",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PREO_STATE_FOLDER", str(tmp_path / "state"))
    return folder


@pytest.fixture
def files(home: Path) -> dict[str, Path]:
    """Every host's file, with what people have in it."""
    found = {host: BY_ID[host].file(Computer.this()) for host in OTHERS}
    for host, path in found.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(OTHERS[host].encode())
    return found


def run(*arguments: str) -> int:
    """Return the exit code of the command line."""
    try:
        cli.main(arguments)
    except SystemExit as exc:
        return int(exc.code or 0)
    return 0
