"""Text that a tool saves for the user: a new file in an allowed folder of the machine that both work on."""

from pathlib import Path

from anyio import to_thread

from preo_mcp.errors import PreoError, ValidationError
from preo_mcp.secret_files import new_path
from preo_mcp.settings import Settings, Transport

NOT_SAVED = "The export was not saved"


def new_export(settings: Settings, save_to: str, suffix: str) -> Path:
    """Return the real path of a new file for an export, which has to end in `suffix`.

    Raises:
        ValidationError: it is outside the allowed folders, exists, is another kind of file, or no local path may be
            used.
    """
    if settings.transport is not Transport.STDIO:
        why = "a server over HTTP writes no local files"
        raise ValidationError(NOT_SAVED, why, "Leave save_to out; the result then shows the first rows.")
    if not save_to.casefold().endswith(suffix):
        raise ValidationError(
            NOT_SAVED, f"save_to does not end in {suffix}", f"Name a new file such as people{suffix}."
        )
    try:
        return new_path(settings, save_to)
    except ValidationError as exc:
        refusal = ValidationError(NOT_SAVED, exc.why, exc.next_step)
    raise refusal


async def save(path: Path, text: str) -> None:
    """Write a new file in UTF-8, line ends as they are; nothing is overwritten.

    Raises:
        PreoError: it cannot be written; no part of it stays.
    """
    await to_thread.run_sync(_write, path, text)


def _write(path: Path, text: str) -> None:
    try:
        file = path.open("x", encoding="utf-8", newline="")
    except OSError as exc:
        raise _failed(exc) from None
    try:
        with file:
            file.write(text)
    except OSError as exc:
        path.unlink(missing_ok=True)
        raise _failed(exc) from None


def _failed(exc: OSError) -> PreoError:
    return PreoError(NOT_SAVED, f"writing the file failed ({type(exc).__name__})", "Check the folder with the user.")
