"""What one caller may ask over HTTP: at once, in a minute, how large, how slowly; and that the others go on."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import anyio
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send

from preo_mcp.limits import TAKEN_AT_ONCE, Count, CountHere, Limited, Limits

pytestmark = pytest.mark.anyio

FEW = Limits(at_once=2, per_minute=None, body_bytes=1000, body_seconds=0.05)


class Work:
    """An app that answers with what it was sent, as soon as it is let go."""

    def __init__(self) -> None:
        self.begun = 0
        self.go = anyio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.begun += 1
        message = await receive()
        assert not message["more_body"]
        await self.go.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": message["body"]})


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000 * 60.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def calling(app: Limited) -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://server") as client:
        yield client


def three_parts(response: httpx.Response) -> str:
    assert len(response.text.strip().split(" · ")) == 3
    return response.text


async def test_as_many_as_may_be_are_under_way_and_the_next_is_told_to_wait() -> None:
    work = Work()
    async with calling(Limited(work, FEW)) as client, anyio.create_task_group() as tasks:
        for _ in range(FEW.at_once):
            tasks.start_soon(lambda: client.post("/", content=b"slow"))
        await anyio.wait_all_tasks_blocked()
        refused = await client.post("/", content=b"more")
        assert refused.status_code == 429
        assert refused.headers["retry-after"] == "1"
        assert "2 requests of this caller are under way" in three_parts(refused)
        work.go.set()
    async with calling(Limited(work, FEW)) as client:
        assert (await client.post("/", content=b"again")).text == "again"
    assert work.begun == FEW.at_once + 1


async def test_a_place_is_free_again_when_its_client_gives_up() -> None:
    work = Work()
    app = Limited(work, FEW)
    async with calling(app) as client:
        for _ in range(FEW.at_once + 1):
            with anyio.move_on_after(0):
                await client.post("/", content=b"given up")
        work.go.set()
        assert (await client.post("/", content=b"next")).status_code == 200


async def test_streams_that_listen_take_no_place() -> None:
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["method"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async with calling(Limited(app, Limits(at_once=0, per_minute=0, body_bytes=0))) as client:
        assert (await client.get("/")).status_code == 200
        assert (await client.delete("/")).status_code == 200
        assert (await client.post("/")).status_code == 429
    assert seen == ["GET", "DELETE"]


async def test_a_minute_has_so_many_requests_and_the_next_minute_as_many_again() -> None:
    clock, work = Clock(), Work()
    work.go.set()
    limits = Limits(at_once=5, per_minute=TAKEN_AT_ONCE + 3, body_bytes=1000)
    async with calling(Limited(work, limits, clock=clock)) as client:
        for _ in range(2):
            answers = [await client.post("/", content=b"x") for _ in range(TAKEN_AT_ONCE + 5)]
            assert [one.status_code for one in answers] == [200] * (TAKEN_AT_ONCE + 3) + [429] * 2
            assert answers[-1].headers["retry-after"] == "60"
            three_parts(answers[-1])
            clock.now += 60


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 60), st.integers(1, 4), st.lists(st.integers(0, 3), max_size=100))
async def test_replicas_together_let_no_more_through_than_one(most: int, replicas: int, asked: list[int]) -> None:
    count: Count = CountHere()
    work = Work()
    work.go.set()
    limits = Limits(at_once=5, per_minute=most, body_bytes=1000)
    apps = [Limited(work, limits, "ada", count, Clock()) for _ in range(replicas)]
    passed = 0
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(calling(app)) for app in apps]
        for number in asked:
            passed += (await clients[number % replicas].post("/")).status_code == 200
    assert passed <= most
    if replicas == 1:
        assert passed == min(most, len(asked))


async def test_one_who_asked_too_much_does_not_stop_another() -> None:
    count, work = CountHere(), Work()
    work.go.set()
    limits = Limits(at_once=1, per_minute=1, body_bytes=1000)
    ada, bob = (Limited(work, limits, name, count, Clock()) for name in ("ada", "bob"))
    async with calling(ada) as first, calling(bob) as second:
        assert [(await first.post("/")).status_code for _ in range(2)] == [200, 429]
        assert (await second.post("/")).status_code == 200


@pytest.mark.parametrize("declared", [True, False])
async def test_a_body_that_is_too_large_is_refused_before_it_is_whole(declared: bool) -> None:
    work = Work()
    sent = 0

    async def endless() -> AsyncGenerator[bytes]:
        nonlocal sent
        while sent < 100:
            sent += 1
            yield b"x" * 100

    async with calling(Limited(work, FEW)) as client:
        headers = {"Content-Length": "10000"} if declared else {}
        refused = await client.post("/", content=endless(), headers=headers)
    assert refused.status_code == 413
    assert "larger than 1000 bytes" in three_parts(refused)
    assert sent < 15
    assert work.begun == 0


async def test_a_body_that_drips_is_given_up() -> None:
    work = Work()

    async def dripping() -> AsyncGenerator[bytes]:
        yield b"x"
        await anyio.sleep_forever()

    async with calling(Limited(work, FEW)) as client:
        refused = await client.post("/", content=dripping())
    assert refused.status_code == 408
    three_parts(refused)
    assert work.begun == 0
