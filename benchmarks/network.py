"""Calls over HTTP by one client and by many, with masks as by default, beside a bare server that hands the JSON on."""

import asyncio
import os
import subprocess
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from benchmarks.network_clients import Address, Crowd, call_message
from benchmarks.processes import TOKEN, await_port, bare, end, free_port, preo_mcp, sandbox, scratch_folder
from benchmarks.table import Row
from preo_mcp.serving import bearer_of
from preo_mcp.settings import Settings, Transport

CLIENTS = (1, 10, 50)
ROWS = 100
EDITION = "edt_nordlys26"
LEAST_OF_ROWS, LEAST_OF_ONE = 0.6, 0.9
"""Calls per second, as a part of the bare server's."""
ROUNDS, CALLS = 6, 100
"""Of each server in turn, and calls in each round."""


def rows() -> Iterator[Row]:
    """Yield a row for each number of clients, of a list of a hundred and of one object."""
    with scratch_folder() as folder, sandbox(folder / "data") as running:
        first = running.http.get("/v1/orders", params={"edition_id": EDITION, "page_size": 1}).raise_for_status()
        order_id = first.json()["results"][0]["id"]
        reached = {"PREO_BASE_URL": running.url, "PREO_TOKEN": TOKEN}
        with _ours(reached, folder / "state") as ours, _bare(reached) as raw:
            listed = call_message("list_orders", {"edition_id": EDITION, "page": 1, "page_size": ROWS})
            one = call_message("get_order", {"order_id": order_id})
            yield from _rows(f"http, {ROWS} rows", listed, LEAST_OF_ROWS, ours, raw)
            yield from _rows("http, one object", one, LEAST_OF_ONE, ours, raw)


def _rows(name: str, message: bytes, least: float, ours: Address, raw: Address) -> Iterator[Row]:
    for clients in CLIENTS:
        per_second, baseline = asyncio.run(_compared(message, clients, ours, raw))
        note = "calls per second in all; masked, default reply_tokens; a bare server, same request, raw JSON"
        label = f"{name}, {clients} client{'s' if clients > 1 else ''}"
        yield Row(label, "/s", per_second, baseline, least_times=least, note=note)


async def _compared(message: bytes, clients: int, ours: Address, raw: Address) -> tuple[float, float]:
    """Return how many calls a second each answers, by the median of rounds that alternate."""
    async with Crowd(ours, clients) as ours_crowd, Crowd(raw, clients) as raw_crowd:
        crowds = {"ours": ours_crowd, "raw": raw_crowd}
        measured: dict[str, list[float]] = {name: [] for name in crowds}
        for crowd in crowds.values():
            await crowd.seconds_per_call(message, CALLS)
        for number in range(ROUNDS):
            for name in ("ours", "raw") if number % 2 else ("raw", "ours"):
                measured[name].append(await crowds[name].seconds_per_call(message, CALLS))
    return 1 / median(measured["ours"]), 1 / median(measured["raw"])


@contextmanager
def _ours(reached: Mapping[str, str], state: Path) -> Generator[Address]:
    settings = {**reached, "PREO_STATE_FOLDER": str(state)}
    bearer = bearer_of(Settings.load(settings, {}))
    port = free_port()
    with _running(preo_mcp("--transport", Transport.HTTP, "--port", str(port)), settings, port):
        yield Address(port, bearer)


@contextmanager
def _bare(reached: Mapping[str, str]) -> Generator[Address]:
    port = free_port()
    with _running([*bare("bare_api_server.py"), str(port)], reached, port):
        yield Address(port)


@contextmanager
def _running(command: Sequence[str], settings: Mapping[str, str], port: int) -> Generator[None]:
    process = subprocess.Popen(command, env={**os.environ, **settings})
    try:
        await_port(process, port)
        yield
    finally:
        end(process)
