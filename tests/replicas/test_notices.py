"""Words between replicas: heard by all, a crowd of them once, and again after Redis was gone."""

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest
from fakeredis import FakeServer
from fakeredis.aioredis import FakeRedis
from pydantic import SecretStr

from preo_mcp.replicas.notices import CHANNEL, Notices

pytestmark = pytest.mark.anyio

SHORT = 0.01
ENOUGH = 10


def at(server: FakeServer) -> Notices:
    return Notices(SecretStr("redis://localhost"), FakeRedis(server=server, decode_responses=True), SHORT)


class Ear:
    """Counts what is heard, and lets a test wait for it."""

    def __init__(self) -> None:
        self.count = 0
        self._changed = anyio.Event()

    def look_now(self) -> None:
        self.count += 1
        self._changed.set()
        self._changed = anyio.Event()

    async def at_least(self, count: int) -> None:
        with anyio.fail_after(ENOUGH):
            while self.count < count:
                await self._changed.wait()


@asynccontextmanager
async def listening(notices: Notices) -> AsyncGenerator[Ear]:
    ear = Ear()
    async with anyio.create_task_group() as tasks:
        notices.heed(ear)
        tasks.start_soon(notices.hear)
        await ear.at_least(1)
        yield ear
        tasks.cancel_scope.cancel()


async def test_each_replica_hears_what_another_changed() -> None:
    server = FakeServer()
    async with listening(at(server)) as one, listening(at(server)) as other:
        await at(server).tell()
        await one.at_least(2)
        await other.at_least(2)


async def test_a_crowd_of_words_is_heeded_twice_at_most() -> None:
    server = FakeServer()
    async with listening(at(server)) as ear:
        teller = at(server)
        for _ in range(50):
            await teller.tell()
        await ear.at_least(2)
        await anyio.sleep(5 * SHORT)
        assert ear.count <= 3


async def test_a_word_says_nothing_but_that_there_was_a_change() -> None:
    server = FakeServer()
    redis: Any = FakeRedis(server=server, decode_responses=True)
    async with redis.pubsub() as channel:
        await channel.subscribe(CHANNEL)
        await at(server).tell()
        said = [await channel.get_message(timeout=1) for _ in range(2)]
    assert said[1]["data"] == "changed"


async def test_while_redis_is_gone_telling_fails_quietly_and_hearing_goes_on_afterwards(
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = FakeServer()
    server.connected = False
    ear, hearing = Ear(), at(server)
    hearing.heed(ear)
    with caplog.at_level(logging.WARNING):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(hearing.hear)
            await at(server).tell()
            await anyio.sleep(5 * SHORT)
            server.connected = True
            await ear.at_least(1)
            tasks.cancel_scope.cancel()
    told = [one.getMessage().partition(":")[0] for one in caplog.records]
    assert sorted(told) == [
        "no words of the other replicas are heard",
        "the other replicas were not told of a change",
    ]


async def test_who_is_gone_is_not_asked_to_look() -> None:
    server = FakeServer()
    async with listening(at(server)) as ear:
        notices = at(server)
        gone = Ear()
        notices.heed(gone)
        notices.heed(ear)
        del gone
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(notices.hear)
            await ear.at_least(2)
            tasks.cancel_scope.cancel()
