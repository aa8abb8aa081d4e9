"""What no tool reads, whatever folder is allowed: own files by any name, hidden ones, keys and secrets."""

import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import MISSING

from preo_mcp.api.errors import ValidationError
from preo_mcp.files import kept_out
from preo_mcp.files.sources import read_source
from preo_mcp.settings import Settings
from tests.door import DECLINE, EDITION, Person, open_door
from tests.files.uploads.received import NONE

SECRET = "s3cret-T0KEN-of-this-account"
TABLE = "Email,SKU\nkirsten@example.org,1\n"
OWN = {
    "state/master.key": {"state_folder": "state"},
    "state/audit.jsonl": {"state_folder": "state"},
    "state/deep/plans.db": {"state_folder": "state"},
    "token.csv": {"token_file": "token.csv"},
    "shared.csv": {"key_file": "shared.csv"},
    "fixed.json": {"corrections": "fixed.json"},
    "log.csv": {"audit_file": "log.csv"},
    "log.csv.2": {"audit_file": "log.csv"},
    "data/preo.db": {"sandbox_data": "data"},
    "data/preo.db-wal": {"sandbox_data": "data"},
    "data/files/imp_1.data": {"sandbox_data": "data"},
}
"""Files of the server, each with the setting that names it."""


@pytest.fixture
def allowed(tmp_path: Path) -> Path:
    folder = (tmp_path / "allowed").resolve()
    (folder / "sub").mkdir(parents=True)
    (folder / "orders.csv").write_text(TABLE)
    return folder


def settings(folder: Path, **places: str) -> Settings:
    given: dict[str, Any] = {name: folder / place for name, place in places.items()}
    given.setdefault("state_folder", folder.parent / "state")
    return Settings(sandbox=True, allowed_folders=(folder,), **given)


async def refusal(given: Settings, path: str | Path) -> str:
    with pytest.raises(ValidationError) as caught:
        await read_source(given, NONE, str(path), MISSING, MISSING, MISSING)
    assert SECRET not in str(caught.value)
    return str(caught.value)


def own_file(allowed: Path, name: str) -> Path:
    file = allowed / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{TABLE}{SECRET}")
    return file


@pytest.mark.parametrize("name", OWN)
async def test_own_files_are_never_read(allowed: Path, name: str) -> None:
    file = own_file(allowed, name)
    given = settings(allowed, **OWN[name])
    for path in (name, file, f"sub/../{name}"):
        assert "keeps for itself" in await refusal(given, path)


@pytest.mark.skipif(os.name != "posix", reason="links need rights on Windows")
@pytest.mark.parametrize("name", OWN)
async def test_nor_by_another_name(allowed: Path, name: str) -> None:
    file = own_file(allowed, name)
    given = settings(allowed, **OWN[name])
    (allowed / "hard.csv").hardlink_to(file)
    (allowed / "soft.csv").symlink_to(file)
    for path in ("hard.csv", "soft.csv"):
        assert "keeps for itself" in await refusal(given, path)


@pytest.mark.skipif(os.name != "posix", reason="links need rights on Windows")
async def test_a_disk_that_takes_any_spelling_leads_no_further(allowed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such a disk has one file by two spellings, and `resolve` keeps the one that was given."""
    own_file(allowed, "state/orders.csv")
    given = settings(allowed, state_folder="state")
    (allowed / "STATE").symlink_to(allowed / "state")

    def unresolved(path: Path, *, strict: bool = False) -> Path:
        return path

    monkeypatch.setattr(Path, "resolve", unresolved)
    assert "keeps for itself" in await refusal(given, allowed / "STATE" / "orders.csv")


async def test_a_file_with_two_names_that_is_none_of_ours_is_read(allowed: Path) -> None:
    own_file(allowed, "state/master.key")
    (allowed / "again.csv").hardlink_to(allowed / "orders.csv")
    source = await read_source(settings(allowed, state_folder="state"), NONE, "again.csv", MISSING, MISSING, MISSING)
    assert source.content == TABLE.encode()


@pytest.mark.parametrize(
    "name",
    [
        ".env",
        ".ssh/config",
        "sub/.git/config",
        ".netrc",
        "server.pem",
        "server.KEY",
        "id_rsa",
        "id_ed25519",
        "ID_ECDSA_SK",
        "credentials",
        "credentials.json",
        "prod.env",
        "store.p12",
    ],
)
async def test_hidden_files_and_keys_are_never_read(allowed: Path, name: str) -> None:
    own_file(allowed, name)
    text = await refusal(settings(allowed), name)
    assert "hidden" in text or "the name of a key" in text


async def test_a_hidden_folder_that_was_allowed_is_read(tmp_path: Path) -> None:
    folder = (tmp_path / ".local" / "exports").resolve()
    folder.mkdir(parents=True)
    (folder / "orders.csv").write_text(TABLE)
    for folders in ((folder,), (tmp_path, folder)):
        given = Settings(sandbox=True, allowed_folders=folders, state_folder=tmp_path / "state")
        source = await read_source(given, NONE, str(folder / "orders.csv"), MISSING, MISSING, MISSING)
        assert source.content == TABLE.encode()


@pytest.mark.parametrize(
    "content",
    [
        SECRET,
        f"{SECRET}\n",
        "whsec_9fQ0yxO0v1gq2a3b4c5d6e7f8a9b\n",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n",
        "note\n-----BEGIN RSA PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\n",
    ],
)
async def test_a_secret_is_known_by_what_it_is(allowed: Path, content: str) -> None:
    (allowed / "notes.txt").write_text(content)
    assert "no tool reads those" in await refusal(settings(allowed), "notes.txt")


@pytest.mark.parametrize("content", ["Email\n", "Email,SKU,Quantity,Price\n", "", "a@example.org\n", "a;b\n1;2\n"])
async def test_small_tables_are_no_secrets(allowed: Path, content: str) -> None:
    (allowed / "small.csv").write_text(content)
    source = await read_source(settings(allowed), NONE, "small.csv", MISSING, MISSING, MISSING)
    assert source.content == content.encode()


def test_a_large_file_of_one_word_is_no_secret() -> None:
    assert kept_out.why_secret(b"a" * 4096, whole=False) is None


async def test_at_the_door_a_token_comes_back_in_no_result(tmp_path: Path) -> None:
    allowed = tmp_path / "allowed"
    allowed.mkdir()
    own_file(allowed, "token.csv")
    (allowed / "copy.txt").write_text(SECRET)
    token_file = allowed / "token.csv"
    async with open_door(
        tmp_path, "auto", Person(DECLINE), allowed_folders=str(allowed), token_file=token_file
    ) as door:
        for name in ("token.csv", "copy.txt"):
            for text in (
                await door.refused("prepare_import", edition_id=EDITION, file_path=name),
                await door.refused("create_data_import", edition_id=EDITION, file_path=name),
                await door.refused("upload_file", organization_id="org_lumina", file_path=name),
            ):
                assert SECRET not in text
