"""Scheduled campaigns begin by the store's clock, once, whatever happened to the process."""

from datetime import timedelta

import anyio
import anyio.lowlevel
import httpx
import pytest
from campaign_steps import DRAFT, SCHEDULED, ended, outbox
from starlette.applications import Starlette

from preo_mcp.sandbox.app import create_app
from preo_mcp.sandbox.clock import FixedClock, iso
from preo_mcp.sandbox.store import Store

HOUR = timedelta(hours=1)


async def schedule(client: httpx.AsyncClient, clock: FixedClock, after: timedelta) -> httpx.Response:
    return await client.post(f"/v1/campaigns/{DRAFT}/schedule", json={"scheduled_at": iso(clock() + after)})


async def status(client: httpx.AsyncClient) -> str:
    await anyio.wait_all_tasks_blocked()
    return (await client.get(f"/v1/campaigns/{DRAFT}")).json()["status"]


async def begun(client: httpx.AsyncClient) -> str:
    """Wait until the campaign has left `scheduled`, then for its end."""
    with anyio.fail_after(20):
        while (await client.get(f"/v1/campaigns/{DRAFT}")).json()["status"] == "scheduled":
            await anyio.lowlevel.checkpoint()
        return (await ended(client, DRAFT))["status"]


async def test_it_goes_out_when_the_time_comes(manager: httpx.AsyncClient, clock: FixedClock) -> None:
    answer = await schedule(manager, clock, HOUR)
    assert answer.status_code == 200
    assert answer.json()["status"] == "scheduled"
    assert answer.json()["scheduled_at"] == iso(clock() + HOUR)
    clock.move(HOUR - timedelta(seconds=1))
    assert await status(manager) == "scheduled"
    clock.move(timedelta(seconds=1))
    assert await begun(manager) == "sent"
    messages = await outbox(manager, DRAFT)
    assert len(messages) == len({one["customer_id"] for one in messages}) > 300


@pytest.mark.parametrize("after", [timedelta(0), -HOUR, timedelta(days=367)])
async def test_times_that_do_not_do(manager: httpx.AsyncClient, clock: FixedClock, after: timedelta) -> None:
    refused = await schedule(manager, clock, after)
    assert refused.status_code == 400
    assert list(refused.json()) == ["scheduled_at"]


@pytest.mark.parametrize(
    "at", ["2027-01-01T10:00:00", "soon", None, "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]
)
async def test_a_time_needs_an_offset_and_to_be_one(manager: httpx.AsyncClient, at: str | None) -> None:
    refused = await manager.post(f"/v1/campaigns/{DRAFT}/schedule", json={"scheduled_at": at})
    assert refused.status_code == 400
    assert list(refused.json()) == ["scheduled_at"]


async def test_the_time_can_be_moved_and_the_old_one_does_nothing(
    manager: httpx.AsyncClient, clock: FixedClock
) -> None:
    for after in (2 * HOUR, HOUR, 3 * HOUR, 3 * HOUR):
        assert (await schedule(manager, clock, after)).status_code == 200
    clock.move(2 * HOUR)
    assert await status(manager) == "scheduled"
    clock.move(HOUR)
    assert await begun(manager) == "sent"
    messages = await outbox(manager, DRAFT)
    assert len(messages) == len({one["customer_id"] for one in messages})


async def test_a_cancelled_one_does_not_go_out(manager: httpx.AsyncClient, clock: FixedClock) -> None:
    await schedule(manager, clock, HOUR)
    assert (await manager.post(f"/v1/campaigns/{DRAFT}/cancel")).json()["status"] == "cancelled"
    clock.move(2 * HOUR)
    assert await status(manager) == "cancelled"
    assert await outbox(manager, DRAFT) == []


async def test_sent_before_its_time_it_does_not_go_out_again(manager: httpx.AsyncClient, clock: FixedClock) -> None:
    await schedule(manager, clock, HOUR)
    assert (await manager.post(f"/v1/campaigns/{DRAFT}/send")).status_code == 200
    done = await ended(manager, DRAFT)
    assert (done["status"], done["scheduled_at"]) == ("sent", None)
    count = len(await outbox(manager, DRAFT))
    clock.move(2 * HOUR)
    assert await status(manager) == "sent"
    assert len(await outbox(manager, DRAFT)) == count


async def test_what_went_missing_in_the_meantime_fails_it(
    manager: httpx.AsyncClient, clock: FixedClock, store: Store
) -> None:
    await schedule(manager, clock, HOUR)
    store.db.execute("DELETE FROM email_messages WHERE id = 'eml_n27_vip'")
    clock.move(HOUR)
    assert await begun(manager) == "failed"
    campaign = (await manager.get(f"/v1/campaigns/{DRAFT}")).json()
    assert "email_message_id" in campaign["error_message"]
    assert await outbox(manager, DRAFT) == []


async def served(app: Starlette, clock: FixedClock, moves: timedelta) -> str:
    """Run a process on the store for a while; return the draft's status at its end."""
    transport = httpx.ASGITransport(app)
    headers = {"Authorization": "Bearer sandbox-manager"}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://sandbox", headers=headers) as client,
    ):
        if (await client.get(f"/v1/campaigns/{DRAFT}")).json()["status"] == "draft":
            await schedule(client, clock, HOUR)
        clock.move(moves)
        due = (await client.get(f"/v1/campaigns/{DRAFT}")).json()["scheduled_at"] <= iso(clock())
        return await begun(client) if due else await status(client)


async def test_it_waits_across_processes_and_goes_out_late_if_it_must(store: Store, clock: FixedClock) -> None:
    assert await served(create_app(store), clock, timedelta(0)) == "scheduled"
    assert await served(create_app(store), clock, HOUR / 2) == "scheduled"
    clock.move(HOUR)  # nobody is there when it comes due
    assert await served(create_app(store), clock, timedelta(0)) == "sent"
    [(count, people)] = store.db.execute(
        "SELECT count(*), count(DISTINCT customer_id) FROM outbox WHERE campaign_id = ?", (DRAFT,)
    )
    assert count == people > 300


async def test_the_seeded_one_goes_out_too(manager: httpx.AsyncClient, clock: FixedClock) -> None:
    clock.move(timedelta(days=129))
    with anyio.fail_after(20):
        while (await manager.get(f"/v1/campaigns/{SCHEDULED}")).json()["status"] == "scheduled":
            await anyio.lowlevel.checkpoint()
        done = await ended(manager, SCHEDULED)
    assert done["status"] == "sent"
    [first, *_] = await outbox(manager, SCHEDULED)
    assert first["channel"] == "sms"
    assert "Nordlys Festival – Aalborg" in first["body"]
