"""Deliveries at the door: whose order they are about, and what is said of the next try."""

from pathlib import Path
from typing import Any

import httpx

from tests.door import Door, open_door
from tests.scripted_lists import Api

BOOKS = "whk_nordlysbooks"


async def test_deliveries_tell_their_order_and_are_found_by_it(door: Door) -> None:
    rows = (await door.done("list_webhook_deliveries", webhook_id=BOOKS))["results"]
    assert all(row["order_number"] for row in rows)
    number = rows[0]["order_number"]
    found = await door.done("list_webhook_deliveries", webhook_id=BOOKS, search=number)
    assert {row["order_number"] for row in found["results"]} == {number}
    assert found["looked_through"] == f"all {len(rows)}"
    shown = await door.done("get_webhook_delivery", webhook_id=BOOKS, delivery_id=rows[0]["id"])
    assert shown["order_number"] == number
    assert (await door.done("list_webhook_deliveries", webhook_id=BOOKS, search="N-0"))["total"] == 0


async def test_times_are_by_the_clocks_of_the_webhooks_edition(tmp_path: Path) -> None:
    delivery = {"id": "whd_1", "status": "failed", "created": "2027-07-01T10:00:00Z"}
    webhook, listed = {"id": "whk_1", "edition_id": "edt_1"}, {"count": 1, "results": [delivery]}

    def webhooks(request: httpx.Request) -> dict[str, Any]:
        return listed if "deliveries" in request.url.path else webhook

    api = Api(editions={"id": "edt_1", "timezone": "Europe/Copenhagen"}, webhooks=webhooks)
    async with open_door(tmp_path, "auto", api=api) as door:
        [row] = (await door.done("list_webhook_deliveries", webhook_id="whk_1"))["results"]
    assert row["created"] == "2027-07-01T12:00:00+02:00"


async def test_only_what_waits_says_when_it_is_tried(tmp_path: Path) -> None:
    rows = [
        {"id": f"whd_{status}", "status": status, "next_attempt_at": "2027-01-01T00:00:00Z"}
        for status in ("pending", "failed", "succeeded")
    ]
    async with open_door(tmp_path, "auto", api=Api(webhooks={"count": 3, "results": rows})) as door:
        shown = (await door.done("list_webhook_deliveries", webhook_id="whk_1"))["results"]
    assert ["next_attempt_at" in row for row in shown] == [True, False, False]
