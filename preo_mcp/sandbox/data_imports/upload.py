"""Reading the body of Create data import: its file is decoded to disk while it arrives, the rest is checked."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, cast

from starlette.requests import Request

from preo_mcp.api.models.data_imports import CreateDataImportRequest
from preo_mcp.sandbox.bodies import FIELDS_LIMIT, must_be_json, read_json_around
from preo_mcp.sandbox.file_in_json import FileInJson
from preo_mcp.sandbox.problems import invalid
from preo_mcp.sandbox.store import Store
from preo_mcp.sandbox.validation import check_body

FILE_FIELD = "data_file_base64"
UPLOAD_LIMIT = 512 * 1024 * 1024
"""Bytes of a body with a file in base64 (inferred)."""
PART = ".part"
"""The ending of files that are still arriving."""


def remove_unfinished(store: Store) -> None:
    """Remove what was arriving when an earlier process ended; call it before anything arrives."""
    for path in store.files.glob(f"*{PART}"):
        path.unlink()


@dataclass(frozen=True, slots=True)
class Upload:
    """A body with its file taken out: `fields` has an empty file, `file` is for the handler to move or remove."""

    fields: CreateDataImportRequest
    file: Path


async def read_upload(request: Request, store: Store) -> Upload:
    """Read a body with a file.

    Raises:
        Problem: 415, 413 or 400.
    """
    must_be_json(request)
    with _arriving(store) as file:
        return Upload(await _fields(request, file), Path(file.name))


@contextmanager
def _arriving(store: Store) -> Generator[IO[bytes]]:
    """Open a file that stays if all goes well and is removed if not."""
    with NamedTemporaryFile(dir=store.files, suffix=PART, delete=False) as file:
        try:
            yield cast("IO[bytes]", file)
        except BaseException:
            # An open file cannot be removed on Windows.
            file.close()
            Path(file.name).unlink(missing_ok=True)
            raise


async def _fields(request: Request, file: IO[bytes]) -> CreateDataImportRequest:
    taken = FileInJson(FILE_FIELD, lambda: _empty(file), lambda data: cast("None", file.write(data)), FIELDS_LIMIT)
    fields = check_body(CreateDataImportRequest, await read_json_around(request, taken, UPLOAD_LIMIT))
    # Where the last value of the field is no string, that was refused already.
    if not taken.is_base64:
        raise invalid(**{FILE_FIELD: "Not valid base64."})
    return fields


def _empty(file: IO[bytes]) -> None:
    file.seek(0)
    file.truncate()
