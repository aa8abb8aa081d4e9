"""Reading the body of Create data import: its file is decoded to disk, the other fields are checked."""

import base64
import binascii
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, cast

from starlette.requests import Request

from preo_mcp.models.data_imports import CreateDataImportRequest
from preo_mcp.sandbox.bodies import read_json
from preo_mcp.sandbox.problems import invalid
from preo_mcp.sandbox.store import Store
from preo_mcp.sandbox.validation import check_body

UPLOAD_LIMIT = 512 * 1024 * 1024
"""Bytes of a body with a file in base64 (inferred)."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A body with its file taken out: `fields` has an empty `data_file_base64`, `file` is for the handler to remove."""

    fields: CreateDataImportRequest
    file: Path


async def read_upload(request: Request, store: Store) -> Upload:
    """Read a body with a file."""
    value = await read_json(request, UPLOAD_LIMIT)
    fields = check_body(CreateDataImportRequest, value)
    try:
        content = base64.b64decode(fields.data_file_base64, validate=True)
    except (binascii.Error, ValueError) as exc:
        raise invalid(data_file_base64="Not valid base64.") from exc
    with NamedTemporaryFile(dir=store.files, suffix=".part", delete=False) as file:
        file.write(content)
    fields = check_body(CreateDataImportRequest, {**cast("dict[str, Any]", value), "data_file_base64": ""})
    return Upload(fields, Path(file.name))
