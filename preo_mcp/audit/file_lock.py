"""A lock that processes of one computer share, let go of by the system when its holder dies."""

import os
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from preo_mcp.guardrails.private_files import open_private

PATIENCE: Final = 2.0
"""Seconds; what is done under the lock takes well under a millisecond."""
PAUSE: Final = 0.002


@contextmanager
def locked(path: Path) -> Generator[None]:
    """Hold the lock that the file at `path` stands for.

    Raises:
        OSError: it cannot be made, or another process holds it for longer than `PATIENCE`.
    """
    descriptor = open_private(path, os.O_RDWR | os.O_CREAT)
    try:
        _wait_for(descriptor)
        yield
    finally:
        os.close(descriptor)  # and with it the lock is let go of


def _wait_for(descriptor: int) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            _try(descriptor)
        except OSError:
            if time.monotonic() >= until:
                raise TimeoutError("another process holds it") from None
            time.sleep(PAUSE)
        else:
            return


def _try(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
