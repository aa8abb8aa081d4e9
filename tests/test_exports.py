"""Exports are new files in allowed folders, whole or not there."""

import io
from pathlib import Path
from typing import Any

import pytest

from preo_mcp.errors import PreoError, ValidationError
from preo_mcp.exports import new_export, save
from preo_mcp.settings import Settings


def settings(**flags: Any) -> Settings:
    return Settings.load({}, {"sandbox": True, **flags})


def test_a_new_file_in_an_allowed_folder(tmp_path: Path) -> None:
    allowed = settings(allowed_folders=(tmp_path,))
    assert new_export(allowed, "people.CSV", ".csv") == tmp_path / "people.CSV"
    for save_to, says in (("people", "does not end in .csv"), ("../x.csv", "outside"), ("no/x.csv", "does not exist")):
        with pytest.raises(ValidationError, match=says) as caught:
            new_export(allowed, save_to, ".csv")
        assert str(caught.value).startswith("The export was not saved · ")


def test_a_server_over_http_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="Leave save_to out"):
        new_export(settings(allowed_folders=(tmp_path,), transport="http"), "x.csv", ".csv")


async def test_saving(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    await save(path, "\ufeffid,name\r\n1,Søren\r\n")
    assert path.read_bytes() == "\ufeffid,name\r\n1,Søren\r\n".encode()
    with pytest.raises(PreoError, match="FileExistsError"):
        await save(path, "other")
    assert path.read_bytes().endswith(b"\r\n")


async def test_a_file_that_cannot_be_written_whole_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError("no space left")

    def opened(self: Path, *_: Any, **options: Any) -> Full:
        self.touch()
        return Full()

    monkeypatch.setattr(Path, "open", opened)
    path = tmp_path / "x.csv"
    with pytest.raises(PreoError, match="OSError"):
        await save(path, "text")
    assert not path.exists()
