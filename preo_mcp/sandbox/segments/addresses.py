"""Whether a customer can be written to, and from which country their number is."""

import re
from functools import lru_cache
from typing import Final

from preo_mcp.sandbox.importing.emails import read_email
from preo_mcp.sandbox.importing.unreadable import Unreadable

_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")


def is_valid_email(email: str | None) -> bool:
    """Return whether mail can be sent to an address: it is one, as a whole."""
    try:
        return email is not None and read_email(email).casefold() == email.strip().casefold()
    except Unreadable:
        return False


def is_valid_phone(phone: str | None) -> bool:
    """Return whether a stored number can be called: in E.164, which the sandbox stores only after checking it."""
    return phone is not None and _E164.fullmatch(phone) is not None


@lru_cache(maxsize=4096)
def country_of(phone: str | None) -> str | None:
    """Return the country (ISO 3166, alpha-2) that gives out a number; None where it is of none or of no single one."""
    if phone is None or not is_valid_phone(phone):
        return None
    single = _country_of_code(phone[1:3])
    return single or _country_of_number(phone)


@lru_cache(maxsize=128)
def _country_of_code(code: str) -> str | None:
    """Return the country of a two-digit calling code that is one country's alone."""
    import phonenumbers

    regions = phonenumbers.region_codes_for_country_code(int(code))
    return regions[0] if len(regions) == 1 and len(regions[0]) == len("DK") else None


def _country_of_number(phone: str) -> str | None:
    import phonenumbers

    try:
        region = phonenumbers.region_code_for_number(phonenumbers.parse(phone))
    except phonenumbers.NumberParseException:
        return None
    # Numbers of satellites and of free calls have 001, which is no country.
    return region if region is not None and region.isalpha() else None
