"""A host's file: read as it is, and replaced whole at once, with a copy of what it was beside it.

Whatever stands at the file's place is kept as what it is: a link is written through, the mode and the owner stay. What
somebody else wrote between reading and writing is never overwritten.
"""

import os
import secrets
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

from preo_mcp.api.errors import ConfigurationError
from preo_mcp.files.private_files import OWNER_ONLY, open_private

LARGEST: Final = 64_000_000
"""Bytes; no host's settings come near."""
NOT_WRITTEN: Final = "Nothing was written"


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A host's file as it was read.

    Attributes:
        path: As the host names it.
        real: Where it is, links followed.
        content: None where there is none.
        mode: Its permissions.
    """

    path: Path
    real: Path
    content: bytes | None
    mode: int = OWNER_ONLY

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return the file at `path`, or that there is none.

        Raises:
            ConfigurationError: it cannot be read, or is something else.
        """
        try:
            real = path.resolve()
            status = real.stat()
            if not stat.S_ISREG(status.st_mode):
                raise _refused(path, "it is not a file", "Look at what is there.")
            if status.st_size > LARGEST:
                raise _refused(path, "it is larger than any settings", "Look at what is there.")
            return cls(path, real, real.read_bytes(), stat.S_IMODE(status.st_mode))
        except FileNotFoundError:
            return cls(path, path.resolve(), None)
        except (OSError, RuntimeError, ValueError) as exc:  # RuntimeError: links in a circle, before Python 3.13
            raise _refused(path, f"it cannot be read ({_reason(exc)})", "Check its permissions.") from None

    @property
    def text(self) -> str:
        """The text; empty where there is no file.

        Raises:
            ConfigurationError: it is not UTF-8.
        """
        try:
            return (self.content or b"").decode()
        except UnicodeDecodeError as exc:
            why = f"it is not UTF-8 (at byte {exc.start + 1})"
            raise _refused(self.path, why, "Save it as UTF-8 in an editor, and try again.") from None

    def replace(self, text: str, now: Callable[[], datetime] = _now) -> Path | None:
        """Put `text` in the file's place; return where the copy of what was there is.

        Raises:
            ConfigurationError: it cannot be written, or was changed since it was read.
        """
        try:
            content = text.encode()
        except UnicodeEncodeError:
            raise _refused(self.path, "a path has letters that no text can hold", "Use another folder.") from None
        try:
            self._must_be_as_read()
            self._must_be_writable()
            self.real.parent.mkdir(parents=True, exist_ok=True)
            copy = self._copied(now()) if self.content is not None else None
            self._put(content, copy)
        except OSError as exc:
            next_step = "Check the permissions of file and folder, and that no program holds the file open."
            raise _refused(self.path, f"it cannot be written ({_reason(exc)})", next_step) from None
        return copy

    def remove(self) -> None:
        """Remove the file, and the link to it.

        Raises:
            ConfigurationError: it cannot be removed, or was changed since it was read.
        """
        try:
            self._must_be_as_read()
            self.real.unlink()
        except OSError as exc:
            raise _refused(self.path, f"it cannot be removed ({_reason(exc)})", "Check its folder.") from None

    def _must_be_writable(self) -> None:
        """A file that is marked as read-only could be replaced all the same; the mark is somebody's wish."""
        if self.content is not None and not (self.mode & stat.S_IWUSR and os.access(self.real, os.W_OK)):
            raise _refused(self.path, "it is read-only", "Make it writable, or edit it where it is made.")

    def _must_be_as_read(self) -> None:
        try:
            found = self.real.read_bytes()
        except FileNotFoundError:
            found = None
        if found != self.content:
            raise _refused(self.path, "something else changed it at this moment", "Run the command again.")

    def _copied(self, moment: datetime) -> Path:
        """Write what was read beside the file, for its owner alone: settings of hosts hold secrets of others."""
        base = self.real.with_name(f"{self.real.name}.before-preo-{moment:%Y%m%d-%H%M%S}")
        copy, number = base, 1
        while copy.exists():
            copy, number = base.with_name(f"{base.name}-{number}"), number + 1
        with os.fdopen(open_private(copy, os.O_CREAT | os.O_EXCL | os.O_WRONLY), "wb") as file:
            file.write(self.content or b"")
        return copy

    def _put(self, content: bytes, copy: Path | None) -> None:
        draft = self.real.with_name(f".{self.real.name}.{secrets.token_hex(4)}")
        try:
            with os.fdopen(open_private(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if self.content is not None:
                self._as_before(draft)
            self._must_be_as_read()
            if self.content is not None and self.real.stat().st_nlink > 1:
                self.real.write_bytes(content)  # or its other names would keep what it was
            else:
                draft.replace(self.real)
        except (OSError, ConfigurationError):
            if copy is not None:
                copy.unlink(missing_ok=True)
            raise
        finally:
            draft.unlink(missing_ok=True)

    def _as_before(self, draft: Path) -> None:
        draft.chmod(self.mode)
        before, own = self.real.stat(), draft.stat()
        if os.name == "posix" and (before.st_uid, before.st_gid) != (own.st_uid, own.st_gid):
            os.chown(draft, before.st_uid, before.st_gid)


def _refused(path: Path, why: str, next_step: str) -> ConfigurationError:
    return ConfigurationError(NOT_WRITTEN, f"{path}: {why}", next_step)


def _reason(exc: Exception) -> str:
    return (exc.strerror if isinstance(exc, OSError) else None) or type(exc).__name__
