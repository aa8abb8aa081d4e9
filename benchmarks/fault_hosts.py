"""A host of the fault run: the official client, with a server process that is killed and started again.

Each host has a sandbox of its own, whose record of requests then tells what happened to which call.
"""

import os
import random
import signal
import statistics
import sys
import time
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import anyio
import httpx
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.types import CallToolResult

from benchmarks.fault_reports import Person, Reported, reported, text_of
from benchmarks.fault_truth import Wanted
from preo_mcp.api.operations import Method
from preo_mcp.sandbox.faults import FaultKind

Era = Literal["legacy", "auto"]
ERAS: tuple[Era, ...] = ("legacy", "auto")

LAUNCH = (
    "import os, pathlib, sys; pathlib.Path(sys.argv[1]).write_text(str(os.getpid())); "
    "from preo_mcp.cli import main; main([])"
)
"""Runs the server in a process whose id the host learns: the client does not tell it."""
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)  # Windows has no other way to end a process, and it is as hard

CALL_SECONDS = 60.0
MOST_ATTEMPTS = 40
"""Of one call; a call without an outcome by then is lost."""
PAUSE_SECONDS = 0.5
MOST_UNKNOWN = 3
"""How often an unknown outcome is asked for again, `UNKNOWN_SECONDS` apart: it must not stay unknown for ever."""
UNKNOWN_SECONDS = 3.0
TAKES_LONG = frozenset({FaultKind.SLOW, FaultKind.SLOW_BEFORE})
FIRST_GUESS = 0.2
"""Seconds that a call takes, before the first was measured."""


@dataclass(slots=True)
class Job:
    """A wanted call and what became of it as the host was told.

    Attributes:
        wanted: The call.
        reports: What each result said, in their order.
        last_text: The last result's text.
        attempts: How often the call was made.
        killed: The attempts in which its server was killed.
        questions: How often a person was asked.
        trail: The writes that the sandbox got from each attempt, with the fault that struck and what the API answered.
        excuses: What may have kept the server from knowing the outcome.
        effects: How often the call took effect by the sandbox's records; filled in at the end.
        due: The moment before which it is not made again.
    """

    wanted: Wanted
    reports: list[Reported] = field(default_factory=list[Reported])
    last_text: str = ""
    attempts: int = 0
    killed: list[int] = field(default_factory=list[int])
    questions: int = 0
    trail: list[str] = field(default_factory=list[str])
    excuses: set[str] = field(default_factory=set[str])
    effects: int = 0
    due: float = 0

    @property
    def outcome(self) -> Reported | None:
        """The outcome that was reported last, None where none was."""
        final = [report for report in self.reports if report is not Reported.NOT_YET]
        return final[-1] if final else None

    @property
    def is_settled(self) -> bool:
        """Whether the host need not call again."""
        if self.attempts == MOST_ATTEMPTS:
            return True
        if not self.reports or self.reports[-1] is Reported.NOT_YET:
            return False
        return self.reports[-1] is not Reported.UNKNOWN or self.reports.count(Reported.UNKNOWN) > MOST_UNKNOWN


@dataclass(slots=True)
class Host:
    """Makes its jobs' calls, each again and again until an outcome is reported.

    Args:
        era: The protocol's.
        sandbox_url: The address of its sandbox.
        environment: Of the server.
        folder: For the host's own files.
        draws: When servers are killed.
        jobs: What to do.
        kills: How often the server is to be killed.
    """

    era: Era
    sandbox_url: str
    environment: dict[str, str]
    folder: Path
    draws: random.Random
    jobs: list[Job]
    kills: int
    starts: int = 0
    sequence: int = 0
    seconds: deque[float] = field(default_factory=lambda: deque([FIRST_GUESS], maxlen=50))

    async def work(self) -> None:
        """Do all jobs."""
        waiting = deque(self.jobs)
        async with httpx.AsyncClient(base_url=self.sandbox_url, trust_env=False, timeout=CALL_SECONDS) as control:
            while waiting:
                async with self._server() as (client, person, pid):
                    is_alive = True
                    while waiting and is_alive:
                        job = waiting.popleft()
                        await anyio.sleep(max(0, job.due - time.monotonic()))
                        is_alive = await self._attempt(client, person, pid, job, len(waiting) + 1)
                        await self._look(control, job)
                        if not job.is_settled:
                            waiting.append(job)

    async def _look(self, control: httpx.AsyncClient, job: Job) -> None:
        """Note on a job what the sandbox got from its last attempt, and what can hide the outcome from a server.

        Those are the faults by which a write may still be on its way, and one that struck the last read: where reading
        back was tried again with success, it is no excuse.
        """
        answer = await control.get("/__sandbox/requests", params={"after": self.sequence})
        seen: list[dict[str, Any]] = answer.raise_for_status().json()
        self.sequence = seen[-1]["sequence"] if seen else self.sequence
        reads, writes = list[str | None](), list[str | None]()
        for request in seen:
            (reads if request["method"] == Method.GET else writes).append(request["fault"])
        told = (f"{one['fault']}/{one['handled']}" for one in seen if one["method"] != Method.GET)
        job.trail.append(
            f"#{job.attempts}{' killed' if job.attempts in job.killed else ''}: {', '.join(told) or 'none'}"
        )
        job.excuses |= {str(fault) for fault in writes if fault in TAKES_LONG}
        job.excuses |= {f"{fault} of a read" for fault in reads[-1:] if fault}

    async def _attempt(self, client: Client, person: Person, pid: int, job: Job, left: int) -> bool:
        """Make a job's call; return whether the server is still there."""
        job.attempts += 1
        asked, person.told = person.questions, None
        to_kill = self.kills > 0 and self.draws.random() < 1.2 * self.kills / left
        delay = self.draws.uniform(0, 2) * statistics.median(self.seconds) if to_kill else None
        started = time.monotonic()
        killed, result = await self._call(client, pid, job, delay)
        job.questions += person.questions - asked
        if result is None:
            if killed:
                job.killed.append(job.attempts)
                job.excuses.add("killed")
                self.kills -= 1
            return False
        if delay is None:
            self.seconds.append(time.monotonic() - started)
        report = person.told or reported(result)
        job.reports.append(report)
        job.last_text = text_of(result)
        pause = UNKNOWN_SECONDS if report is Reported.UNKNOWN else PAUSE_SECONDS
        job.due = time.monotonic() + pause
        return not killed

    async def _call(
        self, client: Client, pid: int, job: Job, delay: float | None
    ) -> tuple[bool, CallToolResult | None]:
        """Return whether the server was killed, and the result, None where there was none."""
        killed, result = False, None

        async def kill() -> None:
            nonlocal killed
            await anyio.sleep(delay or 0)
            killed = True
            os.kill(pid, KILL)

        with anyio.move_on_after(CALL_SECONDS):
            async with anyio.create_task_group() as tasks:
                if delay is not None:
                    tasks.start_soon(kill)
                try:
                    result = await client.call_tool(job.wanted.tool, job.wanted.arguments)
                except Exception as exc:  # noqa: BLE001 - the client has many errors for a server that is gone
                    job.last_text = f"{type(exc).__name__}: {exc}"
                tasks.cancel_scope.cancel()
        return killed, result

    @asynccontextmanager
    async def _server(self) -> AsyncGenerator[tuple[Client, Person, int]]:
        self.starts += 1
        note = self.folder / f"{self.era}.pid"
        note.unlink(missing_ok=True)
        command = StdioServerParameters(
            command=sys.executable, args=["-c", LAUNCH, str(note)], env=self.environment, cwd=self.folder
        )
        person = Person()
        with (self.folder / f"{self.era}.log").open("a", encoding="utf-8") as log:
            async with Client(
                stdio_client(command, errlog=log), mode=self.era, elicitation_callback=person.answer
            ) as client:
                yield client, person, int(note.read_text())
