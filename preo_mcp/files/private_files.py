"""Files that their owner alone can read, opened so that a link in their place leads nowhere else."""

import os
import secrets
import stat
from pathlib import Path
from typing import Final

OWNER_ONLY: Final = 0o600
OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class UnsafeFileError(OSError):
    """What is in the file's place is not a file of its owner's alone; the text says what is wrong with it."""


def open_private(path: Path, flags: int) -> int:
    """Return a descriptor of the file at `path`, opened with `flags` of `os.open`; one that is made is 0600.

    Windows has no such modes: there the folder's access list, that of the user's profile, decides who can read.

    Raises:
        UnsafeFileError: a link or something else that is not a file is there, or others can read it.
        OSError: it cannot be opened.
    """
    if path.is_symlink():  # O_NOFOLLOW closes the moment after this look, where there is one
        raise UnsafeFileError("it is a link")
    closed = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    # O_NONBLOCK: a pipe in its place would hold the process until somebody reads.
    descriptor = os.open(path, flags | closed | getattr(os, "O_NONBLOCK", 0), OWNER_ONLY)
    try:
        _check(os.fstat(descriptor).st_mode)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _check(mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise UnsafeFileError("it is not a file")
    if os.name == "posix" and mode & OTHERS:
        raise UnsafeFileError("other users of this computer can read it")


def replace_private(path: Path, content: bytes) -> None:
    """Put a file of its owner's alone at `path`, whole at once: who reads meanwhile has the one before or this one.

    Raises:
        OSError: it cannot be written.
    """
    draft = path.with_suffix(f".{secrets.token_hex(4)}")
    try:
        with os.fdopen(open_private(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY), "wb") as file:
            file.write(content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def private_folder(folder: Path) -> Path:
    """Make `folder`, and return it; what is made is open to its owner alone.

    Raises:
        OSError: it cannot be made.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def owner_only_folder(folder: Path) -> Path:
    """Make `folder` for its owner alone, or find it so, and return it.

    Raises:
        UnsafeFileError: it was there, and other users of this computer can enter it.
        OSError: it cannot be made.
    """
    private_folder(folder)
    if os.name == "posix" and folder.stat().st_mode & OTHERS:
        raise UnsafeFileError("other users of this computer can enter it")
    return folder
