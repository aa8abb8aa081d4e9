"""Which local paths tools may touch: those inside the folders of `PREO_ALLOWED_FOLDERS`, symbolic links resolved.

Never what `kept_out` keeps out. And only on a server that its user runs locally (stdio): what another machine may name
as a path is not for this one to open.
"""

from pathlib import Path

from preo_mcp.api.errors import ValidationError
from preo_mcp.files.kept_out import why_kept_out
from preo_mcp.settings import Settings, Transport


def existing_path(settings: Settings, file_path: str, what: str, instead: str) -> Path:
    """Return the real path of what `file_path` names inside an allowed folder; it need not be there.

    A relative path is one in the first folder. `what` says in a refusal what failed, `instead` what is taken in
    place of a path, where none is.

    Raises:
        ValidationError: it leads outside, cannot be followed, or no local path may be used.
    """
    return _inside(settings, file_path, what, instead, is_new=False)


def new_path(settings: Settings, file_path: str, what: str, instead: str) -> Path:
    """Return the real path of a file that can be made inside an allowed folder, in a folder that exists.

    Raises:
        ValidationError: as for `existing_path`, or there is something of this name already: nothing is overwritten; or
            the settings allow reading only.
    """
    if settings.read_only:
        raise ValidationError(what, "the user's settings allow reading only (PREO_READ_ONLY), and so no file", instead)
    path = _inside(settings, file_path, what, instead, is_new=True)
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return path
    except (OSError, ValueError) as exc:  # too long, a NUL
        why = f"the path cannot be followed ({type(exc).__name__})"
        raise ValidationError(what, why, "Check the path with the user.") from None
    raise ValidationError(what, "there is such a file already, and nothing is overwritten", "Give another name.")


def _inside(settings: Settings, file_path: str, what: str, instead: str, *, is_new: bool) -> Path:
    if settings.transport is not Transport.STDIO:
        why = "a server over HTTP writes no local files" if is_new else "a server over HTTP reads no local paths"
        raise ValidationError(what, why, instead)
    folders = [folder.expanduser().resolve() for folder in settings.allowed_folders]
    if not folders:
        next_step = "Or ask the user to start preo-mcp with --allow-folder FOLDER (PREO_ALLOWED_FOLDERS)."
        raise ValidationError(what, "no folder is allowed", f"{instead} {next_step}")
    try:
        path = Path(file_path).expanduser()
        whole = path if path.is_absolute() else folders[0] / path
        real = whole.parent.resolve(strict=True) / whole.name if is_new else whole.resolve()
    except (
        OSError,
        ValueError,
        RuntimeError,
    ) as exc:  # too long, a NUL, no such folder or user
        why = f"the path cannot be followed ({type(exc).__name__})"
        next_step = "Name a folder that exists." if is_new else "Check the path with the user."
        raise ValidationError(what, why, next_step) from None
    inside = [folder for folder in folders if real.is_relative_to(folder)]
    if not inside:
        allowed = ", ".join(map(str, folders))
        raise ValidationError(what, "the path leads outside the allowed folders", f"Use a path inside {allowed}.")
    reasons = [why_kept_out(settings, real, folder) for folder in inside]
    if all(reasons):  # hidden below one allowed folder and not below another is allowed
        raise ValidationError(what, reasons[0] or "", "Use another file.")
    return real
