"""The site of all pages of a process: on a free port of loopback, served from the first time that one is needed.

Importing this module imports no web server.
"""

import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

import anyio
from anyio.abc import TaskStatus

from preo_mcp.process import LOOPBACK, listen

if TYPE_CHECKING:
    import uvicorn
    from starlette.applications import Starlette
    from starlette.routing import Route

Server = Callable[..., Coroutine[Any, Any, None]]
"""Serves until cancelled, and reports its base URL to the task group that starts it."""
StartServer = Callable[[Server], Awaitable[str]]


class Site:
    """The pages of a process, each with routes of its own.

    Args:
        start: Runs a server for as long as the process serves, and returns the base URL that it reports.

    Attributes:
        is_here: Whether it is for this computer's user, whose browser can be opened.
    """

    is_here = True

    def __init__(self, start: StartServer) -> None:
        self._start = start
        self._starting = anyio.Lock()
        self._base_url: str | None = None
        self._routes: list[Route] = []
        self._app: Starlette | None = None

    def add(self, routes: "Sequence[Route]") -> None:
        """Add the routes of a page, whether the site is served already or not."""
        self._routes.extend(routes)
        if self._app is not None:
            self._app.router.routes.extend(routes)

    async def base_url(self) -> str:
        """Return where the site is, without a slash at the end; it is served from the first time on.

        Raises:
            OSError: nothing can be listened on.
        """
        async with self._starting:
            base_url = self._base_url = self._base_url or await self._start(self.serve)
        return base_url

    async def serve(self, *, task_status: TaskStatus[str] = anyio.TASK_STATUS_IGNORED) -> None:
        """Serve on a free port of loopback until cancelled, and report the base URL once connections are taken.

        Raises:
            OSError: nothing can be listened on.
        """
        import uvicorn
        from starlette.applications import Starlette

        with listen(0) as listener:
            self._app = Starlette(routes=self._routes)
            config = uvicorn.Config(
                self._app,
                lifespan="off",
                log_config=None,
                log_level="warning",
                access_log=False,
                proxy_headers=False,  # no proxy stands in front of this server, so nobody speaks for others
                server_header=False,
                timeout_graceful_shutdown=1,
            )
            server = uvicorn.Server(config)
            server.capture_signals = _none_captured
            task_status.started(f"http://{LOOPBACK}:{listener.getsockname()[1]}")
            async with _stopped(server, listener):
                await server.serve(sockets=[listener])


@contextmanager
def _none_captured() -> Generator[None]:
    """Leave the process's signals to the process."""
    yield


@asynccontextmanager
async def _stopped(server: "uvicorn.Server", listener: socket.socket) -> AsyncGenerator[None]:
    """Close what the server opened when it is cancelled; by itself it does so only on a signal."""
    try:
        yield
    finally:
        if server.started:
            with anyio.CancelScope(shield=True):
                await server.shutdown(sockets=[listener])
