"""Lets requests fail as the rules in force want it, and notes every request: an ASGI middleware.

ASGI has no message for closing a connection, so whoever serves the application offers it in the scope, as the
extension `DROP`: an async function without arguments that returns when the connection is closed.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from math import ceil
from types import MappingProxyType
from typing import Final

import anyio
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from preo_mcp.sandbox.control import CONTROL_PREFIX
from preo_mcp.sandbox.faults import FaultKind, FaultRule, Faults
from preo_mcp.sandbox.problems import refused
from preo_mcp.sandbox.request_log import RequestLog, SeenRequest, operation_of
from preo_mcp.sandbox.store import Store

DROP: Final = "preo.drop"
Drop = Callable[[], Awaitable[None]]
"""Closes the connection on which a request came."""

IDEMPOTENCY_HEADER: Final = "idempotency-key"
"""Noted and nothing else: Preo documents no such header, so nobody may rely on it."""


class InjectFaults:
    """Notes requests to the API and applies the rules to them; the control plane itself is left alone."""

    def __init__(self, app: ASGIApp, store: Store, faults: Faults, log: RequestLog) -> None:
        self._app = app
        self._store = store
        self._faults = faults
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or let it fail."""
        if scope["type"] != "http" or scope["path"].startswith(f"{CONTROL_PREFIX}/"):
            await self._app(scope, receive, send)
            return
        operation = operation_of(scope["method"], scope["path"])
        key = Headers(scope=scope).get(IDEMPOTENCY_HEADER)
        seen = self._log.begin(self._store.now(), scope["method"], operation, key)
        request = Struck(self._app, scope, receive, send, seen)
        rule = self._faults.strike(operation)
        if rule is None:
            await request.pass_on()
        else:
            seen.fault = rule.kind
            await EFFECTS[rule.kind](request, rule)


@dataclass(slots=True)
class Struck:
    """A request between the wire and the API, and what can be done with it."""

    app: ASGIApp
    scope: Scope
    receive: Receive
    send: Send
    seen: SeenRequest
    _answer: list[Message] = field(default_factory=list[Message])

    async def pass_on(self) -> None:
        """Let the API answer."""

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.seen.handled = self.seen.status = message["status"]
            await self.send(message)

        await self.app(self.scope, self.receive, noted)

    async def apply(self) -> None:
        """Let the API answer, and keep the answer back."""

        async def kept(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.seen.handled = message["status"]
            self._answer.append(message)

        await self.app(self.scope, self.receive, kept)

    async def deliver(self) -> None:
        """Send the answer that was kept back."""
        self.seen.status = self.seen.handled
        for message in self._answer:
            await self.send(message)

    async def deliver_half(self) -> None:
        """Send half of the answer that was kept back, with its whole length announced, and close the connection."""
        body = b"".join(message.get("body", b"") for message in self._answer)
        if body and self.scope["method"] != "HEAD":
            start = self._answer[0]
            MutableHeaders(scope=start)["Content-Length"] = str(len(body))
            self.seen.status = self.seen.handled
            await self.send(start)
            await self.send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        await self.drop()

    async def refuse(self, response: Response) -> None:
        """Answer in the API's stead."""
        self.seen.status = response.status_code
        await response(self.scope, self.receive, self.send)

    async def read(self) -> None:
        """Take the request's body in, so that the caller has certainly sent it."""
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect" or not message.get("more_body", False):
                return

    async def drop(self) -> None:
        """Close the connection.

        Raises:
            RuntimeError: the server offers no way to.
        """
        drop: Drop | None = self.scope.get("extensions", {}).get(DROP)
        if drop is None:
            raise RuntimeError("this server cannot close connections; serve the sandbox with preo-mcp sandbox serve")
        await drop()


async def _drop_before(request: Struck, _: FaultRule) -> None:
    await request.read()
    await request.drop()


async def _drop_after(request: Struck, _: FaultRule) -> None:
    await request.apply()
    await request.drop()


async def _error_before(request: Struck, rule: FaultRule) -> None:
    await request.read()
    await request.refuse(_server_error(rule))


async def _error_after(request: Struck, rule: FaultRule) -> None:
    await request.apply()
    await request.refuse(_server_error(rule))


async def _throttle(request: Struck, rule: FaultRule) -> None:
    seconds = ceil(rule.seconds)  # the header takes whole seconds
    unit = "second" if seconds == 1 else "seconds"
    await request.read()
    problem = refused(429, f"Request was throttled. Expected available in {seconds} {unit}.")
    problem.headers = {"Retry-After": str(seconds)}
    await request.refuse(problem.response())


async def _slow_before(request: Struck, rule: FaultRule) -> None:
    await anyio.sleep(rule.seconds)
    await request.pass_on()


async def _slow(request: Struck, rule: FaultRule) -> None:
    await request.apply()
    await anyio.sleep(rule.seconds)
    await request.deliver()


async def _truncated(request: Struck, _: FaultRule) -> None:
    await request.apply()
    await request.deliver_half()


def _server_error(rule: FaultRule) -> Response:
    return refused(rule.status, "A server error occurred.").response()


EFFECTS: MappingProxyType[FaultKind, Callable[[Struck, FaultRule], Awaitable[None]]] = MappingProxyType(
    {
        FaultKind.DROP_BEFORE: _drop_before,
        FaultKind.DROP_AFTER: _drop_after,
        FaultKind.ERROR_BEFORE: _error_before,
        FaultKind.ERROR_AFTER: _error_after,
        FaultKind.THROTTLE: _throttle,
        FaultKind.SLOW_BEFORE: _slow_before,
        FaultKind.SLOW: _slow,
        FaultKind.TRUNCATED: _truncated,
    }
)
"""What each kind does to a request."""
