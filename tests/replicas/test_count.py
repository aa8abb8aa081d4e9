"""The shared count: together as one, under names that tell nobody, and alone while Redis is gone."""

import logging
from typing import Any

import pytest
from fakeredis import FakeServer
from fakeredis.aioredis import FakeRedis
from pydantic import SecretStr

from preo_mcp.limits import Limited, Limits
from preo_mcp.replicas.count import KEPT_SECONDS, SharedCount

pytestmark = pytest.mark.anyio

KEY = b"k" * 32
MINUTE = 28_000_000


def counting(server: FakeServer) -> SharedCount:
    return SharedCount(SecretStr("redis://localhost"), lambda: KEY, FakeRedis(server=server, decode_responses=True))


async def test_replicas_count_together_and_each_caller_apart() -> None:
    server = FakeServer()
    here, there = counting(server), counting(server)
    assert await here.take("ada", MINUTE, 10) == 10
    assert await there.take("ada", MINUTE, 10) == 20
    assert await there.take("bob", MINUTE, 1) == 1
    assert await here.take("ada", MINUTE + 1, 1) == 1


async def test_names_tell_nobody_and_end_by_themselves() -> None:
    server = FakeServer()
    await counting(server).take("ada@example.org", MINUTE, 1)
    redis: Any = FakeRedis(server=server, decode_responses=True)
    [name] = await redis.keys()
    assert "ada" not in name
    assert 0 < await redis.ttl(name) <= KEPT_SECONDS


async def test_each_counts_alone_while_redis_is_gone_and_says_so_once(caplog: pytest.LogCaptureFixture) -> None:
    server = FakeServer()
    here = counting(server)
    assert await here.take("ada", MINUTE, 10) == 10
    server.connected = False
    with caplog.at_level(logging.WARNING):
        assert await here.take("ada", MINUTE, 10) == 20
        assert await here.take("ada", MINUTE, 10) == 30
    assert [one.getMessage().partition(":")[0] for one in caplog.records] == [
        "requests are counted in this process alone"
    ]
    server.connected = True
    assert await here.take("ada", MINUTE, 10) == 20


def test_a_limit_takes_it_for_its_own() -> None:
    async def app(*_: object) -> None:
        raise AssertionError

    assert Limited(app, Limits(1, 1, 1), "ada", counting(FakeServer()))
