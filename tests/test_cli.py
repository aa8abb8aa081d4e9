"""The command line: its flags become settings, its failures explanations."""

import re
from pathlib import Path
from typing import Any

import pytest

from preo_mcp import __version__, cli, serving
from preo_mcp.api.errors import ConfigurationError
from preo_mcp.calls.toolset import Toolset
from preo_mcp.settings import Language, Privacy, Settings, Transport, Way, declared
from tests.door import TOKEN


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"PREO_{name.upper()}", raising=False)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """The settings that the server was started with, instead of starting it."""
    started: list[Settings] = []

    async def serve(settings: Settings) -> None:
        started.append(settings)

    monkeypatch.setattr(serving, "serve", serve)
    return started


def code_of(*arguments: str) -> int | str | None:
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    return caught.value.code


def test_flags_become_settings(served: list[Settings], tmp_path: Path) -> None:
    cli.main(["--sandbox", "--data", str(tmp_path), "--transport", "http", "--port", "0", "--allow-folder", "a"])
    cli.main(["--sandbox", "--allow-folder", "a", "--allow-folder", "b"])
    first, second = served
    assert (first.sandbox, first.sandbox_data, first.transport, first.port) == (True, tmp_path, Transport.HTTP, 0)
    assert (first.allowed_folders, second.allowed_folders) == ((Path("a"),), (Path("a"), Path("b")))
    assert (second.transport, second.port) == (Transport.STDIO, 8765)


POLICY = [
    *("--read-only", "--deny", "delete_file", "--deny", "send_campaign", "--ask-about", "create_segment", "--yes"),
    *("--language", "pl", "--approve-via", "terminal", "--privacy", "mask"),
    *("--allow-organization", "org_nordlys", "--allow-edition", "edt_nordlys26", "--allow-edition", "edt_nordlys27"),
]


def test_flags_of_the_policy_become_settings(served: list[Settings], monkeypatch: pytest.MonkeyPatch) -> None:
    cli.main(["--sandbox", *POLICY])
    cli.main(["--sandbox"])
    monkeypatch.setenv("PREO_DENY", "delete_segment")
    monkeypatch.setenv("PREO_READ_ONLY", "1")
    cli.main(["--sandbox"])
    cli.main(["--sandbox", "--deny", "delete_file"])
    given, plain, by_variable, both = served
    assert (given.read_only, given.yes, given.deny) == (True, True, ("delete_file", "send_campaign"))
    assert (given.ask_about, given.language, given.approve_via) == (("create_segment",), Language.POLISH, Way.TERMINAL)
    assert (given.privacy, given.masks, plain.masks) == (Privacy.MASK, True, False)
    assert given.allowed_organizations == ("org_nordlys",)
    assert given.allowed_editions == ("edt_nordlys26", "edt_nordlys27")
    assert (plain.read_only, plain.yes, plain.deny, plain.ask_about) == (False, False, (), ())
    assert (plain.allowed_organizations, plain.allowed_editions) == ((), ())
    assert (by_variable.read_only, by_variable.deny) == (True, ("delete_segment",))
    assert (both.read_only, both.deny) == (True, ("delete_file",))


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--sandbox", "--deny", "send_campain"], "PREO_DENY names send_campain, .* did you mean send_campaign?"),
        (["--sandbox", "--ask-about", "create_segmnt"], "PREO_ASK_ABOUT names .* did you mean create_segment?"),
        (["--sandbox", "--deny", "zzz"], "preo-mcp tools lists them"),
        (["--sandbox", "--deny", "delete_file,zzz"], "names delete_file,zzz"),
        (["--yes"], "PREO_YES is set without the sandbox"),
    ],
)
def test_a_policy_that_cannot_be_kept_stops_the_start(
    flags: list[str], says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The server itself is started here, and stops before it serves."""
    monkeypatch.setenv("PREO_TOKEN", TOKEN)
    monkeypatch.setenv("PREO_STATE_FOLDER", str(tmp_path))
    assert code_of(*flags) == 2
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines()), len(err.split(" · "))) == ("", 1, 3)
    assert re.search(says, err), err


def test_flags_win_over_variables(served: list[Settings], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREO_PORT", "1")
    monkeypatch.setenv("PREO_TRANSPORT", "sse")
    monkeypatch.setenv("PREO_TOKEN", TOKEN)
    cli.main(["--port", "2"])
    [settings] = served
    assert (settings.port, settings.transport, settings.sandbox) == (2, Transport.SSE, False)


def test_without_an_account_both_ways_are_named(served: list[Settings], capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of() == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "PREO_TOKEN" in err
    assert "--sandbox" in err
    assert len(err.splitlines()) == 1
    assert served == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--transport", "pigeon"], 2),
        (["--language", "x"], 2),
        (["--approve-via", "luck"], 2),
        (["--privacy", "y"], 2),
        (["--port", "x"], 2),
        (["tools", "--write"], 2),
        (["sandbox"], 2),
        (["nonsense"], 2),
        (["--help"], 0),
    ],
)
def test_what_the_parser_answers(arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of(*arguments) == code
    assert "usage: preo-mcp" in "".join(capsys.readouterr())


def test_the_help_has_every_flag_with_what_is_declared_of_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "500")
    assert code_of("--help") == 0
    shown = re.sub(r"\n {10,}", "  ", capsys.readouterr().out)
    options, policy = shown.split("what may be done:")
    for setting in declared():
        if setting.flag is not None:
            [line] = re.findall(rf"^  {setting.flag.name} .*$", policy if setting.flag.policy else options, re.M)
            assert setting.about in line
            assert ("can be repeated" in line) is setting.many
            told = f"(default: {setting.default})" in line
            assert setting.kind is bool or setting.many or told is bool(setting.default)


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of("--version") == 0
    assert capsys.readouterr().out == f"preo-mcp {__version__}\n"


def test_a_setting_that_is_wrong_shows_no_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PREO_TOKEN", TOKEN)
    monkeypatch.setenv("PREO_PORT", TOKEN)
    assert code_of() == 2
    assert TOKEN not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("raised", "code", "says"),
    [
        (ConfigurationError("what", "why", "next"), 2, "what · why · next\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_how_it_ends(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], raised: BaseException, code: int, says: str
) -> None:
    def fail(_: Any) -> None:
        raise raised

    monkeypatch.setattr(cli, "_serve", fail)
    assert code_of("--sandbox") == code
    assert capsys.readouterr().err == says


def test_the_sandbox_command_has_its_own_port_and_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import preo_mcp.sandbox.serve as sandbox

    started: list[tuple[Any, ...]] = []

    def serve(*given: Any) -> None:
        started.append(given)

    monkeypatch.setattr(sandbox, "serve_sandbox", serve)
    cli.main(["sandbox", "serve"])
    cli.main(["sandbox", "serve", "--port", "5", "--data", str(tmp_path), "--seed", "7"])
    cli.main(["sandbox", "serve", "--allow-webhook-host", "a.example", "--allow-webhook-host", "b.example"])
    assert started == [
        (cli.SANDBOX_PORT, None, 1, []),
        (5, tmp_path, 7, []),
        (cli.SANDBOX_PORT, None, 1, ["a.example", "b.example"]),
    ]


def test_tools_are_listed_one_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["tools"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [tool.name for tool in Toolset().listed()]
