"""Finding segments: filters, search, order, who sees which."""

from typing import Any

import httpx
import pytest
from segment_steps import ELBKLANG, NORDLYS, UPCOMING, shown

RETURN, GUESTS, PASSES, STUCK = (f"seg_nordlys_{name}" for name in ("return", "guests", "passes", "stuck"))
REGULARS, ABROAD, BROKEN = (f"seg_elbklang_{name}" for name in ("regulars", "abroad", "broken"))


async def found(client: httpx.AsyncClient, **query: Any) -> list[str]:
    answer = await client.get("/v1/segments", params=query)
    assert answer.status_code == 200, answer.text
    return [segment["id"] for segment in answer.json()["results"]]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({}, [STUCK, PASSES, GUESTS, RETURN, ABROAD, REGULARS, BROKEN]),
        ({"organization_id": ELBKLANG}, [ABROAD, REGULARS, BROKEN]),
        ({"edition_id": UPCOMING}, [GUESTS, RETURN]),
        ({"communication_channel": "email"}, [RETURN, REGULARS]),
        ({"communication_channel": "pass_push"}, [PASSES]),
        ({"communication_channel": "any", "organization_id": NORDLYS}, [STUCK]),
        ({"communication_type": "marketing"}, [RETURN, REGULARS]),
        ({"status": "failed"}, [BROKEN]),
        ({"search": "GASTE"}, [ABROAD, REGULARS]),
        ({"search": "gæster"}, [GUESTS]),
        ({"search": "praktiske festivalen"}, [GUESTS]),
        ({"search": "zzz"}, []),
        ({"ordering": "-user_count"}, [RETURN, GUESTS, REGULARS, *sorted([STUCK, PASSES, ABROAD, BROKEN])]),
        ({"ordering": "user_count", "page_size": 2}, [REGULARS, GUESTS]),
        ({"ordering": "name", "organization_id": ELBKLANG}, [ABROAD, BROKEN, REGULARS]),
        ({"ordering": ["-last_calculated", "-created"], "page_size": 4}, [GUESTS, RETURN, REGULARS, STUCK]),
    ],
)
async def test_filters_and_order(admin: httpx.AsyncClient, query: dict[str, Any], ids: list[str]) -> None:
    assert await found(admin, **query) == ids


@pytest.mark.parametrize(
    "query", [{"status": "done"}, {"communication_channel": "fax"}, {"ordering": "size"}, {"search": "a " * 60}]
)
async def test_unknown_values_are_refused(admin: httpx.AsyncClient, query: dict[str, Any]) -> None:
    answer = await admin.get("/v1/segments", params=query)
    assert (answer.status_code, answer.json().keys()) == (400, query.keys())


async def test_others_segments_do_not_exist(manager: httpx.AsyncClient, staff: httpx.AsyncClient) -> None:
    assert await found(manager) == await found(staff) == [STUCK, PASSES, GUESTS, RETURN]
    assert await found(manager, organization_id=ELBKLANG) == []
    address = f"/v1/segments/{REGULARS}"
    answers = [
        await manager.get(address),
        await manager.patch(address, json={"name": "x"}),
        await manager.delete(address),
        await manager.get(f"{address}/export"),
        await manager.post(f"{address}/recalculate"),
        await manager.post(f"{address}/reset"),
        await manager.get("/v1/segments/seg_none"),
    ]
    assert [answer.status_code for answer in answers] == [404] * 7


async def test_what_a_segment_says(staff: httpx.AsyncClient) -> None:
    returning = await shown(staff, RETURN)
    assert returning["status"] == "completed"
    assert returning["user_count"] > returning["consented_count"] == returning["reachable_count"] > 0
    assert returning["reachable"]["email"] == returning["reachable_count"] > returning["reachable"]["sms"]
    assert (returning["error_count"], returning["processed_count"]) == (0, None)
    guests = await shown(staff, GUESTS)
    assert guests["consented_count"] is None
    assert guests["reachable_count"] == guests["reachable"]["sms"] < guests["user_count"]
    stuck = await shown(staff, STUCK)
    assert (stuck["status"], stuck["processed_count"], stuck["total_count"]) == ("processing", 400, 1300)
    assert stuck["user_count"] is stuck["reachable"] is None
