"""`preo-mcp setup`: it asks, writes, tries what it wrote, and says what to type first."""

import io
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from preo_mcp.commands import setup
from preo_mcp.commands.doctor import checkup
from preo_mcp.commands.hosts import trying
from preo_mcp.commands.hosts.entry import Entry
from preo_mcp.commands.hosts.known import BY_ID, Computer
from preo_mcp.commands.hosts.trying import Tried
from preo_mcp.settings import Preset, Settings
from tests.commands.hosts.conftest import files, home, run
from tests.commands.hosts.documents import OTHERS
from tests.door import TOKEN

__all__ = ["files", "home"]  # fixtures of the hosts

Out = pytest.CaptureFixture[str]


def answers(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


def entry_of(host: str) -> Entry:
    path = BY_ID[host].file(Computer.this())
    found = Entry.read(BY_ID[host].editor().entry(path.read_bytes().decode()))
    assert found is not None
    return found


def test_it_asks_writes_tries_and_says_what_to_type(
    files: dict[str, Path], home: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    (home / "Exports").mkdir()
    answers(monkeypatch, "9", "2, 5", "", "~/nowhere", "~/Exports", "support imports")
    assert run("setup") == 0
    out = capsys.readouterr().out
    assert "give numbers from 1 to 7" in out
    assert "there is no folder" in out
    assert " tools, about " in out
    assert "Claude Code now starts preo-mcp, for the sandbox" in out
    assert setup.STORIES[Preset.SUPPORT][0] in out
    for host in ("claude-code", "goose"):
        assert entry_of(host).args[-7:] == (
            *("--sandbox", "--allow-folder", str(home / "Exports")),
            *("--preset", "support", "--preset", "imports"),
        )
    assert files["cursor"].read_bytes() == OTHERS["cursor"].encode()


def test_a_second_time_it_shows_what_there_is_and_asks(
    files: dict[str, Path], monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    async def answers_at_once(_: Entry) -> Tried:
        return Tried("preo 0", 1, 100)

    monkeypatch.setattr(trying, "tried", answers_at_once)
    answers(monkeypatch, "3", "sandbox", "", "search")
    assert run("setup") == 0
    first = files["cursor"].read_bytes()
    answers(monkeypatch, "3", "sandbox", "", "search")
    assert run("setup") == 0
    assert "Cursor has this entry already" in capsys.readouterr().out
    answers(monkeypatch, "3", "sandbox", "", "all", "n")
    assert run("setup") == 0
    assert "Cursor was left as it is" in capsys.readouterr().out
    assert files["cursor"].read_bytes() == first
    answers(monkeypatch, "3", "sandbox", "", "all", "y")
    assert run("setup") == 0
    assert entry_of("cursor").args[-1] == "--sandbox"


def test_a_token_is_kept_once_preo_knows_it(
    files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    seen: list[str] = []

    async def check(settings: Settings) -> AsyncIterator[tuple[bool, str]]:
        seen.append(settings.account_token())
        yield len(seen) > 1, "what Preo says"

    monkeypatch.setattr(checkup, "connection_check", check)
    answers(monkeypatch, "windsurf", "7", "account", f"{TOKEN}-wrong", TOKEN, "", "read-only")
    assert run("setup") == 0
    assert seen == [f"{TOKEN}-wrong", TOKEN]
    made = entry_of("windsurf")
    assert made.settings().account_token() == TOKEN
    assert "--sandbox" not in made.args
    assert TOKEN not in files["windsurf"].read_text(encoding="utf-8")
    assert TOKEN not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([], "nobody answers here"),
        (["x", "y", "z"], "no answer was understood"),
        (["1", "maybe", "perhaps", "no"], "no answer was understood"),
    ],
)
def test_without_answers_nothing_is_written(
    lines: list[str], says: str, files: dict[str, Path], monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    answers(monkeypatch, *lines)
    assert run("setup") == 2
    assert says in capsys.readouterr().err
    assert all(path.read_bytes() == OTHERS[host].encode() for host, path in files.items())


def test_a_server_that_does_not_start_is_not_written(
    files: dict[str, Path], monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    monkeypatch.setattr("preo_mcp.commands.hosts.entry.program", lambda: ("/nowhere/preo-mcp",))
    answers(monkeypatch, "1", "", "", "")
    assert run("setup") == 1
    assert "The server did not start: /nowhere/preo-mcp cannot be started" in capsys.readouterr().out
    assert files["claude-desktop"].read_bytes() == OTHERS["claude-desktop"].encode()
