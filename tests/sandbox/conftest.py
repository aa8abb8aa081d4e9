"""A seeded sandbox behind the in-process transport, with a clock that stands still."""

import sqlite3
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import closing
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import anyio
import httpx
import pytest
from starlette.applications import Starlette

from preo_mcp.sandbox.app import create_app
from preo_mcp.sandbox.clock import FixedClock
from preo_mcp.sandbox.in_process import SANDBOX_URL, InProcessTransport
from preo_mcp.sandbox.seed import seed
from preo_mcp.sandbox.store import Store

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)

Connect = Callable[[str | None], httpx.AsyncClient]
"""Makes a client with a token, or without one."""


@cache
def _seeded() -> bytes:
    """A seeded database, made once per process: seeding takes longer than most tests."""
    with Store.opened(clock=FixedClock(NOW)) as store:
        seed(store)
        return store.db.serialize()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def store(tmp_path: Path, clock: FixedClock) -> Generator[Store]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        # A database in write-ahead mode cannot be opened from memory as it is; a copy of its pages can.
        db.deserialize(_seeded())
        yield Store(db, tmp_path, clock)


@pytest.fixture
def app(store: Store) -> Starlette:
    return create_app(store, webhook_hosts=["127.0.0.1"])


@pytest.fixture
async def transport(app: Starlette) -> AsyncGenerator[InProcessTransport]:
    async with app.router.lifespan_context(app), anyio.create_task_group() as tasks:
        yield InProcessTransport(httpx.ASGITransport(app, raise_app_exceptions=False), tasks)
        tasks.cancel_scope.cancel()


@pytest.fixture
async def connect(transport: InProcessTransport) -> Connect:
    def make(token: str | None) -> httpx.AsyncClient:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return httpx.AsyncClient(transport=transport, base_url=SANDBOX_URL, headers=headers, timeout=20)

    return make


@pytest.fixture
async def manager(connect: Connect) -> httpx.AsyncClient:
    return connect("sandbox-manager")


@pytest.fixture
async def admin(connect: Connect) -> httpx.AsyncClient:
    return connect("sandbox-admin")


@pytest.fixture
async def staff(connect: Connect) -> httpx.AsyncClient:
    return connect("sandbox-staff")
