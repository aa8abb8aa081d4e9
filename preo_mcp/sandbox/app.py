"""The sandbox as an ASGI application: its routes, its refusals, its background work."""

import logging
from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager

import anyio
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from preo_mcp.sandbox import (
    campaigns,
    consents,
    control,
    data_imports,
    editions,
    email_messages,
    files,
    orders,
    refunds,
    segments,
    user_info,
    users,
    webhooks,
)
from preo_mcp.sandbox.data_imports.upload import PART
from preo_mcp.sandbox.fault_injection import InjectFaults
from preo_mcp.sandbox.faults import Faults
from preo_mcp.sandbox.jobs import PATIENCE, Jobs
from preo_mcp.sandbox.openapi import openapi_document
from preo_mcp.sandbox.problems import Problem, refused
from preo_mcp.sandbox.request_log import RequestLog
from preo_mcp.sandbox.routing import Endpoint, routes
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


SANDBOX_HEADER = "Preo-Sandbox"
"""Set on every answer, so that nobody mistakes the sandbox for an account."""

ENDPOINTS: tuple[Endpoint, ...] = (
    *user_info.ENDPOINTS,
    *editions.ENDPOINTS,
    *orders.ENDPOINTS,
    *users.ENDPOINTS,
    *refunds.ENDPOINTS,
    *files.ENDPOINTS,
    *data_imports.ENDPOINTS,
    *campaigns.ENDPOINTS,
    *segments.ENDPOINTS,
    *consents.ENDPOINTS,
    *email_messages.ENDPOINTS,
    *webhooks.ENDPOINTS,
)
JOB_HANDLERS = {**data_imports.JOB_HANDLERS, **refunds.JOB_HANDLERS, **segments.JOB_HANDLERS, **campaigns.JOB_HANDLERS}

logger = logging.getLogger(__name__)


def create_app(store: Store, *, patience: float = PATIENCE, webhook_hosts: Collection[str] = ()) -> Starlette:
    """Return the application on `store`; its jobs run while its lifespan does.

    Args:
        store: Seeded.
        patience: Seconds that a request waits for a job whose result it would like to answer with.
        webhook_hosts: The only hosts that webhooks are delivered to.
    """
    clock = control.movable_clock(store)
    faults, request_log = Faults(), RequestLog()
    jobs = Jobs(store, JOB_HANDLERS, patience)
    deliverer = webhooks.Deliverer(store, webhook_hosts)
    life = Life(store, jobs, deliverer)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        async with life.running():
            yield

    app = Starlette(
        routes=[
            *routes(ENDPOINTS),
            Route("/v1/openapi.json", openapi_document(ENDPOINTS)),
            *data_imports.DOWNLOADS,
            *files.DOWNLOADS,
            *control.ROUTES,
            *campaigns.CONTROL_ROUTES,
        ],
        exception_handlers={Problem: _problem, HTTPException: _http_error},
        middleware=[
            Middleware(MarkSandbox),
            Middleware(InjectFaults, store, faults, request_log),
            Middleware(HideFaults),
        ],
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.state.store, app.state.jobs, app.state.deliverer = store, jobs, deliverer
    app.state.life, app.state.clock = life, clock
    app.state.faults, app.state.request_log = faults, request_log
    return app


class MarkSandbox:
    """Says on every answer that it comes from the sandbox."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and mark its answer."""

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[SANDBOX_HEADER] = "true"
            await send(message)

        await self.app(scope, receive, marked)


class HideFaults:
    """Answers a fault of the sandbox with 500 and logs its kind only: a traceback could show customer data."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and answer in its stead where it fails."""
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as exc:  # noqa: BLE001 - whatever it is, it ends here
            logger.error("a request failed: %s", type(exc).__name__)  # noqa: TRY400
            if not begun and scope["type"] == "http":
                await refused(500, "A server error occurred.").response()(scope, receive, send)


async def _problem(_: Request, exc: Exception) -> Response:
    if not isinstance(exc, Problem):
        raise exc
    return exc.response()


async def _http_error(request: Request, exc: Exception) -> Response:
    if not isinstance(exc, HTTPException):
        raise exc
    details = {404: "Not found.", 405: f'Method "{request.method}" not allowed.'}
    return refused(exc.status_code, details.get(exc.status_code, exc.detail), **dict(exc.headers or {})).response()
