"""A balancer on loopback, as one that is set up in front of replicas: each request goes to the next of them.

Requests of a session (`Mcp-Session-Id`) go to the replica that began it; once that is gone, to another, which does not
know the session and says so. A request is never sent twice: a connection that ends in the middle ends for the client.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import anyio
from anyio.abc import ByteStream, SocketAttribute, SocketStream

from benchmarks.processes import LOOPBACK

HEAD_END = b"\r\n\r\n"
MOST_HEAD = 65_536
SESSION = b"mcp-session-id"


class Balancer:
    """Requests to one port, passed on to several.

    Args:
        ports: Of the replicas, on loopback.

    Attributes:
        passed: To which port each request went, in their order.
    """

    def __init__(self, ports: Sequence[int]) -> None:
        self._ports = list(ports)
        self._turn = 0
        self._sessions: dict[bytes, int] = {}
        self.passed = list[int]()

    @asynccontextmanager
    async def listening(self) -> AsyncGenerator[int]:
        """Yield the port on which requests are taken until the end of the block."""
        listener = await anyio.create_tcp_listener(local_host=LOOPBACK)
        async with listener, anyio.create_task_group() as tasks:
            tasks.start_soon(listener.serve, self._pass_on)
            yield listener.extra(SocketAttribute.local_port)
            tasks.cancel_scope.cancel()

    async def _pass_on(self, client: SocketStream) -> None:
        async with client:
            try:
                await self._request(client)
            except* (OSError, anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream):
                pass  # one of both is gone, and the other sees its connection end

    async def _request(self, client: SocketStream) -> None:
        head, rest = await _head_of(client)
        session = _header(head, SESSION)
        port, upstream = await self._connected(session)
        self.passed.append(port)
        async with upstream, anyio.create_task_group() as tasks:
            await upstream.send(_closing(head) + rest)

            async def ask() -> None:
                await _pump(client, upstream)
                tasks.cancel_scope.cancel()  # the client has gone

            tasks.start_soon(ask)
            head, rest = await _head_of(upstream)
            begun = _header(head, SESSION)
            if begun is not None:
                self._sessions[begun] = port
            await client.send(head + rest)
            await _pump(upstream, client)
            tasks.cancel_scope.cancel()

    async def _connected(self, session: bytes | None) -> tuple[int, SocketStream]:
        self._turn += 1
        ports = [self._ports[(self._turn + number) % len(self._ports)] for number in range(len(self._ports))]
        known = None if session is None else self._sessions.get(session)
        for port in ports if known is None else [known, *(port for port in ports if port != known)]:
            try:
                return port, await anyio.connect_tcp(LOOPBACK, port)
            except OSError:
                continue
        raise OSError("no replica takes a connection")


async def _head_of(stream: ByteStream) -> tuple[bytes, bytes]:
    held = b""
    while HEAD_END not in held:
        if len(held) > MOST_HEAD:
            raise OSError("the head has no end")
        held += await stream.receive()
    head, _, rest = held.partition(HEAD_END)
    return head + HEAD_END, rest


def _header(head: bytes, name: bytes) -> bytes | None:
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.strip().lower() == name:
            return value.strip()
    return None


def _closing(head: bytes) -> bytes:
    """Return a request's head that asks for one answer on this connection: the next request may go elsewhere."""
    first, *lines = head.removesuffix(HEAD_END).split(b"\r\n")
    kept = [line for line in lines if line.partition(b":")[0].strip().lower() != b"connection"]
    return b"\r\n".join([first, *kept, b"Connection: close"]) + HEAD_END


async def _pump(source: ByteStream, target: ByteStream) -> None:
    try:
        while True:
            await target.send(await source.receive())
    except anyio.EndOfStream:
        return
