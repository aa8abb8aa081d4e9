"""Sockets on this computer alone, and whose they are."""

import asyncio
import os
import socket
import sys
from pathlib import Path

import anyio
import pytest

from preo_mcp.process import LOOPBACK, TABLES, is_own_user, listen, port_refused


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


def connected() -> tuple[socket.socket, socket.socket]:
    """Return both ends of a connection on loopback, the client's first."""
    with listen(0) as listener:
        client = socket.create_connection(listener.getsockname())
        return client, listener.accept()[0]


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel tells on Linux alone")
@pytest.mark.parametrize("tables", [TABLES, (TABLES[0],)], ids=["asked", "read from the table"])
def test_a_connection_is_its_users_as_long_as_it_lasts(
    tables: tuple[Path, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, server = connected()
    with client, server:
        ports = client.getsockname()[1], server.getsockname()[1]
        assert is_own_user(*ports, tables)
        assert not is_own_user(ports[0], 1, tables)
        assert not is_own_user(1, ports[1], tables)
        with monkeypatch.context() as other:
            other.setattr(os, "getuid", lambda: os.geteuid() + 1)
            assert not is_own_user(*ports, tables)
        client.close()
        assert not is_own_user(*ports, tables), "closed, and its row names nobody"


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel tells on Linux alone")
def test_a_listener_is_no_connection() -> None:
    with listen(0) as listener:
        assert not is_own_user(listener.getsockname()[1], 1)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel tells on Linux alone")
def test_where_the_kernel_cannot_be_asked_its_table_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    client, server = connected()
    family = socket.AF_NETLINK
    made = socket.socket

    def refused(*arguments: int) -> socket.socket:
        if arguments and arguments[0] == family:
            raise PermissionError
        return made(*arguments)

    with client, server, monkeypatch.context() as refusing:
        refusing.setattr(socket, "socket", refused)
        assert is_own_user(client.getsockname()[1], server.getsockname()[1])
        refusing.setattr(os, "getuid", lambda: os.geteuid() + 1)
        assert not is_own_user(client.getsockname()[1], server.getsockname()[1])
