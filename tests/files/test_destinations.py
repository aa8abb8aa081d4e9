"""Files that results are saved to: new ones, in allowed folders, on this machine's own server."""

import io
import os
import sys
from pathlib import Path

import pytest

from preo_mcp.api.errors import ValidationError
from preo_mcp.files.destinations import destination, save
from preo_mcp.files.secret_files import secret_path
from preo_mcp.settings import Settings
from tests.door import open_door


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    folder = tmp_path.resolve() / "shared"
    (folder / "inner").mkdir(parents=True)
    (tmp_path / "secret").mkdir()
    return folder


def settings(folder: Path | None, **flags: object) -> Settings:
    allowed = {} if folder is None else {"allowed_folders": str(folder)}
    return Settings.load({}, {"sandbox": True, **allowed, **flags})


async def save_file(allowed: Settings, save_to: str, suffix: str, content: bytes) -> Path:
    path = destination(allowed, save_to, suffix)
    await save(path, content)
    return path


@pytest.mark.parametrize("name", ["a.csv", "inner/b.CSV"])
async def test_saved(shared: Path, name: str) -> None:
    for path in (name, str(shared / f"{name[:-4]}2.csv")):
        real = await save_file(settings(shared), path, ".csv", b"x")
        assert real.read_bytes() == b"x"
        assert real.is_relative_to(shared)


@pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX")
async def test_what_is_saved_is_its_owners_alone(shared: Path) -> None:
    real = await save_file(settings(shared), "customers.csv", ".csv", b"x")
    assert real.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("../secret/x.csv", "outside"),
        ("x.exe", "does not end"),
        ("there.csv", "overwritten"),
        ("nowhere/x.csv", "folder that exists"),
        ("x\0.csv", ""),
        (".hidden.csv", "hidden"),
        ("inner/.hidden/x.csv", ""),
    ],
)
async def test_refused(shared: Path, path: str, says: str) -> None:
    (shared / "there.csv").write_bytes(b"old")
    with pytest.raises(ValidationError) as caught:
        await save_file(settings(shared), path, ".csv", b"new")
    assert says in str(caught.value)
    assert (shared / "there.csv").read_bytes() == b"old"
    assert list((shared.parent / "secret").iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
@pytest.mark.parametrize("target", ["secret/x.csv", "secret"])
async def test_links_lead_nowhere(shared: Path, target: str) -> None:
    (shared / "link.csv").symlink_to(shared.parent / target)
    path = "link.csv" if target.endswith("csv") else "link.csv/x.csv"
    with pytest.raises(ValidationError):
        await save_file(settings(shared), path, ".csv", b"new")
    assert list((shared.parent / "secret").iterdir()) == []


async def test_only_where_allowed(shared: Path) -> None:
    with pytest.raises(ValidationError, match="no folder is allowed"):
        await save_file(settings(None), "x.csv", ".csv", b"")
    with pytest.raises(ValidationError, match="over HTTP"):
        await save_file(settings(shared, transport="http"), "x.csv", ".csv", b"")


async def test_reading_only_writes_no_file(shared: Path) -> None:
    reading = settings(shared, read_only=True)
    for make in (lambda: destination(reading, "x.csv", ".csv"), lambda: secret_path(reading, "secret.txt")):
        with pytest.raises(ValidationError, match="reading only"):
            make()


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("export_segment_users", {"segment_id": "seg_elbklang_regulars", "save_to": "customers.csv"}),
        ("preview_email", {"email_message_id": "eml_elbklang_news", "save_to": "mail.html"}),
    ],
)
async def test_no_tool_saves_while_reading_only(tmp_path: Path, tool: str, arguments: dict[str, str]) -> None:
    (tmp_path / "shared").mkdir()
    async with open_door(tmp_path, "auto", read_only=True, allowed_folders=str(tmp_path / "shared")) as door:
        assert "PREO_READ_ONLY" in await door.refused(tool, **arguments)
    assert list((tmp_path / "shared").iterdir()) == []


async def test_a_file_that_cannot_be_written_whole_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.BytesIO):
        def write(self, _: object) -> int:
            raise OSError("no space left")

    def opened(descriptor: int, _: str) -> Full:
        os.close(descriptor)
        return Full()

    monkeypatch.setattr(os, "fdopen", opened)
    path = tmp_path / "x.csv"
    with pytest.raises(ValidationError, match="OSError"):
        await save(path, b"text")
    assert not path.exists()
