"""A file that has no path: asked for, put in on the page, prepared and uploaded, over both eras."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from tests.door import EDITION, ERAS, ORDERS, Door, Era, open_door, text_of
from tests.files.uploads.received import Received, opened, put_in
from tests.receiving.by_hand import Opened


@pytest.fixture(params=ERAS)
async def door(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Door]:
    era: Era = request.param
    async with open_door(tmp_path, era) as made:
        yield made


@pytest.fixture
async def http() -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as client:
        yield client


async def test_from_the_page_to_a_prepared_import(door: Door, http: httpx.AsyncClient) -> None:
    asked = await door.done("receive_file")
    assert asked["state"] == "waiting"
    assert "The card" not in asked["next_step"]
    assert "preo-mcp put FILE" in asked["next_step"]
    assert await door.refused("prepare_import", edition_id=EDITION, source=asked["upload"])
    page = await Opened.at(http, asked["next_step"])
    shown = await page.put_in(ORDERS.encode())
    assert (shown["state"], shown["name"], shown["look"]["no_table"]) == ("complete", "orders.csv", None)
    assert [column["heading"] for column in shown["look"]["columns"]][:2] == ["Order ID", "Email"]

    found = await door.done("receive_file", upload=asked["upload"])
    assert (found["state"], found["file_name"], found["size"]) == ("complete", "orders.csv", len(ORDERS))
    assert found["columns"][1] == {
        "column": "Email",
        "column_type": "customer_email",
        "samples": "kirsten@example.org · kirsten@example.org · jens@example.org",
    }
    first = await door.done("prepare_import", edition_id=EDITION, source=asked["upload"])
    assert first["source"].startswith("src_")
    again = await door.done("prepare_import", source=asked["upload"], settle=["products: keep"])
    assert again["source"] == first["source"], "the upload stands for what was read of it"
    assert again["stage"] == "needs_product_mapping"
    assert [one["key"] for one in again["decisions"]] == ["products"]


async def test_a_picture_is_uploaded_by_its_id(door: Door, http: httpx.AsyncClient) -> None:
    asked = await door.done("receive_file")
    page = await Opened.at(http, asked["next_step"])
    await page.put_in(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "poster.png")
    found = await door.done("receive_file", upload=asked["upload"])
    assert found["no_table"] == "its content is a picture"
    assert "prepare_import" not in found["next_step"]
    file = await door.done("upload_file", organization_id="org_nordlys", file_path=asked["upload"])
    assert file["file_name"] == "poster.png"


async def test_a_person_is_asked_about_a_table_whatever_the_call_names_it(door: Door, http: httpx.AsyncClient) -> None:
    asked = await door.done("receive_file")
    page = await Opened.at(http, asked["next_step"])
    await page.put_in(ORDERS.encode(), "customers.csv")
    arguments = {"organization_id": "org_nordlys", "file_path": asked["upload"], "file_name": "poster.png"}
    told = text_of(await door.call("upload_file", **arguments))
    assert "a person has to approve it" in told
    assert "put in by hand" in told
    assert ".csv" in told


async def test_a_call_waits_for_the_file(tmp_path: Path, http: httpx.AsyncClient) -> None:
    async with open_door(tmp_path, "auto", approval_wait=20) as door:
        asked = await door.backend.receiver.uploads.ask()
        address = await door.backend.receiver.address(asked.id)
        found: list[dict[str, Any]] = []

        async def wait() -> None:
            found.append(await door.done("receive_file", upload=asked.id))

        page = await Opened.at(http, address)
        with anyio.fail_after(10):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(wait)
                await page.put_in(ORDERS.encode())
        assert found[0]["state"] == "complete"


async def test_masked_settings_mask_what_was_read(tmp_path: Path, http: httpx.AsyncClient) -> None:
    async with open_door(tmp_path, "auto", privacy="mask") as door:
        asked = await door.done("receive_file")
        page = await Opened.at(http, asked["next_step"])
        shown = await page.put_in(ORDERS.encode())
        assert "Kirsten Holm" in str(shown), "a person sees their file as it is"
        told = text_of(await door.call("receive_file", upload=asked["upload"]))
        assert "kirsten" not in told.casefold()
        assert "NF-PARK" in told


async def test_a_start_removes_what_an_earlier_process_left(tmp_path: Path) -> None:
    state = tmp_path / "state"
    async with open_door(tmp_path, "auto", state_folder=state) as door:
        door.backend.sweep_uploads()
        assert "uploads" not in vars(door.backend), "nothing was left: nothing is looked for"
    earlier = Received(state, datetime.now(UTC) - timedelta(days=2))
    await put_in(earlier.of(), ORDERS.encode())
    upload_id, session = await opened(earlier.of())
    await earlier.of().start(upload_id, session, "orders.csv", 10)
    await earlier.of().put(upload_id, session, 0, b"Order")
    assert len(earlier.files()) == 4
    async with open_door(tmp_path, "auto", state_folder=state) as door:
        door.backend.sweep_uploads()
        with anyio.fail_after(5):
            while earlier.files():
                await anyio.lowlevel.checkpoint()


async def test_what_is_no_upload_is_refused(door: Door) -> None:
    unknown = "upl_" + "0" * 24
    assert "there is no such upload" in await door.refused("receive_file", upload=unknown)
    assert "there is no such upload" in await door.refused("prepare_import", edition_id=EDITION, source=unknown)
    for arguments in ({"file_path": unknown}, {"file_path": "upl_1"}):
        assert await door.refused("upload_file", organization_id="org_nordlys", **arguments)
