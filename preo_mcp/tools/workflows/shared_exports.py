"""The files of prepare_import on several replicas: the next call goes on with a file that came to another one.

What was settled of a file is noted for all replicas at the end of each call, for its caller alone. The file itself is
an upload, which they share, or is noted too; a replica that has not read it does so when it is first asked.
"""

import logging
from pathlib import Path
from typing import Final

from anyio import to_thread
from pydantic import MISSING, BaseModel, ValidationError

from preo_mcp.api.errors import PreoError
from preo_mcp.backend import Backend
from preo_mcp.files.sources import store_source
from preo_mcp.tools.workflows.kept_exports import LIFETIME, KeptExport, exports_of

logger = logging.getLogger(__name__)

MOST_NOTED: Final = 16 * 1024 * 1024
"""Bytes of a file that came within a call and is noted; a longer one stays with the replica that read it."""


class Noted(BaseModel):
    """What is noted of a file: what a `KeptExport` has under the same names, but what is read in it."""

    handle: str
    edition_id: str
    version: int
    name: str
    upload: str | None
    import_name: str | None
    country_code: str | None
    settled: dict[str, str]
    import_id: str | None
    uploaded_as: tuple[str, ...]
    is_shown: bool
    has_told_products: bool

    def tell(self, kept: KeptExport) -> None:
        """Let a file be known as it is noted."""
        for field in type(self).model_fields:
            setattr(kept, field, getattr(self, field))


async def tell(backend: Backend, kept: KeptExport) -> None:
    """Note what is known of a file; where that fails, this replica alone goes on with it, and the log says so."""
    if backend.notes is None:
        return
    kept.version += 1
    noted = Noted.model_validate(kept, from_attributes=True)
    names = [_of_import(kept.import_id)] if kept.import_id is not None else []
    if kept.upload is not None:
        names += [_of_upload(kept.upload, None), _of_upload(kept.upload, kept.edition_id)]
    try:
        await backend.notes.put(backend.caller, kept.handle, noted.model_dump_json().encode(), LIFETIME)
        for name in names:
            await backend.notes.put(backend.caller, name, kept.handle.encode(), LIFETIME)
        if kept.upload is None and kept.version == 1 and kept.size <= MOST_NOTED:
            content = await to_thread.run_sync(kept.path.read_bytes)
            await backend.notes.put(backend.caller, _content(kept.handle), content, LIFETIME)
    except PreoError as exc:
        logger.warning("the other replicas do not know what was settled of a file: %s", exc.why)


async def of_handle(backend: Backend, handle: str) -> KeptExport:
    """Return the file of a handle as any replica knows it; it counts as used.

    Raises:
        ValidationError: none is kept under it.
        PreoError: Redis cannot be used.
    """
    exports = exports_of(backend)
    noted = await _noted(backend, handle)
    if noted is None:
        return exports.find(handle)
    if not exports.has(handle):

        async def store(path: Path) -> str:
            return await _stored(backend, noted, path)

        await exports.keep(noted.edition_id, store, handle)
    kept = exports.find(handle)
    if kept.version < noted.version:
        noted.tell(kept)
    return kept


async def of_upload(backend: Backend, upload_id: str, edition_id: str | None) -> KeptExport | None:
    """Return the latest file of an upload, for an edition or for any, as any replica knows it; None without one.

    Raises:
        PreoError: Redis cannot be used.
    """
    handle = await _note(backend, _of_upload(upload_id, edition_id))
    if handle is None:
        return exports_of(backend).of_upload(upload_id, edition_id)
    return await of_handle(backend, handle.decode())


async def of_import(backend: Backend, import_id: str) -> KeptExport | None:
    """Return the file that an import was made of, as any replica knows it; None where it is not kept.

    Raises:
        PreoError: Redis cannot be used.
    """
    handle = await _note(backend, _of_import(import_id))
    if handle is None:
        return exports_of(backend).of_import(import_id)
    return await of_handle(backend, handle.decode())


async def _note(backend: Backend, name: str) -> bytes | None:
    return None if backend.notes is None else await backend.notes.get(backend.caller, name)


async def _noted(backend: Backend, handle: str) -> Noted | None:
    doc = await _note(backend, handle)
    try:
        return None if doc is None else Noted.model_validate_json(doc)
    except ValidationError:  # of another version
        return None


async def _stored(backend: Backend, noted: Noted, path: Path) -> str:
    if noted.upload is not None:
        given = (noted.upload, MISSING, MISSING, noted.name)
        return await store_source(backend.settings, backend.uploads, *given, path)
    content = await _note(backend, _content(noted.handle))
    if content is None:
        raise exports_of(backend).unknown(noted.handle)
    await to_thread.run_sync(path.write_bytes, content)
    return noted.name


def _content(handle: str) -> str:
    return f"content of {handle}"


def _of_upload(upload_id: str, edition_id: str | None) -> str:
    return f"of {upload_id} for {edition_id or 'any'}"


def _of_import(import_id: str) -> str:
    return f"of import {import_id}"
