"""The audit's file: written by several processes, a new one where it grows too large, and never silently incomplete."""

import logging
import os
from collections.abc import Generator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from preo_mcp.api.errors import PreoError
from preo_mcp.audit.entry import MADE_UP, AuditEntry, AuditLine, redacted
from preo_mcp.files.keys import Keys
from preo_mcp.files.private_files import OWNER_ONLY, UnsafeFileError, open_private, private_folder
from preo_mcp.settings import Settings

if TYPE_CHECKING:
    from filelock import FileLock

AUDIT_FILE: Final = "audit.jsonl"
MEGABYTE: Final = 1_000_000
KEPT_FILES: Final = 5
"""Older files beside the present one: `.1` is the youngest of them."""

logger = logging.getLogger(__name__)


class AuditError(PreoError):
    """The audit cannot be written: then nothing is changed."""


def audit_path(settings: Settings) -> Path:
    """Return where the audit is."""
    return settings.audit_file or settings.state_folder / AUDIT_FILE


def older_file(path: Path, age: int) -> Path:
    """Return where the audit's older file number `age` is, from 1 to `KEPT_FILES`."""
    return path.with_name(f"{path.name}.{age}")


class Audit:
    """Writes lines to `path`, and begins a new file where it would grow over `limit_bytes`.

    A line that cannot be written is kept and written before the next one; until then `must_be_writable` refuses.
    """

    def __init__(self, path: Path, limit_bytes: int, keys: Keys) -> None:
        self._path = path
        self._limit = limit_bytes
        self._keys = keys
        self._unwritten: list[bytes] = []

    @classmethod
    def of(cls, settings: Settings, keys: Keys) -> Self:
        """Return the audit that the settings describe."""
        return cls(audit_path(settings), int(settings.audit_megabytes * MEGABYTE), keys)

    def must_be_writable(self) -> None:
        """Make sure that a line can be written now, and write those that could not be.

        Raises:
            AuditError: it cannot.
        """
        if (why := self._written_out()) is not None:
            next_step = "Tell the user to make it writable, or to set PREO_AUDIT_FILE, and then make the call again."
            raise AuditError("Nothing was changed", f"the audit cannot be written ({self._path}: {why})", next_step)

    def record(self, entry: AuditEntry) -> None:
        """Write the line of `entry`; where that fails, it is kept, and `must_be_writable` refuses from now on."""
        are_real = entry.outcome not in MADE_UP or entry.plan_id is not None  # a plan rests on facts that Preo told
        arguments = redacted(entry.arguments, self._keys, ids_are_real=are_real)
        line = AuditLine.of(entry, arguments).as_json()
        self._unwritten.append(f"{line}\n".encode(errors="replace"))
        if (why := self._written_out()) is not None:
            logger.error("the audit cannot be written (%s: %s); nothing is changed until it can", self._path, why)

    def _written_out(self) -> str | None:
        """Write what is not written yet; return why that failed."""
        try:
            private_folder(self._path.parent)
            with locked(self._path.with_name(f"{self._path.name}.lock")):
                self._append()
                while self._unwritten:
                    self._append(self._unwritten[0])
                    del self._unwritten[0]
        except UnsafeFileError as exc:
            return str(exc)
        except OSError as exc:
            return exc.strerror or str(exc) or type(exc).__name__
        return None

    def _append(self, line: bytes = b"") -> None:
        if line and self._is_full_with(len(line)):
            self._begin_anew()
        descriptor = open_private(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT)
        try:
            size = os.fstat(descriptor).st_size
            if line and size and not self._ends_a_line(descriptor, size):
                line = b"\n" + line  # a process died within its line, which must not spoil this one
            if os.write(descriptor, line) != len(line):
                os.ftruncate(descriptor, size)
                raise OSError("no space left")
        finally:
            os.close(descriptor)

    def _is_full_with(self, more: int) -> bool:
        try:
            size = self._path.lstat().st_size
        except FileNotFoundError:
            return False
        return size > 0 and size + more > self._limit

    def _begin_anew(self) -> None:
        for age in range(KEPT_FILES, 1, -1):
            if older_file(self._path, age - 1).exists():
                older_file(self._path, age - 1).replace(older_file(self._path, age))
        self._path.replace(older_file(self._path, 1))

    @staticmethod
    def _ends_a_line(descriptor: int, size: int) -> bool:
        os.lseek(descriptor, size - 1, os.SEEK_SET)
        return os.read(descriptor, 1) == b"\n"


PATIENCE: Final = 2.0
"""Seconds; what is done under the lock takes well under a millisecond."""
PAUSE: Final = 0.002


@contextmanager
def locked(path: Path) -> Generator[None]:
    """Hold the lock that the file at `path` stands for.

    Raises:
        UnsafeFileError: a link or something else that is not a file is there, or others can read it.
        OSError: it cannot be made, or another process holds it for longer than `PATIENCE`.
    """
    from filelock import Timeout

    os.close(open_private(path, os.O_RDWR | os.O_CREAT))  # FileLock would follow no link, but take a pipe
    lock = _lock_of(path)
    try:
        lock.acquire(timeout=PATIENCE, poll_interval=PAUSE)
    except Timeout:
        raise TimeoutError("another process holds it") from None
    try:
        yield
    finally:
        lock.release()


@lru_cache(maxsize=8)
def _lock_of(path: Path) -> "FileLock":
    """Return the lock of a file, the same one each time: to make one takes as long as to use it."""
    from filelock import FileLock

    return FileLock(path, mode=OWNER_ONLY)
