"""Where a file's content comes from: a path in an allowed folder, an upload, text, or base64; exactly one of them.

A model must not carry a spreadsheet through its context, so a path is the usual way, and an upload where there is none:
its id stands in the place of a path.
"""

import base64
import binascii
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile

from anyio import to_thread
from pydantic import MISSING

from preo_mcp.api.errors import ValidationError
from preo_mcp.files.allowed_folders import existing_path
from preo_mcp.files.kept_out import LOOKED_AT, why_secret
from preo_mcp.files.uploads.upload import FILE_LIMIT, UPLOAD_ID
from preo_mcp.files.uploads.uploads import Uploads
from preo_mcp.settings import Settings

INLINE_LIMIT = 1024 * 1024
"""Bytes of a file that comes through the model's context."""
NOT_READ = "The file was not read"
ASK_FOR_IT = "receive_file asks the user for it, and its upload's id stands for a path."


@dataclass(frozen=True, slots=True)
class Source:
    """A file's name and content."""

    name: str
    content: bytes


async def read_source(
    settings: Settings,
    uploads: Uploads,
    file_path: str | MISSING,
    text: str | MISSING,
    file_base64: str | MISSING,
    file_name: str | MISSING,
) -> Source:
    """Return the file of exactly one of `file_path`, `text` and `file_base64`; the latter two want a `file_name`.

    Raises:
        ValidationError: none or several are given, the path is not allowed, or the content cannot be read or could be
            a secret.
        UploadRefused: there is no such upload of the caller's, or it is not complete.
    """
    _must_be_one(file_path, text, file_base64)
    if file_path is not MISSING and is_upload(file_path):
        async with _lent(uploads, file_path) as (name, path):
            return Source(name if file_name is MISSING else file_name, await to_thread.run_sync(path.read_bytes))
    if file_path is not MISSING:
        path = allowed_path(settings, file_path)
        name = path.name if file_name is MISSING else file_name
        return Source(name, await to_thread.run_sync(_read, path))
    content = _encode(text) if text is not MISSING else _decode(file_base64)
    if len(content) > INLINE_LIMIT:
        raise _refused(f"inline content is limited to {INLINE_LIMIT} bytes", ASK_FOR_IT)
    _must_be_no_secret(content[:LOOKED_AT], len(content))
    return Source("upload.csv" if file_name is MISSING else file_name, content)


async def store_source(
    settings: Settings,
    uploads: Uploads,
    file_path: str | MISSING,
    text: str | MISSING,
    file_base64: str | MISSING,
    file_name: str | MISSING,
    copy: Path,
) -> str:
    """Write the file to `copy`, of which no more than a piece is in memory at once, and return its name.

    Raises:
        PreoError: as for `read_source`.
    """
    _must_be_one(file_path, text, file_base64)
    if file_path is MISSING:
        source = await read_source(settings, uploads, file_path, text, file_base64, file_name)
        await to_thread.run_sync(copy.write_bytes, source.content)
        return source.name
    if is_upload(file_path):
        async with _lent(uploads, file_path) as (name, lent):
            await to_thread.run_sync(copyfile, lent, copy)
        return name if file_name is MISSING else file_name
    path = allowed_path(settings, file_path)
    await to_thread.run_sync(_copy, path, copy)
    return path.name if file_name is MISSING else file_name


def is_upload(file_path: str) -> bool:
    """Return whether what stands for a path is an upload's id."""
    return UPLOAD_ID.fullmatch(file_path) is not None


@asynccontextmanager
async def _lent(uploads: Uploads, upload_id: str) -> AsyncGenerator[tuple[str, Path]]:
    """Lend an upload's bytes with its name; it was looked at for secrets when it was complete.

    Raises:
        UploadRefused: there is none, or it is not complete.
        ValidationError: it cannot be read.
    """
    async with uploads.opened(upload_id) as (upload, path):
        try:
            yield upload.name, path
        except OSError as exc:
            raise _refused(f"it cannot be opened ({type(exc).__name__})", ASK_FOR_IT) from None


def allowed_path(settings: Settings, file_path: str) -> Path:
    """Return the real path of a file inside an allowed folder.

    Raises:
        ValidationError: it is outside, missing, not a file, or no local path may be read.
    """
    real = existing_path(settings, file_path, NOT_READ, ASK_FOR_IT)
    try:
        is_file = real.is_file()
    except OSError:  # a name longer than the system takes
        is_file = False
    if not is_file:
        raise _refused("there is no such file", f"Check the path with the user. Or {ASK_FOR_IT}")
    return real


def _must_be_one(*sources: str | MISSING) -> None:
    given = [value for value in sources if value is not MISSING]
    if len(given) != 1:
        how_many = "none" if not given else "several"
        raise _refused(f"{how_many} of file_path, text and file_base64 is given", "Give exactly one of them.")


def _must_be_no_secret(beginning: bytes, size: int) -> None:
    secret = why_secret(beginning, whole=size <= LOOKED_AT)
    if secret is not None:
        raise _refused(f"{secret}, and no tool reads those", "Use another file.")


def _read(path: Path) -> bytes:
    with _opened(path):
        content = path.read_bytes()
    _must_be_no_secret(content[:LOOKED_AT], len(content))
    return content


def _copy(path: Path, copy: Path) -> None:
    with _opened(path):
        copyfile(path, copy)
    with copy.open("rb") as file:  # what is looked at is what is read later
        _must_be_no_secret(file.read(LOOKED_AT), copy.stat().st_size)


@contextmanager
def _opened(path: Path) -> Generator[None]:
    """Refuse a file that is too large or cannot be opened.

    Raises:
        ValidationError: it is one of these.
    """
    try:
        if path.stat().st_size > FILE_LIMIT:
            raise _refused(f"it is larger than {FILE_LIMIT} bytes", "Split it into smaller files.")
        yield
    except OSError as exc:
        raise _refused(f"it cannot be opened ({type(exc).__name__})", "Check its permissions with the user.") from None


def _encode(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise _refused("text holds half of a character (a lone surrogate)", "Correct it, or give file_path.") from None


def _decode(file_base64: str | MISSING) -> bytes:
    if file_base64 is MISSING:
        raise AssertionError("one source is given")
    try:
        return base64.b64decode(file_base64, validate=True)
    except (binascii.Error, ValueError):
        raise _refused(
            "file_base64 is not valid base64", "Encode the file's bytes again, without line breaks."
        ) from None


def _refused(why: str, next_step: str) -> ValidationError:
    return ValidationError(NOT_READ, why, next_step)
