"""Whatever the terminal or pipe can show, a command says what it has to say."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def output(encoding: str, folder: Path, *arguments: str) -> bytes:
    """Return what a command writes into a pipe of an encoding."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PREO_")}
    environ |= {"PYTHONIOENCODING": encoding, "PREO_STATE_FOLDER": str(folder), "HOME": str(folder)}
    environ |= {"USERPROFILE": str(folder)}
    done = subprocess.run([sys.executable, "-m", "preo_mcp", *arguments], env=environ, capture_output=True, check=False)
    assert b"Traceback" not in done.stderr
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "ascii"])
def test_the_demonstration_goes_through_a_pipe_of_a_code_page(encoding: str, tmp_path: Path) -> None:
    told = output(encoding, tmp_path, "demo").decode(encoding)
    assert "-> prepare_import(" in told or "→ prepare_import(" in told
    assert "Nordlys Festival" in told
    assert "preo-mcp setup" in told


def test_what_a_pipe_can_show_is_as_it_is(tmp_path: Path) -> None:
    told = output("utf-8", tmp_path, "doctor", "--sandbox").decode()
    assert " · " in told
    assert " - mcp " in output("ascii", tmp_path, "doctor", "--sandbox").decode("ascii")
