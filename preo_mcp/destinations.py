"""Where a result too large for a model's context goes: a new file in an allowed folder.

The same folders that files are read from, with the same rule: only on a server that its user runs locally (stdio),
links resolved. Nothing that exists is ever overwritten.
"""

from functools import partial
from pathlib import Path

from anyio import to_thread

from preo_mcp.errors import ValidationError
from preo_mcp.settings import Settings, Transport

NOT_SAVED = "The file was not saved"


async def save_file(settings: Settings, file_path: str, suffix: str, content: bytes) -> Path:
    """Write a new file and return its real path; a relative path is one in the first allowed folder.

    Raises:
        ValidationError: it would lie outside, not end in `suffix` (`.html`), exists, or cannot be written.
    """
    return await to_thread.run_sync(partial(_write, destination(settings, file_path, suffix), content))


def destination(settings: Settings, file_path: str, suffix: str) -> Path:
    """Return the real path of a file that can be written, before the work that makes its content.

    Raises:
        ValidationError: it would lie outside the allowed folders, have another ending than `suffix`, or exists.
    """
    if settings.transport is not Transport.STDIO:
        raise _refused("a server over HTTP writes no local files", "Leave the path out.")
    folders = [folder.expanduser().resolve() for folder in settings.allowed_folders]
    if not folders:
        raise _refused(
            "no folder is allowed", "Ask the user to start preo-mcp with --allow-folder FOLDER or PREO_ALLOWED_FOLDERS."
        )
    try:
        path = Path(file_path).expanduser()
        whole = path if path.is_absolute() else folders[0] / path
        real = whole.parent.resolve(strict=True) / whole.name
        exists = real.exists() or real.is_symlink()
    except (OSError, ValueError, RuntimeError) as exc:  # no such folder, a NUL, links in a circle
        raise _refused(f"the path cannot be followed ({type(exc).__name__})", "Name a folder that exists.") from None
    if not any(real.is_relative_to(folder) for folder in folders):
        raise _refused(
            "the path leads outside the allowed folders", f"Use a path inside {', '.join(map(str, folders))}."
        )
    if real.suffix.lower() != suffix:
        raise _refused(f"the name does not end in {suffix}", f"End it in {suffix}.")
    if exists:
        raise _refused("there is such a file already, and nothing is overwritten", "Give another name.")
    return real


def _write(path: Path, content: bytes) -> Path:
    try:
        with path.open("xb") as file:
            file.write(content)
    except (OSError, ValueError) as exc:  # a NUL in the name is a ValueError
        raise _refused(f"it cannot be written ({type(exc).__name__})", "Check the folder with the user.") from None
    return path


def _refused(why: str, next_step: str) -> ValidationError:
    return ValidationError(NOT_SAVED, why, next_step)
