"""Taking an answer in: its bytes are counted as they are unpacked, and no more is unpacked than may be kept.

Threat: a few kilobytes that unpack to gigabytes, from a broken proxy or from somebody in the API's place. Only gzip is
asked for and read, once: each further kind, and each further layer, multiplies what a kilobyte can become.
"""

import zlib
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field

import httpx
from anyio.lowlevel import checkpoint

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


class TooLargeError(Exception):
    """An answer is larger than it may be."""


class BadCompressionError(Exception):
    """An answer's compression is broken, cut off, or not what was asked for."""


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
            await checkpoint()  # the time budget holds here too
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
