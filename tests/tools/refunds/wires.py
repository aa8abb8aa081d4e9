"""A wire to the sandbox on which each write meets a fate of its own: answered, refused, lost, late."""

import re
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from enum import StrEnum

import httpx
from anyio.abc import TaskGroup

from preo_mcp.client.connection import Connection
from preo_mcp.client.preo_client import PreoClient
from preo_mcp.sandbox.in_process import SANDBOX_URL, run_sandbox
from preo_mcp.settings import Settings
from tests.client.scripted_api import Clock


class Fate(StrEnum):
    """What becomes of a write."""

    DONE = "done"
    REFUSED = "refused"
    NOT_REACHED = "not reached"
    THROTTLED = "throttled"
    BROKEN_BEFORE = "broken before Preo acted"
    BROKEN_AFTER = "broken after Preo acted"
    ERROR_BEFORE = "server error before Preo acted"
    ERROR_AFTER = "server error after Preo acted"
    TIMEOUT_BEFORE = "no answer in time, and Preo never acts"
    TIMEOUT_AFTER = "no answer in time, and Preo acted"
    LATE = "no answer in time, and Preo acts later"


ACTS: frozenset[Fate] = frozenset({Fate.DONE, Fate.BROKEN_AFTER, Fate.ERROR_AFTER, Fate.TIMEOUT_AFTER})
BROKEN: frozenset[Fate] = frozenset({Fate.BROKEN_BEFORE, Fate.BROKEN_AFTER})
ERRORS: frozenset[Fate] = frozenset({Fate.ERROR_BEFORE, Fate.ERROR_AFTER})
TIMEOUTS: frozenset[Fate] = frozenset({Fate.TIMEOUT_BEFORE, Fate.TIMEOUT_AFTER, Fate.LATE})

SUBJECT = re.compile(r"/v1/(?:purchases|refunds)/(\w+)/")


class Wire(httpx.AsyncBaseTransport):
    """Carries reads as they are, and writes as their fates will; once these are used up, all are answered.

    Attributes:
        began: What writes were sent about, in their order.
        late: Writes that Preo acts on when they are delivered.
    """

    def __init__(self, *fates: Fate) -> None:
        self.began: list[str] = []
        self.late: list[httpx.Request] = []
        self._fates = deque(fates)
        self._sandbox: httpx.AsyncBaseTransport | None = None

    @asynccontextmanager
    async def opened(self, settings: Settings, tasks: TaskGroup) -> AsyncGenerator[PreoClient]:
        """Open a client of the sandbox over this wire; it waits for nothing."""
        self._sandbox = await tasks.start(run_sandbox, settings.sandbox_data, ())
        client = PreoClient(Connection.of(settings, SANDBOX_URL), transport=self, timing=Clock().timing())
        yield client
        await client.aclose()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return await self._act(request)
        found = SUBJECT.match(request.url.path)
        assert found, request.url
        fate = self._fates.popleft() if self._fates else Fate.DONE
        if fate is Fate.NOT_REACHED:
            raise httpx.ConnectError("no connection", request=request)
        self.began.append(found[1])
        answer = await self._act(request) if fate in ACTS else None
        if fate is Fate.LATE:
            self.late.append(request)
        return _come(request, fate, answer)

    async def deliver_late(self) -> None:
        """Let Preo act on what was late."""
        for request in self.late:
            answer = await self._act(request)
            assert answer.status_code < 500
        self.late.clear()

    async def _act(self, request: httpx.Request) -> httpx.Response:
        assert self._sandbox is not None
        return await self._sandbox.handle_async_request(request)


def _come(request: httpx.Request, fate: Fate, answer: httpx.Response | None) -> httpx.Response:
    """Return what comes back of a write.

    Raises:
        httpx.TransportError: nothing does.
    """
    if fate in BROKEN:
        raise httpx.RemoteProtocolError("closed", request=request)
    if fate in TIMEOUTS:
        raise httpx.ReadTimeout("no answer", request=request)
    if fate in ERRORS:
        return httpx.Response(500, json={"detail": "A server error occurred."})
    if fate is Fate.REFUSED:
        return httpx.Response(409, json={"detail": "Somebody is working on it."})
    if fate is Fate.THROTTLED:
        return httpx.Response(429, json={"detail": "Too many."}, headers={"Retry-After": "600"})
    assert answer is not None
    return answer
