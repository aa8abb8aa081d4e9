"""Paths, queries and bodies as they go over the wire.

Threat: an argument that comes from a model, or from customer data that it read, must never address another operation
than the one that was checked and confirmed. So a path parameter fills exactly one segment or the call is refused.
"""

import json
import re
from binascii import b2a_base64
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, cast
from urllib.parse import quote, urlencode

from anyio.lowlevel import checkpoint

from preo_mcp.api.errors import ValidationError
from preo_mcp.api.operations import OPERATIONS, Operation

LONGEST_ID = 200
"""Characters of a path parameter; ids seen have fewer than 40."""
FILE_PIECE = 96 * 1024
"""Bytes of a file that are encoded before others are served; a multiple of 3, so that pieces make one base64."""

_PARAMETER = re.compile(r"\{(\w+)\}")
# Servers and proxies differ in when they decode these, so a percent-encoded one may come out as a separator.
_UNSAFE_IN_ID = re.compile(r"[/\\?#%;\s\x00-\x1f\x7f]")
_FIXED_PATHS = frozenset(operation.path for operation in OPERATIONS)


def fill_path(operation: Operation, values: Mapping[str, str], fixed: Collection[str] = _FIXED_PATHS) -> str:
    """Put path parameters into an operation's path, percent-encoded.

    Args:
        operation: Whose path template is filled.
        values: One value for each parameter in braces, and no others.
        fixed: Paths that no value may turn this one into; by default those of the map.

    Returns:
        The path, starting with a slash.

    Raises:
        ValidationError: A value is empty or too long, holds a separator, or would address another operation.
        TypeError: A parameter is missing or unknown, which is a mistake in the calling code.
    """
    names = _PARAMETER.findall(operation.path)
    if set(names) != set(values):
        raise TypeError(f"{operation.title} takes the path parameters {names}, not {sorted(values)}")
    encoded = {name: _encode_id(operation, name, value) for name, value in values.items()}
    path = _PARAMETER.sub(lambda match: encoded[match[1]], operation.path)
    if names and path in fixed:  # an id such as "field-choices" is the last word of another operation's path
        raise _refused(operation, names[-1], "is the name of another operation, not an id")
    return path


def encode_query(operation: Operation, values: Mapping[str, Any] | None) -> str:
    """Encode a query: None is dropped, booleans are true/false, datetimes ISO 8601 UTC, lists repeat their name.

    Args:
        operation: What is called; for error texts.
        values: str, int, float, bool, date, datetime, None, or lists and tuples of them, by name.

    Returns:
        The query without question mark; empty when nothing is left.

    Raises:
        ValidationError: A datetime has no timezone, or a text cannot be encoded.
        TypeError: A value of another type, which is a mistake in the calling code.
    """
    pairs = [
        (name, _query_text(operation, name, value))
        for name, given in (values or {}).items()
        for value in _each(given)
        if value is not None
    ]
    try:
        return urlencode(pairs, quote_via=quote, safe="")
    except UnicodeEncodeError:
        problem = "holds half a character (a lone surrogate)"
    raise _refused(operation, "query", problem)


@dataclass(frozen=True, slots=True)
class FileContent:
    """A file as a field of a body; it is sent in base64, and never is in memory as that."""

    content: bytes = field(repr=False)


class FileBody:
    """A JSON object with files in it, encoded while it is sent: again for each try, a piece at a time."""

    def __init__(self, parts: Sequence[bytes | FileContent]) -> None:
        self._parts = parts

    def __len__(self) -> int:
        """How many bytes are sent."""
        return sum(len(part) if isinstance(part, bytes) else -(-len(part.content) // 3) * 4 for part in self._parts)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the bytes; others are served in between."""
        for part in self._parts:
            if isinstance(part, bytes):
                yield part
                continue
            whole = memoryview(part.content)
            for start in range(0, len(whole), FILE_PIECE):
                yield b2a_base64(whole[start : start + FILE_PIECE], newline=False)
                await checkpoint()


def encode_body(operation: Operation, body: Any) -> bytes | FileBody:
    """Encode a request's body as JSON, once for all tries; where fields of it are files, while it is sent.

    Raises:
        ValidationError: A number in it is infinite or not a number, or it is nested too deeply.
        TypeError: An object that JSON does not know, which is a mistake in the calling code.
    """
    files: dict[str, FileContent] = {}
    if isinstance(body, dict):
        fields = cast("dict[str, Any]", body)
        files = {name: value for name, value in fields.items() if isinstance(value, FileContent)}
        body = {name: value for name, value in fields.items() if name not in files}
    try:
        encoded = json.dumps(body, allow_nan=False, separators=(",", ":")).encode("ascii")
    except (ValueError, RecursionError):
        problem = "holds a number that JSON cannot express, or is nested too deeply"
    else:
        return _with_files(encoded, files) if files else encoded
    raise _refused(operation, "body", problem)


def _with_files(encoded: bytes, files: Mapping[str, FileContent]) -> FileBody:
    """Return a JSON object with further fields."""
    parts: list[bytes | FileContent] = [encoded.removesuffix(b"}")]
    comma = b"," if len(encoded) > len(b"{}") else b""
    for name, file in files.items():
        parts += [comma + json.dumps(name).encode("ascii") + b':"', file]
        comma = b'",'
    return FileBody([*parts, b'"}'])


def _encode_id(operation: Operation, name: str, value: str) -> str:
    if not value:
        raise _refused(operation, name, "is empty")
    if len(value) > LONGEST_ID:
        raise _refused(operation, name, f"is longer than {LONGEST_ID} characters")
    if value in {".", ".."} or _UNSAFE_IN_ID.search(value):
        raise _refused(operation, name, "is not an id: it holds a slash, a space, a dot segment or the like")
    try:
        return quote(value, safe="")
    except UnicodeEncodeError:
        problem = "is not an id: it holds half a character (a lone surrogate)"
    raise _refused(operation, name, problem)


def _each(value: Any) -> Iterable[Any]:
    return cast("Iterable[Any]", value) if isinstance(value, list | tuple) else (value,)


def _query_text(operation: Operation, name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return _utc_text(operation, name, value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str | int | float):
        return str(value)
    raise TypeError(f"{operation.title} cannot send {name} of type {type(value).__name__} in a query")


def _utc_text(operation: Operation, name: str, value: datetime) -> str:
    if value.utcoffset() is None:
        raise _refused(operation, name, "has no timezone; add Z for UTC or an offset such as +02:00")
    try:
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    except OverflowError:  # the first or last hours of the calendar
        problem = "is too early or too late"
    raise _refused(operation, name, problem)


def _refused(operation: Operation, name: str, problem: str) -> ValidationError:
    return ValidationError(
        f"{operation.title} failed",
        f"{name} {problem}; nothing was sent",
        f"Correct {name}, then call again.",
        fields={name: (problem,)},
    )
