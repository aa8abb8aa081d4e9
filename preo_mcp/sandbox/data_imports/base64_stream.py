"""Decoding base64 that arrives in pieces, as strictly as in one piece."""

import binascii

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
