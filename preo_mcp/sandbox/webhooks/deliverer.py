"""The background work of webhooks: signs and delivers what is due, a few at a time, and sleeps until there is more."""

import logging
from collections import Counter
from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from datetime import datetime
from time import perf_counter
from types import MappingProxyType
from typing import Final

import anyio
import httpx
from anyio import to_thread
from anyio.abc import TaskGroup

from preo_mcp.api.models.webhooks import LONGEST_TIMEOUT, DeliveryError
from preo_mcp.sandbox.store import Doc, Store
from preo_mcp.sandbox.webhooks.documents import valid_secrets
from preo_mcp.sandbox.webhooks.queue import Attempt, Taken, record, take, take_off_marks, waiting
from preo_mcp.sandbox.webhooks.signing import SIGNATURE_HEADER, signature

KEPT_BYTES: Final = 4096
"""How much of an answer's body, and of its headers, is kept; no more is read."""

ONE_USE: Final = httpx.Limits(max_keepalive_connections=0)
EVENT_HEADER: Final = "Preo-Event"
DELIVERY_HEADER: Final = "Preo-Delivery"


def open_client() -> httpx.AsyncClient:
    """Return the client of all deliveries; a connection is used once, so none can be found closed at the next use."""
    return httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=LONGEST_TIMEOUT, limits=ONE_USE)


def sent_headers(store: Store, taken: Taken) -> dict[str, str]:
    """Return the headers of a try made now, signed with every valid secret."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "Preo-Webhooks (sandbox)",
        "Accept-Encoding": "identity",
        EVENT_HEADER: taken.event_type,
        DELIVERY_HEADER: taken.id,
        SIGNATURE_HEADER: signature(valid_secrets(store, taken.webhook), store.clock(), taken.body),
    }


async def post(client: httpx.AsyncClient, taken: Taken, headers: dict[str, str]) -> Attempt:
    """Send a delivery and return what it brought; whatever the receiver does, this ends in the endpoint's time."""
    url, seconds = taken.webhook["url"], taken.webhook["timeout_seconds"]
    sent: Doc = {"url": url, "headers": headers}
    began = perf_counter()
    kind, why, response = None, None, None
    try:
        with anyio.fail_after(seconds):
            async with client.stream("POST", url, content=taken.body, headers=headers) as answer:
                response = {
                    "status": answer.status_code,
                    "headers": _beginning_of(answer.headers),
                    "body": (await _beginning(answer)).decode(errors="replace"),
                }
        kind, why = _verdict(answer.status_code)
    except (TimeoutError, httpx.TimeoutException):
        kind, why = DeliveryError.TIMEOUT, f"The receiver did not answer within {seconds} s."
    except httpx.NetworkError:
        kind, why = DeliveryError.CONNECTION, "The receiver was not reached, or closed the connection."
    except (httpx.HTTPError, httpx.InvalidURL):
        kind, why = DeliveryError.PROTOCOL, "The receiver did not answer in HTTP."
    return Attempt(sent, kind, why, round((perf_counter() - began) * 1000), response)


def _verdict(status: int) -> tuple[DeliveryError | None, str | None]:
    if 200 <= status < 300:
        return None, None
    if 300 <= status < 400:
        return DeliveryError.REDIRECT, f"The receiver answered with a redirect ({status}), which is not followed."
    return DeliveryError.HTTP_STATUS, f"The receiver answered {status}; any 2xx counts as received."


async def _beginning(answer: httpx.Response) -> bytes:
    """Return the beginning of a body as it was sent, never unpacked."""
    read = b""
    async for chunk in answer.aiter_raw():
        read += chunk
        if len(read) >= KEPT_BYTES:
            break
    return read[:KEPT_BYTES]


def _beginning_of(headers: httpx.Headers) -> dict[str, str]:
    kept: dict[str, str] = {}
    room = KEPT_BYTES
    for name, value in headers.items():
        room -= len(name) + len(value)
        if room < 0:
            break
        kept[name] = value
    return kept


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
