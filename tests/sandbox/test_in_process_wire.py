"""The transport in this process behaves like a wire: the other side goes on when the caller gives up."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from preo_mcp.sandbox.in_process import SANDBOX_URL, InProcessTransport, run_sandbox


class Slow:
    """An application that answers when it is let go."""

    def __init__(self) -> None:
        self.gate = anyio.Event()
        self.done: list[str] = []
        ways = {
            "/slow": self.slow,
            "/fault": self.fault,
            "/breaks": self.breaks,
            "/ends": ends_in_the_middle,
            "/silent": says_nothing,
        }
        self.app = Starlette(routes=[Route(path, way) for path, way in ways.items()])

    async def slow(self, request: Request) -> JSONResponse:
        await self.gate.wait()
        self.done.append(request.url.path)
        return JSONResponse({})

    async def fault(self, request: Request) -> JSONResponse:
        raise RuntimeError

    async def breaks(self, request: Request) -> StreamingResponse:
        async def half() -> AsyncGenerator[bytes]:
            yield b"half of "
            raise RuntimeError

        return StreamingResponse(half())


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    pass


async def _half(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": b"half of ", "more_body": True})


async def ends_in_the_middle(request: Request) -> ASGIApp:
    return _half


async def says_nothing(request: Request) -> ASGIApp:
    return _nothing


@asynccontextmanager
async def wired(slow: Slow) -> AsyncGenerator[httpx.AsyncClient]:
    async with anyio.create_task_group() as tasks:
        transport = InProcessTransport(httpx.ASGITransport(slow.app, raise_app_exceptions=False), tasks)
        async with httpx.AsyncClient(transport=transport, base_url=SANDBOX_URL) as client:
            yield client
        tasks.cancel_scope.cancel()


async def let_go(slow: Slow) -> None:
    slow.gate.set()
    with anyio.fail_after(5):
        while not slow.done:
            await anyio.lowlevel.checkpoint()


async def test_a_read_timeout_does_not_stop_the_handler() -> None:
    slow = Slow()
    async with wired(slow) as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.get("/slow", timeout=0.02)
        await let_go(slow)


async def test_a_caller_that_is_cancelled_does_not_stop_the_handler() -> None:
    slow = Slow()
    async with wired(slow) as client:
        with anyio.move_on_after(0.02) as scope:
            await client.get("/slow", timeout=None)
        assert scope.cancelled_caught
        await let_go(slow)


async def test_a_fault_is_an_answer() -> None:
    async with wired(Slow()) as client:
        assert (await client.get("/fault")).status_code == 500


@pytest.mark.parametrize("path", ["/breaks", "/ends", "/silent"])
async def test_an_answer_that_does_not_end_is_a_broken_connection_and_ends_nothing_else(path: str) -> None:
    async with wired(Slow()) as client:
        for _ in range(2):
            with pytest.raises(httpx.RemoteProtocolError):
                await client.get(path)
        assert (await client.get("/fault")).status_code == 500


async def test_a_kept_sandbox_goes_on_where_it_was(tmp_path: Path) -> None:
    made: list[str] = []

    async def start(*, task_status: anyio.abc.TaskStatus[InProcessTransport]) -> None:
        await run_sandbox(tmp_path, task_status=task_status)

    for _ in range(2):
        async with anyio.create_task_group() as tasks:

            async def start(*, task_status: anyio.abc.TaskStatus[InProcessTransport]) -> None:
                await run_sandbox(tmp_path, task_status=task_status)

            transport: InProcessTransport = await tasks.start(start)
            headers = {"Authorization": "Bearer sandbox-admin"}
            async with httpx.AsyncClient(transport=transport, base_url=SANDBOX_URL, headers=headers) as client:
                listed = (await client.get("/v1/data-imports")).json()
                assert [found["id"] for found in listed["results"]] == made
                state = (await client.get("/__sandbox/state")).json()
                assert state["orders"] == 5000
                content = {
                    "edition_id": "edt_nordlys27",
                    "data_file_name": "a.csv",
                    "data_file_base64": "YSxiCjEsMgo=",
                }
                made.append((await client.post("/v1/data-imports", json=content)).json()["id"])
            (tmp_path / "files" / "half.part").write_text("what was arriving when the process ended")
            tasks.cancel_scope.cancel()
    async with anyio.create_task_group() as tasks:
        await tasks.start(start)
        assert not list((tmp_path / "files").glob("*.part"))
        tasks.cancel_scope.cancel()
