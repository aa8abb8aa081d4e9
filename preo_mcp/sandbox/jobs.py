"""Work that goes on after the answer: a durable queue, taken up again after a crash.

A job's row is written in the transaction that makes it necessary. Its handler moves the work forward in slices, each
one transaction that also records how far it came; between slices it gives way to other requests. A job can have a time
before which it waits; one that came due while no process was there begins with the next.
"""

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime

import anyio
from anyio.abc import TaskGroup

from preo_mcp.sandbox.clock import iso, wait_until
from preo_mcp.sandbox.store import Store

JobHandler = Callable[["Jobs", str], Awaitable[None]]
"""Does a kind of job for a subject (an id), and can begin where an earlier try stopped."""

PATIENCE = 10.0
"""Seconds that a request waits for a job whose result it would like to answer with."""

logger = logging.getLogger(__name__)


class Jobs:
    """The queue and the tasks that work on it."""

    def __init__(self, store: Store, handlers: Mapping[str, JobHandler], patience: float = PATIENCE) -> None:
        self.store = store
        self.handlers = handlers
        self.patience = patience
        self._tasks: TaskGroup | None = None
        self._done: dict[int, anyio.Event] = {}

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Work on the queue, first on what an earlier process left; what is unfinished at the end stays queued."""
        async with anyio.create_task_group() as tasks:
            self._tasks = tasks
            rows = self.store.db.execute(
                "SELECT id FROM jobs WHERE status IN ('queued', 'waiting') ORDER BY id"
            ).fetchall()
            for (job,) in rows:
                self.start(job)
            try:
                yield
            finally:
                self._tasks = None
                tasks.cancel_scope.cancel()

    def add(self, kind: str, subject: str, due: datetime | None = None) -> int:
        """Write a job; call it inside the transaction that makes the job necessary, and `start` after it.

        Args:
            kind: Which handler does it.
            subject: What it is done for (an id).
            due: The moment before which it does not begin, by the store's clock; at once by default.
        """
        [(job,)] = self.store.db.execute(
            "INSERT INTO jobs (kind, subject, status, created, due) VALUES (?, ?, ?, ?, ?) RETURNING id",
            (kind, subject, "waiting" if due else "queued", self.store.now(), due and iso(due)),
        ).fetchall()
        return job

    def start(self, job: int) -> None:
        """Begin to work on a job that is written, at its time if it has one."""
        if self._tasks is None:
            raise RuntimeError("jobs are started inside running()")
        self._done[job] = anyio.Event()
        self._tasks.start_soon(self._work, job)

    async def finished(self, job: int, within: float | None = None) -> bool:
        """Wait until a job that was started here is done or has failed; return whether it is.

        Args:
            job: The job.
            within: Seconds to wait at most; None waits as long as it takes.
        """
        event = self._done.get(job)
        if event is None:
            return True
        with anyio.move_on_after(within):
            await event.wait()
        return event.is_set()

    async def _work(self, job: int) -> None:
        [(kind, subject, due)] = self.store.db.execute(
            "SELECT kind, subject, due FROM jobs WHERE id = ?", (job,)
        ).fetchall()
        if due is not None:
            await wait_until(self.store.clock, datetime.fromisoformat(due))
            self.store.db.execute("UPDATE jobs SET status = 'queued' WHERE id = ?", (job,))
        status = "done"
        try:
            await self.handlers[kind](self, subject)
        except Exception as exc:  # noqa: BLE001 - one job's fault must not end the others
            status = "failed"
            logger.error("job %s (%s) failed: %s", job, kind, type(exc).__name__)  # noqa: TRY400 - a traceback could show customer data
        self.store.db.execute("UPDATE jobs SET status = ? WHERE id = ?", (status, job))
        self._done.pop(job).set()
