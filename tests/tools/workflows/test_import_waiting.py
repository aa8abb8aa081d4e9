"""Waiting with progress and a limit."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from preo_mcp.api.models.data_imports import Stage
from preo_mcp.tools.data_imports.stages import NEXT_CALLS
from tests.door import ORDERS, Door, Era, WatchedClock, content_of, open_door


def shown(stage: Stage, done: int | None = None, **more: Any) -> dict[str, Any]:
    progress = None if done is None else {"done": done, "total": 24}
    return {"id": "imp_1", "name": "orders", "stage": stage, "progress": progress, **more}


def scripted(*answers: dict[str, Any]) -> Callable[[httpx.Request], httpx.Response]:
    """An API that shows the import as each of `answers` in turn, the last one from then on."""
    remaining = list(answers)

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=remaining.pop(0) if len(remaining) > 1 else remaining[0])

    return answer


RUN = (
    shown(Stage.UPLOADED),
    shown(Stage.UPLOADED),
    shown(Stage.NEEDS_COLUMN_MAPPING, 3, processing=True),
    shown(Stage.IMPORTING, 0),
    shown(Stage.IMPORTING, 8),
    shown(Stage.IMPORTING, 8),
    shown(Stage.IMPORTING, 24),
    shown(Stage.COMPLETED),
)


async def test_progress_always_goes_forward(tmp_path: Path, era: Era) -> None:
    seen: list[tuple[float, float | None]] = []

    async def on_progress(progress: float, total: float | None, message: str | None) -> None:
        seen.append((progress, total))
        assert message
        assert message.startswith("orders: ")

    async with open_door(tmp_path, era, api=scripted(*RUN)) as door:
        result = await door.client.call_tool("wait_for_import", {"import_id": "imp_1"}, progress_callback=on_progress)
    assert content_of(result)["stage"] == "completed"
    values = [progress for progress, _ in seen]
    assert len(values) == len(RUN)
    assert values == sorted(set(values))
    assert seen[-1] == (100, 100)


@pytest.mark.parametrize(
    ("now", "until", "reached"),
    [
        (shown(Stage.COMPLETED), None, True),
        (shown(Stage.FAILED), None, True),
        (shown(Stage.NEEDS_PRODUCT_MAPPING), None, True),
        (shown(Stage.FAILED), ["completed"], False),
        (shown(Stage.CANCELLED), ["completed", "failed"], False),
        (shown(Stage.NEEDS_PRODUCT_MAPPING), ["completed"], False),
        (shown(Stage.IMPORTING, 1), ["importing"], True),
        (shown(Stage.NEEDS_COLUMN_MAPPING, 1, processing=True), ["needs_column_mapping"], True),
    ],
)
async def test_it_waits_for_nothing_that_cannot_come(
    tmp_path: Path, era: Era, now: dict[str, Any], until: list[str] | None, reached: bool
) -> None:
    asked = 0

    def answer(_: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        return httpx.Response(200, json=now)

    async with open_door(tmp_path, era, api=answer) as door:
        found = await door.done("wait_for_import", import_id="imp_1", **({"until": until} if until else {}))
    assert asked == 1
    assert found["reached"] is reached
    assert found["next_step"] == NEXT_CALLS[Stage(found["stage"])]


async def test_the_limit_ends_the_wait(tmp_path: Path) -> None:
    watch = WatchedClock()
    async with open_door(tmp_path, "legacy", api=scripted(shown(Stage.IMPORTING, 3)), clock=watch.clock) as door:
        found = await door.done("wait_for_import", import_id="imp_1", seconds=30)
    assert watch.seconds == 30
    assert (found["stage"], found["reached"]) == ("importing", False)
    assert "wait_for_import" in found["next_step"]


async def test_a_file_that_is_still_parsed_is_waited_for(tmp_path: Path, era: Era) -> None:
    parsing = shown(Stage.NEEDS_COLUMN_MAPPING, 3, processing=True)
    async with open_door(tmp_path, era, api=scripted(parsing, parsing, shown(Stage.NEEDS_PRODUCT_MAPPING))) as door:
        found = await door.done("wait_for_import", import_id="imp_1")
    assert (found["stage"], found["reached"]) == ("needs_product_mapping", True)


@pytest.mark.parametrize("arguments", [{"seconds": 0}, {"seconds": 601}, {"until": []}, {"until": ["done"]}])
async def test_what_cannot_be_waited_for(door: Door, arguments: dict[str, Any]) -> None:
    import_id = (await door.prepared(ORDERS))["import_id"]
    await door.refused("wait_for_import", import_id=import_id, **arguments)
    await door.refused("wait_for_import", import_id="imp_none")
