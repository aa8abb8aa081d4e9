"""The uploads of one caller: whose they are, what their secrets open, how many and how large they may be.

An upload is asked for, and then has an address with a secret that opens it once. Whoever opens it gets another secret,
with which alone a file is put in: so a second tab, a used address, or a model that reads the address afterwards comes
to nothing. A file that is complete stays as it is, and belongs to the caller alone.
"""

import hashlib
import hmac
import secrets
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

import anyio

from preo_mcp.files.kept_out import LOOKED_AT, has_key_name, why_secret
from preo_mcp.files.uploads.store import UploadStore
from preo_mcp.files.uploads.upload import (
    FILE_LIMIT,
    KEPT,
    MOST_BYTES,
    MOST_OPEN,
    PIECE,
    UNFINISHED,
    Refusal,
    State,
    Upload,
    UploadRefused,
    file_name,
)

SECRET_BYTES: Final = 32
SWEPT_EVERY: Final = 60.0
NOW: Final = partial(datetime.now, UTC)


class Uploads:
    """The uploads of one caller.

    Args:
        store: Those of all callers.
        owner: Who calls; empty for this computer's user.
        now: The moment in UTC.
    """

    def __init__(self, store: UploadStore, owner: str = "", now: Callable[[], datetime] = NOW) -> None:
        self._store = store
        self._owner = owner
        self._now = now
        self._room = anyio.Lock()

    async def ask(self) -> Upload:
        """Return a new upload that waits for its file.

        Raises:
            UploadRefused: too many wait already, or it cannot be kept.
        """
        await self._store.sweep(self._now())
        async with self._room:
            if sum(not one.is_complete for one in await self._mine()) >= MOST_OPEN:
                raise UploadRefused(Refusal.TOO_MANY)
            upload = Upload(f"upl_{secrets.token_hex(12)}", self._owner, self._now() + UNFINISHED)
            await self._store.add(upload)
        return upload

    async def issue(self, upload_id: str) -> str:
        """Return a fresh secret for the address of an upload, which opens it once; an earlier one is void.

        Raises:
            UploadRefused: it is gone, or complete.
        """
        secret = secrets.token_urlsafe(SECRET_BYTES)
        await self._store.change(upload_id, lambda one: replace(self._open(one), address=_digest(secret)))
        return secret

    async def exchange(self, upload_id: str, secret: str) -> tuple[Upload, str]:
        """Return an upload and the secret of whoever opens it by its address, or has that secret already.

        Whoever had opened it before is shut out.

        Raises:
            UploadRefused: the secret is not that of its address, or no longer.
        """
        session = secrets.token_urlsafe(SECRET_BYTES)

        def step(upload: Upload) -> Upload:
            if _is(upload.session, secret):  # also of one that is complete: its page was loaded again
                return self._own(upload)
            if not _is(self._own(upload).address, secret):
                raise UploadRefused(Refusal.SECRET)
            return replace(upload, address=None, session=_digest(session))

        upload = await self._store.change(upload_id, step)
        return upload, session if _is(upload.session, session) else secret

    async def start(self, upload_id: str, session: str, name: str, size: int, mark: str = "") -> Upload:
        """Begin with a file, or go on with the same one where it was interrupted; `received` tells where.

        Args:
            upload_id: The upload.
            session: The secret of whoever opened it.
            name: The file's, as the person knows it.
            size: In bytes.
            mark: What tells the same file from a changed one.

        Raises:
            UploadRefused: the file may not come, or there is no room for it.
        """
        named = file_name(name)
        if not named or named.startswith(".") or has_key_name(named):
            raise UploadRefused(Refusal.NAME)
        if size <= 0:
            raise UploadRefused(Refusal.EMPTY)
        if size > FILE_LIMIT:
            raise UploadRefused(Refusal.TOO_LARGE)

        def step(upload: Upload) -> Upload:
            self._must_open(upload, session)
            is_same = (upload.name, upload.size, upload.mark) == (named, size, mark) and upload.received <= size
            received = upload.received if is_same else 0
            return replace(upload, state=State.RECEIVING, name=named, size=size, mark=mark, received=received)

        async with self._room:
            self._must_open(await self._store.get(upload_id), session)
            await self._make_room(upload_id, size)
            return await self._store.change(upload_id, step)

    async def put(self, upload_id: str, session: str, offset: int, piece: bytes) -> Upload:
        """Put a piece after what is there.

        Raises:
            UploadRefused: it is none, reaches beyond what was announced, or does not follow what is there.
        """
        if not 0 < len(piece) <= PIECE or offset < 0:
            raise UploadRefused(Refusal.PIECE)

        def admit(upload: Upload) -> Upload:
            self._must_open(upload, session)
            if upload.state is State.WAITING:
                raise UploadRefused(Refusal.INCOMPLETE)
            if offset + len(piece) > upload.size:
                raise UploadRefused(Refusal.TOO_LARGE, upload.received)
            return upload

        return await self._store.write(upload_id, offset, piece, admit)

    async def finish(self, upload_id: str, session: str) -> Upload:
        """Return the upload as complete, once all of it is there and it is no secret; one that is goes at once.

        Raises:
            UploadRefused: something is missing, or it is a secret.
        """
        upload = await self._store.get(upload_id)
        if upload.is_complete and self._own(upload) and _is(upload.session, session):
            return upload
        self._must_open(upload, session)
        if upload.state is State.WAITING or upload.received != upload.size:
            raise UploadRefused(Refusal.INCOMPLETE, upload.received)
        beginning = await self._store.beginning(upload_id, LOOKED_AT)
        if why_secret(beginning, whole=upload.size <= LOOKED_AT) is not None:
            await self._store.remove(upload_id)
            raise UploadRefused(Refusal.PRIVATE)

        def step(there: Upload) -> Upload:
            self._must_open(there, session)
            if (there.received, there.size, there.name) != (upload.size, upload.size, upload.name):
                raise UploadRefused(Refusal.INCOMPLETE, there.received)
            return replace(there, state=State.COMPLETE, address=None, expires=self._now() + KEPT)

        return await self._store.change(upload_id, step)

    async def find(self, upload_id: str) -> Upload:
        """Return an upload of the caller.

        Raises:
            UploadRefused: there is none, or it is somebody else's, which is the same.
        """
        return self._own(await self._store.get(upload_id))

    @asynccontextmanager
    async def opened(self, upload_id: str) -> AsyncGenerator[tuple[Upload, Path]]:
        """Lend a complete upload as a file for the length of a block.

        Raises:
            UploadRefused: there is none, or it is not complete.
        """
        upload = await self.find(upload_id)
        if not upload.is_complete:
            raise UploadRefused(Refusal.INCOMPLETE)
        async with self._store.opened(upload_id) as path:
            yield upload, path

    async def forget(self, upload_id: str) -> None:
        """Remove an upload of the caller; one that is not there is none.

        Raises:
            UploadRefused: it cannot be removed.
        """
        if any(one.id == upload_id for one in await self._mine()):
            await self._store.remove(upload_id)

    async def watch(self) -> None:
        """Remove until cancelled what has expired; that the store cannot be used is told to whoever uses it."""
        while True:
            with suppress(UploadRefused):
                await self._store.sweep(self._now())
            await anyio.sleep(SWEPT_EVERY)

    async def _make_room(self, upload_id: str, size: int) -> None:
        """Let complete files go, the oldest first, where one of `size` has no room; not one that is on its way.

        Raises:
            UploadRefused: there would be no room still.
        """
        others = [one for one in await self._mine() if one.id != upload_id]
        taken = sum(one.size for one in others)
        oldest = sorted((one for one in others if one.is_complete), key=lambda one: one.expires)
        gone = list[str]()
        while taken + size > MOST_BYTES and oldest:
            first = oldest.pop(0)
            gone.append(first.id)
            taken -= first.size
        if taken + size > MOST_BYTES:
            raise UploadRefused(Refusal.NO_ROOM)
        for one in gone:
            await self._store.remove(one)

    async def _mine(self) -> Sequence[Upload]:
        return [one for one in await self._store.all() if one.owner == self._owner and one.expires > self._now()]

    def _own(self, upload: Upload) -> Upload:
        if upload.owner != self._owner or upload.expires <= self._now():
            raise UploadRefused(Refusal.GONE)
        return upload

    def _open(self, upload: Upload) -> Upload:
        if self._own(upload).is_complete:
            raise UploadRefused(Refusal.COMPLETE)
        return upload

    def _must_open(self, upload: Upload, session: str) -> None:
        if not _is(self._own(upload).session, session):
            raise UploadRefused(Refusal.SECRET)
        self._open(upload)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _is(digest: str | None, secret: str) -> bool:
    return digest is not None and hmac.compare_digest(digest, _digest(secret))
