"""What an upload of 50 MB costs the server: how long others wait for its event loop, and how much memory it takes."""

import os
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import anyio
from mcp import Client
from mcp.types import TextContent

from benchmarks.event_loop import uncollected
from benchmarks.memory import watched
from benchmarks.processes import TOKEN, Sandbox, sandbox, scratch_folder
from benchmarks.table import NotMeasuredError, Row
from preo_mcp.backend import Backend
from preo_mcp.server import build_server
from preo_mcp.settings import Settings

MEGABYTE = 1024 * 1024
FILE = 50 * MEGABYTE
PICTURE = 19 * MEGABYTE
"""The sandbox takes files of 20 MB."""
LINE = b"A-%07d,kirsten%07d@example.org,Kirsten Holm,+45 20 12 34 56,NF-PARK,Parkering,1,195.00,2026-05-01\n"
HEADING = b"Order ID,Email,Full name,Phone,SKU,Product,Quantity,Price,Date\n"
PAUSE = 0.001
"""Seconds between two looks of somebody else."""
IDLE_SECONDS = 1.0
MOST_MILLISECONDS = 50
MOST_TIMES = 1.5


@dataclass(slots=True)
class Cost:
    """Milliseconds for which somebody else waited at most, and bytes that the process grew by."""

    stall: float = 0
    growth: float = 0


def rows() -> Iterator[Row]:
    """Yield stall and memory of an import's upload and of a file's."""
    with scratch_folder() as folder, sandbox(folder / "data") as running:
        shared = folder / "shared"
        shared.mkdir()
        write_orders(shared / "orders.csv")
        (shared / "poster.png").write_bytes(b"\x89PNG\r\n\x1a\n" + os.urandom(PICTURE))
        calls = {
            "create_data_import": (FILE, {"edition_id": "edt_nordlys27", "file_path": "orders.csv"}),
            "upload_file": (PICTURE, {"organization_id": "org_nordlys", "file_path": "poster.png"}),
        }
        idle, costs = anyio.run(_measured, running, folder, {name: call for name, (_, call) in calls.items()})
    for name, (size, _) in calls.items():
        note = f"the longest wait of others in {name} of {size / MEGABYTE:.0f} MB; idle"
        yield Row(f"{name}, loop", "ms", costs[name].stall, idle, most=MOST_MILLISECONDS, note=note)
        note = "the server's growth; the file"
        grown = costs[name].growth / MEGABYTE
        yield Row(f"{name}, memory", "MB", grown, size / MEGABYTE, most_times=MOST_TIMES, note=note)


async def _measured(running: Sandbox, folder: Path, calls: dict[str, dict[str, Any]]) -> tuple[float, dict[str, Cost]]:
    settings = Settings.load(
        {"PREO_TOKEN": TOKEN, "PREO_BASE_URL": running.url},
        {"allowed_folders": str(folder / "shared"), "state_folder": folder / "state"},
    )
    costs: dict[str, Cost] = {}
    async with Backend.opened(settings) as backend, Client(build_server(settings, backend)) as host:
        await host.call_tool("list_editions", {})
        idle = (await _cost(lambda: anyio.sleep(IDLE_SECONDS))).stall
        for name, arguments in calls.items():
            costs[name] = await _cost(lambda name=name, arguments=arguments: _call(host, name, arguments))
    return idle, costs


async def _call(host: Client, name: str, arguments: dict[str, Any]) -> None:
    result = await host.call_tool(name, arguments)
    if result.is_error:
        said = result.content[0].text if isinstance(result.content[0], TextContent) else ""
        raise NotMeasuredError(f"{name}: {said}")


async def _cost(work: Callable[[], Awaitable[None]]) -> Cost:
    cost = Cost()

    async def look() -> None:
        while True:
            began = perf_counter()
            await anyio.sleep(PAUSE)
            cost.stall = max(cost.stall, (perf_counter() - began - PAUSE) * 1000)

    with uncollected(), watched(os.getpid(), alone=True) as peak:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(look)
            await work()
            tasks.cancel_scope.cancel()
    cost.growth = peak.growth or 0
    return cost


def write_orders(path: Path) -> None:
    """Write an export of `FILE` bytes or a little more."""
    with path.open("wb") as file:
        file.write(HEADING)
        number = 0
        while file.tell() < FILE:
            file.writelines(LINE % (number + more, number + more) for more in range(1000))
            number += 1000
