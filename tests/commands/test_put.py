"""`preo-mcp put`: a file handed over in a terminal, and what is told of one that may not be."""

import os
import subprocess
import sys
from pathlib import Path

import anyio
import pytest

from preo_mcp.cli import main
from preo_mcp.commands import put as command
from preo_mcp.files.uploads.upload import UPLOAD_ID
from tests.door import EDITION, ORDERS, open_door


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "state"
    monkeypatch.setenv("PREO_STATE_FOLDER", str(folder))
    return folder


def left(state: Path) -> list[str]:
    return [path.name for path in (state / "uploads").iterdir() if path.name != "lock"] if state.exists() else []


def refused(capsys: pytest.CaptureFixture[str], path: Path) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["put", str(path)])
    assert ended.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.split(" · ")) == 3
    return err


def test_what_is_put_is_a_source_of_a_server(tmp_path: Path, state: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(ORDERS, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "preo_mcp", "put", str(file)], capture_output=True, text=True, check=True
    )
    upload = done.stdout.strip()
    assert UPLOAD_ID.fullmatch(upload)
    assert "orders.csv is kept for a day" in done.stderr
    assert "\r" not in done.stderr, "nobody looks at it"

    async def prepared() -> str:
        async with open_door(tmp_path / "door", "auto", state_folder=state) as door:
            found = await door.done("receive_file", upload=upload)
            assert found["file_name"] == "orders.csv"
            return (await door.done("prepare_import", edition_id=EDITION, source=upload))["source"]

    assert anyio.run(prepared).startswith("src_")


def test_progress_is_shown_in_a_terminal(
    tmp_path: Path, state: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(ORDERS + "\n" * 3_000_000, encoding="utf-8")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    main(["put", str(file)])
    err = capsys.readouterr().err
    assert err.count("\r") == 3
    assert "100%\n" in err


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("empty.csv", b"", "the file is empty"),
        ("id_rsa", b"x,y\n", "that of a key"),
        (".hidden.csv", b"x,y\n", "that of a key"),
        ("token.txt", b"sk_live_4242424242424242", "looks like a secret"),
    ],
)
def test_what_may_not_be_kept(
    tmp_path: Path, state: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes, why: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    assert why in refused(capsys, file)
    assert left(state) == []


def test_what_is_no_file(tmp_path: Path, state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "is no file" in refused(capsys, tmp_path)
    assert "is no file" in refused(capsys, tmp_path / "none.csv")
    if os.name == "posix":
        os.mkfifo(tmp_path / "pipe")
        assert "is no file" in refused(capsys, tmp_path / "pipe")
    assert left(state) == []


def test_a_file_that_shrinks_leaves_nothing(
    tmp_path: Path, state: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(ORDERS * 50_000, encoding="utf-8")

    def shrinks(_name: str, received: int, _size: int) -> None:
        os.truncate(file, received)

    monkeypatch.setattr(command, "_tell", shrinks)
    assert "the file changed meanwhile" in refused(capsys, file)
    assert left(state) == []
