"""A send or a schedule whose answer was lost, told by where the campaign stands."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from preo_mcp.api.errors import NotFoundError
from preo_mcp.approval.ended import DidNotHappen, Unknown
from preo_mcp.tools.campaigns.stages import CampaignStep
from tests.unguarded import UnguardedCall, scripted

AT, OTHER = "2027-03-01T09:00:00Z", "2027-03-02T09:00:00Z"
BEGAN = {"started_at": AT}
THEN = {"scheduled_at": AT}


async def look_back(name: str, campaign: dict[str, Any], /, **arguments: Any) -> object:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/v1/campaigns/"):
            return httpx.Response(200, json={"id": "cmp_1", "segment_id": "seg_1", "edition_id": "edt_1", **campaign})
        return httpx.Response(200, json={"id": "edt_1", "timezone": "Europe/Copenhagen"})

    async with scripted(answer) as backend:
        call = UnguardedCall(backend, name, {"campaign_id": "cmp_1", **arguments})
        return await call.look_back(await call.remember())


@pytest.mark.parametrize(
    ("campaign", "found"),
    [
        ({"status": "draft"}, DidNotHappen),
        ({"status": "scheduled", **THEN}, DidNotHappen),
        *(({"status": status, **BEGAN}, CampaignStep) for status in ("calculating", "sending", "sent", "failed")),
        ({"status": "cancelled", **BEGAN}, CampaignStep),
        ({"status": "cancelled"}, DidNotHappen),
        ({"status": "resting"}, Unknown),
    ],
)
async def test_send(campaign: dict[str, Any], found: type) -> None:
    assert isinstance(await look_back("send_campaign", campaign), found)


@pytest.mark.parametrize("asked", [AT, "2027-03-01T11:00:00+02:00", "2027-03-01T10:00:00"])
@pytest.mark.parametrize(
    ("campaign", "found"),
    [
        ({"status": "draft"}, DidNotHappen),
        ({"status": "draft", **THEN}, DidNotHappen),
        ({"status": "scheduled", **THEN}, CampaignStep),
        ({"status": "scheduled", "scheduled_at": "2027-03-01T09:00:00.400Z"}, CampaignStep),
        ({"status": "scheduled", "scheduled_at": OTHER}, DidNotHappen),
        ({"status": "sending", **THEN}, CampaignStep),
        ({"status": "sent"}, Unknown),
        ({"status": "cancelled", **THEN}, CampaignStep),
        ({"status": "cancelled"}, DidNotHappen),
    ],
)
async def test_schedule(campaign: dict[str, Any], found: type, asked: str) -> None:
    assert isinstance(await look_back("schedule_campaign", campaign, scheduled_at=asked), found)


async def test_another_time_is_named() -> None:
    found = await look_back("schedule_campaign", {"status": "scheduled", "scheduled_at": OTHER}, scheduled_at=AT)
    assert isinstance(found, DidNotHappen)
    assert found.why == "the campaign is scheduled for 2027-03-02T10:00:00+01:00", "by the edition's clocks"


@pytest.mark.parametrize(("name", "given"), [("update_campaign", {"name": "Summer"}), ("send_campaign", {})])
async def test_what_is_found_tells_its_time_by_the_editions_clocks(name: str, given: dict[str, Any]) -> None:
    found = await look_back(name, {"name": "Summer", "status": "cancelled", **BEGAN, **THEN}, **given)
    assert isinstance(found, CampaignStep)
    assert found.scheduled_at is not None
    assert found.scheduled_at.isoformat() == "2027-03-01T10:00:00+01:00"


async def test_a_campaign_that_is_gone_tells_nothing(tmp_path: Path) -> None:
    def gone(_: httpx.Request) -> httpx.Response:
        return httpx.Response(404, json={"detail": "No Campaign matches the given query."})

    async with scripted(gone) as backend:
        with pytest.raises(NotFoundError):
            await UnguardedCall(backend, "send_campaign", {"campaign_id": "cmp_1"}).look_back({})
