"""A sandbox for tests of its contract: the seed and imports in several stages, called from synchronous tests."""

import sqlite3
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import anyio
import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal

from preo_mcp.sandbox.app import create_app
from preo_mcp.sandbox.clock import FixedClock
from preo_mcp.sandbox.in_process import SANDBOX_URL, InProcessTransport
from preo_mcp.sandbox.seed import ADMIN_TOKEN, seed
from preo_mcp.sandbox.store import Store
from tests.sandbox.conftest import NOW
from tests.sandbox.data_imports.importing_steps import create, processed

KNOWN_PRODUCTS = "Email,SKU,Quantity\nanna@example.com,NF-DAY-REG,2\n"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A sandbox as it can be opened again: the database and the files beside it."""

    database: bytes
    files: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class ContractSandbox:
    """A running sandbox; what tests do in it does not last."""

    portal: BlockingPortal
    client: httpx.AsyncClient

    def request(self, method: str, url: str, **content: Any) -> httpx.Response:
        """Send a request and return its answer."""
        return self.portal.call(partial(self.client.request, method, url, **content))


@contextmanager
def opened_copy() -> Generator[ContractSandbox]:
    """Open a copy of the prepared sandbox; what a test raises comes out as it is, not in groups of the event loop."""
    raised: Exception | None = None
    with (
        TemporaryDirectory() as folder,
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(_running(Path(folder), prepared())) as client,
    ):
        try:
            yield ContractSandbox(portal, client)
        except Exception as exc:  # noqa: BLE001 - raised again below
            raised = exc
    if raised is not None:
        raise raised


@cache
def prepared() -> Snapshot:
    """Return a seeded sandbox with an import in each stage in which one waits for somebody; made once per process."""
    with Store.opened(clock=FixedClock(NOW)) as store:
        seed(store)
        return anyio.run(_with_imports, store)


async def _with_imports(store: Store) -> Snapshot:
    async with _serving(store) as client:
        await create(client)
        await processed(client)
        await processed(client, KNOWN_PRODUCTS, "customer_email", "product_code", "quantity")
    files = {path.name: path.read_bytes() for path in store.files.iterdir()}
    return Snapshot(store.db.serialize(), files)


@asynccontextmanager
async def _running(folder: Path, snapshot: Snapshot) -> AsyncGenerator[httpx.AsyncClient]:
    for name, content in snapshot.files.items():
        (folder / name).write_bytes(content)
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.deserialize(snapshot.database)
        store = Store(db, folder, FixedClock(NOW))
        async with _serving(store) as client:
            yield client


@asynccontextmanager
async def _serving(store: Store) -> AsyncGenerator[httpx.AsyncClient]:
    app = create_app(store)
    async with app.router.lifespan_context(app), anyio.create_task_group() as tasks:
        transport = InProcessTransport(httpx.ASGITransport(app, raise_app_exceptions=False), tasks)
        headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
        async with httpx.AsyncClient(transport=transport, base_url=SANDBOX_URL, headers=headers, timeout=20) as client:
            yield client
        tasks.cancel_scope.cancel()
