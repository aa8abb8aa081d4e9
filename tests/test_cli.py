"""The command line: its flags become settings, its failures explanations."""

from pathlib import Path
from typing import Any

import pytest

from preo_mcp import __version__, cli, serving
from preo_mcp.errors import ConfigurationError
from preo_mcp.settings import Settings, Transport
from preo_mcp.toolset import Toolset
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
    [(["--transport", "pigeon"], 2), (["--port", "x"], 2), (["sandbox"], 2), (["nonsense"], 2), (["--help"], 0)],
)
def test_what_the_parser_answers(arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of(*arguments) == code
    assert "usage: preo-mcp" in "".join(capsys.readouterr())


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
