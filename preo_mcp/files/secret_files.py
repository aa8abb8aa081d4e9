"""A file for a secret that must not pass through the model's context: new, in an allowed folder, its owner's alone."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import MISSING

from preo_mcp.api.errors import PreoError, ValidationError
from preo_mcp.files.allowed_folders import new_path
from preo_mcp.settings import Settings

OWNER_ONLY = 0o600
NOT_WRITTEN = "The secret's file was not made"


@dataclass(slots=True)
class SecretFile:
    """A file that exists already, empty, so that a secret that is issued has its place."""

    path: Path
    _descriptor: int
    is_written: bool = field(default=False, init=False)

    def keep(self, secret: str) -> None:
        """Write the secret.

        Raises:
            PreoError: the disk is full or gone; the secret was issued all the same.
        """
        try:
            os.write(self._descriptor, f"{secret}\n".encode())
        except OSError as exc:
            raise PreoError(
                "The secret was issued and could not be saved",
                f"writing the file failed ({type(exc).__name__})",
                "Do not repeat the call; use rotate_webhook_secret with another secret_file.",
            ) from None
        self.is_written = True


@contextmanager
def secret_file(settings: Settings, file_path: str | MISSING) -> Generator[SecretFile | None]:
    """Make the file before the secret is asked for; it is removed again where nothing was kept in it.

    Only its owner can read it where the system knows such rights (POSIX); a file that is there is never overwritten.

    Raises:
        ValidationError: the path is not allowed, or there is a file already.
    """
    if file_path is MISSING:
        yield None
        return
    path = secret_path(settings, file_path)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    except OSError as exc:
        why = f"it cannot be made ({type(exc).__name__})"
        raise ValidationError(NOT_WRITTEN, why, "Check the folder with the user.") from None
    file = SecretFile(path, descriptor)
    try:
        yield file
    finally:
        os.close(descriptor)
        if not file.is_written:
            path.unlink(missing_ok=True)


def secret_path(settings: Settings, file_path: str) -> Path:
    """Return the real path of a file that can be made for a secret.

    Raises:
        ValidationError: it is outside the allowed folders, exists, or no local path may be used.
    """
    return new_path(settings, file_path, NOT_WRITTEN, "Leave secret_file out.")
