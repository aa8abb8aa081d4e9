"""A change through one replica is seen at once by who listens at another: two teams' servers on a real Redis."""

import shutil
from collections.abc import Generator
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp.server.subscriptions import ResourceUpdated

from benchmarks.redis_server import RedisServer, redis_server
from preo_mcp.resources.watching import Pace
from preo_mcp.sandbox.app import create_app
from preo_mcp.sandbox.seed import seeded_store
from tests.door import YES, Person, text_of
from tests.team.provider import served
from tests.team.signed_in import a_team

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(
        shutil.which("redis-server") is None and shutil.which("valkey-server") is None, reason="there is no Redis here"
    ),
]

PATIENCE = 20
CAMPAIGN = "cmp_nordlys_practical"
ADDRESS = f"preo://campaigns/{CAMPAIGN}"
NEVER = 1000.0
"""Seconds between two looks that nobody asked for: longer than any test."""


@pytest.fixture
def redis(tmp_path: Path) -> Generator[RedisServer]:
    with redis_server(tmp_path / "redis") as server:
        yield server


async def test_who_listens_at_one_replica_hears_at_once_what_another_changed(
    tmp_path: Path, redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("preo_mcp.resources.watching.DEFAULT_PACE", Pace(NEVER, NEVER))
    key = tmp_path / "key"
    key.touch(0o600)
    key.write_text("5e" * 32)
    with seeded_store() as store:
        app = create_app(store)
        async with app.router.lifespan_context(app), served(app) as url:
            shared: dict[str, Any] = {
                "base_url": url,
                "token": "sandbox-admin",
                "ledger_url": redis.url,
                "key_file": key,
                "session_idle_minutes": 5,
            }
            async with (
                a_team(tmp_path / "one", **shared) as one,
                a_team(tmp_path / "two", **shared) as two,
                one.client(one.token("anna"), "legacy", elicitation_callback=Person(YES).ask) as anna,
                two.client(two.token("bo"), "auto") as bo,
                bo.listen(resource_subscriptions=[ADDRESS]) as stream,
            ):
                assert [str(uri) for uri in stream.honored.resource_subscriptions or []] == [ADDRESS]
                cancelled = await anna.call_tool("cancel_campaign", {"campaign_id": CAMPAIGN})
                assert not cancelled.is_error, text_of(cancelled)
                with anyio.fail_after(PATIENCE):
                    event = await anext(aiter(stream))
                assert isinstance(event, ResourceUpdated)
                assert event.uri == ADDRESS
