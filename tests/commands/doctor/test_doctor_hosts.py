"""`preo-mcp doctor` on a computer with hosts: what each will do, whose the token is, what is not as it should be."""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from preo_mcp.api.models.users import UserInfo
from preo_mcp.api.operations import GET_USER_INFO
from preo_mcp.client.connection import Connection
from preo_mcp.client.preo_client import PreoClient
from preo_mcp.commands.doctor.standing import clock_check, owner_check, state_check
from preo_mcp.settings import Settings
from tests.commands.hosts.conftest import files, home, run
from tests.door import TOKEN

__all__ = ["files", "home"]  # fixtures of the hosts

Out = pytest.CaptureFixture[str]
NOW = datetime(2026, 12, 1, 8, 30, tzinfo=UTC)


def test_it_says_of_each_host_what_it_will_do(files: dict[str, Path], home: Path, tmp_path: Path, capsys: Out) -> None:
    (home / "Exports").mkdir()
    state = f"PREO_STATE_FOLDER={tmp_path / 'of the server'}"
    assert run("install", "claude-desktop", "--allow-folder", str(home / "Exports"), "--env", state) == 0
    assert run("install", "goose", "--mode", "search", "--approve-via", "page", "--env", state) == 0
    assert run("install", "windsurf", "--preset", "support", "--allow-folder", str(home / "gone"), "--env", state) == 0
    files["zed"].write_text('{"a": }', encoding="utf-8")
    files["vscode"].write_text('{"servers": {"preo": {"url": "https://example.org"}}}', encoding="utf-8")
    files["cursor"].write_text('{"mcpServers": {"preo": {"command": "/nowhere/preo-mcp"}}}', encoding="utf-8")
    capsys.readouterr()
    assert run("doctor", "--json") == 1
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert told["checks"] == [{"ok": True, "text": "nothing is set in this terminal; each host has its own settings"}]
    hosts: dict[str, dict[str, Any]] = {one["host"]: one for one in told["hosts"]}
    assert list(hosts) == list(files)

    desktop = hosts["claude-desktop"]
    assert desktop["server"].startswith("preo ")
    assert desktop["tools"] > 80
    assert 8_000 < desktop["tokens"] < 11_000
    assert (desktop["asks"], desktop["folders"]) == ("in a card in the conversation", [str(home / "Exports")])
    assert all(one["ok"] for one in desktop["checks"])
    texts = " | ".join(one["text"] for one in desktop["checks"])
    for part in ("the token works at the sandbox", "it belongs to Astrid Holm", "the ledger in", "the audit "):
        assert part in texts
    assert hosts["goose"]["tokens"] < 1_500
    assert hosts["goose"]["asks"] == "on a page in the browser, by PREO_APPROVE_VIA"
    assert hosts["claude-code"] == {
        "host": "claude-code",
        "name": "Claude Code",
        "file": str(files["claude-code"]),
        "set_up": False,
        "checks": [],
    }

    def wrong(host: str) -> str:
        return " | ".join(one["text"] for one in hosts[host]["checks"] if not one["ok"])

    assert wrong("windsurf") == f"there is no folder {home / 'gone'}"
    assert "line 1, column 7" in wrong("zed")
    assert "starts no command" in wrong("vscode")
    assert "/nowhere/preo-mcp cannot be started" in wrong("cursor")

    assert run("doctor") == 1
    out = capsys.readouterr().out
    assert f"Claude Desktop ({files['claude-desktop']})\n  ok: preo " in out
    assert "  asks a person in a card in the conversation\n" in out
    assert "  has no entry for preo; preo-mcp install claude-code\n" in out


def test_a_file_that_nothing_installed_reads_is_not_known_and_not_wrong(
    files: dict[str, Path], monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    for host, file in files.items():
        if host != "goose":
            file.unlink()
    monkeypatch.setitem(sys.modules, "yaml", None)
    assert run("doctor", "--json", "--sandbox") == 0
    [goose] = [one for one in json.loads(capsys.readouterr().out)["hosts"] if one["host"] == "goose"]
    why = "Goose's file is YAML, and pyyaml is not installed · Install the extra install of preo-mcp (from a checkout: "
    assert (goose["set_up"], goose["checks"]) == (None, [])
    assert goose["unread"].startswith(why)
    assert run("doctor", "--sandbox") == 0
    assert f"Goose ({files['goose']})\n  not known: {why}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("apart", "good", "says"),
    [
        (0, True, "agrees"),
        (59, True, "agrees"),
        (-59, True, "agrees"),
        (90, False, "90 s ahead of Preo's"),
        (-7200, False, "7200 s behind Preo's"),
    ],
)
def test_the_clocks_are_compared(apart: int, good: bool, says: str) -> None:
    check = clock_check("Tue, 01 Dec 2026 08:30:00 GMT", NOW + timedelta(seconds=apart))
    assert check is not None
    assert check[0] is good
    assert says in check[1]


@pytest.mark.parametrize("date", [None, "", "yesterday", "2026-12-01T08:30:00Z"])
def test_a_time_that_preo_does_not_tell_is_nothing_to_compare(date: str | None) -> None:
    assert clock_check(date, NOW) is None


async def test_the_time_is_that_of_the_last_answer() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"id": "usr_1"}, headers={"Date": "Tue, 01 Dec 2026 08:30:00 GMT"})

    client = PreoClient(Connection("https://api.example", TOKEN), transport=httpx.MockTransport(answer))
    await client.send(GET_USER_INFO)
    assert client.date == "Tue, 01 Dec 2026 08:30:00 GMT"
    await client.aclose()


def test_whose_the_token_is() -> None:
    user = UserInfo(id="usr_1", first_name="Kirsten", last_name="Holm", email="k@example.org")
    assert owner_check(user, Settings(sandbox=True))[1].startswith("it belongs to Kirsten Holm, k@example.org, and may")
    only = owner_check(UserInfo(id="usr_1"), Settings(sandbox=True, read_only=True))
    assert only == (True, "it belongs to usr_1, and only reads, by the settings")


async def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    state = tmp_path / "state"
    good = [check async for check in state_check(Settings(sandbox=True, state_folder=state))]
    assert [one for one, _ in good] == [True, True]
    (state / "plans.db").unlink()
    (state / "plans.db").mkdir()
    audit = tmp_path / "audit.jsonl"
    audit.mkdir()
    settings = Settings(sandbox=True, state_folder=state, audit_file=audit)
    bad = [check async for check in state_check(settings)]
    assert [one for one, _ in bad] == [False, False]
    assert f"the audit cannot be written ({audit}" in bad[1][1]
