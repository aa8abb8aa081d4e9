"""The backend opens what it needs when it is needed, and once; a call's answer is a model or an explained error."""

import logging
import math
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from preo_mcp.api.operations import LIST_DATA_IMPORTS
from preo_mcp.backend import Backend, Factories
from preo_mcp.settings import Settings
from tests.door import EDITION, ORDERS, TOKEN, Door, Era, open_door

SANDBOX = Settings.load({}, {"sandbox": True})


async def test_nothing_is_opened_before_the_first_call() -> None:
    opened: list[int] = []

    @asynccontextmanager
    async def connect(*_: Any) -> AsyncGenerator[Any]:
        opened.append(1)
        await anyio.lowlevel.checkpoint()
        yield object()

    async with Backend.opened(SANDBOX, Factories(connect)) as backend:
        assert opened == []
        clients: list[object] = []

        async def first() -> None:
            clients.append(await backend.client())

        async with anyio.create_task_group() as tasks:
            for _ in range(10):
                tasks.start_soon(first)
    assert opened == [1]
    assert len(set(map(id, clients))) == 1


async def test_what_was_opened_is_closed_at_the_end(tmp_path: Path) -> None:
    async with open_door(tmp_path / "sandbox", "legacy") as door:
        client = await door.backend.client()
        await client.send(LIST_DATA_IMPORTS)
    with pytest.raises(RuntimeError, match="closed"):
        await client.send(LIST_DATA_IMPORTS)


def test_the_token_is_in_no_representation() -> None:
    settings = Settings.load({"PREO_TOKEN": TOKEN}, {})

    async def look() -> str:
        async with Backend.opened(settings) as backend:
            client = await backend.client()
            return f"{backend!r}{backend.settings!r}{client!r}{vars(client)!r}"

    assert TOKEN not in anyio.run(look)


def answering(status: int, json: Any = None, **more: Any) -> Callable[[httpx.Request], httpx.Response]:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(status, json=json, **more)

    return answer


@pytest.mark.parametrize("era", ["legacy", "auto"])
async def test_fields_of_a_newer_api_are_passed_on(tmp_path: Path, era: Era) -> None:
    newer = {"id": "imp_1", "stage": "completed", "mood": "good", "notes": "theirs", "edition": None, "extra": [None]}
    async with open_door(tmp_path, era, api=answering(200, newer)) as door:
        shown = await door.call("get_data_import", import_id="imp_1")
    assert not shown.is_error
    assert (shown.structured_content or {})["mood"] == "good"
    assert (shown.structured_content or {})["notes_of_preo"] == "theirs"


@pytest.mark.parametrize("era", ["legacy", "auto"])
async def test_more_than_asked_for_is_no_failure_of_a_write(tmp_path: Path, era: Era) -> None:
    whole = {"id": "imp_1", "name": "New", "default_country_code": None, "stage": "completed"}
    async with open_door(tmp_path, era, api=answering(200, whole)) as door:
        assert (await door.done("update_data_import", import_id="imp_1", name="New"))["name"] == "New"


@pytest.mark.parametrize(
    "answer",
    [{"stage": "completed"}, {"id": "imp_1", "stage": "paused"}, [], "text", None],
    ids=str,
)
@pytest.mark.parametrize(
    ("tool", "is_read"), [("get_data_import", True), ("validate_column_mappings", True), ("cancel_data_import", False)]
)
async def test_an_answer_of_another_shape_is_explained(tmp_path: Path, answer: Any, tool: str, is_read: bool) -> None:
    async with open_door(tmp_path, "legacy", api=answering(200, answer)) as door:
        text = await door.refused(tool, import_id="imp_1")
    assert ("may or may not" in text or "unknown" in text) is not is_read


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (400, {"name": [f"bad {EDITION}"]}, "name: bad"),
        (401, {"detail": "Invalid token."}, "PREO_TOKEN"),
        (403, {"detail": "manager or admin role"}, "manager or admin role"),
        (404, {"detail": "No DataImport matches."}, "No DataImport"),
        (409, {"detail": "busy"}, "busy"),
        (500, {"detail": "oops"}, "500"),
    ],
)
async def test_failures_are_three_parts_and_show_no_secret(
    tmp_path: Path, status: int, body: Any, says: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        async with open_door(tmp_path, "legacy", api=answering(status, body)) as door:
            text = await door.refused("update_data_import", import_id="imp_1", name="inger.jensen")
    assert says in text
    assert TOKEN not in text + caplog.text
    assert "inger.jensen" not in caplog.text


async def test_the_sandbox_is_known_by_its_answers(tmp_path: Path) -> None:
    marked = answering(200, {"id": "i", "name": "x"}, headers={"Preo-Sandbox": "true"})
    async with open_door(tmp_path, "legacy", api=marked) as door:
        changed = await door.done("update_consent", consent_id="con_1", name="x")
        assert any("Sandbox" in note for note in changed["notes"])
    async with open_door(tmp_path, "legacy", api=answering(200, {"id": "i", "name": "x"})) as door:
        assert "notes" not in await door.done("update_consent", consent_id="con_1", name="x")


async def test_a_kept_sandbox_goes_on_where_it_was(tmp_path: Path) -> None:
    async with open_door(tmp_path / "sandbox", "legacy") as door:
        import_id = (await door.prepared(ORDERS))["import_id"]
        written = door.written()
    async with open_door(tmp_path / "sandbox", "auto") as door:
        assert await door.stage(import_id) == "needs_product_mapping"
        assert door.written() == written
    assert math.prod(written[:3]) > 0


async def calls_at_once(door: Door, count: int) -> list[str]:
    found: list[str] = []

    async def prepare(number: int) -> None:
        found.append((await door.prepared(ORDERS.replace("A-", f"B{number}-")))["import_id"])

    async with anyio.create_task_group() as tasks:
        for number in range(count):
            tasks.start_soon(prepare, number)
    return found


@pytest.mark.parametrize("era", ["legacy", "auto"])
async def test_calls_at_the_same_moment_do_not_mix(tmp_path: Path, era: Era) -> None:
    async with open_door(tmp_path / "sandbox", era) as door:
        ids = await calls_at_once(door, 8)
        assert len(set(ids)) == 8
        assert (await door.done("list_data_imports", page_size=1))["total"] == 8
