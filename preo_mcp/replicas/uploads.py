"""The uploads of all replicas, in Redis: a record for each, and its bytes in pieces, encrypted under their names.

A file may come in through any replica, and be used through another, which reads it into a scratch file for as long.
Each key ends by itself a little after the longest life of an upload, so what nobody sweeps goes too.

Threat: whoever writes in that Redis could put an earlier state of a piece back, or another file's piece in its place.
So a piece's name holds the upload, the beginning that it belongs to and its place, and its length has to be what the
record says.
"""

import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final, TypeVar

from anyio import to_thread
from pydantic import SecretStr, TypeAdapter, ValidationError

from preo_mcp.files.scratch import scratch_folder
from preo_mcp.files.uploads.store import Step
from preo_mcp.files.uploads.upload import KEPT, PIECE, UNFINISHED, UPLOAD_ID, Refusal, Upload, UploadRefused
from preo_mcp.replicas.connection import (
    PREFIX,
    ContendedError,
    Pipeline,
    Redis,
    connected,
    in_one_step,
    redis_errors,
)
from preo_mcp.replicas.one_key import KeyNotComparedError, OneKey
from preo_mcp.replicas.sealing import Sealing

T = TypeVar("T")

INDEX: Final = f"{PREFIX}uploads"
"""The ids of all there are, by when they expire."""
RETAINED: Final = KEPT + 2 * UNFINISHED
SCRATCH_FILE: Final = "file"


@dataclass(frozen=True, slots=True)
class Kept:
    """A record.

    Attributes:
        upload: What is told of it, with the bytes that are there.
        beginning: Which beginning of the file the pieces are of.
    """

    upload: Upload
    beginning: str


_RECORD: Final = TypeAdapter(Kept)


class RedisUploads:
    """Uploads in the database that `url` names; it is connected when first needed.

    Args:
        url: Where Redis is (`connected`).
        key: Gives 32 bytes that all is encrypted with, when first needed; all replicas have the same.
        client: Replaces the connection in tests; one that reads bytes.

    Raises:
        ConfigurationError: the client library is not installed, or the URL is not that of a Redis.
    """

    def __init__(self, url: SecretStr, key: Callable[[], bytes], client: Redis = None) -> None:
        self._redis = client or connected(url, texts=False)
        self._sealing = cache(lambda: Sealing(key()))
        self._one_key = OneKey(self._redis, "uploads", self._sealing)

    async def add(self, upload: Upload) -> None:
        """Keep a new upload."""

        async def step(pipe: Pipeline) -> None:
            pipe.multi()
            self._put(pipe, Kept(upload, _beginning()))

        await self._step(step, upload.id)

    async def get(self, upload_id: str) -> Upload:
        """Return an upload."""
        async with self._asked():
            return (await self._read(self._redis, upload_id)).upload

    async def all(self) -> Sequence[Upload]:
        """Return all that can be read."""
        async with self._asked():
            ids = [found.decode() for found in await self._redis.zrange(INDEX, 0, -1)]
            held: list[bytes | None] = await self._redis.mget([_record(one) for one in ids]) if ids else []
        found = [self._opened(one, sealed) for one, sealed in zip(ids, held, strict=True)]
        return [kept.upload for kept in found if kept is not None]

    async def change(self, upload_id: str, step: Step) -> Upload:
        """Put what `step` makes of an upload in its place."""

        async def changed(pipe: Pipeline) -> Upload:
            before = await self._read(pipe, upload_id)
            after = step(before.upload)
            pipe.multi()
            is_new = after.received < before.upload.received
            if is_new:
                pipe.delete(*_pieces(before))
            self._put(pipe, Kept(after, _beginning() if is_new else before.beginning))
            return after

        return await self._step(changed, upload_id)

    async def write(self, upload_id: str, offset: int, piece: bytes, admit: Step) -> Upload:
        """Put a piece after what is there."""

        async def written(pipe: Pipeline) -> Upload:
            kept = await self._read(pipe, upload_id)
            upload = admit(kept.upload)
            size, end = upload.received, offset + len(piece)
            if offset > size:
                raise UploadRefused(Refusal.GAP, size)
            if end <= size:
                if await self._bytes(pipe, kept, offset, end) != piece:
                    raise UploadRefused(Refusal.DIFFERENT, size)
                pipe.multi()
                return upload
            if offset < size:
                raise UploadRefused(Refusal.OVERLAP, size)
            first = size // PIECE
            whole = await self._bytes(pipe, kept, first * PIECE, size) + piece
            after = replace(upload, received=end)
            pipe.multi()
            for place in range(0, len(whole), PIECE):
                name = _piece(kept, first + place // PIECE)
                pipe.set(name, self._sealing().sealed_bytes(name, whole[place : place + PIECE]), ex=RETAINED)
            self._put(pipe, replace(kept, upload=after))
            return after

        return await self._step(written, upload_id)

    async def beginning(self, upload_id: str, count: int) -> bytes:
        """Return the first bytes."""
        async with self._asked():
            kept = await self._read(self._redis, upload_id)
            return await self._bytes(self._redis, kept, 0, min(count, kept.upload.received))

    @asynccontextmanager
    async def opened(self, upload_id: str) -> AsyncGenerator[Path]:
        """Lend the bytes as a file of this computer's user alone, which is gone after that."""
        with scratch_folder() as folder:
            path = folder / SCRATCH_FILE
            async with self._asked():
                kept = await self._read(self._redis, upload_id)
                with path.open("xb") as file:
                    for place in range(0, kept.upload.received, PIECE):
                        end = min(place + PIECE, kept.upload.received)
                        await to_thread.run_sync(file.write, await self._bytes(self._redis, kept, place, end))
            yield path

    async def remove(self, upload_id: str) -> None:
        """Forget an upload."""

        async def removed(pipe: Pipeline) -> None:
            sealed = await pipe.get(_record(upload_id))
            kept = None if sealed is None else self._opened(upload_id, sealed)
            pipe.multi()
            pipe.zrem(INDEX, upload_id)
            pipe.delete(_record(upload_id), *(() if kept is None else _pieces(kept)))

        if UPLOAD_ID.fullmatch(upload_id):
            await self._step(removed, upload_id)

    async def sweep(self, now: datetime) -> None:
        """Remove what has expired."""
        async with self._asked():
            expired = await self._redis.zrangebyscore(INDEX, "-inf", now.timestamp())
        for upload_id in expired:
            await self.remove(upload_id.decode())

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    @asynccontextmanager
    async def _asked(self) -> AsyncGenerator[None]:
        """Ask Redis for something, once it is known that the others have this key.

        Raises:
            ConfigurationError: they have another one.
            UploadRefused: Redis cannot be used.
        """
        try:
            await self._one_key.must_be_ours()
            async with redis_errors(KeyNotComparedError):
                yield
        except (KeyNotComparedError, ContendedError) as exc:
            raise UploadRefused(Refusal.UNUSABLE) from exc

    async def _step(self, step: Callable[[Pipeline], Awaitable[T]], upload_id: str) -> T:
        async with self._asked():
            return await in_one_step(self._redis, step, _record(upload_id))

    async def _read(self, source: Redis | Pipeline, upload_id: str) -> Kept:
        sealed = await source.get(_record(upload_id)) if UPLOAD_ID.fullmatch(upload_id) else None
        kept = None if sealed is None else self._opened(upload_id, sealed)
        if kept is None:
            raise UploadRefused(Refusal.GONE)
        return kept

    def _opened(self, upload_id: str, sealed: bytes | None) -> Kept | None:
        """Return a record; None for what was removed meanwhile, is damaged, or not ours."""
        doc = None if sealed is None else self._sealing().opened_bytes(_record(upload_id), sealed)
        try:
            return None if doc is None else _RECORD.validate_json(doc)
        except ValidationError:
            return None

    def _put(self, pipe: Pipeline, kept: Kept) -> None:
        name = _record(kept.upload.id)
        pipe.set(name, self._sealing().sealed_bytes(name, _RECORD.dump_json(kept)), ex=RETAINED)
        pipe.zadd(INDEX, {kept.upload.id: kept.upload.expires.timestamp()})

    async def _bytes(self, source: Redis | Pipeline, kept: Kept, start: int, end: int) -> bytes:
        """Return the bytes from `start` to `end` of those that are there.

        Raises:
            UploadRefused: a piece is gone, damaged or not ours.
        """
        found = list[bytes]()
        for number in range(start // PIECE, -(-end // PIECE)):
            name = _piece(kept, number)
            sealed = await source.get(name)
            held = None if sealed is None else self._sealing().opened_bytes(name, sealed)
            if held is None or len(held) != min(kept.upload.received - number * PIECE, PIECE):
                raise UploadRefused(Refusal.GONE)
            found.append(held[max(start - number * PIECE, 0) : end - number * PIECE])
        return b"".join(found)


def _beginning() -> str:
    return secrets.token_hex(8)


def _record(upload_id: str) -> str:
    return f"{PREFIX}upload:{upload_id}"


def _piece(kept: Kept, number: int) -> str:
    return f"{_record(kept.upload.id)}:{kept.beginning}:{number}"


def _pieces(kept: Kept) -> list[str]:
    return [_piece(kept, number) for number in range(-(-kept.upload.received // PIECE))]
