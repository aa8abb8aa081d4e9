"""Where the servers of a fault run are: one process over stdio, or replicas behind a balancer and on one Redis."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

import anyio
from anyio import to_thread
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client

from benchmarks.balancer import Balancer
from benchmarks.fault_hosts import CALL_SECONDS, Era
from benchmarks.fault_reports import Person
from benchmarks.processes import LOOPBACK, START_SECONDS, end, free_port, preo_mcp
from benchmarks.redis_server import RedisServer

LAUNCH = (
    "import os, pathlib, sys; pathlib.Path(sys.argv[1]).write_text(str(os.getpid())); "
    "from preo_mcp.cli import main; main([])"
)
"""Runs the server in a process whose id the host learns: the client does not tell it."""
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)  # Windows has no other way to end a process, and it is as hard
LOST_SECONDS = 30.0
"""After which a call through a balancer is given up: the official client may wait for a stream that has ended."""
DOWN_SECONDS = 1.5
"""How long Redis is away at most when it was killed."""
REDIS_SHARE = 0.25
"""Of the strikes, those that hit Redis and not a replica."""


@dataclass(slots=True)
class OneProcess:
    """A server of each connection's own, over stdio.

    Args:
        environment: Of the server.
        folder: For files.
    """

    environment: dict[str, str]
    folder: Path
    starts: int = 0
    call_seconds: float = CALL_SECONDS
    is_one: bool = True
    pid: int = 0

    @asynccontextmanager
    async def connected(self, era: Era, person: Person) -> AsyncGenerator[Client]:
        """Start a server, and connect a client to it."""
        self.starts += 1
        note = self.folder / f"{era}.pid"
        note.unlink(missing_ok=True)
        command = StdioServerParameters(
            command=sys.executable, args=["-c", LAUNCH, str(note)], env=self.environment, cwd=self.folder
        )
        with (self.folder / f"{era}.log").open("a", encoding="utf-8") as log:
            async with Client(
                stdio_client(command, errlog=log), mode=era, elicitation_callback=person.answer
            ) as client:
                self.pid = int(note.read_text())
                yield client

    async def strike(self) -> None:
        """Kill the server."""
        os.kill(self.pid, KILL)


@dataclass(slots=True)
class Replica:
    """A server over HTTP with a state folder of its own.

    Args:
        environment: Of the server.
        folder: For its state and its log.
    """

    environment: dict[str, str]
    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, also again; `await_one` waits until it serves."""
        self.folder.mkdir(parents=True, exist_ok=True)
        environment = self.environment | {"PREO_STATE_FOLDER": str(self.folder / "state")}
        with (self.folder / "log").open("ab") as log:
            command = preo_mcp("--transport", "http", "--port", str(self.port))
            self.process = subprocess.Popen(command, env=environment, stderr=log, stdout=log)

    def kill(self) -> None:
        """End it at once (SIGKILL)."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    async def listens(self) -> bool:
        """Return whether it takes connections."""
        try:
            stream = await anyio.connect_tcp(LOOPBACK, self.port)
        except OSError:
            return False
        await stream.aclose()
        return True


async def await_one(replicas: Sequence[Replica]) -> None:
    """Wait until one of the replicas serves.

    Raises:
        TimeoutError: none does.
    """
    with anyio.fail_after(START_SECONDS):
        for replica in cycle(replicas):
            if await replica.listens():
                return
            await anyio.sleep(0.05)


@dataclass(slots=True)
class Replicas:
    """Servers behind a balancer; what strikes them may strike the Redis that they share.

    Args:
        replicas: The servers.
        redis: What they share.
        bearer: What clients send.
        draws: What is struck.
        striking: Held while Redis is away: it may be that of other replicas too.
    """

    replicas: Sequence[Replica]
    redis: RedisServer
    bearer: str
    draws: random.Random
    striking: anyio.Lock
    starts: int = 0
    port: int = 0
    call_seconds: float = LOST_SECONDS
    is_one: bool = False

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Run the replicas and the balancer until the end of the block."""
        try:
            for replica in self.replicas:
                replica.start()
                self.starts += 1
                await await_one([replica])
            async with Balancer([replica.port for replica in self.replicas]).listening() as self.port:
                yield
        finally:
            for replica in self.replicas:
                if replica.process is not None:
                    end(replica.process)

    @asynccontextmanager
    async def connected(self, era: Era, person: Person) -> AsyncGenerator[Client]:
        """Connect a client to the balancer."""
        await await_one(self.replicas)
        async with AsyncExitStack() as stack:
            http = await stack.enter_async_context(
                create_mcp_http_client(headers={"Authorization": f"Bearer {self.bearer}"})
            )
            transport = streamable_http_client(f"http://{LOOPBACK}:{self.port}/mcp", http_client=http)
            yield await stack.enter_async_context(Client(transport, mode=era, elicitation_callback=person.answer))

    async def strike(self) -> None:
        """Kill a replica, or Redis, and start it again; Redis after a moment."""
        if self.draws.random() < REDIS_SHARE:
            async with self.striking:
                self.redis.kill()
                await anyio.sleep(self.draws.uniform(0, DOWN_SECONDS))
                await to_thread.run_sync(self.redis.start)
            return
        struck = self.draws.choice(self.replicas)
        struck.kill()
        struck.start()
        self.starts += 1
