"""`python -m benchmarks.load`: what a server over HTTP takes, and what it gives back; on loopback, some minutes long.

CPU time is what counts where computers are shared: of the server's process alone, in rounds that alternate with a bare
server's, or with one that has no Redis. The upstream is a kept answer, so that the sandbox's own work is not measured.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.canned_api import canned_api
from benchmarks.network_clients import Address, Crowd, NetworkClient, call_message, result_of
from benchmarks.processes import LOOPBACK, TOKEN, await_port, bare, end, free_port, preo_mcp, sandbox, scratch_folder
from benchmarks.redis_server import redis_server
from benchmarks.table import NotMeasuredError, Row, table
from preo_mcp.serving import bearer_of
from preo_mcp.settings import Settings
from preo_mcp.team.principals import ALL
from preo_mcp.team.static_tokens import StaticTokens

CLIENTS = (1, 10, 50)
ROUNDS, CALLS = 8, 300
"""Of each server in turn, and calls in each round."""
ALL_CALLS = 20_000
WARM_UP = 10_000
"""Calls until a process has all the memory that it needs: by then, kept answers have their most."""
ABANDONED = 500
IDLE_MINUTES = 0.1
HALF_OPEN = 500
AT_ONCE = 10
"""Calls that one process may have under way, where replicas are compared."""
UPSTREAM_SECONDS = 0.2
CARRIED_SECONDS = 3.0
WAIT_SECONDS = 0.005
MOST_OF_REDIS = 1.15
LEAST_OF_TWO = 1.8
MOST_GROWTH = 1.10
MOST_DELAY = 1.5
"""How much longer calls may take beside half-open connections; noise is part of it."""
MANY = "1000000"
NAMES = ("bare", "redis", "half-open", "replicas", "memory")
TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs.

    Attributes:
        address: Where clients connect, and their secret.
        pid: Of its process.
    """

    address: Address
    pid: int

    @property
    def cpu(self) -> float:
        """Seconds of CPU that the process has used.

        Raises:
            NotMeasuredError: the system does not tell.
        """
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        except OSError:
            raise NotMeasuredError("CPU time of a process is read from /proc, which is not here") from None
        return (int(fields[11]) + int(fields[12])) / TICKS

    @property
    def megabytes(self) -> float:
        """The memory that it holds now."""
        lines = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:"))


@contextmanager
def _running(command: Sequence[str], settings: Mapping[str, str], port: int, bearer: str = "") -> Generator[Server]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("PREO_")}
    process = subprocess.Popen(command, env=own | dict(settings), stderr=subprocess.DEVNULL)
    try:
        await_port(process, port)
        yield Server(Address(port, bearer), process.pid)
    finally:
        end(process)


@contextmanager
def ours(url: str, folder: Path, **more: str) -> Generator[Server]:
    """Run preo-mcp over HTTP before an upstream; `more` are settings."""
    settings = {"PREO_BASE_URL": url, "PREO_TOKEN": TOKEN, "PREO_STATE_FOLDER": str(folder), **more}
    bearer = bearer_of(Settings.load(settings, {}))
    port = free_port()
    with _running(preo_mcp("--transport", "http", "--port", str(port)), settings, port, bearer) as server:
        yield server


@contextmanager
def team(url: str, folder: Path, **more: str) -> Generator[Server]:
    """Run preo-mcp for a team before an upstream; the address is without a secret."""
    settings = {"PREO_BASE_URL": url, "PREO_TOKEN": TOKEN, "PREO_STATE_FOLDER": str(folder), **more}
    port = free_port()
    with _running(preo_mcp("--team", "--transport", "http", "--port", str(port)), settings, port) as server:
        yield server


@contextmanager
def raw(url: str) -> Generator[Server]:
    """Run the bare server before an upstream."""
    port = free_port()
    reached = {"PREO_BASE_URL": url, "PREO_TOKEN": TOKEN}
    with _running([*bare("bare_api_server.py"), str(port)], reached, port) as server:
        yield server


@dataclass(frozen=True, slots=True)
class Asked:
    """What all clients ask: one order, and what the upstream answers."""

    message: bytes
    body: bytes


def asked_of_sandbox(folder: Path) -> Asked:
    """Return a call and its answer, as the sandbox gives it."""
    with sandbox(folder) as running:
        orders = running.http.get("/v1/orders", params={"edition_id": "edt_nordlys26", "page_size": 1})
        order_id = orders.raise_for_status().json()["results"][0]["id"]
        body = running.http.get(f"/v1/orders/{order_id}").raise_for_status().content
    return Asked(call_message("get_order", {"order_id": order_id}), body)


async def compared(asked: Asked, clients: int, first: Server, second: Server) -> tuple[float, float]:
    """Return the milliseconds of CPU of a call, by the median of rounds that alternate, of each server."""
    async with Crowd(first.address, clients) as one, Crowd(second.address, clients) as other:
        spent: dict[int, list[float]] = {first.pid: [], second.pid: []}
        pairs = [(first, one), (second, other)]
        for number in range(1 + ROUNDS):
            for server, crowd in pairs if number % 2 else pairs[::-1]:
                before = server.cpu
                await crowd.seconds_per_call(asked.message, CALLS)
                if number:
                    spent[server.pid].append((server.cpu - before) / CALLS * 1000)
    return median(spent[first.pid]), median(spent[second.pid])


async def beside_bare(asked: Asked, folder: Path) -> AsyncGenerator[Row]:
    """Yield the CPU time of a call beside the bare server's, for each number of clients."""
    async with canned_api(asked.body) as url:
        with ours(url, folder / "bare") as server, raw(url) as other:
            for clients in CLIENTS:
                own, baseline = await compared(asked, clients, server, other)
                label = f"CPU of a call, {clients} client{'s' if clients > 1 else ''}"
                yield Row(label, "ms", own, baseline, note="one object; a bare server, raw JSON")


async def with_redis(asked: Asked, folder: Path) -> AsyncGenerator[Row]:
    """Yield the CPU time of a call with a shared count and notices in Redis, beside one process without."""
    async with canned_api(asked.body) as url:
        counted = {"PREO_REQUESTS_PER_MINUTE": MANY}
        with (
            redis_server(folder / "redis") as redis,
            ours(url, folder / "with", PREO_LEDGER_URL=redis.url, **counted) as server,
            ours(url, folder / "without", **counted) as other,
        ):
            own, baseline = await compared(asked, 10, server, other)
    yield Row("CPU of a call, with Redis", "ms", own, baseline, most_times=MOST_OF_REDIS, note="one process without")


async def memory(asked: Asked, folder: Path, calls: int) -> AsyncGenerator[Row]:
    """Yield what is held after many calls and abandoned sessions, and how many of those are gone."""
    short = {"PREO_SESSION_IDLE_MINUTES": str(IDLE_MINUTES), "PREO_MAX_SESSIONS": str(ABANDONED + 100)}
    async with canned_api(asked.body) as url:
        with ours(url, folder / "memory", **short) as server:
            async with Crowd(server.address, 10) as crowd:
                for _ in range(0, min(WARM_UP, calls), 1000):
                    await crowd.seconds_per_call(asked.message, 1000)
            left = await _abandoned(server.address, ABANDONED)
            await asyncio.sleep(IDLE_MINUTES * 60 + 5)
            before = server.megabytes
            async with Crowd(server.address, 10) as crowd:
                for _ in range(0, calls, 1000):
                    await crowd.seconds_per_call(asked.message, min(calls, 1000))
            left += await _abandoned(server.address, ABANDONED)
            await asyncio.sleep(IDLE_MINUTES * 60 + 5)
            after = server.megabytes
            gone = sum([await _is_gone(client) for client in left])
    note = f"after {calls} calls and {ABANDONED} abandoned sessions; before them, warm"
    yield Row("memory", "MB", after, before, most_times=MOST_GROWTH, note=note)
    yield Row("abandoned sessions released", "", gone, len(left), least_times=1.0, note="answered 404 since")


async def _abandoned(address: Address, number: int) -> list[NetworkClient]:
    clients = [NetworkClient(address) for _ in range(number)]
    for client in clients:
        async with client:
            pass
    return clients


async def _is_gone(client: NetworkClient) -> bool:
    await client.connect()
    try:
        await client.call(call_message("get_order", {"order_id": "x"}))
    except NotMeasuredError as exc:
        return "404" in str(exc)
    finally:
        await client.disconnect()
    return False


async def half_open(asked: Asked, folder: Path) -> AsyncGenerator[Row]:
    """Yield how long calls take while others of a team, and strangers, hold half requests open."""
    tokens = StaticTokens(folder / "team")
    slow, good = (tokens.add(name, ALL).token for name in ("slow", "good"))
    async with canned_api(asked.body) as url:
        with team(url, folder / "team", PREO_REQUESTS_PER_MINUTE=MANY) as server:
            async with Crowd(Address(server.address.port, good), 10) as crowd:
                await crowd.seconds_per_call(asked.message, CALLS)
                alone = [await crowd.seconds_per_call(asked.message, CALLS) for _ in range(ROUNDS)]
                async with _held(server.address.port, slow):
                    beside = [await crowd.seconds_per_call(asked.message, CALLS) for _ in range(ROUNDS)]
    note = f"{HALF_OPEN} connections with half a request, half of them signed in as somebody else; without them"
    yield Row(
        "a call beside half-open clients", "ms", 1000 * median(beside), 1000 * median(alone), MOST_DELAY, note=note
    )


@asynccontextmanager
async def _held(port: int, token: str) -> AsyncGenerator[None]:
    """Hold connections open that have sent half of their head, or half of their body."""
    head = b"POST /mcp HTTP/1.1\r\nHost: %b:%d\r\nAuthorization: Bearer %b\r\n" % (
        LOOPBACK.encode(),
        port,
        token.encode(),
    )
    halves = (head, head + b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")
    writers: list[asyncio.StreamWriter] = []
    try:
        for number in range(HALF_OPEN):
            _, writer = await asyncio.open_connection(LOOPBACK, port)
            writer.write(halves[number % 2])
            writers.append(writer)
        await asyncio.sleep(0.5)
        yield
    finally:
        for writer in writers:
            writer.close()
        for writer in writers:
            with suppress(OSError):
                await writer.wait_closed()


async def replicas(asked: Asked, folder: Path) -> AsyncGenerator[Row]:
    """Yield how many calls a second two replicas carry beside one, each with as many calls under way as it may have."""
    limited = {"PREO_MAX_REQUESTS_AT_ONCE": str(AT_ONCE)}
    async with canned_api(asked.body, UPSTREAM_SECONDS) as url, AsyncExitStack() as stack:
        redis = stack.enter_context(redis_server(folder / "two"))
        key = folder / "key"
        key.touch(0o600)
        key.write_text("5e" * 32)
        shared = {**limited, "PREO_LEDGER_URL": redis.url, "PREO_KEY_FILE": str(key)}
        first, second = (stack.enter_context(ours(url, folder / name, **shared)) for name in ("first", "second"))
        here, there = ([NetworkClient(server.address) for _ in range(AT_ONCE)] for server in (first, second))
        for client in (*here, *there):
            await stack.enter_async_context(client)
        one: list[float] = []
        two: list[float] = []
        for number in range(1 + ROUNDS):
            alone, both = await _carried(here, asked), await _carried([*here, *there], asked)
            if number:
                one.append(alone)
                two.append(both)
    note = f"calls a second, {AT_ONCE} under way in each, an upstream of {UPSTREAM_SECONDS * 1000:g} ms; one replica"
    yield Row("two replicas", "/s", median(two), median(one), least_times=LEAST_OF_TWO, note=note)


async def _carried(clients: Sequence[NetworkClient], asked: Asked) -> float:
    """Return how many calls a second are answered; one that has to wait is made again."""
    started = perf_counter()

    async def calling(client: NetworkClient) -> int:
        answered = 0
        while perf_counter() - started < CARRIED_SECONDS:
            await client.stay_connected()
            try:
                result_of(await client.call(asked.message))
            except NotMeasuredError as exc:
                if "429" not in str(exc):
                    raise
                await asyncio.sleep(WAIT_SECONDS)
            else:
                answered += 1
        return answered

    answered = sum(await asyncio.gather(*map(calling, clients)))
    return answered / (perf_counter() - started)


def main() -> None:
    """Measure, and print one table; the exit code says nothing about the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--calls", type=int, default=ALL_CALLS, help=f"for the memory (default {ALL_CALLS})")
    parser.add_argument("--only", action="append", choices=NAMES, help="measure this alone; can be repeated")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also keep the results here")
    parsed = parser.parse_args()
    rows = asyncio.run(_rows(parsed.calls, parsed.only or NAMES))
    print(table(rows))
    if parsed.json:
        parsed.json.write_text(json.dumps([row.as_json() for row in rows], indent=2) + "\n", encoding="utf-8")


async def _rows(calls: int, names: Sequence[str]) -> list[Row]:
    rows: list[Row] = []
    with scratch_folder() as folder:
        asked = asked_of_sandbox(folder / "sandbox")
        groups: dict[str, Callable[[], AsyncGenerator[Row]]] = {
            "bare": lambda: beside_bare(asked, folder),
            "redis": lambda: with_redis(asked, folder),
            "half-open": lambda: half_open(asked, folder),
            "replicas": lambda: replicas(asked, folder),
            "memory": lambda: memory(asked, folder, calls),
        }
        for name in names:
            sys.stderr.write(f"measuring {name} …\n")
            try:
                rows += [row async for row in groups[name]()]
            except NotMeasuredError as exc:
                rows.append(Row(name, "", None, None, note=f"not measured: {exc}"))
    return rows


if __name__ == "__main__":
    main()
