"""Sockets on this computer alone."""

import asyncio
import socket

import anyio
import pytest

from preo_mcp.process import LOOPBACK, listen, port_refused


async def test_small_answers_are_sent_at_once() -> None:
    """A server of asyncio on it switches off the waiting for acknowledgements on each connection."""
    seen = list[int]()
    done = anyio.Event()

    async def connected(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()
        done.set()

    server = await asyncio.start_server(connected, sock=listen(0))
    async with server, await anyio.connect_tcp(LOOPBACK, server.sockets[0].getsockname()[1]):
        with anyio.fail_after(5):
            await done.wait()
    assert seen[0] != 0


def test_a_taken_port_is_refused() -> None:
    with listen(0) as first:
        port = first.getsockname()[1]
        assert first.getsockname()[0] == LOOPBACK
        with pytest.raises(OSError, match=r"(?i)use") as caught:
            listen(port)
        assert f"port {port} on {LOOPBACK} cannot be used" in str(port_refused("It did not start", port, caught.value))
