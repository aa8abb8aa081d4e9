"""The background work of webhooks: delivers what is due, a few at a time, and sleeps until there is more."""

import logging
from collections import Counter
from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from datetime import datetime
from types import MappingProxyType
from typing import Final

import anyio
import httpx
from anyio import to_thread
from anyio.abc import TaskGroup

from preo_mcp.api.models.webhooks import DeliveryError
from preo_mcp.sandbox.store import Doc, Store
from preo_mcp.sandbox.webhooks.queue import Attempt, Taken, record, take, take_off_marks, waiting
from preo_mcp.sandbox.webhooks.sending import open_client, post, sent_headers

AT_ONCE: Final = 16
AT_ONCE_PER_ENDPOINT: Final = 4
"""Deliveries under way: a receiver that hangs keeps its own places only."""

LONGEST_SLEEP: Final = 60.0
"""Seconds after which the clock is looked at again: a computer's time can jump."""

NOT_ALLOWED: Final = (
    "The sandbox delivers only to receivers that were named when it was started: --allow-webhook-host HOST[:PORT]."
)
DEFAULT_PORTS: Final = MappingProxyType({"http": 80, "https": 443})
FAULT: Final = "A fault in the sandbox kept the delivery from being sent."

logger = logging.getLogger(__name__)


class Deliverer:
    """Delivers a store's webhooks while it runs.

    Args:
        store: Whose deliveries table is the queue.
        hosts: Names of hosts that may be delivered to, those of this computer too; with `:port` to that port alone.
    """

    def __init__(self, store: Store, hosts: Collection[str] = ()) -> None:
        self._store = store
        self._hosts = frozenset(hosts)
        self._busy = Counter[str]()
        self._woken = anyio.Event()
        self._opening = anyio.Lock()
        self._client: httpx.AsyncClient | None = None

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Deliver, first what an earlier process left; what is not done at the end stays queued."""
        take_off_marks(self._store)
        idle, self._store.deliveries_due = self._store.deliveries_due, self.wake
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._work, tasks)
                yield
                tasks.cancel_scope.cancel()
        finally:
            self._store.deliveries_due = idle
            self._busy.clear()
            if self._client is not None:
                client, self._client = self._client, None
                with anyio.CancelScope(shield=True):
                    await client.aclose()

    def wake(self) -> None:
        """Look at the queue again soon: something was queued, or the store's clock was moved."""
        self._woken.set()

    async def _work(self, tasks: TaskGroup) -> None:
        while True:
            self._woken = anyio.Event()
            with anyio.move_on_after(self._start_due(tasks)):
                await self._woken.wait()

    def _start_due(self, tasks: TaskGroup) -> float:
        """Start what is due and has a place; return the seconds until more is."""
        now = self._store.now()
        for webhook_id, first in waiting(self._store):
            if first > now:
                return min(LONGEST_SLEEP, (datetime.fromisoformat(first) - self._store.clock()).total_seconds())
            while self._has_place(webhook_id) and (taken := take(self._store, webhook_id)) is not None:
                self._busy[webhook_id] += 1
                tasks.start_soon(self._deliver, taken)
        return LONGEST_SLEEP

    def _has_place(self, webhook_id: str) -> bool:
        return self._busy[webhook_id] < AT_ONCE_PER_ENDPOINT and self._busy.total() < AT_ONCE

    async def _deliver(self, taken: Taken) -> None:
        sent: Doc = {"url": taken.webhook["url"], "headers": None}
        try:
            record(self._store, taken.id, await self._attempt(taken, sent))
        except Exception as exc:  # noqa: BLE001 - one delivery's fault must not end the others
            logger.error("delivery %s failed: %s", taken.id, type(exc).__name__)  # noqa: TRY400 - a traceback could show customer data
            record(self._store, taken.id, Attempt(sent, DeliveryError.PROTOCOL, FAULT))
        finally:
            self._busy[taken.webhook["id"]] -= 1
            self.wake()

    async def _attempt(self, taken: Taken, sent: Doc) -> Attempt:
        if not may_deliver(taken.webhook["url"], self._hosts):
            return Attempt(sent, DeliveryError.HOST_NOT_ALLOWED, NOT_ALLOWED)
        client = await self._opened()
        return await post(client, taken, sent_headers(self._store, taken))

    async def _opened(self) -> httpx.AsyncClient:
        """Return the client, made at the first delivery: reading the certificates takes longer than a slice may."""
        async with self._opening:
            if self._client is None:
                self._client = await to_thread.run_sync(open_client)
            return self._client


def may_deliver(url: str, named: Collection[str]) -> bool:
    """Return whether a URL leads to a host that was named, or to the very port of it.

    The URL is read by what sends it, so both see the same host. Names are compared, never resolved: a name that points
    to one computer today may point to another tomorrow.
    """
    try:
        address = httpx.URL(url)
    except httpx.InvalidURL:
        return False
    port = address.port or DEFAULT_PORTS.get(address.scheme)
    host = f"[{address.host}]" if ":" in address.host else address.host
    return not {address.host, host, f"{host}:{port}"}.isdisjoint(name.casefold() for name in named)
