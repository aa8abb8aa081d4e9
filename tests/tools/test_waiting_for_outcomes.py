"""Tools that begin something wait for its outcome: with progress, for a time, and after what was done is recorded."""

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from preo_mcp.backend import Clock
from preo_mcp.tools.watching import WHILE_CALLED
from tests.door import ORDERS, YES, Door, Era, Person, WatchedClock, content_of, open_door
from tests.tools.conftest import in_both_eras

SEGMENT = {"id": "seg_1", "name": "All", "total_count": 200}


def scripted(*answers: dict[str, Any]) -> Callable[[httpx.Request], httpx.Response]:
    """An API that begins at the first write, and shows each of `answers` in turn, the last one from then on."""
    remaining = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(200, json={**SEGMENT, "status": "pending"})
        if "/segments/" not in request.url.path:
            return httpx.Response(404, json={"detail": "No."})
        return httpx.Response(200, json={**SEGMENT, **(remaining.pop(0) if len(remaining) > 1 else remaining[0])})

    return answer


COUNTING = (
    {"status": "pending"},
    {"status": "processing", "processed_count": 50},
    {"status": "processing", "processed_count": 50},
    {"status": "completed", "user_count": 12},
)


@in_both_eras
async def test_progress_goes_forward_to_the_end(tmp_path: Path, era: Era) -> None:
    seen: list[float] = []

    async def on_progress(progress: float, total: float | None, message: str | None) -> None:
        assert (total, bool(message)) == (100, True)
        seen.append(progress)

    async with open_door(tmp_path, era, api=scripted(*COUNTING)) as door:
        given = {"segment_id": "seg_1"}
        result = await door.client.call_tool("recalculate_segment", given, progress_callback=on_progress)
    assert (content_of(result)["status"], content_of(result)["user_count"]) == ("completed", 12)
    assert "next_step" not in content_of(result)
    assert seen == sorted(set(seen))
    assert (len(seen), seen[-1]) == (len(COUNTING), 100)


async def test_after_its_time_it_says_how_to_go_on(tmp_path: Path) -> None:
    watch = WatchedClock()
    async with open_door(tmp_path, "auto", api=scripted({"status": "processing"}), clock=watch.clock) as door:
        found = await door.done("recalculate_segment", segment_id="seg_1")
    assert watch.seconds == pytest.approx(WHILE_CALLED)
    assert (found["status"], found["next_step"]) == (
        "processing",
        "It is still being counted: get_segment shows when it is completed.",
    )


async def test_a_look_that_fails_leaves_the_answer_as_it_was(tmp_path: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(200, json={**SEGMENT, "status": "pending"})
        return httpx.Response(403, json={"detail": "No."})

    async with open_door(tmp_path, "auto", api=answer) as door:
        found = await door.done("recalculate_segment", segment_id="seg_1")
    assert found["status"] == "pending"
    assert "get_segment" in found["next_step"]


@asynccontextmanager
async def held(folder: Path, person: Person | None = None) -> AsyncGenerator[tuple[Door, anyio.Event]]:
    """A door whose waits never end, and what is set once one has begun."""
    waits = anyio.Event()

    async def sleep(_: float) -> None:
        waits.set()
        await anyio.sleep_forever()

    async with open_door(folder, "legacy", person, clock=Clock(sleep=sleep)) as door:
        yield door, waits


def audited(folder: Path) -> list[dict[str, Any]]:
    text = (folder / "state" / "audit.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("name", ["send_campaign", "recalculate_segment"])
async def test_a_host_that_gives_up_loses_nothing(tmp_path: Path, name: str) -> None:
    arguments = {"send_campaign": {"campaign_id": "cmp_nordlys_vip"}, "recalculate_segment": {"segment_id": RETURN}}
    async with held(tmp_path, Person(YES)) as (door, waits):
        async with anyio.create_task_group() as tasks:

            async def call() -> None:
                await door.call(name, **arguments[name])

            tasks.start_soon(call)
            with anyio.fail_after(20):
                await waits.wait()
            tasks.cancel_scope.cancel()
        [line] = [one for one in audited(tmp_path) if one["tool"] == name]
        assert line["outcome"] == "done"
        with anyio.fail_after(20):  # other writes are let in
            await door.done("update_file", file_id="fil_nordlysposter", caption="Later")
    async with open_door(tmp_path, "legacy", Person(YES)) as door:
        shown = await door.done("get_campaign", campaign_id="cmp_nordlys_vip")
        if name == "send_campaign":
            assert shown["status"] in ("calculating", "sending", "sent")
            again = await door.call("send_campaign", campaign_id="cmp_nordlys_vip")
            assert again.is_error or "told again" in str(content_of(again)), "it is not sent twice"


RETURN = "seg_nordlys_return"


@in_both_eras
async def test_an_import_and_a_campaign_are_told_with_their_outcome(tmp_path: Path, era: Era) -> None:
    async with open_door(tmp_path, era, Person(YES)) as door:
        import_id = (await door.prepared(ORDERS.replace("NF-POSTER,Plakat A2", "NF-CHILD,Børnebillet")))["import_id"]
        imported = await door.done("start_import", import_id=import_id)
        assert (imported["stage"], imported["import_result"]["orders_imported"]) == ("completed", 3)
        assert imported["outcome"]["as_announced"] is True
        sent = await door.done("send_campaign", campaign_id="cmp_nordlys_vip")
        assert (sent["status"], sent["sent_count"] + sent["failed_count"]) == ("sent", sent["total_recipients"])
        assert "get_campaign_stats" in sent["next_step"]
        assert "The host's dialog answered yes." in sent["notes"]
