"""The sandbox's background work, which can be ended so that everything begins anew."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio

from preo_mcp.sandbox import campaigns, data_imports, segments, webhooks
from preo_mcp.sandbox.data_imports.upload import PART
from preo_mcp.sandbox.jobs import Jobs
from preo_mcp.sandbox.seed import seed
from preo_mcp.sandbox.store import Store


class Life:
    """Runs jobs and deliveries on a store, from one reset to the next."""

    def __init__(self, store: Store, jobs: Jobs, deliverer: webhooks.Deliverer) -> None:
        self._store = store
        self._jobs = jobs
        self._deliverer = deliverer
        self._one_at_a_time = anyio.Lock()
        self._ending = anyio.Event()
        self._begun = anyio.Event()
        self._number = 1

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Work, first on what an earlier process left; what is unfinished at the end stays queued."""
        data_imports.remove_unfinished(self._store)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._live)
            await self._begun.wait()
            yield
            tasks.cancel_scope.cancel()

    async def reset(self, number: int) -> None:
        """End all work, forget everything, and begin with the seed of `number`; call it while it runs."""
        async with self._one_at_a_time:
            self._number, self._begun = number, anyio.Event()
            self._ending.set()
            await self._begun.wait()

    async def _live(self) -> None:
        while True:
            self._ending = anyio.Event()
            segments.prepare_messages(self._jobs)
            campaigns.prepare_schedule(self._jobs)
            async with self._deliverer.running(), self._jobs.running():
                self._begun.set()
                await self._ending.wait()
            empty(self._store)
            seed(self._store, self._number)


def empty(store: Store) -> None:
    """Remove every row and every file but those that are still arriving."""
    tables = store.db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    with store.transaction():
        for _ in range(2):  # triggers write into tables that were emptied already
            for (table,) in tables:
                store.db.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
    for path in store.files.iterdir():
        if path.suffix != PART:
            path.unlink()
