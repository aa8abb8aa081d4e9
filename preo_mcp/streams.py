"""Streams of sessions over HTTP that can be taken up again, so that a long call outlives a connection that is cut.

The answer to a request of a session (protocol 2025-11-25 and older) is a stream of events with ids, opened by an event
that says how soon to come back. A client whose connection was cut asks with the last id that it has
(`Last-Event-ID`), gets what it missed, and waits on; the call has gone on meanwhile. Calls of 2026-07-28 have no
sessions, and nothing of them is kept.

The SDK hands the events of all sessions to one store, under the ids of their requests, which every session counts from
one. Here each session has a store of its own, found through the context in which its messages are handled; so no id
finds anything of another session.
"""

import asyncio
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import anyio
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.streamable_http import MCP_SESSION_ID_HEADER, EventCallback, EventMessage, EventStore
from mcp.types import JSONRPCError, JSONRPCMessage, JSONRPCNotification, JSONRPCResponse
from mcp_types import jsonrpc_message_adapter

from preo_mcp.resources.subscribing import connection_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

RETRY_MS: Final = 1_000
"""How soon a client is told to come back after its connection was cut."""
SECONDS_KEPT: Final = 120.0
"""How long an answer can be fetched: clients come back within seconds, and customers' data is kept no longer."""
SECONDS_BETWEEN: Final = SECONDS_KEPT / 4
"""How often it is looked for answers whose time is over."""
MOST_OF_SESSION: Final = 2 * 1024**2
"""Bytes of answers kept for a session; its newest is kept whatever its size."""
MOST_IN_ALL: Final = 16 * 1024**2
"""Bytes of answers kept for all sessions of a process."""
MOST_PENDING: Final = 100
"""Messages kept of a stream whose answer is still to come."""
AROUND: Final = 1_024
"""Bytes that an answer takes besides its text."""


@dataclass(frozen=True, slots=True)
class Event:
    """A message of a stream."""

    number: int
    """What comes after what, within a session."""
    text: bytes
    """The message as JSON; empty for the event that opens the stream."""
    subject: tuple[str, str] | None
    """What a later message of the same subject makes stale: the progress of a call, the news of a resource."""


@dataclass(slots=True)
class Stream:
    """What a client may have missed of the answer to one request, or of what comes unasked."""

    name: str
    """In event ids. Unlike the id of a request it is not used twice."""
    events: list[Event] = field(default_factory=list[Event])
    is_over: bool = False
    waiting: anyio.Event | None = None

    @property
    def size(self) -> int:
        """What it takes, in bytes."""
        return AROUND + sum(len(event.text) for event in self.events)

    def add(self, event: Event) -> None:
        """Keep an event in the place of what it makes stale."""
        if event.subject is not None:
            self.events = [each for each in self.events if each.subject != event.subject]
        self.events = [*self.events[1 - MOST_PENDING :], event]

    def tell(self) -> None:
        """Wake those who wait for more."""
        if self.waiting is not None:
            self.waiting.set()
            self.waiting = None

    async def more(self) -> None:
        """Wait for more."""
        self.waiting = self.waiting or anyio.Event()
        await self.waiting.wait()


class Session:
    """The streams of one session."""

    def __init__(self) -> None:
        self.id: str | None = None
        self.is_over = False
        self.answered: dict[str, int] = {}
        """The sizes of the streams that are over, by name, the oldest first."""
        self.bytes = 0
        """Their sum."""
        self._streams: dict[str, Stream] = {}
        self._open: dict[str, Stream] = {}
        self._count = 0

    def store(self, request: str, message: JSONRPCMessage | None) -> tuple[str, str | None]:
        """Keep a message of the stream of a request, or open that.

        Returns:
            The id of the event; and the name of the stream, if the message ends it.
        """
        if self.is_over:
            return f"0-{self._next()}", None
        stream = self._open.get(request)
        is_answer = isinstance(message, JSONRPCResponse | JSONRPCError)
        if stream is None and is_answer:  # nobody has an id of this stream to come back with
            return f"0-{self._next()}", None
        if stream is None or message is None:
            stream = self._opened(request)
        text = b"" if message is None else message.model_dump_json(by_alias=True, exclude_unset=True).encode()
        event = Event(self._next(), text, _subject_of(message))
        event_id = f"{stream.name}-{event.number}"
        stream.add(event)
        stream.is_over = is_answer
        stream.tell()
        if not stream.is_over:
            return event_id, None
        del self._open[request]
        self.answered[stream.name] = stream.size
        self.bytes += stream.size
        return event_id, stream.name

    def _opened(self, request: str) -> Stream:
        """Return a new stream; a client that uses an id again, against the rules, loses the earlier one."""
        earlier = self._open.pop(request, None)
        if earlier is not None:
            del self._streams[earlier.name]
        stream = self._open[request] = Stream(str(self._next()))
        self._streams[stream.name] = stream
        return stream

    def _next(self) -> int:
        self._count += 1
        return self._count

    async def replay(self, event_id: str, send: EventCallback) -> None:
        """Send what came after an event, and what still comes, until its stream or the session is over.

        Nothing is sent for an id that is not of this session, or of an answer that is kept no longer.
        """
        name, _, number = event_id.partition("-")
        stream = self._streams.get(name)
        if stream is None or not number.isdecimal():
            return
        last = int(number)
        while True:
            missed = next((event for event in stream.events if event.number > last and event.text), None)
            if missed is not None:
                last = missed.number
                await send(EventMessage(jsonrpc_message_adapter.validate_json(missed.text), f"{name}-{last}"))
            elif stream.is_over or self.is_over:
                return
            else:
                await stream.more()

    def drop(self, name: str) -> int:
        """Keep an answer no longer; return what it took."""
        del self._streams[name]
        size = self.answered.pop(name)
        self.bytes -= size
        return size

    def end(self) -> int:
        """Keep nothing, and let nobody wait any longer; return what the answers took."""
        self.is_over = True
        for stream in self._streams.values():
            stream.events.clear()
            stream.tell()
        self._streams.clear()
        self._open.clear()
        self.answered.clear()
        size, self.bytes = self.bytes, 0
        return size


def _subject_of(message: JSONRPCMessage | None) -> tuple[str, str] | None:
    if not isinstance(message, JSONRPCNotification) or message.params is None:
        return None
    named = message.params.get("progressToken", message.params.get("uri"))
    return None if named is None else (message.method, str(named))


_SESSION: Final[ContextVar[Session]] = ContextVar("session")
"""That of the request which is handled. The SDK's tasks for a session are begun by the request that opens it, and so
have that request's context."""


def _later(seconds: float, call: Callable[[], None]) -> object:
    return asyncio.get_running_loop().call_later(seconds, call)


class Streams(EventStore):
    """The SDK's event store for a server over HTTP, and what tells it whose events they are.

    Args:
        clock: Seconds that only grow.
        later: Calls something after so many seconds.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        later: Callable[[float, Callable[[], None]], object] = _later,
    ) -> None:
        self._clock = clock
        self._later = later
        self._sessions: dict[str, Session] = {}
        self._answered: dict[tuple[Session, str], float] = {}
        self._bytes = 0

    async def store_event(self, stream_id: str, message: JSONRPCMessage | None) -> str:
        """Keep a message for the stream of a request of the current session; None opens the stream.

        Returns:
            The id of the event.
        """
        session = _SESSION.get()
        event_id, answered = session.store(stream_id, message)
        if answered is not None:
            self._bytes += session.answered[answered]
            if not self._answered:
                self._later(SECONDS_BETWEEN, self._forget)
            self._answered[session, answered] = self._clock() + SECONDS_KEPT
            while session.bytes > MOST_OF_SESSION and len(session.answered) > 1:
                self._drop(session, next(iter(session.answered)))
            while self._bytes > MOST_IN_ALL and len(self._answered) > 1:
                self._drop(*next(iter(self._answered)))
        return event_id

    async def replay_events_after(self, last_event_id: str, send_callback: EventCallback) -> None:
        """Send what the client of the current session missed, to the end of that stream.

        The SDK would take over from here, but would lose what comes in between, and would leave the stream open after
        its answer. So it gets no stream to take over.
        """
        await _SESSION.get().replay(last_event_id, send_callback)

    def _drop(self, session: Session, name: str) -> None:
        self._bytes -= session.drop(name)
        del self._answered[session, name]

    def _forget(self) -> None:
        """Drop the answers whose time is over, and see to the next ones."""
        while self._answered:
            answered, until = next(iter(self._answered.items()))
            if until > self._clock():
                self._later(SECONDS_BETWEEN, self._forget)
                return
            self._drop(*answered)

    def around(self, app: "ASGIApp") -> "ASGIApp":
        """Return `app` with each request handled in the context of its session."""

        async def handled(scope: "Scope", receive: "Receive", send: "Send") -> None:
            if scope["type"] != "http":
                return await app(scope, receive, send)
            header = MCP_SESSION_ID_HEADER.encode()
            named = dict(scope["headers"]).get(header)
            known = None if named is None else self._sessions.get(named.decode("latin-1"))
            session = known or Session()

            async def noted(message: "Message") -> None:
                if named is None and message["type"] == "http.response.start" and message["status"] < 400:
                    self._begin(session, dict(message["headers"]).get(header))
                await send(message)

            token = _SESSION.set(session)
            try:
                await app(scope, receive, noted)
            finally:
                _SESSION.reset(token)

        return handled

    def _begin(self, session: Session, named: bytes | None) -> None:
        if named is not None and not session.is_over:
            session.id = named.decode("latin-1")
            self._sessions[session.id] = session

    async def end_with_session(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Let a session's events end when it ends, however it does; this is middleware of the server."""
        if ctx.method == "initialize" and (session := _SESSION.get(None)) is not None:
            connection_of(ctx).exit_stack.callback(self._end, session)
        return await call_next(ctx)

    def _end(self, session: Session) -> None:
        for name in session.answered:
            del self._answered[session, name]
        self._bytes -= session.end()
        if session.id is not None:
            self._sessions.pop(session.id, None)
