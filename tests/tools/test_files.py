"""The tools for files at the MCP door."""

import base64
import os
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from preo_mcp.approval.commit import CHANGED_BESIDE
from preo_mcp.approval.ledgers.ledger import take
from preo_mcp.approval.plans import approved
from preo_mcp.sandbox.seed.files import pdf, png
from preo_mcp.settings import Way
from tests.door import DECLINE, YES, Door, Person
from tests.tools.conftest import OpenServer

POSTER, LOGO = "fil_nordlysposter", "fil_nordlyslogo"
ORGANIZATION = "org_nordlys"
PICTURE = png(4, 5, 6)


async def test_list_and_get(door: Door) -> None:
    listed = await door.done("list_files", organization_id=ORGANIZATION, page_size=2)
    assert (listed["returned"], listed["total"], listed["next"]) == (2, 5, "page=2, page_size=2")
    assert "festival" in listed["available_tags"]
    assert listed["results"][0].keys() <= {"file_id", "file_name", "size", "tags", "file_url", "created_at"}
    [found] = (await door.done("list_files", file_name="PLAKAT", tags="festival"))["results"]
    assert found["file_id"] == POSTER
    assert (await door.done("list_files", search="festival plakat"))["looked_through"] == "all 7"
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
        assert "Sandbox" in picture["notes"][-1]
        outside = await door.refused("upload_file", organization_id=ORGANIZATION, file_path=str(tmp_path / "x.pdf"))
        assert "outside" in outside


GUESTS = b"Name,Email\nKirsten Holm,kirsten@example.org\n"
ASKED = "which is neither an image nor a document?"


async def test_of_any_other_file_a_person_is_asked(open_server: OpenServer, tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    table = tmp_path / "shared" / "guests.csv"
    table.write_bytes(GUESTS)
    person = Person(DECLINE, YES)
    call = {"organization_id": ORGANIZATION, "file_path": "guests.csv"}
    async with open_server(person, allowed_folders=str(tmp_path / "shared")) as door:
        await door.refused("upload_file", **call)
        assert (await door.done("list_files", organization_id=ORGANIZATION))["total"] == 5
        uploaded = await door.done("upload_file", **{**call, "tags": ["guests"]})
        assert (uploaded["file_name"], uploaded["size"]) == ("guests.csv", len(GUESTS))
    for line in (
        f"Upload “guests.csv”, {ASKED}",
        "Kind: “.csv”",
        f"Size: {len(GUESTS)} bytes",
        "Who can fetch it: everybody who has its address in Preo, without a password",
        f"From: “{table}”",
        "Organization: “Nordlys Festival ApS” (org_nordlys)",
    ):
        assert line.replace("“", "").replace("”", "") in person.questions[0].replace("“", "").replace("”", ""), line


@pytest.mark.skipif(os.name != "posix", reason="links need rights on Windows")
async def test_a_file_is_told_by_its_own_name(open_server: OpenServer, tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "customers.csv").write_bytes(GUESTS)
    (tmp_path / "shared" / "poster.png").symlink_to("customers.csv")
    person = Person(DECLINE, DECLINE)
    async with open_server(person, allowed_folders=str(tmp_path / "shared")) as door:
        for given in ({"file_path": "customers.csv", "file_name": "a.png"}, {"file_path": "poster.png"}):
            await door.refused("upload_file", organization_id=ORGANIZATION, **given)
        assert (await door.done("list_files", organization_id=ORGANIZATION))["total"] == 5
    assert len(person.questions) == 2
    assert "Kind: “.csv”, “.png”" in person.questions[0]


async def test_a_yes_is_one_to_the_content(open_server: OpenServer, tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    table = tmp_path / "shared" / "guests.csv"
    table.write_bytes(GUESTS)
    call = {"organization_id": ORGANIZATION, "file_path": "guests.csv"}
    async with open_server(allowed_folders=str(tmp_path / "shared")) as door:
        plan_id = await door.waiting("upload_file", **call)
        rails = door.backend.guardrails
        plan = await rails.ledger.get(plan_id)
        assert plan is not None
        now = rails.timing.now()
        await take(rails.ledger, plan_id, lambda one: approved(one, plan.digest, plan.figures, Way.TERMINAL, now))
        table.write_bytes(GUESTS.replace(b"Holm", b"Hohm"))  # as long as before
        assert await door.waiting("upload_file", **call) == plan_id
        assert (await door.done("list_files", organization_id=ORGANIZATION))["total"] == 5


async def test_a_file_that_became_another_while_it_was_sent_is_told(
    open_server: OpenServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shared").mkdir()
    table = tmp_path / "shared" / "guests.csv"
    table.write_bytes(GUESTS)

    async with open_server(Person(YES), allowed_folders=str(tmp_path / "shared")) as door:
        await door.done("list_editions")  # the way to the API is there from the first call on
        transport: httpx.AsyncBaseTransport = vars(await door.backend.client())["_transport"]
        send = transport.handle_async_request

        async def changed(request: httpx.Request) -> httpx.Response:
            if request.method == "POST":
                table.write_bytes(GUESTS * 2)
            return await send(request)

        monkeypatch.setattr(transport, "handle_async_request", changed)
        result = await door.done("upload_file", organization_id=ORGANIZATION, file_path="guests.csv")
    assert CHANGED_BESIDE in " ".join(result["notes"])


async def test_an_upload_that_nobody_is_asked_about_keeps_no_other_write_waiting(door: Door) -> None:
    rails = door.backend.guardrails
    await door.done("list_editions")
    await door.done("update_file", file_id=LOGO, caption="x")  # from now on it is known whose account it is
    async with rails.lease():
        with anyio.fail_after(5):
            await door.done("upload_file", organization_id=ORGANIZATION, text="å", file_name="a.txt")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"text": "x"}, "file_name"),
        ({"file_base64": "eA=="}, "file_name"),
        ({}, "exactly one"),
        ({"text": "x", "file_base64": "eA==", "file_name": "x.txt"}, "exactly one"),
        ({"file_path": "x.pdf"}, "--allow-folder"),
        ({"file_base64": "?", "file_name": "x.txt"}, "base64"),
        ({"text": "", "file_name": "x.txt"}, "none of file_path"),
        ({"text": "-----BEGIN PRIVATE KEY-----", "file_name": "x.txt"}, "private key"),
        ({"text": "sandbox-manager-1", "file_name": "x.bin"}, "one word"),
        ({"text": "x", "file_name": "x.txt", "organization_id": "org_none"}, "organization_id"),
        ({"text": "x", "file_name": "x.txt", "tags": ["y" * 51]}, "tags"),
        ({"text": "x", "file_name": "x" * 256 + ".txt"}, "file_name"),
    ],
)
async def test_upload_refused(door: Door, arguments: dict[str, Any], says: str) -> None:
    assert says in await door.refused("upload_file", **{"organization_id": ORGANIZATION, **arguments})
    assert (await door.done("list_files", organization_id=ORGANIZATION))["total"] == 5


@pytest.mark.parametrize("name", ["customers.csv", "run.PS1", "Makefile", "poster.png.html"])
async def test_what_comes_without_a_file_is_asked_about_too(door: Door, person: Person, name: str) -> None:
    await door.done("upload_file", organization_id=ORGANIZATION, text="Email\nx@example.org\n", file_name=name)
    [question] = person.questions
    assert ASKED in question
    assert "From: the assistant, not from a file" in question


async def test_update(door: Door, person: Person) -> None:
    changed = await door.done("update_file", file_id=POSTER, caption="Foto", clear=["image_alt_text"], tags=["a", "b"])
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
