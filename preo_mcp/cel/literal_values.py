"""What a literal in a condition stands for."""

import re
from typing import Final

_ESCAPES: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_ESCAPE: Final = re.compile(r"\\(?:([abfnrtv\"'\\?`])|([0-3][0-7]{2})|[xX]([0-9A-Fa-f]{2})|u(.{4})|U(.{8}))", re.DOTALL)
_STRING: Final = re.compile(r"([bBrR]{0,2})(\"{3}|'{3}|\"|')(.*)\2", re.DOTALL)

_INT: Final = range(-(2**63), 2**63)
_UINT: Final = range(2**64)


class MalformedLiteralError(ValueError):
    """A number beyond the range of its type, or an escape that is no character."""


def value_of(written: str) -> str | bytes | int | float:
    """Return the value of a text or a number as it is written, a minus before it included.

    Raises:
        MalformedLiteralError: it has none.
    """
    if found := _STRING.fullmatch(written):
        return _text(found[1].casefold(), found[3])
    return _number(written)


def _text(prefix: str, inner: str) -> str | bytes:
    is_raw, is_bytes = "r" in prefix, "b" in prefix
    if is_raw and inner.endswith("\\"):
        raise MalformedLiteralError("a raw text cannot end with a backslash")
    if not is_bytes:
        return inner if is_raw else _ESCAPE.sub(_character, inner)
    if is_raw:
        return inner.encode()
    pieces: list[bytes] = []
    end = 0
    for found in _ESCAPE.finditer(inner):
        pieces.append(inner[end : found.start()].encode())
        code = found[2] or found[3]
        if found[4] or found[5]:
            raise MalformedLiteralError("bytes have no \\u")
        pieces.append(bytes([int(code, 8 if found[2] else 16)]) if code else _character(found).encode())
        end = found.end()
    return b"".join([*pieces, inner[end:].encode()])


def _character(found: re.Match[str]) -> str:
    if found[1]:
        return _ESCAPES.get(found[1], found[1])
    code = int(found[2], 8) if found[2] else int(found[3] or found[4] or found[5], 16)
    try:
        character = chr(code)
        character.encode()
    except (ValueError, OverflowError):
        raise MalformedLiteralError(f"{found[0]} is no character") from None
    return character


def _number(written: str) -> int | float:
    plain = written.casefold()
    is_unsigned = plain.endswith("u")
    digits = plain.removesuffix("u")
    if "0x" not in digits and any(sign in digits for sign in ".e"):
        return float(digits)
    value = int(digits, 16 if "0x" in digits else 10)
    if value not in (_UINT if is_unsigned else _INT):
        raise MalformedLiteralError(f"{written} is beyond the range of its type")
    return value
