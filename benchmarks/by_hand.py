"""What an export of 50 MB that is dropped on the page costs a server over HTTP: memory, and how long others wait."""

import asyncio
import os
import re
import subprocess
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

import httpx
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.types import TextContent

from benchmarks.event_loop import uncollected
from benchmarks.memory import watched
from benchmarks.processes import LOOPBACK, TOKEN, await_port, end, free_port, preo_mcp, sandbox, scratch_folder
from benchmarks.table import NotMeasuredError, Row
from benchmarks.uploads import FILE, HEADING, LINE, MEGABYTE, write_orders
from preo_mcp.files.uploads.upload import PIECE
from preo_mcp.serving import bearer_of
from preo_mcp.settings import Settings, Transport

EDITION = "edt_nordlys27"
ADDRESS = re.compile(r"(http://127\.0\.0\.1:\d+)/upload/(upl_[0-9a-f]{24})#([\w-]+)")
PAUSE = 0.002
"""Seconds between two looks of somebody else."""
IDLE_SECONDS = 2.0
MOST_MILLISECONDS = 50
MOST_PIECES = 8
MOST_TIMES = 1.5
PREPARED = "needs_product_mapping"


@dataclass(slots=True)
class Cost:
    """Milliseconds that somebody else waited at most, and bytes that the server and its children grew by."""

    stall: float = 0
    growth: float = 0


def rows() -> Iterator[Row]:
    """Yield memory and stall while the file is received, and while its import is prepared."""
    with scratch_folder() as folder, sandbox(folder / "data") as running:
        write_orders(folder / "orders.csv")
        (folder / "small.csv").write_bytes(HEADING + LINE % (0, 0))
        reached = {"PREO_BASE_URL": running.url, "PREO_TOKEN": TOKEN, "PREO_STATE_FOLDER": str(folder / "state")}
        with _serving(reached) as (port, pid):
            bearer = bearer_of(Settings.load(reached, {}))
            costs = asyncio.run(_measured(port, pid, bearer, folder / "orders.csv"))
    idle, receiving, preparing = costs
    size = f"{FILE / MEGABYTE:.0f} MB"
    note = f"the server's growth while {size} are dropped on the page; {MOST_PIECES} pieces"
    yield Row(
        "by hand, receiving", "MB", receiving.growth / MEGABYTE, MOST_PIECES * PIECE / MEGABYTE, most_times=1, note=note
    )
    note = "the longest wait of others meanwhile; idle"
    yield Row("by hand, receiving, loop", "ms", receiving.stall, idle.stall, most=MOST_MILLISECONDS, note=note)
    note = "the growth of the server and its children while prepare_import takes it to a prepared import; the file"
    yield Row(
        "by hand, preparing", "MB", preparing.growth / MEGABYTE, FILE / MEGABYTE, most_times=MOST_TIMES, note=note
    )
    note = "the longest wait of others meanwhile; idle"
    yield Row("by hand, preparing, loop", "ms", preparing.stall, idle.stall, most=MOST_MILLISECONDS, note=note)


@contextmanager
def _serving(settings: dict[str, str]) -> Generator[tuple[int, int]]:
    """Run a server over HTTP without a browser, and yield its port and its process."""
    port = free_port()
    command = preo_mcp("--transport", Transport.HTTP, "--port", str(port))
    process = subprocess.Popen(command, env={**os.environ, **settings, "BROWSER": "none", "PREO_APPROVAL_WAIT": "0"})
    try:
        await_port(process, port)
        yield port, process.pid
    finally:
        end(process)


@asynccontextmanager
async def _host(port: int, bearer: str) -> AsyncGenerator[Client]:
    async with (
        create_mcp_http_client(headers={"Authorization": f"Bearer {bearer}"}) as http,
        Client(streamable_http_client(f"http://{LOOPBACK}:{port}/mcp", http_client=http)) as host,
    ):
        yield host


async def _measured(port: int, pid: int, bearer: str, path: Path) -> tuple[Cost, Cost, Cost]:
    async with _host(port, bearer) as host, httpx.AsyncClient(trust_env=False) as browser:
        await _call(host, "list_editions")
        asked = await _call(host, "receive_file")
        small = await _call(host, "receive_file")
        await _put_in(browser, small["next_step"], path.with_name("small.csv"))
        await _prepare(host, small["upload"])  # what is loaded once does not count
        idle = await _cost(port, pid, lambda: asyncio.sleep(IDLE_SECONDS))
        receiving = await _cost(port, pid, lambda: _put_in(browser, asked["next_step"], path))
        preparing = await _cost(port, pid, lambda: _prepare(host, asked["upload"]))
    return idle, receiving, preparing


async def _prepare(host: Client, upload: str) -> None:
    prepared = await _call(host, "prepare_import", edition_id=EDITION, source=upload)
    if prepared.get("stage") != PREPARED:
        settle = [f"{one['key']}: {one['recommended']}" for one in prepared["decisions"] if "recommended" in one]
        prepared = await _call(host, "prepare_import", source=upload, settle=settle)
    if prepared.get("stage") != PREPARED:
        raise NotMeasuredError(f"prepare_import came to {prepared.get('stage')}: {prepared['decisions']}")


async def _put_in(browser: httpx.AsyncClient, told: str, path: Path) -> None:
    """Drop a file on the page whose address a text tells, as its script does, but for what is read of it then."""
    found = ADDRESS.search(told)
    if found is None:
        raise NotMeasuredError(f"receive_file names no page: {told}")
    url, page, secret = found[1], f"{found[1]}/upload/{found[2]}", found[3]
    mine = {"Origin": url, "Content-Type": "application/json"}

    async def post(action: str, **body: object) -> dict[str, Any]:
        answer = await browser.post(f"{page}/{action}", json={"secret": secret, **body}, headers=mine)
        return answer.raise_for_status().json()

    secret = (await post("show"))["session"]
    await post("start", name="orders.csv", size=_size(path))
    headers = {**mine, "Content-Type": "application/octet-stream", "X-Upload-Secret": secret}
    for offset in range(0, _size(path), PIECE):
        sent = await browser.post(f"{page}/piece?offset={offset}", content=_piece(path, offset), headers=headers)
        sent.raise_for_status()
    await post("finish")


def _size(path: Path) -> int:
    return path.stat().st_size


def _piece(path: Path, offset: int) -> bytes:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(PIECE)


async def _call(host: Client, name: str, **arguments: Any) -> dict[str, Any]:
    result = await host.call_tool(name, arguments)
    if result.is_error:
        raise NotMeasuredError(
            f"{name}: {result.content[0].text if isinstance(result.content[0], TextContent) else ''}"
        )
    return result.structured_content or {}


async def _cost(port: int, pid: int, work: Callable[[], Awaitable[None]]) -> Cost:
    """Return what `work` costs the server, as its memory and as somebody else who is turned away at its door see it."""
    cost, over = Cost(), threading.Event()

    def look() -> None:
        with httpx.Client(trust_env=False) as http:
            while not over.is_set():
                began = perf_counter()
                http.get(f"http://{LOOPBACK}:{port}/mcp")
                cost.stall = max(cost.stall, (perf_counter() - began) * 1000)
                sleep(PAUSE)

    watcher = threading.Thread(target=look)
    with uncollected(), watched(pid) as peak:
        watcher.start()
        try:
            await work()
        finally:
            over.set()
            watcher.join()
    cost.growth = peak.growth or 0
    return cost
