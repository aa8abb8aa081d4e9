"""The clock of the control plane: moved forward, what is due begins; kept, it does not go back."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import httpx
import pytest

from preo_mcp.api.models.campaigns import CampaignStatus
from preo_mcp.api.operations import GET_CAMPAIGN
from preo_mcp.sandbox.app import create_app
from preo_mcp.sandbox.clock import MovableClock, wait_until
from preo_mcp.sandbox.control import movable_clock
from preo_mcp.sandbox.store import Store
from tests.sandbox.control.wires import connected

CLOCK = "/__sandbox/clock"
SCHEDULED = "cmp_nordlys_practical"
DAY = 24 * 3600


async def status_of(client: httpx.AsyncClient, campaign_id: str) -> str:
    answer = await client.get(GET_CAMPAIGN.path.format(id=campaign_id))
    return answer.json()["status"]


async def test_a_scheduled_campaign_goes_out_when_the_clock_is_moved(store: Store) -> None:
    store.clock = lambda: datetime(2026, 11, 23, 9, tzinfo=UTC)
    async with connected(create_app(store), "in process") as client:
        assert (await client.get(CLOCK)).json() == {"now": "2026-11-23T09:00:00.000000Z", "ahead_seconds": 0}
        assert await status_of(client, SCHEDULED) == CampaignStatus.SCHEDULED
        moved = await client.post(CLOCK, json={"advance_seconds": 127 * DAY})
        assert moved.json() == {"now": "2027-03-30T09:00:00.000000Z", "ahead_seconds": 127 * DAY}
        assert await status_of(client, SCHEDULED) == CampaignStatus.SCHEDULED
        await client.post(CLOCK, json={"advance_seconds": 2 * DAY})
        with anyio.fail_after(10):
            while await status_of(client, SCHEDULED) != CampaignStatus.SENT:
                await anyio.lowlevel.checkpoint()


@pytest.mark.parametrize("body", [{}, {"advance_seconds": 0}, {"advance_seconds": -1}, {"advance_seconds": 1e12}, []])
async def test_moves_that_are_refused(store: Store, body: object) -> None:
    async with connected(create_app(store), "in process") as client:
        before = (await client.get(CLOCK)).json()
        assert (await client.post(CLOCK, json=body)).status_code == 400
        assert (await client.get(CLOCK)).json() == before


async def test_all_moves_together_have_a_limit(store: Store) -> None:
    async with connected(create_app(store), "in process") as client:
        assert (await client.post(CLOCK, json={"advance_seconds": 3000 * DAY})).status_code == 200
        answer = await client.post(CLOCK, json={"advance_seconds": 3000 * DAY})
        assert answer.json() == {"advance_seconds": ["The clock can be 3660 days ahead at most."]}


async def test_a_kept_sandbox_stays_ahead(tmp_path: Path) -> None:
    now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    for expected in (0, 90, 180):
        with Store.opened(tmp_path, lambda: now) as store:
            app = create_app(store)
            assert store.clock() == now + timedelta(seconds=expected)
            assert movable_clock(store) is store.clock
            async with connected(app, "in process") as client:
                await client.post(CLOCK, json={"advance_seconds": 90})


async def test_who_waits_for_a_clock_that_goes_is_woken_by_time_and_by_moves() -> None:
    clock = MovableClock()
    await wait_until(clock, clock() + timedelta(milliseconds=20))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait_until, clock, clock() + timedelta(hours=2))
        await anyio.wait_all_tasks_blocked()
        clock.move(timedelta(hours=1))
        await anyio.wait_all_tasks_blocked()
        assert tasks.cancel_scope.cancel_called is False
        clock.move(timedelta(hours=1))
