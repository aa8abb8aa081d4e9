"""An API that fails on purpose, and clocks that only move when somebody waits; for the tests of the client."""

import traceback
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import anyio.lowlevel
import httpx
import pytest

from preo_mcp.api.errors import PreoError
from preo_mcp.api.operations import Operation
from preo_mcp.client.connection import Connection
from preo_mcp.client.preo_client import PreoClient
from preo_mcp.client.retries import Timing

TOKEN = "s3cret-T0KEN"
EMAIL = "inger.jensen@example.dk"
BASE_URL = "https://api.preo.dev"
ECHO = {"detail": f"Token {TOKEN} may not GET /v1/orders?customer_email={EMAIL}"}
Handler = Callable[[httpx.Request], httpx.Response | Awaitable[httpx.Response]]
Step = httpx.Response | type[httpx.TransportError] | Callable[[], httpx.Response] | None


class Clock:
    """Time that passes only when somebody sleeps, or a step of the script takes long."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.slept: list[float] = []

    def timing(self, draw: float = 1.0) -> Timing:
        start = datetime(2026, 7, 1, 12, tzinfo=UTC)
        return Timing(
            monotonic=lambda: self.seconds,
            now=lambda: start + timedelta(seconds=self.seconds - 1000),
            sleep=self.sleep,
            draw=lambda: draw,
        )

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds
        await anyio.lowlevel.checkpoint()


class Script:
    """Answers with one step after the other, the last one again and again; takes `seconds` for each."""

    def __init__(self, clock: Clock, *steps: Step, seconds: float = 0) -> None:
        self.clock = clock
        self.steps = list(steps)
        self.seconds = seconds
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.clock.seconds += self.seconds
        step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        if step is None:
            return httpx.Response(200, json={"id": "x"})
        if isinstance(step, httpx.Response):
            return httpx.Response(step.status_code, headers=step.headers, content=step.content)
        if not isinstance(step, type):
            return step()
        raise step(f"failed on {request.url} with {request.headers}", request=request)


def broken_gzip() -> httpx.Response:
    return httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"not gzip"))


def client_for(handler: Handler, clock: Clock | None = None, **connection: Any) -> PreoClient:
    async def respond(request: httpx.Request) -> httpx.Response:
        response = handler(request)
        return response if isinstance(response, httpx.Response) else await response

    return PreoClient(
        Connection(BASE_URL, TOKEN, **connection),
        transport=httpx.MockTransport(respond),
        timing=(clock or Clock()).timing(),
    )


async def call(client: PreoClient, operation: Operation, **arguments: Any) -> Any:
    if "{id}" in operation.path:
        arguments["path"] = {"id": "x_1"}
    return await client.send(operation, **arguments)


async def failure_of(client: PreoClient, operation: Operation, **arguments: Any) -> PreoError:
    with pytest.raises(PreoError) as caught:
        await call(client, operation, **arguments)
    return caught.value


def name_of(step: Any) -> str | None:
    if isinstance(step, httpx.Response):
        return f"status{step.status_code}"
    return getattr(step, "__name__", None)


def everything_shown(error: BaseException) -> str:
    shown = "".join(traceback.format_exception(error))
    link: BaseException | None = error
    while link is not None:
        shown += repr(link) + str(link) + str(link.args) + str(vars(link))
        link = link.__cause__ or link.__context__
    return shown
