"""The tools for files at the MCP door."""

import base64
import os
from pathlib import Path
from typing import Any

import pytest

from preo_mcp.sandbox.seed.files import pdf, png
from tests.door import DECLINE, YES, Door, Person
from tests.tools.conftest import OpenServer

POSTER, LOGO = "fil_nordlysposter", "fil_nordlyslogo"
ORGANIZATION = "org_nordlys"
PICTURE = png(4, 5, 6)


async def test_list_and_get(door: Door) -> None:
    listed = await door.done("list_files", organization_id=ORGANIZATION, page_size=2)
    assert (listed["returned"], listed["total"], listed["next"]) == (2, 5, "page=2, page_size=2")
    assert "festival" in listed["available_tags"]
    assert listed["results"][0].keys() <= {"api_id", "file_name", "size", "tags", "file_url", "created_at"}
    [found] = (await door.done("list_files", file_name="PLAKAT", tags="festival"))["results"]
    assert found["api_id"] == POSTER
    poster = await door.done("get_file", file_id=POSTER)
    assert [use["id"] for use in poster["usages"]] == ["edt_nordlys26", "edt_nordlys27"]
    assert "No File" in await door.refused("get_file", file_id="fil_none")
    assert "ordering" in await door.refused("list_files", ordering=["size"])


async def test_upload_from_path_text_and_base64(open_server: OpenServer, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "Kort Ærø.pdf").write_bytes(pdf("Kort"))
    async with open_server(allowed_folders=str(shared)) as door:
        by_path = await door.done("upload_file", organization_id=ORGANIZATION, file_path="Kort Ærø.pdf", tags=["kort"])
        expected = {"file_name": "Kort Ærø.pdf", "content_type": "application/pdf", "tags": ["kort"]}
        assert expected.items() <= by_path.items()
        text = await door.done("upload_file", organization_id=ORGANIZATION, text="å", file_name="a.txt")
        assert (text["size"], text["content_type"]) == (2, "text/plain")
        encoded = base64.b64encode(PICTURE).decode()
        picture = await door.done("upload_file", organization_id=ORGANIZATION, file_base64=encoded, file_name="a.png")
        assert (picture["size"], picture["content_type"]) == (len(PICTURE), "image/png")
        assert "Sandbox" in picture["notes"][0]
        outside = await door.refused("upload_file", organization_id=ORGANIZATION, file_path=str(tmp_path / "x.pdf"))
        assert "outside" in outside


@pytest.mark.skipif(os.name != "posix", reason="links need rights on Windows")
async def test_an_upload_is_of_the_kind_that_the_file_is(open_server: OpenServer, tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "customers.csv").write_text("Email\nx@example.org\n")
    (tmp_path / "shared" / "poster.png").symlink_to("customers.csv")
    async with open_server(allowed_folders=str(tmp_path / "shared")) as door:
        for given in ({"file_path": "customers.csv", "file_name": "a.png"}, {"file_path": "poster.png"}):
            text = await door.refused("upload_file", organization_id=ORGANIZATION, **given)
            assert "a .csv file is none of" in text
        assert (await door.done("list_files", organization_id=ORGANIZATION))["total"] == 5


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"text": "x"}, "file_name"),
        ({"file_base64": "eA=="}, "file_name"),
        ({}, "exactly one"),
        ({"text": "x", "file_base64": "eA==", "file_name": "x.txt"}, "exactly one"),
        ({"file_path": "x.pdf"}, "--allow-folder"),
        ({"file_base64": "?", "file_name": "x.txt"}, "base64"),
        ({"text": "", "file_name": "x.txt"}, "empty"),
        ({"text": "Email\nx@example.org\n", "file_name": "customers.csv"}, "a .csv file is none of"),
        ({"file_base64": "eA==", "file_name": "run.PS1"}, "a .ps1 file is none of"),
        ({"text": "x", "file_name": "Makefile"}, "without a suffix"),
        ({"text": "x", "file_name": "x.txt", "organization_id": "org_none"}, "organization_id"),
        ({"text": "x", "file_name": "x.txt", "tags": ["y" * 51]}, "tags"),
        ({"text": "x", "file_name": "x" * 256 + ".txt"}, "file_name"),
    ],
)
async def test_upload_refused(door: Door, arguments: dict[str, Any], says: str) -> None:
    assert says in await door.refused("upload_file", **{"organization_id": ORGANIZATION, **arguments})
    assert (await door.done("list_files", organization_id=ORGANIZATION))["total"] == 5


async def test_update(door: Door, person: Person) -> None:
    changed = await door.done("update_file", file_id=POSTER, caption="Foto", image_alt_text=None, tags=["a", "b"])
    assert (changed["caption"], changed["tags"]) == ("Foto", ["a", "b"])
    assert "image_alt_text" not in changed
    assert "caption" in await door.refused("update_file", file_id=POSTER, caption="x" * 501)
    assert "No File" in await door.refused("update_file", file_id="fil_none", caption="x")
    assert person.questions == []


async def test_delete_after_a_yes_to_the_facts(door: Door, person: Person) -> None:
    size = (await door.done("get_file", file_id=LOGO))["size"]
    deleted = await door.done("delete_file", file_id=LOGO)
    assert deleted["deleted"] == LOGO
    assert "The host's dialog answered yes." in deleted["notes"][0]
    [question] = person.questions
    assert "File: nordlys-logo.png (fil_nordlyslogo)" in question
    assert f"Size: {size} bytes" in question
    assert "Used by: nothing" in question
    assert "No File" in await door.refused("get_file", file_id=LOGO)
    assert "No File" in await door.refused("delete_file", file_id=LOGO)


async def test_what_is_in_use_is_refused_before_anybody_is_asked(door: Door, person: Person) -> None:
    refused = await door.refused("delete_file", file_id=POSTER)
    assert "Nordlys Festival – Aarhus" in refused
    assert "edt_nordlys27" in refused
    assert "force=true" in refused
    assert person.questions == []
    await door.done("delete_file", file_id=POSTER, force=True)
    assert "Use: edition “Nordlys Festival – Aarhus” (edt_nordlys26)" in person.questions[0]
    assert "meta_image_id" not in await door.done("get_edition", edition_id="edt_nordlys26")


async def test_nothing_is_deleted_after_a_decline(open_server: OpenServer) -> None:
    async with open_server(Person(DECLINE)) as door:
        before = await door.done("get_file", file_id=LOGO)
        await door.refused("delete_file", file_id=LOGO)
        await door.refused("delete_file", file_id=POSTER, force=True)
        assert await door.done("get_file", file_id=LOGO) == before
        assert (await door.done("list_files"))["total"] == 7


async def test_roles(open_server: OpenServer) -> None:
    async with open_server(Person(YES), sandbox_token="sandbox-staff") as door:
        for tool, arguments in (
            ("upload_file", {"organization_id": ORGANIZATION, "text": "x", "file_name": "x.txt"}),
            ("update_file", {"file_id": LOGO, "caption": "x"}),
            ("delete_file", {"file_id": LOGO}),
        ):
            assert "manager or admin" in await door.refused(tool, **arguments)
