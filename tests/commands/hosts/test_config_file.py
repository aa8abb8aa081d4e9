"""A host's file is replaced whole at once, as what it is; what cannot be is refused, and nothing is written."""

import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from preo_mcp.api.errors import ConfigurationError
from preo_mcp.commands.hosts import config_file
from preo_mcp.commands.hosts.config_file import ConfigFile

needs_modes = pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")


def now() -> datetime:
    return datetime(2026, 12, 1, 8, 30, tzinfo=UTC)


def test_it_is_replaced_and_a_copy_of_its_owner_alone_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(b"\xef\xbb\xbf{}\r\n")
    path.chmod(0o644)
    copy = ConfigFile.read(path).replace("\ufeff{1}\r\n", now)
    assert path.read_bytes() == b"\xef\xbb\xbf{1}\r\n"
    assert copy == tmp_path / "settings.json.before-preo-20261201-083000"
    assert copy is not None
    assert copy.read_bytes() == b"\xef\xbb\xbf{}\r\n"
    second = ConfigFile.read(path).replace("{2}", now)
    assert second == tmp_path / "settings.json.before-preo-20261201-083000-1"
    assert second is not None
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted([path.name, copy.name, second.name])
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o644
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_one_that_is_not_there_is_made_with_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "deeper" / "mcp.json"
    assert ConfigFile.read(path).text == ""
    assert ConfigFile.read(path).replace("{}") is None
    assert path.read_text(encoding="utf-8") == "{}"


def test_a_link_is_written_through_and_stays(tmp_path: Path) -> None:
    real, link = tmp_path / "dotfiles" / "mcp.json", tmp_path / "mcp.json"
    real.parent.mkdir()
    link.symlink_to(Path("dotfiles") / "mcp.json")
    ConfigFile.read(link).replace("{}")  # the link leads to a file that is not there yet
    copy = ConfigFile.read(link).replace("{1}")
    assert link.is_symlink()
    assert real.read_text(encoding="utf-8") == "{1}"
    assert copy is not None
    assert copy.parent == real.parent


def test_a_file_with_several_names_stays_one_file(tmp_path: Path) -> None:
    path, other = tmp_path / "mcp.json", tmp_path / "kept in dotfiles.json"
    path.write_text("{1}", encoding="utf-8")
    other.hardlink_to(path)
    ConfigFile.read(path).replace("{2}")
    assert path.samefile(other)
    assert other.read_text(encoding="utf-8") == "{2}"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root gives a file away")
def test_another_owner_stays_the_owner(tmp_path: Path) -> None:
    path = tmp_path / "mcp.json"
    path.write_text("{1}", encoding="utf-8")
    path.chmod(0o640)
    os.chown(path, 12345, 54321)
    ConfigFile.read(path).replace("{2}")
    status = path.stat()
    assert (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == (12345, 54321, 0o640)


def refused(path: Path, says: str) -> None:
    before = path.read_bytes() if path.is_file() else None
    names = sorted(one.name for one in path.parent.iterdir())
    with pytest.raises(ConfigurationError, match=says) as caught:
        ConfigFile.read(path).replace(f"{ConfigFile.read(path).text}!")
    assert str(path) in str(caught.value)
    assert (path.read_bytes() if path.is_file() else None) == before
    assert sorted(one.name for one in path.parent.iterdir()) == names


def test_what_is_no_file_or_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    refused(tmp_path / "folder", "it is not a file")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    refused(tmp_path / "circle", "it cannot be read")
    (tmp_path / "utf16.json").write_bytes("{}".encode("utf-16"))
    refused(tmp_path / "utf16.json", "it is not UTF-8")


@needs_modes
def test_what_is_read_only_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "mcp.json"
    path.write_text("{1}", encoding="utf-8")
    path.chmod(0o444)
    refused(path, "it is read-only")


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mcp.json"
    path.write_text("{1}", encoding="utf-8")

    def no(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(config_file, "open_private", no)
    refused(path, r"it cannot be written \(Permission denied\)")


def test_a_disk_that_fills_up_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mcp.json"
    path.write_text("{1}", encoding="utf-8")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(config_file.os, "fsync", full)
    refused(path, "No space left on device")


@pytest.mark.parametrize("others", [b"{changed}", None])
def test_what_somebody_else_wrote_meanwhile_is_not_overwritten(tmp_path: Path, others: bytes | None) -> None:
    path = tmp_path / "mcp.json"
    path.write_text("{1}", encoding="utf-8")
    file = ConfigFile.read(path)
    path.unlink()
    if others is not None:
        path.write_bytes(others)
    with pytest.raises(ConfigurationError, match="something else changed it"):
        file.replace("{2}")
    assert (path.read_bytes() if path.exists() else None) == others
    assert len(list(tmp_path.iterdir())) == (others is not None)


def test_a_file_that_appeared_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "mcp.json"
    file = ConfigFile.read(path)
    path.write_text("{other}", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="something else changed it"):
        file.replace("{2}")
    with pytest.raises(ConfigurationError, match="something else changed it"):
        file.remove()
    assert path.read_text(encoding="utf-8") == "{other}"
