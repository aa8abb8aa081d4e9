"""Where a result too large for a model's context goes: a new file in an allowed folder, whole or not there.

It holds customers, so it is its owner's alone.
"""

import os
from pathlib import Path

from anyio import to_thread

from preo_mcp.api.errors import ValidationError
from preo_mcp.files.allowed_folders import new_path
from preo_mcp.files.private_files import open_private
from preo_mcp.settings import Settings

NOT_SAVED = "The file was not saved"
CSV_SUFFIX = ".csv"
INSTEAD = "Leave the path out; the result then shows what fits."


def destination(settings: Settings, save_to: str, suffix: str) -> Path:
    """Return the real path of a file that can be written, before the work that makes its content.

    Raises:
        ValidationError: it lies outside the allowed folders, has another ending than `suffix`, or exists.
    """
    path = new_path(settings, save_to, NOT_SAVED, INSTEAD)
    if path.suffix.casefold() != suffix:
        raise ValidationError(NOT_SAVED, f"the name does not end in {suffix}", f"End it in {suffix}.")
    return path


async def save(path: Path, content: bytes) -> None:
    """Write a new file; nothing is overwritten, and no part of a file that cannot be written stays.

    Raises:
        ValidationError: it cannot be written.
    """
    await to_thread.run_sync(_write, path, content)


def _write(path: Path, content: bytes) -> None:
    try:
        descriptor = open_private(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    except (OSError, ValueError) as exc:  # a NUL in the name is a ValueError
        raise _failed(exc) from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
    except OSError as exc:
        path.unlink(missing_ok=True)
        raise _failed(exc) from None


def _failed(exc: Exception) -> ValidationError:
    why = (isinstance(exc, OSError) and exc.strerror) or type(exc).__name__
    return ValidationError(NOT_SAVED, f"it cannot be written ({why})", "Check the folder with the user.")
