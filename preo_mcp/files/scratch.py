"""Folders for files that are read, and so may hold customers: gone once they are read, or when the process ends."""

import shutil
import tempfile
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

from preo_mcp.process import closed_at_the_end

PREFIX: Final = "preo-file-"
MOST_TRIES: Final = 20
"""A thread that is reading may add a file while its folder is removed, where the folder cannot be taken from it."""

_open: set[Path] = set()


@contextmanager
def scratch_folder() -> Generator[Path]:
    """Make an empty folder of this user alone, and remove it with all that is in it at the end of the block."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    _open.add(folder)
    try:
        yield folder
    finally:
        _remove(folder)


def scratch_ends_with_the_process() -> AbstractContextManager[None]:
    """Remove at SIGTERM and SIGHUP what threads are still reading; for the main thread, as long as it serves."""
    return closed_at_the_end(_remove_all)


def _remove_all() -> None:
    for folder in [*_open]:
        _remove(folder)


def _remove(folder: Path) -> None:
    removed = folder.with_name(f"{folder.name}-removed")
    try:
        folder.rename(removed)  # a thread that is reading finds it no more, and adds nothing
    except OSError:  # it is gone already, or Windows has a file of it open
        removed = folder
    for _ in range(MOST_TRIES):
        shutil.rmtree(removed, ignore_errors=True)
        if not removed.exists():
            break
    _open.discard(folder)
