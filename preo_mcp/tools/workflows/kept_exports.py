"""The files of prepare_import, kept for a while under a handle, so that a model never sends one twice.

They lie in a folder that this process's user alone can enter, and go with the process, however it ends, or earlier.
"""

import os
import secrets
import shutil
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

import anyio

from preo_mcp.api.errors import ValidationError
from preo_mcp.backend import Backend
from preo_mcp.files.private_files import open_private
from preo_mcp.files.scratch import scratch_folder

if TYPE_CHECKING:
    from preo_mcp.tools.workflows.plain_upload import Carried
    from preo_mcp.tools.workflows.remembered import Remembered
    from preo_mcp.tools.workflows.understood import Settled, Understood

    Answer = tuple[Settled, Carried | None]
    """What held for a file, and the import that was made of it where nothing was open."""

LIFETIME: Final = 2 * 3600.0
"""Seconds after its last use."""
MOST_KEPT: Final = 20
MOST_BYTES: Final = 1024**3
"""Of all files together; those that were not used for longest go first."""
SWEPT_EVERY: Final = 60.0
NEW: Final = os.O_CREAT | os.O_EXCL | os.O_WRONLY


@dataclass(eq=False)
class KeptExport:
    """A file, what is known of it, and what was settled.

    Attributes:
        handle: By which a model names it.
        folder: All of it; nothing else lies there.
        edition_id: What it goes into.
        name: The file's, as the person knows it.
        size: In bytes.
        upload: Which upload it came from; None for another source.
        import_name: What its import is to be called; None for what Preo calls it.
        country_code: Of phone numbers; None for the edition's.
        settled: What was settled, by key.
        understood: What the file says, once it was read.
        import_id: The import that it was uploaded to.
        uploaded_as: What made its table what it is.
        is_shown: Whether its columns were told.
        has_told_products: Whether the edition's products were.
        remembered: What is known of earlier files of its layout, once that was looked up.
        answer: What prepare_import found last.
        version: How often it was noted for other replicas.
    """

    handle: str
    folder: Path
    edition_id: str
    name: str = ""
    size: int = 0
    upload: str | None = None
    import_name: str | None = None
    country_code: str | None = None
    settled: dict[str, str] = field(default_factory=dict[str, str])
    understood: "Understood | None" = None
    import_id: str | None = None
    uploaded_as: tuple[str, ...] = ()
    is_shown: bool = False
    has_told_products: bool = False
    remembered: "Remembered | None" = None
    answer: "Answer | None" = None
    version: int = 0
    lock: anyio.Lock = field(default_factory=anyio.Lock)
    used: float = 0

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return self.folder / "file"

    @property
    def is_in_use(self) -> bool:
        """Whether a call works on it."""
        return self.lock.locked()


class KeptExports:
    """The files of one process.

    Args:
        now: Tells the time in seconds.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._kept: dict[str, KeptExport] = {}
        self._root: Path | None = None
        self._opened = ExitStack()

    async def keep(
        self, edition_id: str, store: Callable[[Path], Awaitable[str]], handle: str | None = None
    ) -> KeptExport:
        """Have a file stored, and return it; others go where there are too many.

        Args:
            edition_id: What it goes into.
            store: Writes it to a path, and returns its name.
            handle: By which another replica keeps it; None for a new one.

        Raises:
            PreoError: it cannot be had.
        """
        handle = handle or f"src_{secrets.token_hex(8)}"
        if self._root is None:
            self._root = self._opened.enter_context(scratch_folder())
        kept = KeptExport(handle, self._root / handle, edition_id, used=self._now())
        kept.folder.mkdir(mode=0o700)
        os.close(open_private(kept.path, NEW))
        try:
            kept.name = await store(kept.path)
        except BaseException:
            self.forget(kept)
            raise
        kept.size = kept.path.stat().st_size
        self._kept[handle] = kept
        self.sweep(but=kept)
        return kept

    def has(self, handle: str) -> bool:
        """Return whether a file is kept here under a handle."""
        return handle in self._kept

    @staticmethod
    def unknown(handle: str) -> ValidationError:
        """Return the error for a handle under which none is kept."""
        why = f"no file is kept under {handle[:40]!r}; one is kept for {LIFETIME / 3600:.0f} hours, by one process"
        return ValidationError("The import was not prepared", why, "Give the file itself once more.")

    def find(self, handle: str) -> KeptExport:
        """Return the file of a handle, which counts as used.

        Raises:
            ValidationError: none is kept under it.
        """
        self.sweep()
        kept = self._kept.get(handle)
        if kept is None:
            raise self.unknown(handle)
        kept.used = self._now()
        return kept

    def of_upload(self, upload_id: str, edition_id: str | None) -> KeptExport | None:
        """Return the latest file of an upload, for an edition or for any; None where there is none.

        It counts as used. So a model may go on to name the upload.
        """
        self.sweep()
        found = [one for one in self._kept.values() if one.upload == upload_id and edition_id in (None, one.edition_id)]
        if not found:
            return None
        found[-1].used = self._now()
        return found[-1]

    def of_import(self, import_id: str) -> KeptExport | None:
        """Return the file that an import was made of, which counts as used; None where it is not kept."""
        self.sweep()
        kept = next((one for one in self._kept.values() if one.import_id == import_id), None)
        if kept is not None:
            kept.used = self._now()
        return kept

    def own_place(self, path: Path) -> bool:
        """Return whether a path is of a table beside a kept file: this process's own place, gone with the file."""
        return path.suffix == ".csv" and any(path.parent == one.folder for one in self._kept.values())

    def forget(self, kept: KeptExport) -> None:
        """Remove a file."""
        self._kept.pop(kept.handle, None)
        shutil.rmtree(kept.folder, ignore_errors=True)

    def sweep(self, but: KeptExport | None = None) -> None:
        """Remove what was not used for long, or is too much; nothing that is in use."""
        by_age = sorted(self._kept.values(), key=lambda one: one.used)
        count, size = len(by_age), sum(one.size for one in by_age)
        for one in by_age:
            is_old = self._now() - one.used > LIFETIME
            if (is_old or count > MOST_KEPT or size > MOST_BYTES) and one is not but and not one.is_in_use:
                self.forget(one)
                count, size = count - 1, size - one.size

    def close(self) -> None:
        """Remove all of it."""
        self._kept.clear()
        self._root = None
        self._opened.close()

    async def watch(self) -> None:
        """Sweep until cancelled, and then remove all of it."""
        try:
            while True:
                await anyio.sleep(SWEPT_EVERY)
                self.sweep()
        finally:
            self.close()


_BY_BACKEND: Final[WeakKeyDictionary[Backend, KeptExports]] = WeakKeyDictionary()


def exports_of(backend: Backend) -> KeptExports:
    """Return the files of a process, which are removed when its backend closes."""
    kept = _BY_BACKEND.get(backend)
    if kept is None:
        kept = _BY_BACKEND[backend] = KeptExports()
        backend.in_background(kept.watch)
    return kept
