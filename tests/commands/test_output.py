"""Whatever the terminal or pipe can show, a command says what it has to say; where nobody reads, it ends quietly."""

import io
import os
import re
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from docs.generate import ROOT
from preo_mcp import cli
from preo_mcp.commands.output import READER_GONE, for_any_reader

SECONDS = 60


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Return the variables of somebody who has set nothing, at home in a folder."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PREO_")}
    return environ | {"PREO_STATE_FOLDER": str(folder), "HOME": str(folder), "USERPROFILE": str(folder)} | more


def output(encoding: str, folder: Path, *arguments: str) -> bytes:
    """Return what a command writes into a pipe of an encoding."""
    environ = environment(folder, PYTHONIOENCODING=encoding)
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


PRINTS = [
    "setup",
    "install cursor --sandbox",
    "install cursor --sandbox --dry-run",
    "uninstall cursor",
    "demo",
    "tools",
    "audit",
    "layouts",
    "put examples/shopify-orders.csv",
    "pending",
    "token show",
    "doctor --sandbox",
    "doctor --json --sandbox",
    "doctor --probe --sandbox",
]
"""Commands that print, whatever there is to print of."""
OTHERS = {
    "sandbox": "it serves, and prints nothing",
    "approve": "it wants a terminal, and refuses a pipe",
    "decline": "it wants a terminal, and refuses a pipe",
}


def test_every_command_is_tried(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    commands = re.findall(r"^    (\w+) ", capsys.readouterr().out.partition("commands:")[2], re.MULTILINE)
    assert set(commands) == {line.split()[0] for line in PRINTS} | set(OTHERS)


@contextmanager
def closed_pipe() -> Generator[int]:
    """The end to write into, of a pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        yield writing
    finally:
        os.close(writing)


@pytest.mark.parametrize("line", PRINTS)
def test_a_command_that_nobody_reads_ends_quietly(line: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "preo_mcp", *line.split()]
    with closed_pipe() as out:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            env=environment(tmp_path),
            timeout=SECONDS,
            check=False,
        )
    assert (done.returncode, done.stderr) == (READER_GONE, b"")


@pytest.mark.parametrize("line", ["--help", "--version", "install --help", "audit --json", "layouts --json"])
def test_what_prints_little_or_nothing_ends_quietly_too(line: str, tmp_path: Path) -> None:
    """Of help and version the parser itself lets a failure pass."""
    with closed_pipe() as out:
        command = [sys.executable, "-m", "preo_mcp", *line.split()]
        done = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, env=environment(tmp_path), check=False)
    assert done.returncode in (0, READER_GONE)
    assert done.stderr == b""


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_who_goes_in_the_middle(unbuffered: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "preo_mcp", "demo"]
    environ = environment(tmp_path, PYTHONUNBUFFERED=unbuffered, PYTHONIOENCODING="utf-8")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        read = [running.stdout.readline() for _ in range(3)]
        running.stdout.close()
        said = running.stderr.read()
        assert running.wait(SECONDS) == READER_GONE
    assert b"Import shopify-orders.csv" in b"".join(read)
    assert said == b""


def test_a_refusal_that_nobody_reads_ends_quietly(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "preo_mcp", "approve", "pln_x"]
    with closed_pipe() as out:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment(tmp_path), check=False
        )
    assert done.returncode == READER_GONE


@pytest.mark.parametrize(
    ("windows", "raised", "ends"),
    [
        (False, BrokenPipeError(32, "Broken pipe"), True),
        (False, ExceptionGroup("of tasks", [ExceptionGroup("of more", [BrokenPipeError(32, "")])]), True),
        (True, OSError(22, "Invalid argument"), True),
        (True, OSError(22, "Invalid argument", "a?b.csv"), False),
        (False, OSError(22, "Invalid argument"), False),
        (False, ExceptionGroup("of tasks", [OSError(28, "No space left on device")]), False),
    ],
)
def test_what_tells_that_the_reader_has_gone(
    windows: bool, raised: Exception, ends: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("preo_mcp.commands.output.IS_WINDOWS", windows)
    with pytest.raises(SystemExit if ends else type(raised)) as caught, for_any_reader():
        raise raised
    assert not isinstance(caught.value, SystemExit) or caught.value.code == READER_GONE


def test_without_a_terminal_and_pipe_nothing_is_asked_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """As under pythonw."""
    monkeypatch.setattr("sys.stdout", None)
    monkeypatch.setattr("sys.stderr", io.StringIO())
    with for_any_reader():
        pass
