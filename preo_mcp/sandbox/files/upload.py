"""Upload a file, as multipart/form-data or as JSON with base64."""

import base64
import binascii
import secrets
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import PureWindowsPath
from typing import Any

from pydantic import MISSING
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from preo_mcp.api.models.files import FileDetail, UploadFileForm, UploadFileRequest
from preo_mcp.api.operations import UPLOAD_FILE
from preo_mcp.sandbox.bodies import FIELDS_LIMIT, chunks, read_json_around
from preo_mcp.sandbox.file_in_json import FileInJson
from preo_mcp.sandbox.files.documents import add_file, content_type, represent
from preo_mcp.sandbox.files.tags import checked_tags
from preo_mcp.sandbox.files.usages import FILE_PREFIX
from preo_mcp.sandbox.problems import Problem, invalid, refused
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.store import Doc, Store
from preo_mcp.sandbox.validation import check_body

ENDPOINTS = Endpoints()

CREATED = 201
"""The status of upload (inferred)."""

FILE_LIMIT = 20 * 1024 * 1024
"""Bytes of a file (inferred)."""
BODY_LIMIT = FILE_LIMIT * 4 // 3 + 64 * 1024
"""Bytes of a body: a file in base64, and the other fields."""
MOST_FIELDS = 100
"""Fields of a form, tags among them."""

FORM = "multipart/form-data"
FILE_FIELD = "file_base64"
NOT_BASE64 = "Not valid base64."
KEY_BYTES = 16


@dataclass(frozen=True, slots=True)
class Upload:
    """A body, read: the file's content and name, and what else was said."""

    organization_id: str
    file_name: str
    content: bytes | bytearray
    tags: list[str]


async def read_upload(request: Request, store: Store) -> Upload:  # noqa: ARG001 - the form of every reader
    """Read either kind of body.

    Raises:
        Problem: 400, 413 for a file above `FILE_LIMIT`, 415 for another content type.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if media_type == FORM:
        return await _from_form(request)
    content = bytearray()
    taken = FileInJson(FILE_FIELD, content.clear, content.extend, FIELDS_LIMIT)
    fields = check_body(UploadFileRequest, await read_json_around(request, taken, BODY_LIMIT))
    if not taken.is_base64:
        raise invalid(**{FILE_FIELD: NOT_BASE64})
    tags = [] if fields.tags is MISSING else fields.tags
    return _checked(fields.organization_id, fields.file_name, content, tags)


@ENDPOINTS.endpoint(
    UPLOAD_FILE,
    returns=FileDetail,
    body=UploadFileRequest,
    form=UploadFileForm,
    status=CREATED,
    read_body=read_upload,
)
async def upload_file(call: Call[Nothing, Upload]) -> Doc:
    """Keep a file for an organization of which the member is manager or admin (the role is inferred).

    Raises:
        Problem: 400 by field, 403 for a lesser role.
    """
    store, sent = call.store, call.body
    call.member.must_manage_named(sent.organization_id)
    now = store.now()
    with store.transaction():
        doc: Doc = {
            "api_id": store.new_id(FILE_PREFIX),
            "file_name": sent.file_name,
            "organization_id": sent.organization_id,
            "content_type": content_type(sent.content, sent.file_name),
            "size": len(sent.content),
            "image_alt_text": None,
            "caption": None,
            "copyright": None,
            "tags": sent.tags,
            "created_at": now,
            "updated_at": now,
            "key": secrets.token_urlsafe(KEY_BYTES),
        }
        add_file(store, doc, sent.content)
    return represent(store, doc, call.url)


async def _from_form(request: Request) -> Upload:
    async def stream() -> AsyncGenerator[bytes]:
        async for chunk in chunks(request, BODY_LIMIT):
            yield chunk

    limits = {"max_files": 1, "max_fields": MOST_FIELDS, "max_part_size": BODY_LIMIT}
    try:
        form = await MultiPartParser(request.headers, stream(), **limits).parse()
    except MultiPartException as exc:
        raise Problem(400, {"detail": f"Multipart form parse error - {exc.message}"}) from exc
    try:
        return await _of_form(form)
    finally:
        await form.close()


async def _of_form(form: FormData) -> Upload:
    file = form.get("file")
    values: dict[str, Any] = {
        name: form[name] for name in ("organization_id", "file_name", "file_base64") if name in form
    }
    values["tags"] = form.getlist("tags")
    if isinstance(file, UploadFile):
        values["file"] = await file.read()
        values.setdefault("file_name", file.filename or "")
    elif file is not None:
        raise invalid(file="The submitted data was not a file. Check the encoding type on the form.")
    fields = check_body(UploadFileForm, values)
    if (fields.file is MISSING) == (fields.file_base64 is MISSING):
        raise invalid(file="Give exactly one of file and file_base64.")
    content = _decoded(fields.file_base64) if fields.file_base64 is not MISSING else values["file"]
    name = "" if fields.file_name is MISSING else fields.file_name
    return _checked(fields.organization_id, name, content, [] if fields.tags is MISSING else fields.tags)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as exc:
        raise invalid(**{FILE_FIELD: NOT_BASE64}) from exc


def _checked(organization_id: str, file_name: str, content: bytes | bytearray, tags: list[str]) -> Upload:
    if len(content) > FILE_LIMIT:
        raise refused(413, f"The file is larger than {FILE_LIMIT} bytes.")
    if not content:
        raise invalid(file="The submitted file is empty.")
    # A name may come with the folders of any platform; PureWindowsPath knows the separators of all of them.
    name = "".join(filter(str.isprintable, PureWindowsPath(file_name).name)).strip()
    if not name:
        raise invalid(file_name="A file name is needed, such as poster.png.")
    return Upload(organization_id, name, content, checked_tags(tags))
