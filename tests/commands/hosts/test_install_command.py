"""`preo-mcp install` and `uninstall` on what people really have in the files of each host."""

import io
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from preo_mcp.commands.hosts import command
from preo_mcp.commands.hosts.command import IDS
from preo_mcp.commands.hosts.entry import Entry
from preo_mcp.commands.hosts.known import BY_ID
from tests.commands.hosts.conftest import run
from tests.commands.hosts.documents import OTHERS
from tests.door import TOKEN

Files = dict[str, Path]
Out = pytest.CaptureFixture[str]


def entry_in(host: str, path: Path) -> Entry:
    found = Entry.read(BY_ID[host].editor().entry(path.read_bytes().decode()))
    assert found is not None
    return found


def others_in(host: str, text: str) -> object:
    return BY_ID[host].editor().others(text)


@pytest.mark.parametrize("host", IDS)
def test_nothing_is_lost_and_nothing_is_left_behind(host: str, files: Files, home: Path, capsys: Out) -> None:
    path = files[host]
    assert run("install", host, "--allow-folder", str(home / "Ex ports"), "--preset", "support") == 0
    text = path.read_bytes().decode()
    assert others_in(host, text) == others_in(host, OTHERS[host])
    assert [line for line in OTHERS[host].splitlines() if "//" in line or "#" in line] == [
        line for line in text.splitlines() if "//" in line or "#" in line
    ]
    made = entry_in(host, path)
    assert Path(made.command).is_absolute()
    assert made.args[-5:] == ("--sandbox", "--allow-folder", str(home / "Ex ports"), "--preset", "support")
    out = capsys.readouterr().out
    assert f"{BY_ID[host].name} now starts preo-mcp, for the sandbox" in out
    [copy] = path.parent.glob(f"{path.name}.before-preo-*")
    assert str(copy) in out
    assert copy.read_bytes() == OTHERS[host].encode()

    assert run("install", host, "--allow-folder", str(home / "Ex ports"), "--preset", "support") == 0
    assert "has this entry already" in capsys.readouterr().out
    assert path.read_bytes().decode() == text

    assert run("uninstall", host) == 0
    assert path.read_bytes() == OTHERS[host].encode()
    assert run("uninstall", host) == 0
    assert "has no entry for preo" in capsys.readouterr().out


@pytest.mark.parametrize("host", IDS)
def test_a_host_without_a_file_gets_one_which_goes_with_the_entry(host: str, home: Path) -> None:
    assert run("install", host) == 0
    [path] = [one for one in home.rglob("*") if one.is_file()]
    assert entry_in(host, path).args[-1] == "--sandbox"
    assert run("uninstall", host) == 0
    assert not path.exists()


@pytest.mark.parametrize("host", IDS)
def test_a_dry_run_shows_the_change_and_writes_nothing(
    host: str, files: Files, home: Path, tmp_path: Path, capsys: Out
) -> None:
    assert run("install", host, "--dry-run") == 0
    out = capsys.readouterr().out
    assert f"+++ {files[host]}" in out
    assert "--sandbox" in out
    assert files[host].read_bytes() == OTHERS[host].encode()
    assert run("install", host) == 0
    before = files[host].read_bytes()
    assert run("uninstall", host, "--dry-run") == 0
    assert files[host].read_bytes() == before
    assert len(list(files[host].parent.glob(f"{files[host].name}.before-preo-*"))) == 1


@pytest.mark.parametrize("host", IDS)
def test_a_broken_file_is_refused_with_its_place(host: str, files: Files, capsys: Out) -> None:
    broken = OTHERS[host].encode()[:-20] + b"\n{"
    files[host].write_bytes(broken)
    for verb in ("install", "uninstall"):
        assert run(verb, host) == 2
        err = capsys.readouterr().err
        assert err.startswith(f"Nothing was written · {files[host]}: line ")
        assert len(err.splitlines()) == 1
    assert files[host].read_bytes() == broken
    assert [one.name for one in files[host].parent.glob(f"{files[host].name}*")] == [files[host].name]


def changed_by_hand(files: Files) -> bytes:
    assert run("install", "zed") == 0
    text = files["zed"].read_text(encoding="utf-8").replace('"--sandbox"', '"--sandbox", "--read-only" // mine')
    files["zed"].write_text(text, encoding="utf-8")
    return files["zed"].read_bytes()


def test_what_was_changed_by_hand_is_shown_and_replaced_only_when_that_is_wanted(files: Files, capsys: Out) -> None:
    mine = changed_by_hand(files)
    capsys.readouterr()
    assert run("install", "zed") == 2
    out, err = capsys.readouterr()
    assert '-        "--sandbox", "--read-only" // mine' in out
    assert "another entry for preo" in err
    assert "--replace" in err
    assert files["zed"].read_bytes() == mine
    assert run("install", "zed", "--replace") == 0
    assert entry_in("zed", files["zed"]).args[-1] == "--sandbox"
    assert mine in [one.read_bytes() for one in files["zed"].parent.glob("settings.json.before-preo-*")]


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("", 2), ("no", 2)])
def test_in_a_terminal_it_asks(
    answer: str, code: int, files: Files, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    mine = changed_by_hand(files)
    terminal = io.StringIO(f"{answer}\n")
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)
    assert run("install", "zed") == code
    assert (files["zed"].read_bytes() == mine) is (code == 2)
    assert "Replace it? A copy of the file is kept. [y/N]" in capsys.readouterr().out


def test_what_changes_while_it_asks_is_not_overwritten(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    changed_by_hand(files)

    def meanwhile(_: object) -> None:
        text = files["zed"].read_text(encoding="utf-8")
        files["zed"].write_text(text.replace("--read-only", "--yes"), encoding="utf-8")

    monkeypatch.setattr(command, "_must_agree", meanwhile)
    assert run("install", "zed") == 2
    assert "--yes" in files["zed"].read_text(encoding="utf-8")


@pytest.mark.parametrize("host", ["zed", "goose"])
def test_what_was_changed_by_hand_is_taken_out_too(host: str, files: Files) -> None:
    assert run("install", host) == 0
    text = files[host].read_text(encoding="utf-8").replace("--sandbox", "--yes")
    files[host].write_text(text, encoding="utf-8")
    assert run("uninstall", host) == 0
    left = files[host].read_text(encoding="utf-8")
    assert left == OTHERS[host]


def test_an_entry_that_was_replaced_leaves_nothing_behind_either(files: Files) -> None:
    for host in ("vscode", "claude-code", "goose"):
        assert run("install", host) == 0
        assert run("install", host, "--mode", "search", "--replace") == 0
        assert entry_in(host, files[host]).args[-2:] == ("--mode", "search")
        assert run("uninstall", host) == 0
        assert files[host].read_bytes() == OTHERS[host].encode()


def test_the_token_is_kept_apart_and_never_in_a_hosts_file(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    kept = tmp_path / "state" / "account.token"
    for host in IDS:
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{TOKEN}\n"))
        assert run("install", host, "--token") == 0
        made = entry_in(host, files[host])
        assert made.env["PREO_TOKEN_FILE"] == str(kept)
        assert "--sandbox" not in made.args
        assert made.settings().account_token() == TOKEN
        if sys.platform != "win32":
            assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert run("uninstall", host) == 0
        assert f"The token is still in {kept}" in capsys.readouterr().out
    assert all(TOKEN.encode() not in one.read_bytes() for one in tmp_path.rglob("*") if one.is_file() and one != kept)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--token"], "The token was not kept · none was given"),
        (["--token-file", "none"], "the token file cannot be read"),
        (["--env", "PREO_TOKEN=x"], "PREO_TOKEN is a secret"),
        (["--env", "PREO_LEDGER_URL=redis://:x@h"], "PREO_LEDGER_URL is a secret"),
        (["--env", "PATH=/x"], "PATH is no setting of preo-mcp"),
        (["--env", "PREO_MAX_RECIPIENT=1"], "did you mean PREO_MAX_RECIPIENTS"),
        (["--env", "PREO_MAX_RECIPIENTS"], "gives no value"),
        (["--env", "PREO_MAX_RECIPIENTS=x"], "PREO_MAX_RECIPIENTS: "),
        (["--sandbox", "--keyring"], "--sandbox has no token"),
        (["--env", "PREO_TRANSPORT=http"], "over stdio"),
        (["--keyring", "--yes"], "PREO_YES is set without the sandbox"),
    ],
)
def test_an_entry_that_would_not_start_is_not_written(
    arguments: list[str], says: str, files: Files, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n"))
    assert run("install", "cursor", *arguments) == 2
    assert says in capsys.readouterr().err
    assert files["cursor"].read_bytes() == OTHERS["cursor"].encode()


def test_another_file_in_the_same_form_and_a_setting_without_a_flag(home: Path, capsys: Out) -> None:
    project = home / ".vscode" / "mcp.json"
    assert run("install", "vscode", "--file", str(project), "--env", "PREO_MAX_RECIPIENTS=500") == 0
    made = entry_in("vscode", project)
    assert made.env == {"PREO_MAX_RECIPIENTS": "500"}
    assert made.settings().max_recipients == 500
    assert [one for one in home.rglob("*") if one.is_file()] == [project]


def test_a_new_token_is_kept_for_an_entry_that_is_there(
    files: Files, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    for token in (TOKEN, f"{TOKEN}-new"):
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{token}\n"))
        assert run("install", "cursor", "--token") == 0
    assert "the token you gave is kept now" in capsys.readouterr().out
    assert entry_in("cursor", files["cursor"]).settings().account_token() == f"{TOKEN}-new"


def test_what_a_person_should_know_is_told(files: Files, monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
    files["claude-desktop"].write_text('{\n  // note\n  "mcpServers": {}\n}\n', encoding="utf-8")
    monkeypatch.setenv("PREO_MAX_RECIPIENTS", "5")
    monkeypatch.setattr("preo_mcp.commands.hosts.entry.program", lambda: ("/x/uv/archive-v0/abc/bin/preo-mcp",))
    assert run("install", "claude-desktop") == 0
    out = capsys.readouterr().out
    assert "line 2 has a comment" in out
    assert "PREO_MAX_RECIPIENTS of this terminal is not passed on" in out
    assert "uv tool install" in out
    assert "Quit Claude Desktop" in out


def test_what_host_and_user_added_to_the_entry_stays(files: Files, capsys: Out) -> None:
    assert run("install", "goose", "--mode", "search") == 0
    assert run("install", "windsurf") == 0
    goose = (
        files["goose"].read_text(encoding="utf-8").replace("timeout: 300\n  #", "timeout: 900\n    bundled: false\n  #")
    )
    files["goose"].write_text(goose, encoding="utf-8")
    windsurf = (
        files["windsurf"].read_text(encoding="utf-8").replace('"preo":{', '"preo":{"disabledTools":["send_campaign"],')
    )
    files["windsurf"].write_text(windsurf, encoding="utf-8")
    capsys.readouterr()
    assert run("install", "windsurf") == 0
    assert "has this entry already" in capsys.readouterr().out
    assert run("install", "goose", "--replace") == 0
    assert entry_in("goose", files["goose"]).args[-1] == "--sandbox"
    found: Any = BY_ID["goose"].editor().entry(files["goose"].read_text(encoding="utf-8"))
    assert (found["timeout"], found["bundled"], found["enabled"]) == (900, False, True)


def test_a_diff_shows_nobodys_secret(files: Files, capsys: Out) -> None:
    secret = "sk-live-4711"
    files["cursor"].write_text(
        '{\n  "mcpServers": {\n    "preo": {"command": "x", "env": {"PREO_TOKEN": "' + secret + '"}},\n'
        '    "b": {"headers": {"X-Api-Key": "' + secret + '", "Authorization": "Bearer ' + secret + '"}}\n  }\n}\n',
        encoding="utf-8",
    )
    assert run("install", "cursor", "--token-file", "x", "--dry-run") == 2
    assert run("install", "cursor", "--keyring", "--dry-run") == 0
    out = capsys.readouterr().out
    assert secret not in out
    assert '"PREO_TOKEN": (not shown)' in out
    assert '"PREO_TOKEN_KEYRING": "account"' in out


def test_without_the_sandbox_only_an_account_is_installed(
    files: Files, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    def without(_: str) -> None:
        raise ModuleNotFoundError("No module named 'liquid'", name="liquid")

    monkeypatch.setattr(command, "import_module", without)
    assert run("install", "cursor") == 2
    assert (
        'Install the extra sandbox of preo-mcp (from a checkout: pip install ".[sandbox]")' in capsys.readouterr().err
    )
    assert files["cursor"].read_bytes() == OTHERS["cursor"].encode()
    assert run("install", "cursor", "--keyring") == 0


def test_a_host_that_is_not_here_is_told(home: Path, capsys: Out) -> None:
    assert run("install", "zed") == 0
    assert "Zed was not found on this computer" in capsys.readouterr().out
