"""The key of a user's preo-mcp: made once, for its owner alone, whoever starts at the same moment."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from preo_mcp.api.errors import ConfigurationError
from preo_mcp.files.keys import KEY_BYTES, KEY_FILE, Keys

posix = pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX")
not_root = pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root may write everywhere")


def refused(folder: Path) -> str:
    with pytest.raises(ConfigurationError) as caught:
        Keys.load(folder)
    text = str(caught.value)
    assert len(text.split(" · ")) == 3
    assert "PREO_STATE_FOLDER" in text
    return text


def test_a_key_is_made_once_and_kept(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "state"
    first = Keys.load(folder)
    assert [file.name for file in folder.iterdir()] == [KEY_FILE]
    again = Keys.load(folder)
    assert first.derived("state") == again.derived("state")
    assert first.digest("audit", "kirsten@example.org") == again.digest("audit", "kirsten@example.org")
    assert Keys.load(tmp_path / "other").derived("state") != first.derived("state")


def test_purposes_and_texts_are_told_apart() -> None:
    keys = Keys(bytes(KEY_BYTES))
    assert len(keys.derived("state")) == 32
    assert keys.derived("state") != keys.derived("audit")
    digest = keys.digest("audit", "+45 20 12 34 56")
    assert len(digest) == 16
    assert set(digest) <= set("0123456789abcdef")
    assert len({digest, keys.digest("audit", "+45 20 12 34 57"), keys.digest("plan", "+45 20 12 34 56")}) == 3
    assert keys.digest("audit", "\ud800")


def test_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    together = Barrier(8)

    def load(_: int) -> bytes:
        together.wait()
        return Keys.load(tmp_path / "state").derived("state")

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(load, range(8)))) == 1
    assert [file.name for file in (tmp_path / "state").iterdir()] == [KEY_FILE]


@posix
def test_what_is_made_is_its_owners_alone(tmp_path: Path) -> None:
    Keys.load(tmp_path / "state")
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "state" / KEY_FILE).stat().st_mode & 0o777 == 0o600


@posix
@pytest.mark.parametrize("mode", [0o755, 0o750, 0o701, 0o770])
def test_a_folder_that_others_may_enter_holds_no_key(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "state"
    Keys.load(folder)
    folder.chmod(mode)
    assert f"chmod 700 {folder}" in refused(folder)
    folder.chmod(0o700)
    Keys.load(folder)


@posix
def test_a_key_that_others_can_read_is_no_key(tmp_path: Path) -> None:
    Keys.load(tmp_path)
    (tmp_path / KEY_FILE).chmod(0o640)
    assert "other users" in refused(tmp_path)


@posix
def test_a_link_or_a_pipe_is_no_key(tmp_path: Path) -> None:
    Keys.load(tmp_path / "elsewhere")
    (tmp_path / KEY_FILE).symlink_to(tmp_path / "elsewhere" / KEY_FILE)
    assert "it is a link" in refused(tmp_path)
    (tmp_path / KEY_FILE).unlink()
    os.mkfifo(tmp_path / KEY_FILE, 0o600)
    assert "it is not a file" in refused(tmp_path)


@pytest.mark.parametrize("content", [b"", b"x" * 31, b"x" * 33])
def test_a_damaged_key_is_refused_rather_than_replaced(tmp_path: Path, content: bytes) -> None:
    Keys.load(tmp_path)
    (tmp_path / KEY_FILE).write_bytes(content)
    assert "holds no key" in refused(tmp_path)
    assert (tmp_path / KEY_FILE).read_bytes() == content


def test_a_folder_that_cannot_be_made_says_what_to_set(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot be read or made" in refused(tmp_path / "file" / "state")


@posix
@not_root
def test_a_folder_that_cannot_be_written_says_what_to_set(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert "cannot be read or made" in refused(tmp_path)


def given(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    path.chmod(0o600)
    return path


def test_a_given_key_is_bytes_or_hexadecimal_and_may_be_behind_a_link(tmp_path: Path) -> None:
    master = bytes(range(KEY_BYTES))
    wanted = Keys(master).derived("state")
    for number, content in enumerate((master, master.hex().encode(), f"{master.hex().upper()}\r\n".encode())):
        assert Keys.given(given(tmp_path / str(number), content)).derived("state") == wanted
    (tmp_path / "link").symlink_to(tmp_path / "0")
    assert Keys.given(tmp_path / "link").derived("state") == wanted


@pytest.mark.parametrize("content", [b"", b"short", b"5a" * 31, b"5a" * 33, b"5g" * 32, b"k" * 33, b"k" * 4096])
def test_what_is_given_and_no_key_is_refused_without_a_word_of_it(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ConfigurationError, match="holds no key") as caught:
        Keys.given(given(tmp_path / "shared", content))
    assert "openssl rand -hex 32" in str(caught.value)
    assert not content or content.decode() not in str(caught.value)


@posix
def test_a_given_key_is_not_made_and_is_its_owners_alone(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot be read .*PREO_KEY_FILE"):
        Keys.given(tmp_path / "shared")
    assert not [*tmp_path.iterdir()]
    given(tmp_path / "shared", bytes(KEY_BYTES)).chmod(0o640)
    with pytest.raises(ConfigurationError, match=r"other users .*chmod 600"):
        Keys.given(tmp_path / "shared")
