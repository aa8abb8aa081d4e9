"""A host of the fault run: the official client, before servers that are struck and started again.

Each host has a sandbox of its own, whose record of requests then tells what happened to which call.
"""

import random
import statistics
import time
from collections import deque
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import anyio
import httpx
from mcp import Client
from mcp.types import CallToolResult

from benchmarks.fault_reports import Person, Reported, denies, reported, text_of
from benchmarks.fault_truth import EFFECTS, Wanted
from preo_mcp.api.operations import Method
from preo_mcp.sandbox.faults import FaultKind

Era = Literal["legacy", "auto"]
ERAS: tuple[Era, ...] = ("legacy", "auto")

CALL_SECONDS = 60.0
MOST_ATTEMPTS = 40
"""Of one call; a call without an outcome by then is lost."""
PAUSE_SECONDS = 0.5
MOST_UNKNOWN = 3
"""How often an unknown outcome is asked for again, `UNKNOWN_SECONDS` apart: it must not stay unknown for ever."""
UNKNOWN_SECONDS = 3.0
TAKES_LONG = frozenset({FaultKind.SLOW, FaultKind.SLOW_BEFORE})
KILLED = "killed"
"""Why an outcome may be unknown: a process was killed in the middle, and nothing came back."""
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
        killed: The attempts in which a server was killed.
        denied: Whether a result said that nothing was done, of an attempt that wrote.
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
    denied: bool = False
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


class Place(Protocol):
    """Where the servers of a host run.

    Attributes:
        starts: How often one was started.
        call_seconds: How long a call may take before the host gives it up.
        is_one: Whether one server is all there is, so that the host's connection ends with it.
    """

    starts: int
    call_seconds: float
    is_one: bool

    def connected(self, era: Era, person: Person) -> AbstractAsyncContextManager[Client]:
        """Connect a client whose person answers."""
        ...

    async def strike(self) -> None:
        """Kill a process (SIGKILL) that calls need; it is started again, unless connecting does that."""
        ...


@dataclass(slots=True)
class Host:
    """Makes its jobs' calls, each again and again until an outcome is reported.

    Args:
        era: The protocol's.
        sandbox_url: The address of its sandbox.
        place: Where its servers run.
        draws: When they are struck.
        jobs: What to do.
        kills: How often they are to be struck.
    """

    era: Era
    sandbox_url: str
    place: Place
    draws: random.Random
    jobs: list[Job]
    kills: int
    sequence: int = 0
    at_work: Job | None = None
    seconds: deque[float] = field(default_factory=lambda: deque([FIRST_GUESS], maxlen=50))

    async def work(self) -> None:
        """Do all jobs."""
        waiting = deque(self.jobs)
        async with httpx.AsyncClient(base_url=self.sandbox_url, trust_env=False, timeout=CALL_SECONDS) as control:
            while waiting:
                self.at_work = None
                try:
                    await self._connected_work(control, waiting)
                except* Exception as group:  # noqa: BLE001 - the client has many errors for a server that is gone
                    self._note_crash(group)
                if (job := self.at_work) is not None:
                    await self._look(control, job)
                    if not job.is_settled:
                        waiting.append(job)

    async def _connected_work(self, control: httpx.AsyncClient, waiting: deque[Job]) -> None:
        """Do jobs until the client's server is gone, or all are settled."""
        person = Person()
        async with self.place.connected(self.era, person) as client:
            is_alive = True
            while waiting and is_alive:
                self.at_work = job = waiting.popleft()
                await anyio.sleep(max(0, job.due - time.monotonic()))
                is_alive = await self._attempt(client, person, job, len(waiting) + 1)
                await self._look(control, job)
                self.at_work = None
                if not job.is_settled:
                    waiting.append(job)

    def _note_crash(self, group: BaseExceptionGroup[Exception]) -> None:
        """Note on the job at work that the client itself failed while a server was killed.

        Raises:
            BaseExceptionGroup: none was killed.
        """
        if self.place.is_one:
            raise group
        if self.at_work is not None:
            self.at_work.last_text = repr(group)
            self.at_work.excuses.add(KILLED)
            self.at_work.due = time.monotonic() + PAUSE_SECONDS

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
        has_written = any(one["operation"] in EFFECTS and str(one["handled"]).startswith("2") for one in seen)
        job.denied |= has_written and denies(job.last_text) and not job.excuses & {*map(str, TAKES_LONG), KILLED}
        job.excuses |= {f"{fault} of a read" for fault in reads[-1:] if fault}

    async def _attempt(self, client: Client, person: Person, job: Job, left: int) -> bool:
        """Make a job's call; return whether the client's server is still there."""
        job.attempts += 1
        asked, person.told = person.questions, None
        to_kill = self.kills > 0 and self.draws.random() < 1.2 * self.kills / left
        delay = self.draws.uniform(0, 2) * statistics.median(self.seconds) if to_kill else None
        started, job.last_text = time.monotonic(), ""
        killed, result = await self._call(client, job, delay)
        job.questions += person.questions - asked
        if killed and (result is None or not self.place.is_one):
            job.killed.append(job.attempts)
            self.kills -= 1
        if result is None:
            job.excuses |= {KILLED} if killed else set()
            return False
        if delay is None:
            self.seconds.append(time.monotonic() - started)
        report = person.told or reported(result)
        job.reports.append(report)
        job.last_text = text_of(result)
        pause = UNKNOWN_SECONDS if report is Reported.UNKNOWN else PAUSE_SECONDS
        job.due = time.monotonic() + pause
        return not (killed and self.place.is_one)

    async def _call(self, client: Client, job: Job, delay: float | None) -> tuple[bool, CallToolResult | None]:
        """Return whether a server was killed, and the result, None where there was none."""
        killed, result = False, None

        async def kill() -> None:
            nonlocal killed
            await anyio.sleep(delay or 0)
            killed = True
            with anyio.CancelScope(shield=True):
                await self.place.strike()

        with anyio.move_on_after(self.place.call_seconds):
            async with anyio.create_task_group() as tasks:
                if delay is not None:
                    tasks.start_soon(kill)
                try:
                    result = await client.call_tool(job.wanted.tool, job.wanted.arguments)
                except Exception as exc:  # noqa: BLE001 - the client has many errors for a server that is gone
                    job.last_text = f"{type(exc).__name__}: {exc}"
                tasks.cancel_scope.cancel()
        return killed, result
