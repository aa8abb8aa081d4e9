"""Where a file may come from, and where not."""

import base64
import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import MISSING

from preo_mcp.api.errors import ValidationError
from preo_mcp.files import sources
from preo_mcp.files.sources import Source, allowed_path, read_source
from preo_mcp.settings import Settings, Transport
from tests.files.uploads.received import NONE

CONTENT = "Email,SKU\nÅse@example.org,1\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An allowed folder with a file, and one with a secret beside it."""
    inside, outside = tmp_path / "exports", tmp_path / "private"
    for place in (inside / "2026", outside):
        place.mkdir(parents=True)
    (inside / "orders.csv").write_text(CONTENT, encoding="utf-8")
    (inside / "2026" / "june.csv").write_text(CONTENT, encoding="utf-8")
    (outside / "secret.csv").write_text("secret", encoding="utf-8")
    return inside


def settings(*folders: Path, transport: Transport = Transport.STDIO) -> Settings:
    return Settings(sandbox=True, allowed_folders=folders, transport=transport)


async def read(given: Settings, **arguments: Any) -> Source:
    names = ("file_path", "text", "file_base64", "file_name")
    return await read_source(given, NONE, *(arguments.get(name, MISSING) for name in names))


async def refusal(given: Settings, **arguments: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        await read(given, **arguments)
    assert "secret" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("path", ["orders.csv", "./orders.csv", "2026/../orders.csv", "2026/june.csv"])
async def test_a_relative_path_starts_in_the_allowed_folder(folder: Path, path: str) -> None:
    assert (await read(settings(folder), file_path=path)).content == CONTENT.encode()


async def test_an_absolute_path_inside_and_a_name_of_its_own(folder: Path) -> None:
    source = await read(settings(folder), file_path=str(folder / "orders.csv"))
    assert source == Source("orders.csv", CONTENT.encode())
    named = await read(settings(folder), file_path=str(folder / "orders.csv"), file_name="shop.csv")
    assert named.name == "shop.csv"


async def test_every_allowed_folder_counts(folder: Path, tmp_path: Path) -> None:
    given = settings(tmp_path / "elsewhere", folder)
    assert (await read(given, file_path=str(folder / "orders.csv"))).content


@pytest.mark.parametrize(
    "path",
    [
        "../private/secret.csv",
        "2026/../../private/secret.csv",
        "{outside}/secret.csv",
        "{inside}/../private/secret.csv",
        "{inside}2/x.csv",
        "..",
        "/",
        "~root/x.csv",
    ],
)
async def test_paths_that_lead_outside(folder: Path, path: str) -> None:
    (folder.parent / "exports2").mkdir()
    (folder.parent / "exports2" / "x.csv").write_text("secret")
    filled = path.format(inside=folder, outside=folder.parent / "private")
    assert "outside the allowed folders" in await refusal(settings(folder), file_path=filled)


@pytest.mark.skipif(os.name != "posix", reason="links need rights on Windows")
async def test_links_are_followed_before_they_are_judged(folder: Path) -> None:
    (folder / "out.csv").symlink_to(folder.parent / "private" / "secret.csv")
    (folder / "up").symlink_to(folder.parent)
    (folder / "in.csv").symlink_to(folder / "orders.csv")
    (folder / "circle.csv").symlink_to(folder / "circle.csv")
    linked = folder.parent / "linked"
    linked.symlink_to(folder)
    for path in ("out.csv", "up/private/secret.csv"):
        assert "outside the allowed folders" in await refusal(settings(folder), file_path=path)
    await refusal(settings(folder), file_path="circle.csv")
    assert (await read(settings(folder), file_path="in.csv")).content == CONTENT.encode()
    assert (await read(settings(linked), file_path=str(linked / "orders.csv"))).content == CONTENT.encode()


@pytest.mark.parametrize("path", ["none.csv", "2026", "", ".", "~nobody_of_this_name/x.csv", "a\0b.csv", "x" * 5000])
async def test_paths_to_nothing(folder: Path, path: str) -> None:
    text = await refusal(settings(folder), file_path=path)
    assert "Check the path with the user." in text or "outside" in text


async def test_the_home_folder_is_known(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    assert (await read(settings(Path("~")), file_path="~/orders.csv")).content == CONTENT.encode()


async def test_without_a_folder_no_path_is_read(folder: Path) -> None:
    text = await refusal(settings(), file_path=str(folder / "orders.csv"))
    assert "--allow-folder" in text


@pytest.mark.parametrize("transport", [Transport.HTTP, Transport.SSE])
def test_over_http_no_path_is_read(folder: Path, transport: Transport) -> None:
    with pytest.raises(ValidationError, match="reads no local paths"):
        allowed_path(settings(folder, transport=transport), str(folder / "orders.csv"))


async def test_text_and_base64(folder: Path) -> None:
    assert await read(settings(), text=CONTENT) == Source("upload.csv", CONTENT.encode())
    encoded = base64.b64encode(b"\x00\xff").decode()
    assert await read(settings(), file_base64=encoded, file_name="x.xlsx") == Source("x.xlsx", b"\x00\xff")


@pytest.mark.parametrize("wrong", ["@@@", "YQ", "YQ==\n", "YQ==YQ==", "æøå"])
async def test_base64_that_is_none(wrong: str) -> None:
    assert "base64" in await refusal(settings(), file_base64=wrong)


@pytest.mark.parametrize(
    ("given", "how_many"),
    [
        ({}, "none"),
        ({"file_name": "x.csv"}, "none"),
        ({"text": "a", "file_base64": "YQ=="}, "several"),
        ({"text": "a", "file_path": "orders.csv"}, "several"),
        ({"text": "a", "file_path": "orders.csv", "file_base64": "YQ=="}, "several"),
    ],
)
async def test_exactly_one_source(folder: Path, given: dict[str, str], how_many: str) -> None:
    assert f"{how_many} of file_path, text and file_base64 is given" in await refusal(settings(folder), **given)


async def test_limits(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = len(CONTENT.encode())
    monkeypatch.setattr(sources, "FILE_LIMIT", size)
    monkeypatch.setattr(sources, "INLINE_LIMIT", size)
    assert (await read(settings(folder), file_path="orders.csv")).content
    assert (await read(settings(), text=CONTENT)).content
    monkeypatch.setattr(sources, "FILE_LIMIT", size - 1)
    monkeypatch.setattr(sources, "INLINE_LIMIT", size - 1)
    assert "larger than" in await refusal(settings(folder), file_path="orders.csv")
    encoded = base64.b64encode(CONTENT.encode()).decode()
    for arguments in ({"text": CONTENT}, {"file_base64": encoded}):
        assert "receive_file asks the user for it" in await refusal(settings(), **arguments)


async def test_text_with_half_a_character() -> None:
    assert "lone surrogate" in await refusal(settings(), text="a\ud800b")
