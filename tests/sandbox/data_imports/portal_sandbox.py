"""A sandbox in an event loop of its own thread, called from synchronous tests; its import runs wait to be let go."""

import sqlite3
from collections.abc import AsyncGenerator, Callable
from contextlib import ExitStack, asynccontextmanager, closing
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import anyio
import httpx
from anyio.from_thread import start_blocking_portal

from preo_mcp.sandbox.app import create_app
from preo_mcp.sandbox.clock import system_clock
from preo_mcp.sandbox.data_imports.start import RUN_IMPORT, run_import
from preo_mcp.sandbox.in_process import SANDBOX_URL, InProcessTransport
from preo_mcp.sandbox.jobs import Jobs
from preo_mcp.sandbox.seed import seed
from preo_mcp.sandbox.store import Store

T = TypeVar("T")


@cache
def seeded() -> bytes:
    """A seeded database, made once per process."""
    with Store.opened() as store:
        seed(store)
        return store.db.serialize()


class PortalSandbox:
    """A fresh seeded sandbox; close it after use."""

    def __init__(self) -> None:
        self._gates: dict[str, anyio.Event] = {}
        with ExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory()))
            self._portal = stack.enter_context(start_blocking_portal())
            opened = self._portal.wrap_async_context_manager(self._opened(folder))
            self.store, self._client = stack.enter_context(opened)
            self._stack = stack.pop_all()

    def close(self) -> None:
        """End it."""
        self._stack.close()

    def request(self, method: str, path: str, token: str, **content: Any) -> httpx.Response:
        """Send a request as a member."""
        headers = {"Authorization": f"Bearer {token}"}
        return self._portal.call(partial(self._client.request, method, path, headers=headers, **content))

    def read(self, look: Callable[[Store], T]) -> T:
        """Look into the store, in its thread."""
        return self._portal.call(look, self.store)

    def let_go(self, import_id: str) -> None:
        """Let the run of an import begin."""
        self._portal.call(lambda: self._gates.setdefault(import_id, anyio.Event()).set())

    def rest(self) -> None:
        """Wait until no job is left that could run."""
        self._portal.call(self._idle)

    @asynccontextmanager
    async def _opened(self, folder: Path) -> AsyncGenerator[tuple[Store, httpx.AsyncClient]]:
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
            db.deserialize(seeded())
            store = Store(db, folder, system_clock)
            app = create_app(store)
            jobs: Jobs = app.state.jobs
            jobs.handlers = {**jobs.handlers, RUN_IMPORT: self._held_run}
            async with app.router.lifespan_context(app), anyio.create_task_group() as tasks:
                transport = InProcessTransport(httpx.ASGITransport(app, raise_app_exceptions=False), tasks)
                async with httpx.AsyncClient(transport=transport, base_url=SANDBOX_URL, timeout=20) as client:
                    yield store, client
                tasks.cancel_scope.cancel()

    async def _held_run(self, jobs: Jobs, subject: str) -> None:
        await self._gates.setdefault(subject, anyio.Event()).wait()
        await run_import(jobs, subject)

    async def _idle(self) -> None:
        with anyio.fail_after(20):
            while self._is_busy():
                await anyio.lowlevel.checkpoint()

    def _is_busy(self) -> bool:
        held = [key for key, gate in self._gates.items() if not gate.is_set()]
        marks = ", ".join("?" * len(held))
        waiting = f"SELECT 1 FROM jobs WHERE status = 'queued' AND subject NOT IN ({marks})"
        return self.store.db.execute(waiting, held).fetchone() is not None
