"""The smallest MCP clients over HTTP: many at once in one thread, so that their own work hardly counts."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from time import perf_counter
from types import TracebackType
from typing import Any, Self

from benchmarks.pipe_client import CLIENT, Era
from benchmarks.processes import LOOPBACK
from benchmarks.table import NotMeasuredError

SESSION = b"mcp-session-id"
LARGEST = 2**24
"""Bytes of an answer."""
DATA = b"data:"
"""Begins a line of an event stream that has something in it."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens, and the secret it asks for, if any."""

    port: int
    bearer: str = ""


@dataclass(slots=True)
class NetworkClient:
    """A session with a server over streamable HTTP, on one connection at a time."""

    address: Address
    _session: bytes = b""
    _reader: asyncio.StreamReader = field(init=False)
    _writer: asyncio.StreamWriter = field(init=False)

    async def __aenter__(self) -> Self:
        await self.connect()
        params = {"protocolVersion": Era.SESSION, "capabilities": {}, "clientInfo": CLIENT}
        headers, _ = await self._exchange(_message("initialize", params, number=1))
        self._session = headers[SESSION]
        await self._exchange(_message("notifications/initialized"))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.disconnect()

    async def connect(self) -> None:
        """Open a connection."""
        self._reader, self._writer = await asyncio.open_connection(LOOPBACK, self.address.port, limit=LARGEST)

    async def disconnect(self) -> None:
        """Close the connection; the session stays."""
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()

    async def stay_connected(self) -> None:
        """Open a new connection where the server closed the last one, as it does after idle seconds."""
        await asyncio.sleep(0)  # that it was closed is seen by then
        if self._reader.at_eof():
            await self.disconnect()
            await self.connect()

    async def call(self, message: bytes) -> bytes:
        """Send a message made by `call_message`, and return the body that came back, as it came."""
        return (await self._exchange(message))[1]

    async def _exchange(self, message: bytes) -> tuple[dict[bytes, bytes], bytes]:
        own = b"Mcp-Session-Id: %b\r\nMCP-Protocol-Version: %b\r\n" % (self._session, Era.SESSION.encode())
        self._writer.write(
            b"POST /mcp HTTP/1.1\r\nHost: %b:%d\r\nAuthorization: Bearer %b\r\n%b"
            b"Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"
            b"Content-Length: %d\r\n\r\n%b"
            % (
                LOOPBACK.encode(),
                self.address.port,
                self.address.bearer.encode(),
                own if self._session else b"",
                len(message),
                message,
            )
        )
        try:
            return await self._answer()
        except asyncio.IncompleteReadError:
            raise NotMeasuredError("a server left without an answer") from None

    async def _answer(self) -> tuple[dict[bytes, bytes], bytes]:
        status, *lines = (await self._reader.readuntil(b"\r\n\r\n")).splitlines()
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines) if name}
        body = await self._body(headers)
        if status.split()[1] not in {b"200", b"202"}:
            raise NotMeasuredError(f"a server answered {status.decode()}: {body[:200]!r}")
        return headers, body

    async def _body(self, headers: Mapping[bytes, bytes]) -> bytes:
        if headers.get(b"transfer-encoding") != b"chunked":
            return await self._reader.readexactly(int(headers[b"content-length"]))
        pieces: list[bytes] = []
        while size := int(await self._reader.readline(), 16):
            pieces.append(await self._reader.readexactly(size))
            await self._reader.readexactly(2)
        await self._reader.readline()
        return b"".join(pieces)


def call_message(tool: str, arguments: Mapping[str, Any]) -> bytes:
    """Return the message that calls a tool."""
    return _message("tools/call", {"name": tool, "arguments": dict(arguments)}, number=2)


def result_of(body: bytes) -> dict[str, Any]:
    """Return a call's result from the body that answered it.

    Raises:
        NotMeasuredError: the call failed.
    """
    text = body if body.startswith(b"{") else next(line for line in body.splitlines() if line.startswith(DATA + b" {"))
    message = json.loads(text.removeprefix(DATA))
    if "result" not in message or message["result"].get("isError"):
        raise NotMeasuredError(f"a call failed: {message}")
    return message["result"]


class Crowd:
    """Several clients of one server that call it at the same time, each as soon as its last call was answered."""

    def __init__(self, address: Address, clients: int) -> None:
        self._clients = [NetworkClient(address) for _ in range(clients)]
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for client in self._clients:
            await self._stack.enter_async_context(client)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def seconds_per_call(self, message: bytes, calls: int) -> float:
        """Make `calls` calls in all, and return how long one took on average while others were under way.

        Raises:
            NotMeasuredError: one failed.
        """
        for client in self._clients:
            await client.stay_connected()
        left = iter(range(calls))

        async def call_on(client: NetworkClient) -> Sequence[bytes]:
            return [await client.call(message) for _ in left]

        started = perf_counter()
        answers = await asyncio.gather(*map(call_on, self._clients))
        seconds = perf_counter() - started
        for bodies in answers:
            for body in bodies:
                result_of(body)
        return seconds / calls


def _message(method: str, params: Mapping[str, Any] | None = None, number: int | None = None) -> bytes:
    message: dict[str, Any] = {"jsonrpc": "2.0", "method": method}
    if number is not None:
        message["id"] = number
    if params is not None:
        message["params"] = params
    return json.dumps(message).encode()
