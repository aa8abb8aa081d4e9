"""Refunds as lists and single ones tell them: whose, of what, why one failed, since when."""

from datetime import datetime
from pathlib import Path

import httpx

from tests.door import Door, Era, open_door


async def test_what_failed_is_told_with_its_reason_its_order_and_since_when(door: Door) -> None:
    found = await door.done("list_refunds", status=["failed", "awaiting_gateway"], page_size=100)
    rows = found["results"]
    assert {row["status"] for row in rows} == {"failed", "awaiting_gateway"}
    assert found["total"] == len(rows)
    assert found["filters"] == "status=failed,awaiting_gateway"
    for row in rows:
        refund = await door.done("get_refund", refund_id=row["id"])
        assert (row["order"], row["customer"]) == (refund["order"], refund["customer"])
        assert row["purchases"].split("; ")[0] in refund["purchases"][0]
        assert row.get("service_response") == refund.get("service_response")
        assert bool(row.get("service_response")) == (row["status"] == "failed")
        assert row["created"] == refund["created"]
        assert datetime.fromisoformat(row["created"]) <= datetime.fromisoformat(row["modified"])
        assert row["modified"] == refund["modified"]
        assert row["created"][-6:] in ("+01:00", "+02:00")
    one = await door.done("list_refunds", status="failed")
    assert one["total"] == sum(row["status"] == "failed" for row in rows)


async def test_a_requested_refund_is_not_to_be_approved_unasked(door: Door) -> None:
    [row, *_] = (await door.done("list_refunds", status=["requested"], page_size=1))["results"]
    refund = await door.done("get_refund", refund_id=row["id"])
    assert "only if the user wants it paid now" in refund["next_step"]


async def test_refunds_of_many_editions_cost_a_few_requests_once(era: Era, tmp_path: Path) -> None:
    """Zones are asked for by edition, a few at a time; what stays in UTC says so, and what cannot be read is left."""
    asked: list[str] = []
    rows = [
        {"id": f"rfd_{n}", "status": "failed", "edition_id": f"edt_{n % 6}", "created": "2026-07-01T10:00:00Z"}
        for n in range(60)
    ]

    def api(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        if "/editions/" not in request.url.path:
            return httpx.Response(200, json={"count": 60, "next": None, "previous": None, "results": rows})
        key = request.url.path.rsplit("/", 1)[1]
        if key == "edt_1":
            return httpx.Response(404, json={"detail": "Not found."})
        return httpx.Response(200, json={"id": key, "timezone": "Europe/Copenhagen"})

    async with open_door(tmp_path, era, api=api) as door:
        first = [row["created"] for row in (await door.done("list_refunds"))["results"]]
        assert first[:6] == [
            *("2026-07-01T12:00:00+02:00",),
            first[1],
            *("2026-07-01T12:00:00+02:00",) * 2,
            *first[4:6],
        ]
        assert {first[1], first[4], first[5]} == {"2026-07-01T10:00:00Z"}
        second = [row["created"] for row in (await door.done("list_refunds"))["results"]]
        await door.done("list_refunds")
    assert second.count("2026-07-01T10:00:00Z") == 10
    assert sum("/editions/" in path for path in asked) == 6
