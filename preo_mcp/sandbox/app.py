"""The sandbox as an ASGI application: its routes, its refusals, its background work."""

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from preo_mcp.sandbox import cel_context, control, data_imports, editions
from preo_mcp.sandbox.jobs import Jobs
from preo_mcp.sandbox.openapi import openapi_document
from preo_mcp.sandbox.problems import Problem, refused
from preo_mcp.sandbox.routing import Endpoint
from preo_mcp.sandbox.store import Store

SANDBOX_HEADER = "Preo-Sandbox"
"""Set on every answer, so that nobody mistakes the sandbox for an account."""

ENDPOINTS: tuple[Endpoint, ...] = (*editions.ENDPOINTS, *data_imports.ENDPOINTS, *cel_context.ENDPOINTS)
JOB_HANDLERS = {**data_imports.JOB_HANDLERS}

logger = logging.getLogger(__name__)


def create_app(store: Store) -> Starlette:
    """Return the application on `store`; its jobs run while its lifespan does."""
    jobs = Jobs(store, JOB_HANDLERS)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        async with jobs.running():
            yield

    app = Starlette(
        routes=[*_routes(), Route("/v1/openapi.json", openapi_document(ENDPOINTS)), *control.ROUTES],
        exception_handlers={Problem: _problem, HTTPException: _http_error, Exception: _crash},
        middleware=[Middleware(MarkSandbox)],
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.state.store, app.state.jobs = store, jobs
    return app


def _routes() -> list[Route]:
    """Fixed paths before those with a parameter that would match them too."""
    return [endpoint.route() for endpoint in sorted(ENDPOINTS, key=lambda endpoint: endpoint.operation.path.count("{"))]


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


async def _problem(_: Request, exc: Exception) -> Response:
    if not isinstance(exc, Problem):
        raise exc
    return exc.response()


async def _http_error(request: Request, exc: Exception) -> Response:
    if not isinstance(exc, HTTPException):
        raise exc
    details = {404: "Not found.", 405: f'Method "{request.method}" not allowed.'}
    return refused(exc.status_code, details.get(exc.status_code, exc.detail), **dict(exc.headers or {})).response()


async def _crash(_: Request, exc: Exception) -> Response:
    logger.error("a request crashed: %s", type(exc).__name__)
    return refused(500, "A server error occurred.").response()
