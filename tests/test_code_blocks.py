"""What the documents show to be typed or copied is run, or at least parsed, as it stands there."""

import json
import os
import re
import shlex
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from docs.generate import ROOT
from preo_mcp import cli
from preo_mcp.commands.hosts.entry import Entry
from preo_mcp.settings import Settings, declared

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
SANDBOX = ROOT / "docs" / "sandbox.md"
BESIDE = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
PLACES = {"HOST": "cursor", "FILE": "openapi.json", "FOLDER": "data", "PLAN": "pln_1", "…": "serve"}
"""What a reader puts into the place of a word in capitals."""
SECONDS = 120


def blocks(page: Path, language: str | None = None) -> list[str]:
    """Return the code blocks of a page, in their order; those of a language alone, where one is given."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [text for kind, text in found if language is None or kind == language]


def typed(page: Path) -> list[str]:
    """Return the commands of ours that the blocks of a page have typed, without their name."""
    return re.findall(r"^(?:[A-Z_]+=\S+ )*preo-mcp\b(.*)$", "\n".join(blocks(page, "sh")), re.MULTILINE)


def named(page: Path) -> list[str]:
    """Return the commands of ours that sentences and tables of a page name, without their name."""
    sentences = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"`(?:[^`\n]*[\\/])?preo-mcp(\s[^`·]+)`", sentences)


def refused(line: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Return what the command line says against a command; nothing where that is one."""
    try:
        cli.command_line().parse_args([PLACES.get(word, word) for word in shlex.split(line, comments=True)])
    except SystemExit:
        return capsys.readouterr().err.rpartition("error: ")[2]
    return ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_is_one(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = {line: why for line in typed(page) if (why := refused(line, capsys))}
    named_only = {line: why for line in named(page) if (why := refused(line, capsys)) and "are required" not in why}
    assert wrong | named_only == {}


def test_the_documents_have_commands() -> None:
    assert len(typed(ROOT / "README.md")) >= 4
    assert sum(len(named(page)) for page in PAGES) >= 20


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_flag_and_variable_is_one(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    variables = {setting.variable for setting in declared()}
    named = {name for name in re.findall(r"`[^`\n]*\b(PREO_[A-Z_]*[A-Z])(?![A-Z_…*])", text) if not name.endswith("_")}
    assert named <= variables


def test_what_is_made_is_a_target() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for page in PAGES:
        shown = "\n".join([*blocks(page, "sh"), *re.findall(r"`(make [^`]+)`", page.read_text(encoding="utf-8"))])
        assert set(re.findall(r"^make (\w+)", shown, re.MULTILINE)) <= targets


def test_the_suite_of_somebody_else_passes(tmp_path: Path) -> None:
    """The block is copied into an empty folder, and run there as its reader would."""
    [suite] = blocks(SANDBOX, "python")
    (tmp_path / "test_their_integration.py").write_text(suite, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env=os.environ | {"PATH": BESIDE, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert f"{suite.count('def test_')} passed" in done.stdout, done.stdout + done.stderr


def test_the_sandbox_answers_what_is_asked_of_it_with_curl(tmp_path: Path) -> None:
    [block] = blocks(SANDBOX, "sh")
    serve, curl = block.splitlines()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    assert serve.count("8766") == curl.count("8766") == 1
    served = shlex.split(serve.replace("8766", port).replace("FOLDER", "data"))
    asked = shlex.split(curl.replace("8766", port))
    name, _, value = asked[asked.index("-H") + 1].partition(": ")
    environ = os.environ | {"PATH": BESIDE}
    command = [sys.executable, "-m", "preo_mcp", *served[1:]]
    with subprocess.Popen(command, cwd=tmp_path, env=environ, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        assert port in server.stderr.readline()
        answer = httpx.get(asked[-1], headers={name: value}, timeout=SECONDS)
        server.terminate()
    assert answer.json()["count"] == 400
    assert (tmp_path / "data").is_dir()


def test_the_entries_of_two_accounts_are_read_as_a_host_has_them() -> None:
    [block] = blocks(ROOT / "docs" / "troubleshooting.md", "json")
    entries = [Entry.read(data) for data in json.loads(block)["mcpServers"].values()]
    settings = [Settings.load(entry.env, {}) for entry in entries if entry is not None]
    assert len({one.token_file for one in settings}) == len({one.state_folder for one in settings}) == 2
