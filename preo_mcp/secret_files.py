"""A file for a secret that must not pass through the model's context: new, in an allowed folder, its owner's alone."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import MISSING

from preo_mcp.errors import PreoError, ValidationError
from preo_mcp.settings import Settings, Transport

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
    path = new_path(settings, file_path)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    except OSError as exc:
        raise _refused(f"it cannot be made ({type(exc).__name__})", "Check the folder with the user.") from None
    file = SecretFile(path, descriptor)
    try:
        yield file
    finally:
        os.close(descriptor)
        if not file.is_written:
            path.unlink(missing_ok=True)


def new_path(settings: Settings, file_path: str | MISSING) -> Path:
    """Return the real path of a file that can be made inside an allowed folder.

    Raises:
        ValidationError: it is outside, exists, or no local path may be used.
    """
    if file_path is MISSING:
        raise AssertionError("only a path that is given is looked at")
    if settings.transport is not Transport.STDIO:
        raise _refused("a server over HTTP writes no local files", "Leave secret_file out.")
    folders = [folder.expanduser().resolve() for folder in settings.allowed_folders]
    if not folders:
        raise _refused(
            "no folder is allowed", "Ask the user to start preo-mcp with --allow-folder FOLDER or PREO_ALLOWED_FOLDERS."
        )
    try:
        path = Path(file_path).expanduser()
        whole = path if path.is_absolute() else folders[0] / path
        real = whole.parent.resolve() / whole.name
        in_folder, is_there = real.parent.is_dir(), _is_there(real)
    except (OSError, ValueError, RuntimeError) as exc:  # too long, a NUL in it, no such user, links in a circle
        raise _refused(f"the path cannot be followed ({type(exc).__name__})", "Check the path with the user.") from None
    if not any(real.parent.is_relative_to(folder) for folder in folders):
        raise _refused("the path leads outside the allowed folders", f"Use one inside {', '.join(map(str, folders))}.")
    if not in_folder:
        raise _refused("its folder does not exist", "Name a file in a folder that exists.")
    if is_there:
        raise _refused("there is a file already, and it is never overwritten", "Choose another name.")
    return real


def _is_there(path: Path) -> bool:
    """Whether something has this name already, be it a link that leads nowhere."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _refused(why: str, next_step: str) -> ValidationError:
    return ValidationError(NOT_WRITTEN, why, next_step)
