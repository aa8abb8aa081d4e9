"""Phone numbers in E.164, with the country of their row or else the edition's.

The library costs 40 µs a number, so numbers that a region's own patterns decide never reach it. Without the library,
an optional extra, numbers pass through as they are.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple

from preo_mcp.files.exports.cells import country

_LONGEST: Final = 200
_PLAIN = re.compile(r"(?P<plus>\+|00)?(?P<digits>[0-9]{5,15})")
_FILLING = str.maketrans("", "", " \u00a0\u202f-./()‐‑–")
_FLOAT = re.compile(r"([0-9]{5,17})[.,]0+")
_SEVERAL = re.compile(r"[;|,\n\r\t]+|\s/\s")
_EXTENSION = re.compile(
    r"[\s,;.(]*(?:ext(?:ension)?|x|#|lok|dw|durchwahl|tst|wew)\.?:?\s*[0-9]{1,7}\)?\s*$", re.IGNORECASE
)


@dataclass(slots=True)
class PhoneCount:
    """How the phone numbers of what was written were read.

    Attributes:
        international: Numbers that name their country themselves.
        by_country: Local numbers by the region (two letters) that they were read with.
        invalid: Numbers that are none there; they are written as they stand in the file.
        unchecked: Numbers that passed through because the phone library is not installed.
    """

    international: int = 0
    by_country: dict[str, int] | None = None
    invalid: int = 0
    unchecked: int = 0

    def add(self, phone: "Phone") -> None:
        """Count a number."""
        if phone.valid is None:
            self.unchecked += 1
        elif not phone.valid:
            self.invalid += 1
        elif not phone.region:
            self.international += 1
        else:
            by_country = self.by_country = self.by_country or {}
            by_country[phone.region] = by_country.get(phone.region, 0) + 1


class Phone(NamedTuple):
    """A number as it is written; `region` is empty where it names its country itself, `valid` None where unchecked."""

    text: str
    region: str
    valid: bool | None


def is_local(cell: str) -> bool:
    """Whether a number has no country of its own."""
    return bool(cell) and not cell.lstrip(" '(").startswith(("+", "00"))


def is_checked() -> bool:
    """Whether the library is there, so that numbers are checked."""
    return _library() is not None


@lru_cache(maxsize=256)
def region_of(calling_code: str | None) -> str:
    """Return the main region of a calling code such as `+45`; empty where there is none or no library."""
    digits = re.sub(r"\D", "", calling_code or "").lstrip("0")
    if not digits or (library := _library()) is None:
        return ""
    found = library.region_code_for_country_code(int(digits))
    return "" if found in ("ZZ", "001") else found


@lru_cache(maxsize=4096)
def read(cell: str, country_cell: str, region: str) -> Phone:
    """Read the first number of a cell.

    Args:
        cell: As it stands in the file.
        country_cell: The country beside it, empty for none.
        region: Two letters, for numbers without any country.
    """
    text = cell.strip().lstrip("'")
    own = country(country_cell) if country_cell and is_local(text) else ""
    used = own or region
    if _library() is None or len(text) > _LONGEST:
        return Phone(text, "", None if _library() is None else False)
    found = _quick(text, used)
    if found is None:
        found = _thorough(text, used)
    local = used if is_local(text) else ""
    return Phone(found, local, valid=True) if found else Phone(text, local, valid=False)


@cache
def _library() -> Any:
    try:
        import phonenumbers
    except ImportError:
        return None
    return phonenumbers


class _Region(NamedTuple):
    code: str
    prefix: str
    valid: re.Pattern[str]
    prefixed: re.Pattern[str] | None
    alone: bool


_KINDS: Final = [
    "fixed_line",
    "mobile",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "personal_number",
    "voip",
    "pager",
    "uan",
    "voicemail",
]


@lru_cache(maxsize=64)
def _region(region: str) -> _Region | None:
    """The patterns of a region's numbers; None where the library's own rules for prefixes have to decide."""
    metadata = _library().PhoneMetadata.metadata_for_region(region)
    if metadata is None or metadata.national_prefix_transform_rule:
        return None
    general = metadata.general_desc.national_number_pattern
    kinds = [getattr(metadata, kind) for kind in _KINDS]
    some = [one.national_number_pattern for one in kinds if one is not None and one.national_number_pattern]
    lengths = sorted({length for one in kinds if one is not None for length in one.possible_length if length > 0})
    if not general or not lengths:
        return None
    valid = re.compile(
        rf"(?=(?:{general})$)(?={'|'.join(f'[0-9]{{{length}}}$' for length in lengths)})(?:{'|'.join(some)})"
    )
    parsing = metadata.national_prefix_for_parsing or ""
    simple = not parsing or parsing == metadata.national_prefix
    prefixed = re.compile(parsing) if parsing else None
    code, prefix = metadata.country_code, (metadata.national_prefix or "") if simple else ""
    alone = len(_library().COUNTRY_CODE_TO_REGION_CODE[code]) == 1
    return _Region(str(code), prefix, valid, prefixed, alone)


@cache
def _main_regions() -> dict[str, str]:
    """Calling codes with their main region."""
    table = _library().COUNTRY_CODE_TO_REGION_CODE
    return {str(code): regions[0] for code, regions in table.items() if regions[0] != "001"}


def _quick(text: str, region: str) -> str | None:
    """What a region's own patterns decide: E.164, empty for a number that is none; None where the library has to."""
    plain = _PLAIN.fullmatch(text.translate(_FILLING)) if "(0)" not in text else None
    if plain is None:
        return None
    digits, code = plain["digits"], ""
    if plain["plus"]:
        code = next((digits[:size] for size in (1, 2, 3) if digits[:size] in _main_regions()), "")
        found, number = (_region(_main_regions()[code]) if code else None), digits[len(code) :]
    else:
        found, number = (_region(region) if region else None), digits
        if found and found.prefix and number.startswith(found.prefix):
            number = number[len(found.prefix) :]
    if found is None or (found.prefixed is not None and found.prefixed.match(number)):
        return None
    if found.valid.fullmatch(number) is not None:
        return f"+{found.code}{number}"
    return "" if code and found.prefixed is None and found.alone else None


@lru_cache(maxsize=4096)
def _thorough(text: str, region: str) -> str:
    """E.164 of the first number that the library takes, else nothing."""
    library = _library()
    whole = _FLOAT.fullmatch(text)
    candidates = [whole[1]] if whole else [_EXTENSION.sub("", part) for part in _SEVERAL.split(text)]
    for candidate in [*candidates, *(one.replace("(0)", "") for one in candidates if "(0)" in one)]:
        compact = candidate.replace(" ", "")
        if compact.startswith(("00", "+00")):
            compact = "+" + compact.lstrip("+0")
        try:
            number = library.parse(compact, region or None)
        except library.NumberParseException:
            continue
        if library.is_valid_number(number):
            return library.format_number(number, library.PhoneNumberFormat.E164)
    return ""
