"""Pieces of an answer that come together leave as one; what comes later is not held for it, and nothing is lost."""

from collections.abc import Awaitable, Callable

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.types import Message, Receive, Scope, Send

from preo_mcp.batching import MOST_HELD, Batched

pytestmark = pytest.mark.anyio

SHORT = 0.01
LONG = 60.0
ENOUGH = 10
POST: Scope = {"type": "http", "method": "POST", "headers": []}
START: Message = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]}


def piece(body: bytes, *, more: bool = True) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}


class Client:
    """Who gets an answer."""

    def __init__(self) -> None:
        self.got: list[Message] = []
        self._more = anyio.Event()

    async def send(self, message: Message) -> None:
        self.got.append(message)
        self._more.set()
        self._more = anyio.Event()

    async def at_least(self, count: int) -> None:
        with anyio.fail_after(ENOUGH):
            while len(self.got) < count:
                await self._more.wait()

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.got)


async def nothing() -> Message:
    await anyio.sleep_forever()
    raise AssertionError


async def answered(
    write: Callable[[Send], Awaitable[None]], held_seconds: float, scope: Scope = POST, client: Client | None = None
) -> Client:
    client = client or Client()

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await write(send)

    await Batched(app, held_seconds)(scope, nothing, client.send)
    return client


async def test_an_answer_that_is_whole_at_once_leaves_as_one_with_its_length() -> None:
    async def write(send: Send) -> None:
        for message in (START, piece(b"id: 1\n\n"), piece(b"data: {}\n\n"), piece(b"", more=False)):
            await send(message)
            await anyio.lowlevel.checkpoint()

    client = await answered(write, LONG)
    assert client.got == [
        {**START, "headers": [*START["headers"], (b"content-length", b"17")]},
        piece(b"id: 1\n\ndata: {}\n\n", more=False),
    ]


async def test_what_was_said_so_far_leaves_when_the_rest_takes_long() -> None:
    client, go = Client(), anyio.Event()

    async def write(send: Send) -> None:
        await send(START)
        await send(piece(b"id: 1\n\n"))
        await go.wait()
        await send(piece(b"data: {}\n\n"))
        await send(piece(b"", more=False))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(answered, write, SHORT, POST, client)
        await client.at_least(2)
        assert client.got == [START, piece(b"id: 1\n\n")]
        go.set()
    assert client.got[2:] == [piece(b"data: {}\n\n", more=False)]


async def test_large_pieces_are_not_held() -> None:
    large, seen = b"x" * (MOST_HELD + 1), list[int]()
    client = Client()

    async def write(send: Send) -> None:
        await send(START)
        for _ in range(3):
            await send(piece(large))
            seen.append(len(client.body))
        await send(piece(b"", more=False))

    await answered(write, LONG, POST, client)
    assert seen == [len(large), 2 * len(large), 3 * len(large)]
    assert client.got[-1] == piece(b"", more=False)


async def test_streams_that_are_listened_to_are_not_held() -> None:
    client, seen = Client(), list[int]()

    async def write(send: Send) -> None:
        for message in (START, piece(b"data: 1\n\n"), piece(b"data: 2\n\n")):
            await send(message)
            seen.append(len(client.got))

    await answered(write, LONG, {**POST, "method": "GET"}, client)
    assert seen == [1, 2, 3]


async def test_a_length_that_is_said_is_not_said_twice() -> None:
    start = {**START, "headers": [(b"Content-Length", b"2")]}

    async def write(send: Send) -> None:
        await send(start)
        await send(piece(b"ok", more=False))

    assert (await answered(write, LONG)).got == [start, piece(b"ok", more=False)]


async def test_an_answer_that_breaks_off_says_no_more() -> None:
    client = Client()

    async def write(send: Send) -> None:
        await send(START)
        await send(piece(b"half"))
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await answered(write, SHORT, POST, client)
    await anyio.sleep(3 * SHORT)
    assert client.got == []


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.binary(max_size=20), st.sampled_from([0, 0, 0, 0.003])), max_size=12))
async def test_whatever_the_pieces_and_pauses_the_answer_is_the_same(pieces: list[tuple[bytes, float]]) -> None:
    async def write(send: Send) -> None:
        await send(START)
        for body, pause in pieces:
            await anyio.sleep(pause)
            await send(piece(body))
        await send(piece(b"", more=False))

    client = await answered(write, 0.001)
    assert client.body == b"".join(body for body, _ in pieces)
    assert [message["type"] for message in client.got].count("http.response.start") == 1
    assert client.got[0]["type"] == "http.response.start"
    assert [message["more_body"] for message in client.got[1:]] == [True] * (len(client.got) - 2) + [False]
