"""The sandbox in this process, behind an HTTP transport that behaves like a wire.

Plain `httpx.ASGITransport` runs no lifespan, ignores timeouts and ends the handler when its caller gives up; a server
across a wire does none of that, and what is rehearsed here has to hold there.
"""

import gc
import math
from pathlib import Path

import anyio
import httpx
from anyio.abc import TaskGroup, TaskStatus

from preo_mcp.sandbox.app import create_app
from preo_mcp.sandbox.clock import Clock, system_clock
from preo_mcp.sandbox.seeded import seeded_store

SANDBOX_URL = "https://sandbox.invalid"
"""Where requests to the sandbox in this process are addressed; no name server knows it."""


class InProcessTransport(httpx.AsyncBaseTransport):
    """Carries requests to an application whose handlers go on when their caller gives up."""

    def __init__(self, app: httpx.ASGITransport, tasks: TaskGroup) -> None:
        self._app = app
        self._tasks = tasks

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the application's answer.

        Raises:
            httpx.ReadTimeout: no answer within the request's read timeout.
        """
        answers: list[httpx.Response] = []
        answered = anyio.Event()

        async def serve() -> None:
            answers.append(await self._app.handle_async_request(request))
            answered.set()

        self._tasks.start_soon(serve)
        limit = request.extensions.get("timeout", {}).get("read")
        with anyio.move_on_after(math.inf if limit is None else limit):
            await answered.wait()
        if not answers:
            raise httpx.ReadTimeout("no answer in time", request=request)
        return answers[0]


async def run_sandbox(
    folder: Path | None = None, clock: Clock = system_clock, *, task_status: TaskStatus[InProcessTransport]
) -> None:
    """Open, seed when new, and run a sandbox until cancelled; `TaskGroup.start` it to get its transport.

    Raises:
        OSError: `folder` cannot be made or written.
    """
    with seeded_store(folder, clock) as store:
        app = create_app(store)
        gc.freeze()  # what the sandbox is made of stays: looking through it pauses everybody for 40 ms
        async with app.router.lifespan_context(app), anyio.create_task_group() as tasks:
            task_status.started(InProcessTransport(httpx.ASGITransport(app, raise_app_exceptions=False), tasks))
            await anyio.sleep_forever()
