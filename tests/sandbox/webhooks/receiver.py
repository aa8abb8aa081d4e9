"""Receivers of webhooks on loopback: they answer as told, and check signatures by themselves."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio

LOOPBACK = "127.0.0.1"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nok"


def answer(status: int, body: bytes = b"", *headers: str) -> bytes:
    """Return an HTTP answer as it travels."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass(frozen=True)
class Received:
    """A request as it arrived."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        return json.loads(self.body)

    @property
    def stamp(self) -> int:
        return int(self.headers["preo-signature"].split(",")[0].removeprefix("t="))

    def is_signed_with(self, secret: str) -> bool:
        """Whether one of the signatures is of this secret, this body and the time that it names."""
        first, *given = self.headers["preo-signature"].split(",")
        signed = first.removeprefix("t=").encode() + b"." + self.body
        expected = "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
        return any(hmac.compare_digest(expected, one) for one in given)


@dataclass
class Receiver:
    """A server: answers with each of `answers` in turn and then with the last; None keeps the caller waiting."""

    url: str
    answers: list[bytes | None] = field(default_factory=lambda: [OK])
    received: list[Received] = field(default_factory=list[Received])
    connections: set[asyncio.StreamWriter] = field(default_factory=set[asyncio.StreamWriter])
    most_under_way: int = 0

    async def got(self, count: int) -> list[Received]:
        """Wait until so many requests have arrived."""
        await until(lambda: len(self.received) >= count)
        return self.received

    @property
    def under_way(self) -> int:
        return len(self.connections)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.add(writer)
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            line, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().rstrip().split("\r\n")
            headers = {name.lower(): value for name, value in (one.split(": ", 1) for one in lines)}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            said = self.answers[min(len(self.received), len(self.answers) - 1)]
            self.received.append(Received(line, headers, body))
            if said is None:
                await reader.read()  # until the caller gives up
            else:
                writer.write(said)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            self.received.append(Received("", {}, b""))
        finally:
            self.connections.remove(writer)
            writer.close()


async def until(holds: Callable[[], bool]) -> None:
    """Give way to others until something holds."""
    with anyio.fail_after(10):
        while not holds():
            await anyio.lowlevel.checkpoint()


@asynccontextmanager
async def open_receiver(*answers: bytes | None) -> AsyncGenerator[Receiver]:
    """Run a receiver on a free port."""
    receiver = Receiver("", list(answers) or [OK])
    server = await asyncio.start_server(receiver.serve, LOOPBACK, 0)
    receiver.url = f"http://{LOOPBACK}:{server.sockets[0].getsockname()[1]}/hook?token=t0ken"
    try:
        yield receiver
    finally:
        server.close()
        for connection in list(receiver.connections):
            connection.transport.abort()
        await until(lambda: receiver.under_way == 0)
