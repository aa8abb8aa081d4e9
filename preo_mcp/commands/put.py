"""`preo-mcp put FILE`: hands a file to this user's server, over stdio or HTTP, where there is neither card nor page."""

import argparse
import os
import sys
from pathlib import Path
from typing import BinaryIO, Final

import anyio
from anyio import to_thread

from preo_mcp.api.errors import ValidationError
from preo_mcp.files.uploads.folder import FolderUploads
from preo_mcp.files.uploads.upload import PIECE, Refusal, Upload, UploadRefused
from preo_mcp.files.uploads.uploads import Uploads
from preo_mcp.replicas.together import shared_uploads
from preo_mcp.settings import Settings

NOT_PUT: Final = "The file was not handed over"
BAR: Final = 30
"""Characters of the progress bar."""


def put(parsed: argparse.Namespace) -> None:
    """Put the file `parsed.file` among this user's uploads, and print its id; progress goes to a terminal's stderr.

    Raises:
        ValidationError: there is no such file, or it cannot be read.
        UploadRefused: it may not be kept, or there is no room.
    """
    upload = _opened(Settings.load(os.environ, {"sandbox": True}), parsed.file)
    sys.stdout.write(f"{upload.id}\n")
    sys.stdout.flush()
    sys.stderr.write(f"{upload.name} is kept for a day. Tell the assistant: work with the upload {upload.id}.\n")


def _opened(settings: Settings, path: Path) -> Upload:
    try:
        if not path.is_file():
            raise ValidationError(NOT_PUT, f"{path} is no file", "Check the path.")
        with path.open("rb") as file:
            return anyio.run(_kept, settings, path.name, file)
    except OSError as exc:
        why = f"{path} cannot be read ({exc.strerror or type(exc).__name__})"
        raise ValidationError(NOT_PUT, why, "Check its permissions.") from None


async def _kept(settings: Settings, name: str, file: BinaryIO) -> Upload:
    """Put an open file in where the server of these settings looks for it."""
    if settings.ledger_url is None:
        return await _received(Uploads(FolderUploads(settings.state_folder)), name, file)
    store = shared_uploads(settings, settings.ledger_url)
    try:
        return await _received(Uploads(store), name, file)
    finally:
        with anyio.CancelScope(shield=True):
            await store.close()


async def _received(uploads: Uploads, name: str, file: BinaryIO) -> Upload:
    """Put an open file in; what does not become whole is gone at once."""
    size = os.fstat(file.fileno()).st_size
    asked = await uploads.ask()
    done = False
    try:
        _, session = await uploads.exchange(asked.id, await uploads.issue(asked.id))
        received = (await uploads.start(asked.id, session, name, size)).received
        while received < size:
            piece = await to_thread.run_sync(file.read, min(PIECE, size - received))
            if not piece:
                raise UploadRefused(Refusal.DIFFERENT)
            received = (await uploads.put(asked.id, session, received, piece)).received
            _tell(name, received, size)
        upload = await uploads.finish(asked.id, session)
        done = True
        return upload
    finally:
        if not done:
            with anyio.CancelScope(shield=True):
                await uploads.forget(asked.id)


def _tell(name: str, received: int, size: int) -> None:
    """Show how far it is, in one line that is written over, where somebody can see it."""
    if not sys.stderr.isatty():
        return
    share = received / size
    bar = "#" * round(BAR * share)
    sys.stderr.write(f"\r{name[:40]} [{bar:-<{BAR}}] {share:4.0%}{chr(10) if received == size else ''}")
    sys.stderr.flush()
