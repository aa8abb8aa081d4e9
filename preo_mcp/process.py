"""This process on its computer: where it listens, who connects there, and what it closes when it is asked to end.

It is asked to end by SIGTERM, and by SIGHUP when its terminal goes. Neither unwinds Python's stack. A server that goes
on for a while after the signal, as uvicorn does for requests under way, would be killed by it at the end of that; so
the closing does not wait.
"""

import os
import signal
import socket
import struct
import sys
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from preo_mcp.api.errors import ConfigurationError

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Send

LOOPBACK: Final = "127.0.0.1"
LOOPBACK_NAMES: Final = frozenset({LOOPBACK, "localhost", "::1"})

TABLES: Final = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
ESTABLISHED: Final = "01"
_LOCAL, _REMOTE, _STATE, _USER, _INODE = 1, 2, 3, 7, 9
"""Columns of the kernel's tables of connections (proc(5))."""

_SOCK_DIAG, _BY_FAMILY, _REQUEST, _ANY = 4, 20, 1, 0xFFFFFFFF
"""Numbers of sock_diag(7): the protocol of netlink, what is asked for, that it is a question, any state or cookie."""
_MESSAGE: Final = struct.Struct("=IHHII")
_CONNECTION: Final = struct.Struct("!HH4s12x4s12x")
_ASKED: Final = struct.Struct("=BBBxI48s")
_TOLD: Final = struct.Struct("=BBBB48sIIIII")
_DIAG_SECONDS: Final = 1.0


def listen(port: int, host: str = LOOPBACK) -> socket.socket:
    """Return a socket that listens on a port of loopback, or of another address of this computer; 0 takes a free one.

    It names its protocol, by which asyncio knows that small answers must not wait for an acknowledgement (TCP_NODELAY);
    a socket of `socket.create_server` does not, and each answer takes 20 ms more.

    Raises:
        OSError: the port cannot be listened on.
    """
    family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # elsewhere the option would let two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


def port_refused(what: str, port: int, exc: OSError, host: str = LOOPBACK) -> ConfigurationError:
    """Return the error of a server that cannot have its port."""
    why = f"port {port} on {host} cannot be used ({exc.strerror or type(exc).__name__})"
    return ConfigurationError(what, why, "Give another one with --port, or 0 for any.")


def host_of(header: str) -> str | None:
    """Return the name in a Host header, without its port; None where the header is malformed."""
    try:
        parts = urlsplit(f"//{header}")
        _ = parts.port  # reading it is what checks it
    except ValueError:
        return None
    return parts.hostname if parts.netloc == header and "@" not in header else None


async def refuse(
    send: "Send", status: int, why: str, next_step: str, headers: Sequence[tuple[bytes, bytes]] = ()
) -> None:
    """Answer a request over HTTP that is not let in, in words that a person can read."""
    sent = [(b"content-type", b"text/plain; charset=utf-8"), *headers]
    await send({"type": "http.response.start", "status": status, "headers": sent})
    await send({"type": "http.response.body", "body": f"preo-mcp was not reached · {why} · {next_step}\n".encode()})


def told_again(message: "Message", receive: "Receive") -> "Receive":
    """Return what hands on a part of a request that was received already, and then what else comes of the client."""
    before = [message]

    async def next_message() -> "Message":
        return before.pop() if before else await receive()

    return next_message


def is_own_user(client_port: int, server_port: int, tables: tuple[Path, ...] = TABLES) -> bool:
    """Return whether the connection between two ports of `LOOPBACK` is this process's user's.

    Threat: other users of the computer reach loopback too. On Linux the system tells whose a connection is, while it is
    established; a closed one's row names nobody, and neither does that of a socket whose process is gone. Where the
    system does not tell (macOS, Windows), the secret that is asked for decides alone.
    """
    if os.name != "posix":
        return True
    if tables is TABLES and (is_owned := _told_of(client_port, server_port, os.getuid())) is not None:
        return is_owned
    there = [table for table in tables if table.exists()]
    return not there or any(_is_owned(table, client_port, server_port, os.getuid()) for table in there)


def _told_of(client_port: int, server_port: int, user: int) -> bool | None:
    """Ask the kernel for one connection: its tables have all of the computer's, and take milliseconds to read.

    None where it does not answer, or knows no such connection.
    """
    if not sys.platform.startswith("linux"):
        return None
    here = socket.inet_aton(LOOPBACK)
    connection = _CONNECTION.pack(client_port, server_port, here, here)
    identity = connection + struct.pack("=III", 0, _ANY, _ANY)
    asked = _ASKED.pack(socket.AF_INET, socket.IPPROTO_TCP, 0, _ANY, identity)
    message = _MESSAGE.pack(_MESSAGE.size + len(asked), _BY_FAMILY, _REQUEST, 1, 0) + asked
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _SOCK_DIAG) as kernel:
            kernel.settimeout(_DIAG_SECONDS)
            kernel.send(message)
            answer = kernel.recv(4096)
    except OSError:  # without this part of the kernel, or not let through to it
        return None
    if len(answer) < _MESSAGE.size + _TOLD.size or _MESSAGE.unpack_from(answer)[1] != _BY_FAMILY:
        return None
    _, state, _, _, found, *_, owner, inode = _TOLD.unpack_from(answer, _MESSAGE.size)
    # Where there is no such connection, the kernel tells of a listener on that port.
    return found.startswith(connection) and state == int(ESTABLISHED, 16) and inode != 0 and owner == user


def _is_owned(table: Path, client_port: int, server_port: int, user: int) -> bool:
    try:
        rows = table.read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return False
    for columns in map(str.split, rows):
        if (_port(columns[_LOCAL]), _port(columns[_REMOTE])) == (client_port, server_port):
            return columns[_STATE] == ESTABLISHED and columns[_INODE] != "0" and int(columns[_USER]) == user
    return False


def _port(address: str) -> int:
    return int(address.rpartition(":")[2], 16)


ENDINGS: Final = tuple(number for name in ("SIGTERM", "SIGHUP") if (number := getattr(signal, name, None)) is not None)


@contextmanager
def closed_at_the_end(close: Callable[[], None]) -> Generator[None]:
    """Call `close` at the end of the block or of the process, whichever comes first; never twice.

    What else was to happen at the signal then happens: without anything else, the process ends by it. Outside of the
    main thread, where no signal arrives, the end of the block alone counts.
    """
    ending = _Ending(close)
    ending.watch()
    try:
        yield
    finally:
        ending.leave()
        ending.close()


class _Ending:
    def __init__(self, close: Callable[[], None]) -> None:
        self._close = close
        self._is_closed = False
        self._before: dict[int, Any] = {}

    def watch(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        for number in ENDINGS:
            before = signal.getsignal(number)
            if before is not signal.SIG_IGN:  # as nohup has it
                self._before[number] = before
                signal.signal(number, self._end)

    def leave(self) -> None:
        for number, before in self._before.items():
            if signal.getsignal(number) == self._end:  # somebody else's, set meanwhile, leads here still
                signal.signal(number, signal.SIG_DFL if before is None else before)

    def close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            self._close()

    def _end(self, number: int, frame: FrameType | None) -> None:
        self.close()
        before = self._before[number]
        if callable(before):
            before(number, frame)
        else:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
