"""A lease: while one call looks a second time and commits, no other call of the same account writes.

Threat: between the second look at the facts and the write, a write beside it changes what was approved: another text in
the mail, another condition in the segment. So every write of an account takes its lease: an unasked one for as long as
its request takes, one that a person agreed to from the second look to the read-back. Nobody holds it while waiting for
a person, an upload or an outcome.
"""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, Protocol
from weakref import WeakValueDictionary

import anyio

from preo_mcp.api.errors import PreoError
from preo_mcp.files.private_files import OWNER_ONLY, open_private, private_folder

PAUSE: Final = 0.01
"""Seconds between two tries to take a lease that another process holds."""


class LedgerError(PreoError):
    """The ledger cannot be read or written: then nothing that needs a yes runs."""


class Lease(Protocol):
    """What a call holds while it writes."""

    async def must_hold(self) -> None:
        """Make sure that it is held still.

        Raises:
            LedgerError: it was lost, so that somebody else may be writing.
        """
        ...

    async def let_go(self) -> None:
        """End it before its time; what ended is not ended again."""
        ...


def taken(seconds: float) -> LedgerError:
    """Return the error of a call that waited `seconds` in vain for another one's lease."""
    why = f"another change to this account is being carried out, and was not over after {seconds:g} s"
    return LedgerError("This call did nothing", why, "Make the call again in a minute.")


class FileLease:
    """A lease of one computer: the system lets go of it when its process dies, so it cannot be lost."""

    def __init__(self, here: anyio.Lock, file: Path) -> None:
        from filelock import FileLock

        self._here = here
        self._lock = FileLock(file, mode=OWNER_ONLY, thread_local=False)

    async def take(self) -> None:
        """Wait until nobody else holds it, the calls of this process in the order in which they came.

        Raises:
            OSError: its file cannot be made or opened, or is not its owner's alone.
        """
        await self._here.acquire()
        try:
            await self._lock_file()
        except BaseException:
            self._here.release()
            raise

    async def must_hold(self) -> None:
        """Do nothing: it is held until it is let go of."""

    async def let_go(self) -> None:
        """End it."""
        if self._lock.is_locked:
            self._lock.release()
            self._here.release()

    async def _lock_file(self) -> None:
        from filelock import Timeout

        file = Path(self._lock.lock_file)
        os.close(open_private(file, os.O_RDWR | os.O_CREAT))
        while True:
            try:
                self._lock.acquire(blocking=False)
            except Timeout:
                await anyio.sleep(PAUSE)
            else:
                return


class FileLeases:
    """The leases of a computer's processes, each a file in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._here: WeakValueDictionary[str, anyio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def lease(self, account: str, patience: float) -> AsyncGenerator[Lease]:
        """Hold the lease of an account; `patience` is how many seconds to wait for it.

        Raises:
            LedgerError: others held it for longer, or its file cannot be used.
        """
        here = self._here.setdefault(account, anyio.Lock())
        try:
            private_folder(self._folder)
            lease = FileLease(here, self._folder / f"{account[:16]}.lock")
            with anyio.move_on_after(patience) as waiting:
                await lease.take()
        except OSError as exc:
            why = f"{self._folder} cannot be used ({exc.strerror or exc})"
        else:
            if waiting.cancelled_caught:
                raise taken(patience)
            try:
                yield lease
            finally:
                await lease.let_go()
            return
        raise LedgerError("This call did nothing", why, "Free the disk, or set PREO_STATE_FOLDER to another folder.")
