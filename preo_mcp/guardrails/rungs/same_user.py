"""Whether whoever connects over loopback is this process's user, as far as the system tells."""

import os
from pathlib import Path
from typing import Final

TABLES: Final = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_LOCAL, _REMOTE, _USER = 1, 2, 7
"""Columns of the kernel's tables of connections (proc(5))."""


def is_same_user(client_port: int, server_port: int, tables: tuple[Path, ...] = TABLES) -> bool:
    """Return whether the connection between two ports of this computer is our own user's, or root's.

    Threat: an address is opened by the browser's command line, which on Linux every user can read. There, and only
    there, the system also tells whose a connection is; where it does not, the address's secret alone decides.
    """
    if os.name != "posix" or not any(table.exists() for table in tables):
        return True
    return any(_owner(table, client_port, server_port) in (0, os.getuid()) for table in tables)


def _owner(table: Path, client_port: int, server_port: int) -> int | None:
    try:
        lines = table.read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return None
    for line in lines:
        columns = line.split()
        if (_port(columns[_LOCAL]), _port(columns[_REMOTE])) == (client_port, server_port):
            return int(columns[_USER])
    return None


def _port(address: str) -> int:
    return int(address.rpartition(":")[2], 16)
