"""A host of either era that is told of changes."""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

import anyio
from mcp import Client
from mcp.client.session import IncomingMessage
from mcp.client.subscriptions import Subscription
from mcp.server.subscriptions import ResourceUpdated
from mcp.types import (
    EmptyResult,
    ResourceUpdatedNotification,
    SubscribeRequest,
    SubscribeRequestParams,
    UnsubscribeRequest,
    UnsubscribeRequestParams,
)

from preo_mcp.backend import Backend
from preo_mcp.server import PreoServer, build_server
from tests.door import YES, Era, Person


class Host:
    """Subscribes as its era does, and keeps what it is told."""

    def __init__(self, server: PreoServer, client: Client, era: Era, stack: AsyncExitStack) -> None:
        self.server = server
        self.client = client
        self.told: list[str] = []
        self._era = era
        self._stack = stack
        self._news = anyio.Event()
        self._listening: dict[str, AbstractAsyncContextManager[Subscription]] = {}

    def tell(self, address: str) -> None:
        self.told.append(address)
        self._news.set()
        self._news = anyio.Event()

    async def hear(self, count: int) -> None:
        """Wait until told `count` times in all."""
        with anyio.fail_after(10):
            while len(self.told) < count:
                await self._news.wait()

    async def subscribe(self, address: str) -> list[str]:
        """Subscribe, and return what the server agreed to."""
        if self._era == "legacy":
            request = SubscribeRequest(params=SubscribeRequestParams(uri=address))
            await self.client.session.send_request(request, EmptyResult)
            return [address]
        tasks = await self._stack.enter_async_context(anyio.create_task_group())
        self._stack.callback(tasks.cancel_scope.cancel)
        return await tasks.start(self._listen, address)

    async def _listen(self, address: str, *, task_status: anyio.abc.TaskStatus[list[str]]) -> None:
        async with self.client.listen(resource_subscriptions=[address]) as stream:
            task_status.started(stream.honored.resource_subscriptions or [])
            async for event in stream:
                assert isinstance(event, ResourceUpdated)
                self.tell(event.uri)

    async def unsubscribe(self, address: str) -> None:
        request = UnsubscribeRequest(params=UnsubscribeRequestParams(uri=address))
        await self.client.session.send_request(request, EmptyResult)


@asynccontextmanager
async def listening(backend: Backend, era: Era) -> AsyncGenerator[Host]:
    """Connect a host whose person says yes to a server of its own on `backend`."""
    hosts: list[Host] = []

    async def handle(message: IncomingMessage) -> None:
        if isinstance(message, ResourceUpdatedNotification) and era == "legacy":
            hosts[0].tell(message.params.uri)

    server = build_server(backend.settings, backend)
    client = Client(server, mode=era, elicitation_callback=Person(YES).ask, message_handler=handle)
    async with client, AsyncExitStack() as stack:
        hosts.append(Host(server, client, era, stack))
        yield hosts[0]
