"""One cell's text as a phone number, by phonenumbers; what cannot be read is kept as it stands."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

MAX_TEXT: Final = 200
MAX_CACHED: Final = 16384
MAX_CALLING_CODE: Final = 3


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone number as it was read.

    Attributes:
        number: In E.164 (`+4520123456`); None when no valid number was found.
        original: The cell, without spaces at its ends.
        valid: Whether `number` is one that its country gives out.
    """

    number: str | None
    original: str
    valid: bool


_PLAIN = re.compile(r"\+?[0-9]+(?: [0-9]+)*")
_FLOAT = re.compile(r"([0-9]{5,17})[.,]0+")
_SCIENTIFIC = re.compile(r"([0-9])[.,]([0-9]+)E\+?([0-9]{1,2})", re.IGNORECASE)
_HARD_SEPARATORS = re.compile(r"[;|,\n\r\t]+|\s(?:or|and|eller|og|och|oder|und|of|en|lub|i)\s|\s/\s|&", re.IGNORECASE)
_EXTENSION = re.compile(
    r"[\s,;.(]*(?:ext(?:ension)?|x|#|lokal(?:nr)?|lok|dw|durchwahl|anknytning|ankn|toestel|tst|wewn(?:ętrzny)?|wew)"
    r"\.?:?\s*[0-9]{1,7}\)?\s*$",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\+?\s*\(?\+?[0-9][0-9\s().\-/‐‑–—·]*")
_TRUNK_ZERO = re.compile(r"\(0\)")
_NOT_DIGITS = re.compile(r"[^0-9]+")


def read_phone(text: str, default_country_code: str | None) -> Phone:
    """Read the first valid phone number of a cell.

    Understood are `+45 20 12 34 56`, `0045…`, national numbers where a country is given, several numbers in one cell,
    extensions (dropped: E.164 has none) and numbers that a spreadsheet wrote as `4520123456.0`. A number in powers of
    ten that has lost digits is not valid.

    Args:
        text: The cell.
        default_country_code: The country of national numbers as a calling code (`+45`, `45`); None reads only
            international numbers.

    Returns:
        The number, or the original alone; never an exception.
    """
    if len(text) > MAX_TEXT:
        return Phone(None, text.strip(), valid=False)
    return _read(text, default_country_code)


@lru_cache(maxsize=MAX_CACHED)
def _read(text: str, default_country_code: str | None) -> Phone:
    original = text.strip()
    region = _region(default_country_code) if default_country_code else None
    for candidate in _candidates(original.lstrip("'")):
        if (number := _number(candidate, region)) is not None:
            return Phone(number, original, valid=True)
    return Phone(None, original, valid=False)


@cache
def _region(calling_code: str) -> str | None:
    import phonenumbers

    digits = _NOT_DIGITS.sub("", calling_code).lstrip("0")
    if not 0 < len(digits) <= MAX_CALLING_CODE:
        return None
    region = phonenumbers.region_code_for_country_code(int(digits))
    return None if region == phonenumbers.UNKNOWN_REGION else region


def _candidates(cell: str) -> list[str]:
    """What may be a number, likeliest first: parts between separators, halves beside a slash, parts without `(0)`."""
    if _PLAIN.fullmatch(cell) is not None:
        return [cell]
    if (found := _FLOAT.fullmatch(cell)) is not None:
        return [found[1]]
    if (found := _SCIENTIFIC.fullmatch(cell)) is not None:
        digits, exponent = found[1] + found[2], int(found[3])
        return [digits] if len(digits) == exponent + 1 else []
    parts = [_EXTENSION.sub("", part) for part in _HARD_SEPARATORS.split(_EXTENSION.sub("", cell))]
    numbers = [found[0].strip() for part in parts for found in _NUMBER.finditer(part)]
    halves = [half for number in numbers if "/" in number for half in number.split("/")]
    return numbers + halves + [_TRUNK_ZERO.sub("", number) for number in numbers if _TRUNK_ZERO.search(number)]


def _number(candidate: str, region: str | None) -> str | None:
    """A candidate in E.164 if it is a number that exists, as the library judges."""
    import phonenumbers

    compact = candidate.replace(" ", "")
    if compact.startswith(("00", "+00")):
        compact = "+" + compact.lstrip("+0")
    try:
        number = phonenumbers.parse(compact, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
