"""Pieces of an answer over HTTP that come at nearly the same time leave as one.

The answer to a call is a stream of four pieces: its head, the event that opens it, the result, its end. Each that is
written by itself costs this process and the client a wake-up, more than all the rest that a small call needs of HTTP.
"""

import asyncio
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

HELD_SECONDS: Final = 0.1
"""How long a piece waits for the next one: longer than most calls take, and nothing to who waits longer."""
LENGTH: Final = b"content-length"
MOST_HELD: Final = 64 * 1024
"""Bytes that are held; more leave at once."""


class Batched:
    """Passes requests on, and sends their answers in few pieces.

    Args:
        app: What stands after it.
        held_seconds: How long a piece waits.
    """

    def __init__(self, app: "ASGIApp", held_seconds: float = HELD_SECONDS) -> None:
        self._app = app
        self._held_seconds = held_seconds

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer a request; only answers to a POST are held, since who listens waits for each event."""
        if scope["type"] != "http" or scope["method"] != "POST":
            return await self._app(scope, receive, send)
        answer = _Answer(send, self._held_seconds)
        try:
            await self._app(scope, receive, answer.send)
        finally:
            answer.end()


class _Answer:
    """An answer on its way."""

    def __init__(self, send: "Send", held_seconds: float) -> None:
        self._send = send
        self._held_seconds = held_seconds
        self._head: Message | None = None
        self._body = bytearray()
        self._timer: asyncio.TimerHandle | None = None
        self._leaving: asyncio.Task[None] | None = None
        self._lock = asyncio.Lock()

    async def send(self, message: "Message") -> None:
        """Hold a piece for the next one, or let all that is held leave with it."""
        if message["type"] == "http.response.start":
            self._head = message
            self._start_timer()
            return
        self._body += message.get("body", b"")
        if message.get("more_body", False) and len(self._body) <= MOST_HELD:
            self._start_timer()
            return
        await self._leave(more=message.get("more_body", False))

    def _start_timer(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._held_seconds, self._time_is_over)

    def _time_is_over(self) -> None:
        self._timer = None
        self._leaving = asyncio.ensure_future(self._leave(more=True))

    async def _leave(self, *, more: bool) -> None:
        self._stop_timer()
        async with self._lock:
            head, self._head = self._head, None
            body, self._body = bytes(self._body), bytearray()
            if head is not None:
                await self._send(head if more else _with_length(head, len(body)))
            if body or not more:
                await self._send({"type": "http.response.body", "body": body, "more_body": more})

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def end(self) -> None:
        """Let nothing leave any more."""
        self._stop_timer()


def _with_length(head: "Message", length: int) -> "Message":
    """Return the head of an answer that is whole: with its length, it needs no piece that ends it."""
    headers: list[tuple[bytes, bytes]] = [*head["headers"]]
    if all(name.lower() != LENGTH for name, _ in headers):
        headers.append((LENGTH, str(length).encode()))
    return {**head, "headers": headers}
