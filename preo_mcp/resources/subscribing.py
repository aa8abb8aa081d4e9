"""Subscriptions in both eras: `resources/subscribe` in sessions, `subscriptions/listen` from 2026-07-28 on.

Only data imports and campaigns are watched. A listener gets acknowledged only what is really watched for it.
"""

from typing import TYPE_CHECKING, Any, Final

import anyio
from mcp.server.connection import Connection
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.mcpserver import Context
from mcp.server.subscriptions import ListenHandler, ResourceUpdated, SubscriptionBus
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    EmptyResult,
    SubscribeRequestParams,
    SubscriptionFilter,
    SubscriptionsListenRequestParams,
    SubscriptionsListenResult,
    UnsubscribeRequestParams,
)

from preo_mcp.api.errors import NotFoundError
from preo_mcp.backend import Backend
from preo_mcp.calls.preo import Preo
from preo_mcp.resources.reading import NO_ADDRESS, SHOWN_OF_ADDRESS, not_found
from preo_mcp.resources.watching import MOST_WATCHED, Pace, TooManyError, Watch
from preo_mcp.text.plain_text import one_line

if TYPE_CHECKING:
    from preo_mcp.resources.progress import Progress

SECONDS_TO_TELL: Final = 5.0
"""How long a session that does not read may hold up the others."""
SUBSCRIBED: Final = "preo-mcp.subscribed"
"""Marks a connection at whose end its subscriptions are dropped."""

RequestContext = ServerRequestContext[Any, Any]


class Subscriptions:
    """Who is told when a data import or a campaign has moved on."""

    def __init__(self, backend: Backend, bus: SubscriptionBus, pace: Pace | None = None) -> None:
        self._backend = backend
        self._bus = bus
        self._listen_on_bus = ListenHandler(bus)
        self.watch = Watch(self._look, self._tell, backend.in_background, pace)

    def serve_on(self, server: Server[Any]) -> None:
        """Handle the subscriptions of a server."""
        server.add_request_handler("resources/subscribe", SubscribeRequestParams, self._subscribe)
        server.add_request_handler("resources/unsubscribe", UnsubscribeRequestParams, self._unsubscribe)
        server.add_request_handler("subscriptions/listen", SubscriptionsListenRequestParams, self._listen)

    def close(self) -> None:
        """Tell all that listen (2026-07-28) that they will hear no more; a session's stream just ends."""
        self._listen_on_bus.close()

    async def _subscribe(self, context: RequestContext, params: SubscribeRequestParams) -> EmptyResult:
        connection = connection_of(context)
        if SUBSCRIBED not in connection.state:
            connection.state[SUBSCRIBED] = True
            connection.exit_stack.callback(self.watch.drop, connection)
        watched = _is_watchable(params.uri)
        if watched is None:
            raise not_found(params.uri, context.protocol_version, NO_ADDRESS)
        if not watched:
            why = "only data imports and campaigns can be subscribed to"
            raise MCPError(INVALID_PARAMS, _not_subscribed(params.uri, why, "Read it again when it is needed."))
        try:
            await self.watch.add(params.uri, connection)
        except NotFoundError as exc:
            raise not_found(params.uri, context.protocol_version, f"{exc.why} · {exc.next_step}") from None
        except TooManyError:
            why = f"{MOST_WATCHED} resources are watched already"
            raise MCPError(INTERNAL_ERROR, _not_subscribed(params.uri, why, "Unsubscribe from another.")) from None
        return EmptyResult()

    async def _unsubscribe(self, context: RequestContext, params: UnsubscribeRequestParams) -> EmptyResult:
        self.watch.drop(connection_of(context), params.uri)
        return EmptyResult()

    async def _listen(
        self, context: RequestContext, params: SubscriptionsListenRequestParams
    ) -> SubscriptionsListenResult:
        listener = object()
        wanted = list(dict.fromkeys(params.notifications.resource_subscriptions or ()))[:MOST_WATCHED]
        try:
            watched = [address for address in wanted if await self._is_watched(address, listener)]
            narrowed = SubscriptionFilter(resource_subscriptions=watched or None)  # lists do not change
            return await self._listen_on_bus(context, params.model_copy(update={"notifications": narrowed}))
        finally:
            self.watch.drop(listener)

    async def _is_watched(self, address: str, listener: object) -> bool:
        if not _is_watchable(address):
            return False
        try:
            await self.watch.add(address, listener)
        except (NotFoundError, TooManyError):
            return False
        return True

    async def _look(self, address: str) -> "Progress":
        from preo_mcp.resources.progress import progress_at

        return await progress_at(Preo(self._backend, Context()), address)

    async def _tell(self, address: str, waiting: frozenset[object]) -> None:
        await self._bus.publish(ResourceUpdated(address))
        for connection in waiting:
            if isinstance(connection, Connection):
                with anyio.move_on_after(SECONDS_TO_TELL) as scope:
                    await connection.send_resource_updated(address)
                if scope.cancelled_caught:  # it no longer reads
                    self.watch.drop(connection)


def _is_watchable(address: str) -> bool | None:
    """Whether an address can be subscribed to; None where there is no such address."""
    from preo_mcp.resources.rows import row_of

    found = row_of(address)
    return None if found is None else found[0].watched


def connection_of(context: RequestContext) -> Connection:
    """What stays the same from one request of a session to the next; the SDK shows it to nobody."""
    return context.session._connection  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]


def _not_subscribed(address: str, why: str, next_step: str) -> str:
    return f"{one_line(address)[:SHOWN_OF_ADDRESS]} was not subscribed to · {why} · {next_step}"
