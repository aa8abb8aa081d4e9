"""The figures of a campaign: they grow with the clock and fit together."""

from datetime import timedelta

import httpx
import pytest
from campaign_steps import DRAFT, EMPTY, SCHEDULED, SENT, ended, sent

from preo_mcp.sandbox.clock import FixedClock

GROWING = ("delivered", "bounced", "opened", "clicked", "unsubscribed")
STEPS = (0, 1, 2, 5, 30, 120, 24 * 60, 3 * 24 * 60)
"""Minutes after the send at which the figures are looked at."""


async def stats(client: httpx.AsyncClient, campaign_id: str) -> dict[str, float]:
    answer = await client.get(f"/v1/campaigns/{campaign_id}/stats")
    assert answer.status_code == 200
    return answer.json()


async def test_figures_grow_and_fit_together(manager: httpx.AsyncClient, clock: FixedClock) -> None:
    campaign = await sent(manager, DRAFT)
    start = clock()
    before: dict[str, float] = dict.fromkeys(GROWING, 0.0)
    for minutes in STEPS:
        clock.move(start + timedelta(minutes=minutes) - clock())
        now = await stats(manager, DRAFT)
        assert (now["sent"], now["failed"]) == (campaign["sent_count"], campaign["failed_count"])
        assert now["sent"] + now["failed"] == now["total_recipients"]
        assert now["delivered"] + now["bounced"] <= now["sent"]
        assert now["unsubscribed"] <= now["opened"] <= now["delivered"]
        assert now["clicked"] <= now["opened"]
        assert all(now[name] >= before[name] for name in GROWING)
        before = now
    assert before["delivered"] + before["bounced"] == before["sent"]
    assert 0.3 < before["open_rate"] < 0.6
    assert 0.03 < before["click_rate"] < 0.15
    assert before["delivery_rate"] == round(before["delivered"] / before["sent"], 4)
    assert before["open_rate"] == round(before["opened"] / before["delivered"], 4)


async def test_nothing_sent_is_nothing_counted(manager: httpx.AsyncClient) -> None:
    assert set((await stats(manager, EMPTY)).values()) == {0}


async def test_the_seeded_campaign_has_its_figures(admin: httpx.AsyncClient) -> None:
    figures = await stats(admin, SENT)
    assert figures["sent"] == figures["delivered"] + figures["bounced"] > 100
    assert 0 < figures["clicked"] < figures["opened"] < figures["delivered"]


async def test_text_messages_tell_less(manager: httpx.AsyncClient, clock: FixedClock) -> None:
    await manager.post(f"/v1/campaigns/{SCHEDULED}/send")
    await ended(manager, SCHEDULED)
    clock.move(timedelta(days=1))
    figures = await stats(manager, SCHEDULED)
    assert figures["delivered"] + figures["bounced"] == figures["sent"] > 0
    assert figures["delivery_rate"] > 0.9
    for name in ("opened", "clicked", "unsubscribed", "open_rate", "click_rate", "unsubscribe_rate"):
        assert figures[name] is None


@pytest.mark.parametrize("campaign_id", ["cmp_none", "../x"])
async def test_unknown(manager: httpx.AsyncClient, campaign_id: str) -> None:
    assert (await manager.get(f"/v1/campaigns/{campaign_id}/stats")).status_code == 404
