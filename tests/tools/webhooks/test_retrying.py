"""Deliveries that failed are sent again, several at once: each with what came of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from preo_mcp.backend import Clock
from tests.door import IMPATIENT, Door, WatchedClock, open_door

BOOKS = "whk_nordlysbooks"
SINCE = "2020-01-01T00:00:00Z"


async def test_all_that_failed_since_a_time(door: Door) -> None:
    failed = {"webhook_id": BOOKS, "status": ["failed"], "ordering": "created"}
    rows = (await door.done("list_webhook_deliveries", **failed))["results"]
    retried = await door.done("retry_webhook_delivery", webhook_id=BOOKS, failed_since=SINCE)
    assert [one["id"] for one in retried["results"]] == [row["id"] for row in rows]
    assert len(rows) > 1
    for one, before in zip(retried["results"], rows, strict=True):
        assert one["attempts"] == before["attempts"] + 1, "it was tried while the call waited"
        assert (one["status"], one["error_kind"]) == ("failed", "host_not_allowed")
    assert "remaining" not in retried
    assert "get_webhook_delivery says why" in retried["next_step"]
    later = await door.done("retry_webhook_delivery", webhook_id=BOOKS, failed_since="2099-01-01T00:00:00Z")
    assert later["results"] == []


async def test_each_that_is_named_and_why_one_was_not(door: Door) -> None:
    rows = (await door.done("list_webhook_deliveries", webhook_id=BOOKS))["results"]
    failed = next(row["id"] for row in rows if row["status"] == "failed")
    succeeded = next(row["id"] for row in rows if row["status"] == "succeeded")
    ids = [succeeded, failed, "whd_none", failed]
    told = (await door.done("retry_webhook_delivery", webhook_id=BOOKS, delivery_ids=ids))["results"]
    assert [one["id"] for one in told] == [succeeded, failed, "whd_none"]
    assert "only failed ones" in told[0]["refused"]
    assert "refused" not in told[1]
    assert "No Delivery" in told[2]["refused"]
    assert "No Delivery" in await door.refused("retry_webhook_delivery", webhook_id=BOOKS, delivery_ids="whd_none")


@pytest.mark.parametrize("arguments", [{}, {"delivery_ids": ["whd_1"], "failed_since": SINCE}, {"delivery_ids": []}])
async def test_one_of_both_is_needed(door: Door, arguments: dict[str, Any]) -> None:
    await door.refused("retry_webhook_delivery", webhook_id=BOOKS, **arguments)


@pytest.mark.parametrize("time", ["2020-01-01", "2020-01-01T00:00:00"])
async def test_a_time_without_a_zone_is_refused_by_the_name_that_was_given(door: Door, time: str) -> None:
    told = await door.refused("retry_webhook_delivery", webhook_id=BOOKS, failed_since=time)
    assert "failed_since has no timezone" in told
    assert "created_after" not in told


Api = Callable[[httpx.Request], httpx.Response]


def api(answers: dict[str, Callable[[], httpx.Response]], count: int, *, tried: bool = True) -> Api:
    """An API with `count` failed deliveries; a retry is answered as `answers` say, else it is queued."""
    now = {f"whd_{number}": "failed" for number in range(count)}

    def shown(key: str) -> dict[str, Any]:
        attempts = 1 if now[key] == "failed" or not tried else 2
        return {"id": key, "status": now[key], "attempts": attempts, "created": "2027-01-01T00:00:00Z"}

    def answer(request: httpx.Request) -> httpx.Response:
        parts = request.url.path.split("/")
        if request.method == "POST":
            key = parts[-2]
            if key in answers:
                return answers[key]()
            now[key] = "pending"
            return httpx.Response(200, json={**shown(key), "attempts": 1})
        if parts[-1] != "deliveries":
            return httpx.Response(404, json={"detail": "No."})
        status = request.url.params.get("status")
        fitting = [shown(key) for key, one in now.items() if status in (None, one)]
        size = int(request.url.params["page_size"])
        return httpx.Response(200, json={"count": len(fitting), "results": fitting[:size]})

    return answer


def lost() -> httpx.Response:
    raise httpx.ReadTimeout("no answer")


Answers = dict[str, Callable[[], httpx.Response]]


async def retried(
    folder: Path, answers: Answers, count: int, *, tried: bool = True, clock: Clock = IMPATIENT
) -> dict[str, Any]:
    async with open_door(folder, "auto", api=api(answers, count, tried=tried), clock=clock) as door:
        return await door.done("retry_webhook_delivery", webhook_id="whk_1", failed_since=SINCE)


async def test_at_most_fifty_and_what_remains(tmp_path: Path) -> None:
    done = await retried(tmp_path, {}, 73)
    assert (len(done["results"]), done["remaining"]) == (50, 23)
    assert done["next_step"].startswith("23 were not tried: call again.")
    assert "Pending ones are tried again by themselves." in done["next_step"]


async def test_after_a_lost_answer_nothing_more_is_sent(tmp_path: Path) -> None:
    done = await retried(tmp_path, {"whd_1": lost}, 4)
    assert ["refused" in one for one in done["results"]] == [False, True]
    assert done["results"][1]["refused"].startswith("may or may not have been sent again")
    assert done["remaining"] == 2


async def test_what_is_not_tried_within_the_time_is_told_as_it_is(tmp_path: Path) -> None:
    watch = WatchedClock()
    done = await retried(tmp_path, {}, 2, tried=False, clock=watch.clock)
    assert watch.seconds == pytest.approx(20)
    assert [one["status"] for one in done["results"]] == ["pending", "pending"]


async def test_slow_retries_end_after_the_time_of_a_call(tmp_path: Path) -> None:
    seconds = iter(range(0, 1000, 9))
    done = await retried(tmp_path, {}, 8, clock=Clock(now=lambda: next(seconds), sleep=IMPATIENT.sleep))
    assert len(done["results"]) == 3
    assert done["remaining"] == 5
