"""Listening on this computer alone."""

import os
import socket
from typing import Final

from preo_mcp.api.errors import ConfigurationError

LOOPBACK: Final = "127.0.0.1"


def listen(port: int) -> socket.socket:
    """Return a socket that listens on a port of loopback; 0 takes a free one.

    It names its protocol, by which asyncio knows that small answers must not wait for an acknowledgement (TCP_NODELAY);
    a socket of `socket.create_server` does not, and each answer takes 20 ms more.

    Raises:
        OSError: the port cannot be listened on.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # elsewhere the option would let two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


def port_refused(what: str, port: int, exc: OSError) -> ConfigurationError:
    """Return the error of a server that cannot have its port."""
    why = f"port {port} on {LOOPBACK} cannot be used ({exc.strerror or type(exc).__name__})"
    return ConfigurationError(what, why, "Give another one with --port, or 0 for any.")
