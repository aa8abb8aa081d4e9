"""A message to a receiver of the team's own for each question that waits, signed as Standard Webhooks says.

Threats: a receiver that is slow, gone or hostile must cost no call anything, and is told nothing of customers: not the
question, not the amount, not whom it is about. Nobody but this server can make such a message (HMAC-SHA256 over its id,
its time and its body), and one that is sent again has the same id. Who follows the address has to sign in there.
"""

import base64
import binascii
import hashlib
import hmac
import json
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

import anyio
import httpx
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from preo_mcp.api.errors import ConfigurationError
from preo_mcp.approval.plans import Plan
from preo_mcp.settings import NOT_STARTED, Settings
from preo_mcp.settings.secret_token import token_in_file

TYPE: Final = "question.waiting"
MOST_WAITING: Final = 200
"""Messages that are not sent yet; beyond them, one is dropped, and the log says so."""
AT_ONCE: Final = 4
"""Messages that are being sent at the same time."""
PAUSES: Final = (1.0, 10.0, 60.0)
"""Seconds between the tries to send one."""
SECONDS: Final = 10.0
"""For one try."""
PREFIX: Final = "whsec_"
LEAST_BYTES: Final = 24
"""Of a secret, by Standard Webhooks."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: an id that stays the same when it is sent again, and the body."""

    id: str
    body: bytes


class Notifier:
    """Sends a message for each question that waits.

    Args:
        settings: Whom, and signed with what.
        page: Where questions are answered.
        http: Sends, and follows no redirects; one of its own where it is left out.
        sleep: Waits for a number of seconds.
        clock: Seconds since 1970.

    Raises:
        ConfigurationError: the secret cannot be read, or is too short.
    """

    def __init__(
        self,
        settings: Settings,
        page: str,
        http: httpx.AsyncClient | None = None,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._url = settings.notify_url
        self._names = settings.notify_names
        self._key = b"" if settings.notify_secret_file is None else _key(token_in_file(settings.notify_secret_file))
        self.page = page
        self._http = http
        self._connect_timeout = settings.connect_timeout
        self._sleep = sleep
        self._clock = clock
        self._told: dict[str, datetime] = {}
        """When each plan expires, of those that were told of."""
        streams = anyio.create_memory_object_stream[Message](MOST_WAITING)
        self._waiting: MemoryObjectSendStream[Message] = streams[0]
        self._next: MemoryObjectReceiveStream[Message] = streams[1]

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Send while the block runs; what was not sent by its end is dropped."""
        is_remote = self._url is not None and urlsplit(self._url).scheme == "https"
        own = httpx.AsyncClient(timeout=self._connect_timeout, trust_env=is_remote)
        async with self._http or own as http, anyio.create_task_group() as tasks, self._waiting, self._next:
            if (url := self._url) is not None:
                for _ in range(AT_ONCE):
                    tasks.start_soon(self._send_all, http, url)
            try:
                yield
            finally:
                tasks.cancel_scope.cancel()

    def waits(self, plan: Plan) -> None:
        """Have a message sent for a plan, once; it returns at once, whatever becomes of the message."""
        if self._url is None or plan.id in self._told:
            return
        now = datetime.fromtimestamp(self._clock(), UTC)
        self._told = {one: until for one, until in self._told.items() if until > now} | {plan.id: plan.expires}
        try:
            self._waiting.send_nowait(self._message(plan, now))
        except anyio.WouldBlock:
            logger.warning("the receiver is not told that %s waits: %s messages are before it", plan.id, MOST_WAITING)

    def _message(self, plan: Plan, now: datetime) -> Message:
        about = {
            "plan": plan.id,
            "tool": plan.tool,
            "address": f"{self.page}/{plan.id}",
            "expires": plan.expires.astimezone(UTC).isoformat(timespec="seconds"),
            "decider": plan.decider,
            **({"asked_by": plan.principal} if self._names else {}),
        }
        body = {"type": TYPE, "timestamp": now.isoformat(timespec="seconds"), "data": about}
        return Message(f"msg_{plan.id}", json.dumps(body, separators=(",", ":")).encode())

    async def _send_all(self, http: httpx.AsyncClient, url: str) -> None:
        async for message in self._next:
            try:
                await self._send(http, url, message)
            except Exception as exc:  # noqa: BLE001 - the next message may be sent, whatever is wrong with this one
                logger.warning("the receiver was not told of %s (%s)", message.id, type(exc).__name__)

    async def _send(self, http: httpx.AsyncClient, url: str, message: Message) -> None:
        why = ""
        for pause in (0.0, *PAUSES):
            if pause:
                await self._sleep(pause)
            why = await self._sent(http, url, message)
            if not why:
                return
        logger.warning("the receiver was not told of %s in %s tries: %s", message.id, 1 + len(PAUSES), why)

    async def _sent(self, http: httpx.AsyncClient, url: str, message: Message) -> str:
        """Try to send a message, and return why it was not taken; empty where it was."""
        headers = {"Content-Type": "application/json", **signed(self._key, message, int(self._clock()))}
        try:
            with anyio.fail_after(SECONDS):
                async with http.stream("POST", url, content=message.body, headers=headers) as answer:
                    return "" if answer.is_success else f"it answered with {answer.status_code}"
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as exc:
            return f"it cannot be reached ({type(exc).__name__})"


def signed(key: bytes, message: Message, now: int) -> dict[str, str]:
    """Return the headers of Standard Webhooks: the id, the time in seconds since 1970, and the signature over both."""
    whole = f"{message.id}.{now}.".encode() + message.body
    signature = base64.b64encode(hmac.digest(key, whole, hashlib.sha256)).decode()
    return {"webhook-id": message.id, "webhook-timestamp": str(now), "webhook-signature": f"v1,{signature}"}


def _key(secret: str) -> bytes:
    """Return the bytes of a secret: what stands in base64 after `whsec_`, else the text itself.

    Raises:
        ConfigurationError: it is none, or too short.
    """
    try:
        key = (
            base64.b64decode(secret.removeprefix(PREFIX), validate=True)
            if secret.startswith(PREFIX)
            else secret.encode()
        )
    except binascii.Error:
        key = b""
    if len(key) < LEAST_BYTES:
        why = (
            f"the secret of PREO_NOTIFY_SECRET_FILE has fewer than {LEAST_BYTES} bytes, or is no base64 after {PREFIX}"
        )
        raise ConfigurationError(NOT_STARTED, why, "Make one: echo whsec_$(openssl rand -base64 32)")
    return key
