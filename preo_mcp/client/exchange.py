"""One try of one call: a request goes out, and an answer within its limits, or a setback, comes back.

httpx's own errors carry the request with its address and headers, so they end here: the error that replaces one is
built outside of its `except`, and not even `__context__` leads back to it.

Threat: a few kilobytes that unpack to gigabytes, from a broken proxy or from somebody in the API's place. So an
answer's bytes are counted as they are unpacked. Only gzip is asked for and read, once: each further kind, and each
further layer, multiplies what a kilobyte can become.
"""

import zlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import anyio
import anyio.lowlevel
import httpx
from pydantic_core import from_json, to_json

from preo_mcp.api.errors import PreoError
from preo_mcp.api.operations import Operation, Risk
from preo_mcp.client.addresses import FileBody
from preo_mcp.client.answers import LARGEST_BODY, error_from_failure, error_from_response
from preo_mcp.client.connection import Connection
from preo_mcp.client.retries import Failure, Timing, failure_of_status, parse_retry_after

JSON = "application/json"
ACCEPTED_ENCODING = "gzip"
LARGEST_ANSWER = 32 * 1024 * 1024
"""Bytes of an answer in JSON, unpacked; a page of 1000 orders takes a tenth of it."""
LARGEST_TEXT = 256 * 1024 * 1024
"""Bytes of an answer that is text, such as the export of a segment of a million customers."""
PIECE = 64 * 1024
"""Bytes that are unpacked before others are served."""

_PLAIN = frozenset({"", "identity"})
_GZIP = frozenset({"gzip", "x-gzip"})
_GZIP_HEADER = 16 + zlib.MAX_WBITS
# All four are raised before the first byte of the request is sent; ProxyError stands for a refused CONNECT.
_NOT_REACHED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One call, ready for the wire; all its tries send the same bytes. Its `repr` shows nothing secret.

    Attributes:
        operation: What is called, with its real path.
        method: The HTTP method.
        connection: Whose time limits hold, and whose token must stay out of every text.
        url: The whole address, query included.
        headers: What is sent, but for what the body and its encoding ask for.
        content: The encoded body, or None.
        request_id: The `X-Request-Id` of all tries.
        read_timeout: Seconds to wait for an answer.
        time_budget: Seconds for all tries and waits together.
        accept: The media type of the answer; anything but JSON is text.
        our_names: Returns what is sent back by its names on the wire under our names of it.
    """

    operation: Operation
    method: str
    connection: Connection
    url: httpx.URL = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    content: bytes | FileBody | None = field(repr=False)
    request_id: str
    read_timeout: float
    time_budget: float
    accept: str = JSON
    our_names: Callable[[Any], Any] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a successful try brought: decoded JSON, text where that was asked for, or None for an empty answer."""

    value: Any


@dataclass(frozen=True, slots=True)
class Setback:
    """Why a try failed: for the retry rules, and as the caller's error if there is no further try."""

    failure: Failure
    error: PreoError
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """An answer whose bytes are all there, unpacked."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)

    @property
    def is_success(self) -> bool:
        """Whether the API says that it did what was asked."""
        return 200 <= self.status < 300


class TooLargeError(Exception):
    """An answer is larger than it may be."""


class BadCompressionError(Exception):
    """An answer's compression is broken, cut off, or not what was asked for."""


async def exchange(transport: httpx.AsyncBaseTransport, sent: Outgoing, remaining: float) -> Received | Setback:
    """Send a call once and wait for the whole answer, whatever its status, unless it is too large.

    Args:
        transport: The shared way to the API.
        sent: What is sent.
        remaining: Seconds left of the call's budget. A write is shielded from cancellation for that long.
    """
    extensions = {"timeout": _timeout(sent, remaining)}
    request = httpx.Request(sent.method, sent.url, content=sent.content, headers=_headers(sent), extensions=extensions)
    # The last moment at which a shielded write can still be given up.
    await anyio.lowlevel.checkpoint_if_cancelled()
    with anyio.move_on_after(remaining, shield=sent.operation.risk is not Risk.READ):
        return await _send(transport, request, sent)
    # httpx limits each read; a server that drips its answer is stopped here.
    reason = f"no whole answer came within the time budget of {sent.time_budget:g} s"
    return _setback(sent, Failure.LOST, reason, may_still_happen=True)


def read_response(sent: Outgoing, response: Received, timing: Timing) -> Answer | Setback:
    """Tell success from refusal, and decode it.

    Args:
        sent: What was sent.
        response: The whole answer.
        timing: For `Retry-After` dates.
    """
    if response.is_success:
        with suppress(ValueError):  # unreadable: an error like the others, below
            return Answer(None if _is_empty(response) else _decoded(sent, response))
    now = timing.now()
    error = error_from_response(
        sent.operation,
        response.status,
        response.headers,
        _in_our_names(sent, response.content),
        request_id=sent.request_id,
        hidden=(sent.connection.token,),
        now=now,
        wanted="JSON" if sent.accept == JSON else sent.accept,
    )
    retry_after = parse_retry_after(response.headers.get("Retry-After"), now)
    return Setback(failure_of_status(response.status), error, retry_after)


async def _send(transport: httpx.AsyncBaseTransport, request: httpx.Request, sent: Outgoing) -> Received | Setback:
    largest = LARGEST_ANSWER if sent.accept == JSON else LARGEST_TEXT
    try:
        response = await transport.handle_async_request(request)
        try:
            return await receive(response, most=largest, most_of_refusal=LARGEST_BODY)
        finally:
            await response.aclose()
    except _NOT_REACHED as error:
        failure, reason = Failure.NOT_REACHED, _why_not_reached(error, sent.connection.host)
    except httpx.TimeoutException:
        reason = f"no answer came within {request.extensions['timeout']['read']:.3g} s"
        return _setback(sent, Failure.LOST, reason, may_still_happen=True)
    except TooLargeError:
        failure, reason = Failure.FINAL, f"the answer is larger than {largest >> 20} MB"
    except BadCompressionError:
        failure, reason = Failure.FINAL, "the answer's compression is broken"
    except (httpx.HTTPError, OSError):
        failure, reason = Failure.LOST, "the connection was lost before the whole answer had come"
    return _setback(sent, failure, reason)


async def receive(response: httpx.Response, *, most: int, most_of_refusal: int) -> Received:
    """Take in the rest of a response that is open.

    Args:
        response: Its head has come.
        most: Bytes of the body, unpacked.
        most_of_refusal: Bytes that are kept of the body of an answer that is not a success; the rest is left.

    Raises:
        TooLargeError: there is more.
        BadCompressionError: it cannot be unpacked.
        httpx.HTTPError: it did not come.
    """
    limit = most if response.is_success else most_of_refusal
    content = bytearray()
    async for piece in _unpacked(response):
        content += piece
        if len(content) > limit:
            if response.is_success:
                raise TooLargeError
            break
    return Received(response.status_code, response.headers, bytes(content))


async def _unpacked(response: httpx.Response) -> AsyncIterator[bytes]:
    encoding = response.headers.get("Content-Encoding", "").strip().casefold()
    if response.is_stream_consumed:  # an answer made in this process, whole and unpacked
        yield response.content
        return
    if encoding not in _PLAIN | _GZIP:
        raise BadCompressionError
    unpacking = _Gzip() if encoding in _GZIP else None
    async for raw in response.aiter_raw():
        if unpacking is None:
            yield raw
            continue
        for piece in unpacking.pieces(raw):
            yield piece
            await anyio.lowlevel.checkpoint()  # the time budget holds here too
    if unpacking is not None and not unpacking.is_whole:
        raise BadCompressionError


class _Gzip:
    """Unpacks gzip, of one member or several, a piece at a time."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP_HEADER)
        self._has_begun = False

    @property
    def is_whole(self) -> bool:
        """Whether what came is complete; nothing at all is."""
        return self._member.eof or not self._has_begun

    def pieces(self, raw: bytes) -> Iterator[bytes]:
        """Yield what `raw` adds.

        Raises:
            BadCompressionError: it is not gzip.
        """
        piece = b""
        # After a whole piece there may be more, though all of `raw` is taken.
        while raw or (len(piece) == PIECE and not self._member.eof):
            if self._member.eof:
                self._member = zlib.decompressobj(_GZIP_HEADER)
            self._has_begun = True
            try:
                piece = self._member.decompress(raw, PIECE)
            except zlib.error:
                raise BadCompressionError from None
            raw = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
            if piece:
                yield piece


def _headers(sent: Outgoing) -> dict[str, str]:
    headers = {**sent.headers, "Accept-Encoding": ACCEPTED_ENCODING}
    if isinstance(sent.content, FileBody):  # its length is known, and not every server takes a body without one
        headers["Content-Length"] = str(len(sent.content))
    return headers


def _timeout(sent: Outgoing, remaining: float) -> dict[str, float]:
    # A connection that takes half of what is left leaves too little for an answer. Given up then, it is certain that
    # nothing was sent; later the budget would run out without knowing.
    connect = min(sent.connection.connect_timeout, remaining / 2)
    each = min(sent.read_timeout, remaining)
    return {"connect": connect, "pool": connect, "read": each, "write": each}


def _why_not_reached(error: httpx.HTTPError, host: str) -> str:
    if isinstance(error, httpx.PoolTimeout):
        return "all connections to the API are busy"
    if isinstance(error, httpx.ProxyError):
        return f"the proxy of this network refused to connect to {host}"
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return f"the certificate of {host} could not be verified"
    return f"no connection to {host} could be made"


def _setback(sent: Outgoing, failure: Failure, reason: str, *, may_still_happen: bool = False) -> Setback:
    error = error_from_failure(
        sent.operation, failure, reason, may_still_happen=may_still_happen, request_id=sent.request_id
    )
    return Setback(failure, error)


def _decoded(sent: Outgoing, response: Received) -> Any:
    """Return the answer as JSON or text; raises ValueError for one that is not what was asked for."""
    if sent.accept == JSON:
        return from_json(response.content)
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().casefold()
    if media_type != sent.accept:  # a web page, with which a proxy may stand in for the API
        raise ValueError(media_type)
    return response.content.decode("utf-8")


def _in_our_names(sent: Outgoing, refusal: bytes) -> bytes:
    """Return a refusal with fields called as the caller called them; what is not JSON stays as it is."""
    if sent.our_names is not None and len(refusal) <= LARGEST_BODY:
        with suppress(ValueError):
            return to_json(sent.our_names(from_json(refusal)))
    return refusal


def _is_empty(response: Received) -> bool:
    """Whether the answer was meant to be empty; an empty one without a declared length of 0 may have been cut off."""
    declared = response.status in {204, 205} or response.headers.get("Content-Length") == "0"
    return declared and not response.content
