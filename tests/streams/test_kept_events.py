"""The store of events by itself: what is kept, for whom, how long and how much."""

from collections.abc import Callable

import anyio
import pytest
from mcp.server.streamable_http import EventMessage
from mcp.types import ErrorData, JSONRPCError, JSONRPCMessage, JSONRPCNotification, JSONRPCResponse

from preo_mcp import streams
from preo_mcp.streams import MOST_OF_SESSION, MOST_PENDING, SECONDS_BETWEEN, SECONDS_KEPT, Session, Streams


def answer(number: int = 1, text: str = "done") -> JSONRPCResponse:
    return JSONRPCResponse(jsonrpc="2.0", id=number, result={"text": text})


def progress(value: float, token: str = "t") -> JSONRPCNotification:
    params = {"progressToken": token, "progress": value}
    return JSONRPCNotification(jsonrpc="2.0", method="notifications/progress", params=params)


def news(uri: str) -> JSONRPCNotification:
    return JSONRPCNotification(jsonrpc="2.0", method="notifications/resources/updated", params={"uri": uri})


class Read:
    """What a client got."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.messages: list[JSONRPCMessage] = []

    async def take(self, event: EventMessage) -> None:
        assert event.event_id
        self.ids.append(event.event_id)
        self.messages.append(event.message)


async def replayed(session: Session, event_id: str) -> Read:
    """Return what a client gets whose stream is over."""
    read = Read()
    with anyio.fail_after(5):
        await session.replay(event_id, read.take)
    return read


async def test_what_came_meanwhile_is_sent_once_in_its_order_and_the_stream_ends() -> None:
    session = Session()
    opened, _ = session.store("1", None)
    session.store("2", None)
    session.store("1", progress(1, "a"))
    session.store("2", answer(2, "another call"))
    heard, _ = session.store("1", progress(1, "b"))
    session.store("1", answer())
    assert (await replayed(session, opened)).messages == [progress(1, "a"), progress(1, "b"), answer()]
    read = await replayed(session, heard)
    assert read.messages == [answer()]
    assert (await replayed(session, read.ids[-1])).messages == []


async def test_who_comes_back_before_the_answer_waits_for_it() -> None:
    session, read = Session(), Read()
    opened, _ = session.store("1", None)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(session.replay, opened, read.take)
        await anyio.wait_all_tasks_blocked()
        session.store("1", progress(1))
        await anyio.wait_all_tasks_blocked()
        assert read.messages == [progress(1)]
        session.store("1", answer())
    assert read.messages == [progress(1), answer()]


async def test_nothing_is_lost_that_comes_while_a_client_is_slow() -> None:
    session, read = Session(), Read()
    opened, _ = session.store("1", None)
    session.store("1", progress(1))

    async def take(event: EventMessage) -> None:
        await read.take(event)
        if len(read.messages) == 1:
            session.store("1", answer())

    with anyio.fail_after(5):
        await session.replay(opened, take)
    assert read.messages == [progress(1), answer()]


async def test_an_error_is_an_answer_too() -> None:
    session = Session()
    opened, _ = session.store("1", None)
    refused = JSONRPCError(jsonrpc="2.0", id=1, error=ErrorData(code=-32602, message="no"))
    session.store("1", refused)
    assert (await replayed(session, opened)).messages == [refused]


@pytest.mark.parametrize("event_id", ["", "-", "1", "1-", "-1", "1-x", "1--1", "99-1", "1-²", "x" * 10_000])
async def test_an_invented_id_finds_nothing(event_id: str) -> None:
    session = Session()
    session.store("1", None)
    session.store("1", answer())
    assert (await replayed(session, event_id)).messages == []


async def test_only_the_newest_of_what_grows_stale_is_kept() -> None:
    session, read = Session(), Read()
    opened, _ = session.store("_GET_stream", news("preo://a"))
    for number in range(1_000):
        session.store("_GET_stream", news(f"preo://{number % 3}"))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(session.replay, opened, read.take)
        await anyio.wait_all_tasks_blocked()
        session.end()
    assert read.messages == [news("preo://1"), news("preo://2"), news("preo://0")]


async def test_a_stream_without_an_answer_does_not_grow_without_end() -> None:
    session = Session()
    opened, _ = session.store("1", None)
    for number in range(5 * MOST_PENDING):
        session.store("1", progress(number, str(number)))
    session.store("1", answer())
    messages = (await replayed(session, opened)).messages
    assert len(messages) == MOST_PENDING
    assert messages[-1] == answer()


async def test_a_session_that_ends_lets_nobody_wait_and_keeps_nothing() -> None:
    session, read = Session(), Read()
    opened, _ = session.store("1", None)
    other, _ = session.store("2", None)
    session.store("2", answer(2))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(session.replay, opened, read.take)
        await anyio.wait_all_tasks_blocked()
        assert session.end() > 0
    session.store("1", answer())
    assert (
        read.messages == (await replayed(session, opened)).messages == (await replayed(session, other)).messages == []
    )
    assert session.bytes == 0


async def test_an_id_that_is_used_again_has_a_stream_of_its_own() -> None:
    session = Session()
    first, _ = session.store("1", None)
    session.store("1", answer(text="first"))
    second, _ = session.store("1", None)
    session.store("1", answer(text="second"))
    assert (await replayed(session, first)).messages == [answer(text="first")]
    assert (await replayed(session, second)).messages == [answer(text="second")]
    abandoned, _ = session.store("1", None)
    again, _ = session.store("1", None)
    session.store("1", answer(text="third"))
    assert (await replayed(session, abandoned)).messages == []
    assert (await replayed(session, again)).messages == [answer(text="third")]


class Time:
    """Moves when it is told to, and calls what is due."""

    def __init__(self) -> None:
        self.now = 0.0
        self.due: list[tuple[float, Callable[[], None]]] = []

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        self.due.append((self.now + seconds, call))

    def pass_by(self, seconds: float) -> None:
        end = self.now + seconds
        while self.due and self.due[0][0] <= end:
            self.now, call = self.due.pop(0)
            call()
        self.now = end


async def called(store: Streams, session: Session, number: int, text: str = "done") -> str:
    """Answer a call of a session; return the id of the event that opened its stream."""
    token = streams._SESSION.set(session)  # pyright: ignore[reportPrivateUsage] - what a request's context does
    try:
        opened = await store.store_event(str(number), None)
        await store.store_event(str(number), answer(number, text))
    finally:
        streams._SESSION.reset(token)  # pyright: ignore[reportPrivateUsage] - as above
    return opened


async def kept(session: Session, opened: list[str]) -> list[bool]:
    """Return of which streams there is an answer."""
    return [bool((await replayed(session, event_id)).messages) for event_id in opened]


async def test_an_answer_is_kept_for_two_minutes_and_nothing_is_looked_for_when_there_is_none() -> None:
    time, session = Time(), Session()
    store = Streams(lambda: time.now, time.later)
    first = await called(store, session, 1)
    time.pass_by(SECONDS_KEPT / 2)
    second = await called(store, session, 2)
    assert len(time.due) == 1
    time.pass_by(SECONDS_KEPT / 2)
    assert await kept(session, [first, second]) == [False, True]
    time.pass_by(SECONDS_KEPT / 2 + SECONDS_BETWEEN)
    assert await kept(session, [first, second]) == [False, False]
    assert time.due == []
    assert session.bytes == 0


async def test_a_session_keeps_its_newest_answers() -> None:
    time, session, other = Time(), Session(), Session()
    store = Streams(lambda: time.now, time.later)
    elsewhere = await called(store, other, 1)
    opened = [await called(store, session, number, "x" * (MOST_OF_SESSION // 3)) for number in range(4)]
    assert await kept(session, opened) == [False, False, True, True]
    opened.append(await called(store, session, 9, "x" * (2 * MOST_OF_SESSION)))
    assert await kept(session, opened) == [False] * 4 + [True]
    assert await kept(other, [elsewhere]) == [True]


async def test_all_sessions_together_keep_no_more_than_the_process_has_room_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(streams, "MOST_IN_ALL", 10_000)
    time, sessions = Time(), [Session() for _ in range(50)]
    store = Streams(lambda: time.now, time.later)
    opened = [await called(store, session, 1, "x" * 1_000) for session in sessions]
    found = [(await kept(session, [event_id]))[0] for session, event_id in zip(sessions, opened, strict=True)]
    assert found == [False] * 46 + [True] * 4
    assert sum(session.bytes for session in sessions) <= 10_000
    time.pass_by(2 * SECONDS_KEPT)
    assert sum(session.bytes for session in sessions) == 0
