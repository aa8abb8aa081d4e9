"""The sandbox in this process, behind an HTTP transport that behaves like a wire.

Plain `httpx.ASGITransport` runs no lifespan, ignores timeouts and ends the handler when its caller gives up; a server
across a wire does none of that, and what is rehearsed here has to hold there.
"""

import gc
import math
from collections.abc import AsyncIterator, Collection
from contextlib import suppress
from pathlib import Path
from typing import Final

import anyio
import httpx
from anyio.abc import TaskGroup, TaskStatus
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from preo_mcp.sandbox.app import create_app
from preo_mcp.sandbox.clock import Clock, system_clock
from preo_mcp.sandbox.fault_injection import DROP
from preo_mcp.sandbox.seed import seeded_store

SANDBOX_URL = "https://sandbox.invalid"
"""Where requests to the sandbox in this process are addressed; no name server knows it."""

DISCONNECTED: Final = "Server disconnected without sending a response."
INCOMPLETE: Final = "peer closed connection without sending complete message body"
"""httpx's words for what it sees on a wire."""


class InProcessTransport(httpx.AsyncBaseTransport):
    """Carries requests to an application whose handlers go on when their caller gives up."""

    def __init__(self, app: httpx.ASGITransport, tasks: TaskGroup) -> None:
        self._app = app
        self._tasks = tasks

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the application's answer.

        Raises:
            httpx.ReadTimeout: no answer within the request's read timeout.
            httpx.RemoteProtocolError: the application closed the connection without an answer.
        """
        line = _Line(self._app.app)
        carrier = httpx.ASGITransport(line, raise_app_exceptions=False)
        answers: list[httpx.Response] = []
        answered = anyio.Event()

        async def serve() -> None:
            answers.append(await carrier.handle_async_request(request))
            answered.set()

        self._tasks.start_soon(serve)
        limit = request.extensions.get("timeout", {}).get("read")
        with anyio.move_on_after(math.inf if limit is None else limit):
            await answered.wait()
        if not answers:
            raise httpx.ReadTimeout("no answer in time", request=request)
        if line.is_closed and not line.has_begun:
            raise httpx.RemoteProtocolError(DISCONNECTED, request=request)
        return _cut(answers[0]) if line.is_closed else answers[0]


class _Line:
    """The connection of one request, which the application can close, and which breaks where it does not end."""

    def __init__(self, app: ASGIApp) -> None:
        self.is_closed = False
        self.has_begun = False
        self._has_ended = False
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; where the answer did not end, the connection is closed, and what was sent by then ends.

        A server across a wire closes the connection of an application that fails in the middle of an answer, and goes
        on with all others.
        """

        async def noted(message: Message) -> None:
            self.has_begun = True
            self._has_ended = message["type"] == "http.response.body" and not message.get("more_body", False)
            await send(message)

        scope["extensions"] = {DROP: self._close}
        with suppress(Exception):  # the application has said what it is; here it only means that no more comes
            await self._app(scope, receive, noted)
        if not self._has_ended:
            self.is_closed = True
            if not self.has_begun:
                await send({"type": "http.response.start", "status": 500})
            await send({"type": "http.response.body"})

    async def _close(self) -> None:
        self.is_closed = True


class _Cut(httpx.AsyncByteStream):
    """A body that ends before its announced length."""

    def __init__(self, whole: httpx.AsyncByteStream) -> None:
        self._whole = whole

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield what was sent.

        Raises:
            httpx.RemoteProtocolError: that was all.
        """
        async for chunk in self._whole:
            yield chunk
        raise httpx.RemoteProtocolError(INCOMPLETE)


def _cut(answer: httpx.Response) -> httpx.Response:
    if not isinstance(answer.stream, httpx.AsyncByteStream):
        raise TypeError("an answer in this process is read asynchronously")
    return httpx.Response(answer.status_code, headers=answer.headers, stream=_Cut(answer.stream))


async def run_sandbox(
    folder: Path | None = None,
    webhook_hosts: Collection[str] = (),
    clock: Clock = system_clock,
    *,
    task_status: TaskStatus[InProcessTransport],
) -> None:
    """Open, seed when new, and run a sandbox until cancelled; `TaskGroup.start` it to get its transport.

    Webhooks are delivered to `webhook_hosts` alone.

    Raises:
        OSError: `folder` cannot be made or written.
    """
    with seeded_store(folder, clock) as store:
        app = create_app(store, webhook_hosts=webhook_hosts)
        gc.freeze()  # what the sandbox is made of stays: looking through it pauses everybody for 40 ms
        async with app.router.lifespan_context(app), anyio.create_task_group() as tasks:
            task_status.started(InProcessTransport(httpx.ASGITransport(app, raise_app_exceptions=False), tasks))
            await anyio.sleep_forever()
