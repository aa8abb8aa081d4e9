"""Steps that tests of segments have in common."""

from typing import Any

import anyio
import httpx

NORDLYS, ELBKLANG = "org_nordlys", "org_elbklang"
NEWS = "con_nordlys_news"
UPCOMING = "edt_nordlys27"
DANES = "user.country == 'DK'"
BUSY = ("pending", "processing")


def body(condition: str = DANES, **fields: Any) -> dict[str, Any]:
    return {"organization_id": NORDLYS, "name": "Test", "condition": condition, **fields}


async def created(client: httpx.AsyncClient, condition: str = DANES, **fields: Any) -> dict[str, Any]:
    answer = await client.post("/v1/segments", json=body(condition, **fields))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def shown(client: httpx.AsyncClient, segment_id: str) -> dict[str, Any]:
    answer = await client.get(f"/v1/segments/{segment_id}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def finished(client: httpx.AsyncClient, segment_id: str) -> dict[str, Any]:
    """Wait until no calculation is on its way."""
    while (segment := await shown(client, segment_id))["status"] in BUSY:
        await anyio.lowlevel.checkpoint()
    return segment


async def calculated(client: httpx.AsyncClient, segment_id: str) -> dict[str, Any]:
    answer = await client.post(f"/v1/segments/{segment_id}/recalculate")
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "pending"
    return await finished(client, segment_id)


async def counted(client: httpx.AsyncClient, condition: str, **fields: Any) -> dict[str, Any]:
    """Create a segment and calculate it."""
    return await calculated(client, (await created(client, condition, **fields))["id"])
