"""Taking one large base64 string out of a JSON object while it arrives, so that it is never in memory as a whole.

All that is not the string is kept as it is, the string itself as `""`. Whether the rest is JSON at all is then for an
ordinary parser to say: it is if and only if the whole was.
"""

import binascii
import json
import re
from collections.abc import Callable
from enum import Enum, auto

_MARK = re.compile(rb'["{}\[\]:,]')
_STRING_MARK = re.compile(rb'["\\]')
_ESCAPES = {b'"': b'"', b"\\": b"\\", b"/": b"/", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_UNICODE_ESCAPE = re.compile(rb"u[0-9a-fA-F]{4}")
_CONTROL = re.compile(rb"[\x00-\x1f]")


class BadString(ValueError):
    """The string breaks JSON's own rules for strings."""


class RestTooLarge(ValueError):
    """What stands around the string is larger than it may be."""


class _Place(Enum):
    BETWEEN = auto()
    """Outside of strings."""
    TEXT = auto()
    """In a string that is kept."""
    FILE = auto()
    """In the string that is taken out."""


class FileInJson:
    """Takes the value of `key` in the outermost object out of a JSON text that is fed piece by piece.

    Of a key that stands there more than once the last value counts, as in other parsers.

    Args:
        key: The key.
        begin: Called when a value begins; what was written for an earlier one is then void.
        write: Called with decoded bytes.
        rest_limit: Bytes that may stand around the string.
    """

    def __init__(self, key: str, begin: Callable[[], None], write: Callable[[bytes], None], rest_limit: int) -> None:
        self.rest = bytearray()
        self.is_base64 = True
        self.key = key
        self._begin, self._write, self._limit = begin, write, rest_limit
        self._place = _Place.BETWEEN
        self._ahead = b""
        self._depth = 0
        self._string_start = 0
        self._key = b""
        self._stream = Base64Stream()

    def feed(self, piece: bytes) -> None:
        """Take the next piece.

        Raises:
            BadString: The string has an escape or a character that JSON does not allow.
            RestTooLarge: There is too much around the string.
        """
        data, self._ahead = self._ahead + piece, b""
        at = 0
        while at < len(data):
            if self._place is _Place.BETWEEN:
                at = self._between(data, at)
            elif self._place is _Place.TEXT:
                at = self._text(data, at)
            else:
                at = self._file(data, at)
            if len(self.rest) > self._limit:
                raise RestTooLarge

    def _between(self, data: bytes, at: int) -> int:
        found = _MARK.search(data, at)
        if found is None:
            self.rest += data[at:]
            return len(data)
        self.rest += data[at : found.end()]
        self._mark(found[0])
        return found.end()

    def _mark(self, mark: bytes) -> None:
        if mark == b'"':
            self._open_string()
        elif mark in b"{[":
            self._depth += 1
        elif mark in b"}]":
            self._depth -= 1
        elif self._depth == 1:
            # The string before a colon was a key; a comma ends its value.
            self._key = bytes(self.rest[self._string_start : -1]).strip() if mark == b":" else b""

    def _open_string(self) -> None:
        self._string_start = len(self.rest) - 1
        if self._depth == 1 and self._key and self._is_wanted(self._key):
            self._place = _Place.FILE
            self._stream, self.is_base64 = Base64Stream(), True
            self._begin()
        else:
            self._place = _Place.TEXT

    def _is_wanted(self, key: bytes) -> bool:
        try:
            return json.loads(key) == self.key
        except ValueError:
            return False

    def _text(self, data: bytes, at: int) -> int:
        found = _STRING_MARK.search(data, at)
        if found is None:
            self.rest += data[at:]
            return len(data)
        if found[0] == b"\\":
            return self._kept_escape(data, at, found.end())
        self.rest += data[at : found.end()]
        self._place = _Place.BETWEEN
        return found.end()

    def _kept_escape(self, data: bytes, at: int, end: int) -> int:
        if end == len(data):
            self.rest += data[at : end - 1]
            self._ahead = data[end - 1 :]
            return end
        self.rest += data[at : end + 1]
        return end + 1

    def _file(self, data: bytes, at: int) -> int:
        found = _STRING_MARK.search(data, at)
        end = found.start() if found else len(data)
        self._take(data[at:end])
        if found is None:
            return end
        if found[0] == b"\\":
            return self._taken_escape(data, end)
        self._end_file()
        self.rest += b'"'
        self._place = _Place.BETWEEN
        return found.end()

    def _taken_escape(self, data: bytes, at: int) -> int:
        """Take the escape that begins at `at`, or keep its beginning for the next piece."""
        letter = data[at + 1 : at + 2]
        if not letter or (letter == b"u" and len(data) < at + 6):
            self._ahead = data[at:]
            return len(data)
        if letter == b"u":
            if _UNICODE_ESCAPE.match(data, at + 1) is None:
                raise BadString
            self._decode(chr(int(data[at + 2 : at + 6], 16)).encode("utf-8", "replace"))
            return at + 6
        if letter not in _ESCAPES:
            raise BadString
        self._decode(_ESCAPES[letter])
        return at + 2

    def _take(self, run: bytes) -> None:
        self._decode(run)
        # Base64 has no control characters: one can only be in a run that was not decoded.
        if not self.is_base64 and _CONTROL.search(run):
            raise BadString

    def _decode(self, run: bytes) -> None:
        if not self.is_base64:
            return
        try:
            self._write(self._stream.decode(run))
        except InvalidBase64:
            self.is_base64 = False

    def _end_file(self) -> None:
        try:
            self._stream.end()
        except InvalidBase64:
            self.is_base64 = False


GROUP = 4


class InvalidBase64(ValueError):
    """What arrived is not base64."""


class Base64Stream:
    """Decodes pieces of one base64 text; every piece gives what can be decoded by then."""

    def __init__(self) -> None:
        self._rest = b""
        self._padded = False

    def decode(self, piece: bytes) -> bytes:
        """Return the bytes that are complete with this piece.

        Raises:
            InvalidBase64: There is a character that does not belong, or something after the padding.
        """
        text = self._rest + piece
        whole = len(text) - len(text) % GROUP
        ready, self._rest = text[:whole], text[whole:]
        if text and self._padded:
            raise InvalidBase64
        self._padded = self._padded or b"=" in ready
        try:
            return binascii.a2b_base64(ready, strict_mode=True)
        except binascii.Error as exc:
            raise InvalidBase64 from exc

    def end(self) -> None:
        """Say that nothing follows.

        Raises:
            InvalidBase64: The text ends in the middle of a group.
        """
        if self._rest:
            raise InvalidBase64
