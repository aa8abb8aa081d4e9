"""List campaigns."""

from typing import Any

import httpx
import pytest
from campaign_steps import DRAFT, EMPTY, SCHEDULED, SENT

from preo_mcp.api.models.campaigns import Campaign

NORDLYS = [EMPTY, SCHEDULED, DRAFT]
"""The newest first."""


async def ids(client: httpx.AsyncClient, **query: Any) -> list[str]:
    answer = await client.get("/v1/campaigns", params=query)
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["results"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, NORDLYS),
        ({"status": "scheduled"}, [SCHEDULED]),
        ({"channel": "email"}, [EMPTY, DRAFT]),
        ({"edition_id": "edt_nordlys26"}, []),
        ({"search": "aarhus vip"}, [DRAFT]),
        ({"search": "GÆSTER"}, [DRAFT]),
        ({"organization_id": "org_elbklang"}, []),
        ({"ordering": "name"}, [EMPTY, SCHEDULED, DRAFT]),
        ({"ordering": ["channel_"]}, None),
        ({"ordering": "-scheduled_at", "page_size": 1}, [SCHEDULED]),
        ({"page": 2, "page_size": 2}, [DRAFT]),
    ],
)
async def test_filters(manager: httpx.AsyncClient, query: dict[str, Any], expected: list[str] | None) -> None:
    if expected is None:
        assert (await manager.get("/v1/campaigns", params=query)).status_code == 400
    else:
        assert await ids(manager, **query) == expected


async def test_all_organizations_and_the_short_form(admin: httpx.AsyncClient) -> None:
    assert len(await ids(admin)) == 6
    assert await ids(admin, ordering="-total_recipients", page_size=1) == [SENT]
    [row] = (await admin.get("/v1/campaigns", params={"status": "sent"})).json()["results"]
    assert set(row) == set(Campaign.model_fields)
    assert row["sent_count"] + row["failed_count"] == row["total_recipients"] > 0


async def test_bad_values(manager: httpx.AsyncClient) -> None:
    answer = await manager.get("/v1/campaigns", params={"status": "gone", "channel": "fax"})
    assert set(answer.json()) == {"status", "channel"}
