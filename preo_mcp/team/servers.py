"""One server for each who is signed in, with what belongs to it: opened at first need, closed when it has no more use.

So sessions, lists, plans, uploads, subscriptions and limits are kept apart by how it is built: a session of somebody
else is not known in one's own server.
"""

import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from weakref import WeakValueDictionary

import anyio
from anyio.abc import TaskGroup, TaskStatus

from preo_mcp.api.errors import raised_at
from preo_mcp.backend import Backend, Factories
from preo_mcp.limits import Count, Limited, Limits
from preo_mcp.server import PreoServer, build_server
from preo_mcp.settings import Settings, Transport
from preo_mcp.stopping import Stopping
from preo_mcp.team.jwts import SKEW_SECONDS
from preo_mcp.team.members import Member
from preo_mcp.team.preo_tokens import PreoToken
from preo_mcp.team.principals import Principal, Refused
from preo_mcp.team.rights import Rights, settings_of

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.types import Message, Receive, Scope, Send

MOST_OF_ONE: Final = 8
"""Servers of one principal: as many as there are different rights that they ask for at once."""
MOST_IN_ALL: Final = 500
SWEEP_SECONDS: Final = 2.0
RETIRED_SECONDS: Final = 120.0
"""How long calls under way may go on in a server whose token of Preo ends."""
LISTENING: Final = b"subscriptions/listen"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Grant:
    """Who is served, by which entry, with which rights."""

    principal: Principal
    member: Member | None
    rights: Rights

    @property
    def key(self) -> "Key":
        """What has to be alike for two requests to be served by one server."""
        return self.principal.name, self.principal.sign_in, self.rights


Key = tuple[str, str, Rights]


@dataclass(eq=False)
class OpenServer:
    """A server that serves.

    Attributes:
        grant: Whom, by the request that opened it.
        app: What requests are passed to.
        closing: Ends it.
        until: When its token of Preo ends, on the clock of the process.
        used: When the last request ended.
        requests: Those under way.
    """

    grant: Grant
    app: Limited
    closing: anyio.CancelScope
    until: float | None
    used: float
    requests: set[anyio.CancelScope] = field(default_factory=set[anyio.CancelScope])

    def close(self) -> None:
        """End it, and what is under way with it."""
        for request in self.requests:
            request.cancel()
        self.closing.cancel()


FactoriesOf = Callable[[Grant], Factories]


class Servers:
    """The open servers of a process.

    Args:
        settings: Of the process.
        tasks: In which the servers run.
        factories: How a backend makes what it holds, for whom.
        still: Whether somebody would be let in now as they were.
        now: Seconds on a clock that is never set.
        count: Where their requests of a minute are counted; None for each server by itself.
        stopping: Whether the process is being stopped.
    """

    def __init__(
        self,
        settings: Settings,
        tasks: TaskGroup,
        factories: FactoriesOf,
        still: Callable[[Principal, Member | None], bool],
        now: Callable[[], float] = anyio.current_time,
        count: Count | None = None,
        stopping: Stopping | None = None,
    ) -> None:
        self._settings = settings
        self._tasks = tasks
        self._factories = factories
        self._still = still
        self._count = count
        self._stopping = stopping or Stopping(settings.stop_seconds)
        self._now = now
        self._open: dict[Key, OpenServer] = {}
        self._retired: set[OpenServer] = set()
        self._opening: WeakValueDictionary[Key, anyio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def swept(self) -> AsyncGenerator[None]:
        """Close, while the block runs, what nobody uses or may use any more; at its end everything."""

        async def sweep() -> None:
            while True:
                await anyio.sleep(SWEEP_SECONDS)
                self.sweep()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(sweep)
            try:
                yield
            finally:
                tasks.cancel_scope.cancel()
                for server in (*self._open.values(), *self._retired):
                    server.close()

    async def of(self, grant: Grant, token: Callable[[], Awaitable[PreoToken]]) -> OpenServer:
        """Return the server of a grant, opened with a `token` of Preo where it is not open.

        Raises:
            Refused: they have no token of Preo, or too many servers.
            PreoError: it cannot be opened.
        """
        lock = self._opening.setdefault(grant.key, anyio.Lock())
        async with lock:
            if (found := self._open.get(grant.key)) is not None:
                if self._is_good(found):
                    return found
                self._forget(grant.key, found)
                self._retired.add(found)
            preo_token = await token()
            self._make_room(grant)
            opened: OpenServer = await self._tasks.start(self._run, grant, preo_token)
            self._open[grant.key] = opened
            return opened

    def sweep(self) -> None:
        """Close what is idle, and what its principal may no longer use; let a server end whose token does."""
        now = self._now()
        for key, server in [*self._open.items()]:
            if not self._still(server.grant.principal, server.grant.member):
                self._forget(key, server)
                server.close()
            elif self._ends(server):
                self._forget(key, server)
                self._retired.add(server)
            elif not server.requests and now - server.used > self._settings.team_idle_minutes * 60:
                self._forget(key, server)
                server.close()
        for server in [*self._retired]:
            is_over = server.until is not None and now > server.until + RETIRED_SECONDS
            if is_over or not server.requests or not self._still(server.grant.principal, server.grant.member):
                self._retired.discard(server)
                server.close()

    async def serve(
        self, server: OpenServer, principal: Principal, scope: "Scope", receive: "Receive", send: "Send"
    ) -> None:
        """Pass a request to a server; one that only listens ends with the sign-in that it came with.

        Raises:
            Refused: the server was closed before anything was answered.
        """
        has_begun = False

        async def noted(message: "Message") -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        with anyio.CancelScope(deadline=self._deadline(principal, scope)) as request:
            server.requests.add(request)
            try:
                await server.app(scope, receive, noted)
            finally:
                server.requests.discard(request)
                server.used = self._now()
        if request.cancelled_caught and not has_begun:
            raise Refused.token("the sign-in ended")

    def _deadline(self, principal: Principal, scope: "Scope") -> float:
        listens = scope["method"] == "GET" or dict(scope["headers"]).get(b"mcp-method") == LISTENING
        if principal.until is None or not listens:
            return float("inf")
        return anyio.current_time() + max(principal.until + SKEW_SECONDS - time.time(), 0)

    def _is_good(self, server: OpenServer) -> bool:
        return not self._ends(server) and self._still(server.grant.principal, server.grant.member)

    def _ends(self, server: OpenServer) -> bool:
        return server.until is not None and self._now() >= server.until

    def _forget(self, key: Key, server: OpenServer) -> None:
        if self._open.get(key) is server:
            del self._open[key]

    def _make_room(self, grant: Grant) -> None:
        name = grant.principal.name
        theirs = {key: server for key, server in self._open.items() if server.grant.principal.name == name}
        if len(theirs) >= MOST_OF_ONE and not self._close_one_of(theirs):
            why = f"{MOST_OF_ONE} servers with different rights are open for you, and all are in use"
            raise Refused(429, why, "Close a client, or send the same X-Preo headers.")
        if len(self._open) >= MOST_IN_ALL and not self._close_one_of(self._open):
            raise Refused(503, "too many others are at work here", "Try again in some minutes.")

    def _close_one_of(self, servers: Mapping[Key, OpenServer]) -> bool:
        """Close the one that was not used for longest; False where all are in use."""
        idle = [(key, server) for key, server in servers.items() if not server.requests]
        if not idle:
            return False
        key, server = min(idle, key=lambda one: one[1].used)
        self._forget(key, server)
        server.close()
        return True

    async def _run(self, grant: Grant, token: PreoToken, *, task_status: TaskStatus[OpenServer]) -> None:
        settings = settings_of(self._settings, grant.rights, token.token)
        opened: OpenServer | None = None
        try:
            with anyio.CancelScope() as closing:
                async with Backend.opened(settings, self._factories(grant), grant.principal.name) as backend:
                    served = build_server(settings, backend)
                    app = _app_of(served, settings)
                    async with app.router.lifespan_context(app), self._stopping.of(served):
                        limited = Limited(
                            self._stopping.before(app), Limits.of(settings), grant.principal.name, self._count
                        )
                        opened = OpenServer(grant, limited, closing, token.until, self._now())
                        task_status.started(opened)
                        await anyio.sleep_forever()
        except Exception as exc:
            if opened is None:
                raise
            # Its text stays out: it may quote a customer.
            failure, place = type(exc).__name__, raised_at(exc)
            logger.error("the server of %s failed: %s at %s", grant.principal.name, failure, place)  # noqa: TRY400
        finally:
            if opened is not None:
                self._forget(grant.key, opened)


def _app_of(server: PreoServer, settings: Settings) -> "Starlette":
    from mcp.server.transport_security import TransportSecuritySettings

    # Host and Origin are looked at before anybody is signed in.
    security = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    if settings.transport is Transport.SSE:
        return server.sse_app(transport_security=security)
    return server.streamable_http_app(transport_security=security)
