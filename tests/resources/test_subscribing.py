"""Subscriptions at the door: only to what moves and exists, dropped when a host goes, never held up by one."""

from collections.abc import Mapping
from typing import Any

import anyio
import pytest
from mcp.server.connection import Connection
from mcp.server.mcpserver import Context
from mcp.server.subscriptions import InMemorySubscriptionBus
from mcp.shared.dispatcher import CallOptions
from mcp.shared.exceptions import MCPError

from preo_mcp.calls.preo import Preo
from preo_mcp.resources import subscribing, watching
from preo_mcp.resources.progress import progress_at
from preo_mcp.resources.subscribing import Subscriptions
from preo_mcp.resources.watching import Pace
from tests.door import Door, Era
from tests.resources.listening import listening
from tests.tools.conftest import OpenServer

SCHEDULED = "preo://campaigns/cmp_nordlys_practical"
DRAFT = "preo://campaigns/cmp_nordlys_vip"
CANCELLED = "preo://campaigns/cmp_elbklang_twice"
NEVER = [
    ("preo://campaigns/cmp_none", -32002),
    ("preo://elsewhere", -32002),
    ("preo://editions/edt_nordlys27", -32602),
    ("preo://campaigns", -32002),
]


async def test_a_campaign_is_followed_to_its_end(
    open_server: OpenServer, era: Era, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "DEFAULT_PACE", Pace(first=3600, longest=3600))  # so only calls make it look
    async with open_server() as door, listening(door.backend, era) as host:
        for address in (SCHEDULED, DRAFT, CANCELLED):
            assert await host.subscribe(address) == [address]
        assert host.server.changes.watch.addresses == {SCHEDULED, DRAFT}
        await host.client.call_tool("cancel_campaign", {"campaign_id": "cmp_nordlys_practical"})
        await host.hear(1)
        assert host.told == [SCHEDULED]
        assert host.server.changes.watch.addresses == {DRAFT}
        if era == "legacy":
            await host.unsubscribe(DRAFT)
            await host.unsubscribe(SCHEDULED)
            assert host.server.changes.watch.addresses == frozenset()


async def test_what_does_not_move_or_exist_is_not_subscribed_to(door: Door, era: Era) -> None:
    async with listening(door.backend, era) as host:
        for address, code in NEVER:
            if era == "auto":
                assert await host.subscribe(address) == []
                continue
            with pytest.raises(MCPError, match=" · ") as caught:
                await host.subscribe(address)
            assert caught.value.error.code == code
        assert host.server.changes.watch.addresses == frozenset()


async def test_a_full_watch_takes_no_more(door: Door, era: Era, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "MOST_WATCHED", 1)
    async with listening(door.backend, era) as host:
        assert await host.subscribe(DRAFT) == [DRAFT]
        if era == "auto":
            assert await host.subscribe(SCHEDULED) == []
        else:
            with pytest.raises(MCPError, match="watched already · Unsubscribe from another"):
                await host.subscribe(SCHEDULED)


async def test_a_host_that_goes_is_forgotten(door: Door, era: Era) -> None:
    async with listening(door.backend, era) as host:
        await host.subscribe(DRAFT)
        watch = host.server.changes.watch
        assert watch.addresses == {DRAFT}
    with anyio.fail_after(5):
        while watch.addresses:
            await anyio.lowlevel.checkpoint()


class Deaf:
    """The way to a host that reads no more."""

    async def notify(self, method: str, params: Mapping[str, Any] | None, opts: CallOptions | None = None) -> None:
        await anyio.sleep_forever()

    async def send_raw_request(
        self, method: str, params: Mapping[str, Any] | None, opts: CallOptions | None = None
    ) -> dict[str, Any]:
        raise AssertionError("nothing is asked")


async def test_a_host_that_does_not_read_is_dropped(door: Door, era: Era, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscribing, "SECONDS_TO_TELL", 0.01)
    monkeypatch.setattr(watching, "DEFAULT_PACE", Pace(first=3600, longest=3600))
    watch = Subscriptions(door.backend, InMemorySubscriptionBus()).watch
    await watch.add(SCHEDULED, Connection.for_loop(Deaf()))
    await watch.add(DRAFT, Connection.for_loop(Deaf()))
    await door.done("update_campaign", campaign_id="cmp_nordlys_vip", name="Another name is no progress")
    await door.done("schedule_campaign", campaign_id="cmp_nordlys_practical", scheduled_at="2027-04-01T09:00")
    watch.look_now()
    with anyio.fail_after(5):
        while SCHEDULED in watch.addresses:
            await anyio.lowlevel.checkpoint()
    assert watch.addresses == {DRAFT}


async def test_only_what_moves_has_progress(door: Door) -> None:
    with pytest.raises(ValueError, match="watched"):
        await progress_at(Preo(door.backend, Context()), "preo://editions")
