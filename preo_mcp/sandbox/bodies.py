"""Reading a request's body: its size and type are checked before it is parsed."""

from collections.abc import AsyncIterator

from anyio.lowlevel import checkpoint
from pydantic_core import from_json
from starlette.requests import ClientDisconnect, Request

from preo_mcp.sandbox.file_in_json import BadString, FileInJson, RestTooLarge
from preo_mcp.sandbox.problems import Problem, refused

DEFAULT_LIMIT = 16 * 1024 * 1024
"""Bytes of an ordinary body (inferred)."""
FIELDS_LIMIT = 1024 * 1024
"""Bytes of a body with a file, without the file (inferred)."""
PIECE = 128 * 1024
"""Bytes of a file that are decoded before others are served."""


async def read_json(request: Request, limit: int) -> object:
    """Return the JSON value in the body.

    Raises:
        Problem: 415 for another content type, 413 above `limit` bytes, 400 for what is not JSON.
    """
    must_be_json(request)
    return parse_json(b"".join([chunk async for chunk in chunks(request, limit)]))


async def read_json_around(request: Request, file: FileInJson, limit: int) -> object:
    """Return the JSON value in the body except for the file in it, which is taken out while it arrives.

    Raises:
        Problem: 415, 413 above `limit` bytes or too many beside the file, 400 for what is not JSON.
    """
    must_be_json(request)
    try:
        async for chunk in chunks(request, limit):
            for start in range(0, len(chunk), PIECE):
                file.feed(chunk[start : start + PIECE])
                await checkpoint()
    except BadString as exc:
        raise refused(400, f"JSON parse error - {file.key} has an invalid escape or character.") from exc
    except RestTooLarge as exc:
        raise refused(413, f"The request body without {file.key} is larger than {FIELDS_LIMIT} bytes.") from exc
    return parse_json(bytes(file.rest))


def must_be_json(request: Request) -> None:
    """Refuse a body that does not say that it is JSON.

    Raises:
        Problem: 415.
    """
    media_type = request.headers.get("content-type", "")
    if media_type.partition(";")[0].strip().casefold() != "application/json":
        raise refused(415, f'Unsupported media type "{media_type[:80]}" in request.')


async def chunks(request: Request, limit: int) -> AsyncIterator[bytes]:
    """Yield the body as it arrives; a body that is announced or turns out larger than `limit` is refused.

    Raises:
        Problem: 413.
    """
    too_large = refused(413, f"The request body is larger than {limit} bytes.")
    announced = request.headers.get("content-length", "0")
    # Compared as text first: the announced number may have any number of digits.
    if announced.isdecimal() and (len(announced.lstrip("0")) > len(str(limit)) or int(announced) > limit):
        raise too_large
    received = 0
    try:
        async for chunk in request.stream():
            received += len(chunk)
            if received > limit:
                raise too_large
            yield chunk
    except ClientDisconnect as exc:
        raise refused(400, "The request ended before its body was complete.") from exc


def parse_json(raw: bytes) -> object:
    """Return the JSON value that `raw` spells.

    Raises:
        Problem: 400.
    """
    try:
        return from_json(raw, allow_inf_nan=False)
    except ValueError as exc:
        raise Problem(400, {"detail": f"JSON parse error - {exc}"}) from exc
