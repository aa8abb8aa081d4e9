"""The uploads of one computer's user: two files each in the state folder, its record and its bytes, theirs alone.

Several processes share them: a server over stdio, one over HTTP, `preo-mcp put`. So each step holds the folder's lock,
for milliseconds. How much has arrived is the file's length and nothing else, so that a crash in the middle of a piece
leaves an upload that goes on from there.
"""

import os
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

from anyio import to_thread
from filelock import FileLock, Timeout
from pydantic import TypeAdapter, ValidationError

from preo_mcp.files.private_files import OWNER_ONLY, UnsafeFileError, open_private, owner_only_folder, replace_private
from preo_mcp.files.uploads import FOLDER
from preo_mcp.files.uploads.store import Step
from preo_mcp.files.uploads.upload import UNFINISHED, UPLOAD_ID, Refusal, Upload, UploadRefused

LOCK: Final = "lock"
LOCK_SECONDS: Final = 10.0
MOST_BYTES: Final = 16 * 1024
"""Of a record."""

T = TypeVar("T")

_RECORD: Final = TypeAdapter(Upload)


class FolderUploads:
    """The uploads below a state folder, which may not be there yet."""

    def __init__(self, state_folder: Path) -> None:
        self._folder = state_folder / FOLDER

    async def add(self, upload: Upload) -> None:
        """Keep a new upload."""
        await self._held(lambda: self._put(upload))

    async def get(self, upload_id: str) -> Upload:
        """Return an upload."""
        return await self._held(lambda: self._read(upload_id))

    async def all(self) -> Sequence[Upload]:
        """Return all that can be read."""
        return await self._held(self._all)

    async def change(self, upload_id: str, step: Step) -> Upload:
        """Put what `step` makes of an upload in its place."""

        def changed() -> Upload:
            before = self._read(upload_id)
            after = step(before)
            if after.received < before.received:
                self._bytes(upload_id).unlink(missing_ok=True)
            self._put(after)
            return after

        return await self._held(changed)

    async def write(self, upload_id: str, offset: int, piece: bytes, admit: Step) -> Upload:
        """Put a piece after what is there."""

        def written() -> Upload:
            upload = admit(self._read(upload_id))
            with os.fdopen(open_private(self._bytes(upload_id), os.O_CREAT | os.O_RDWR), "r+b") as file:
                _place(file.fileno(), offset, piece)
                return replace(upload, received=os.fstat(file.fileno()).st_size)

        return await self._held(written)

    async def beginning(self, upload_id: str, count: int) -> bytes:
        """Return the first bytes."""

        def read() -> bytes:
            with os.fdopen(open_private(self._bytes(upload_id), os.O_RDONLY), "rb") as file:
                return file.read(count)

        return await self._held(read)

    @asynccontextmanager
    async def opened(self, upload_id: str) -> AsyncGenerator[Path]:
        """Lend the bytes as a file; one that is removed meanwhile is gone for whoever opens it after that."""
        await self.get(upload_id)
        yield self._bytes(upload_id)

    async def remove(self, upload_id: str) -> None:
        """Forget an upload."""
        if UPLOAD_ID.fullmatch(upload_id):
            await self._held(lambda: self._remove(upload_id))

    async def sweep(self, now: datetime) -> None:
        """Remove what has expired, and what a crash left of others."""
        if await to_thread.run_sync(self._folder.is_dir):
            await self._held(lambda: self._sweep(now))

    async def _held(self, work: Callable[[], T]) -> T:
        """Work in a thread while no other process or thread does.

        Raises:
            UploadRefused: the folder cannot be used.
        """

        def working() -> T:
            with _usable():
                owner_only_folder(self._folder.parent)  # a state folder of others' is refused by all that is in it
                owner_only_folder(self._folder)
                with FileLock(self._folder / LOCK, timeout=LOCK_SECONDS, mode=OWNER_ONLY):
                    return work()

        return await to_thread.run_sync(working)

    def _record(self, upload_id: str) -> Path:
        return self._folder / f"{upload_id}.json"

    def _bytes(self, upload_id: str) -> Path:
        return self._folder / f"{upload_id}.bytes"

    def _put(self, upload: Upload) -> None:
        replace_private(self._record(upload.id), _RECORD.dump_json(upload))

    def _read(self, upload_id: str) -> Upload:
        if not UPLOAD_ID.fullmatch(upload_id):
            raise UploadRefused(Refusal.GONE)
        try:
            with os.fdopen(open_private(self._record(upload_id), os.O_RDONLY), "rb") as file:
                upload = _RECORD.validate_json(file.read(MOST_BYTES))
        except (FileNotFoundError, UnsafeFileError, ValidationError):  # what is damaged, or not ours, is not there
            raise UploadRefused(Refusal.GONE) from None
        if upload.id != upload_id:
            raise UploadRefused(Refusal.GONE)
        bytes_of = self._bytes(upload_id)
        return replace(upload, received=bytes_of.stat().st_size if bytes_of.exists() else 0)

    def _all(self) -> list[Upload]:
        found = list[Upload]()
        for path in sorted(self._folder.glob("upl_*.json")):
            with suppress(UploadRefused):
                found.append(self._read(path.stem))
        return found

    def _remove(self, upload_id: str) -> None:
        self._bytes(upload_id).unlink(missing_ok=True)  # first: bytes without a record are nobody's
        self._record(upload_id).unlink(missing_ok=True)

    def _sweep(self, now: datetime) -> None:
        kept = self._all()
        for upload in kept:
            if upload.expires <= now:
                self._remove(upload.id)
        known = {upload.id for upload in kept}
        for path in self._folder.iterdir():
            if path.name != LOCK and path.name.partition(".")[0] not in known and _is_old(path, now):
                path.unlink(missing_ok=True)


@contextmanager
def _usable() -> Generator[None]:
    try:
        yield
    except (OSError, Timeout) as exc:
        raise UploadRefused(Refusal.UNUSABLE) from exc


def _place(file: int, offset: int, piece: bytes) -> None:
    """Put a piece at its place in a file.

    Raises:
        UploadRefused: it does not follow what is there.
    """
    size = os.fstat(file).st_size
    if offset > size:
        raise UploadRefused(Refusal.GAP, size)
    os.lseek(file, offset, os.SEEK_SET)
    if offset + len(piece) <= size:
        if os.read(file, len(piece)) != piece:
            raise UploadRefused(Refusal.DIFFERENT, size)
    elif offset < size:
        raise UploadRefused(Refusal.OVERLAP, size)
    else:
        view = memoryview(piece)
        while view:
            view = view[os.write(file, view) :]


def _is_old(path: Path, now: datetime) -> bool:
    """Whether nobody can be writing it still: a crash left it."""
    with suppress(OSError):
        return datetime.fromtimestamp(path.stat().st_mtime, UTC) + UNFINISHED <= now
    return False
