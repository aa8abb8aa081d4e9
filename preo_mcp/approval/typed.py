"""What a person types beside their yes: a name, or an amount in any of the ways in which people write it."""

import re
import unicodedata
from decimal import Decimal
from typing import Final

from preo_mcp.approval.quoting import CUT, LEFT, RIGHT, RIGHT_TO_LEFT, harmless
from preo_mcp.text.plain_text import one_line

LEAST_OF_A_NAME: Final = 20
"""Characters of a long name that do, where the question shows no more of it."""

_MARKS: Final = f"{LEFT}{RIGHT}'\" "

_AS_WE_WRITE: Final = re.compile(r"([0-9]{1,3}(?:,[0-9]{3})*\.[0-9]{2})(?: ([A-Z]{3}))?")
_AS_PEOPLE_WRITE: Final = re.compile(
    r"(?:(?P<before>[a-z]{3}) ?)?"
    r"(?P<whole>[0-9]+|[1-9][0-9]{0,2}(?P<mark>[., '’])[0-9]{3}(?:(?P=mark)[0-9]{3})*)"
    r"(?:(?P<point>[.,])(?P<cents>[0-9]{1,2}))?"
    r"(?: ?(?P<after>[a-z]{3}))?"
)
"""Three digits behind a mark are thousands, one or two behind the last mark are cents: so each text has one reading."""


def matches(expected: str, typed: str) -> bool:
    """Return whether a person typed what was expected: the name, or the amount (`1,250.00 DKK`).

    Case, and white space and quotation marks around it, do not count, and a name that the question cuts does as it is
    shown. Of an amount only the number counts, and the currency where one is typed: `1250`, `1.250,00` and `dkk 1 250`
    are the same. Nothing matches a different amount, or an empty name.
    """
    wanted, given = _folded(expected), _folded(typed)
    amount = _AS_WE_WRITE.fullmatch(one_line(expected))
    if amount is not None:
        return _is_amount(given, Decimal(amount[1].replace(",", "")), (amount[2] or "").casefold())
    start = given.removesuffix(CUT)
    is_cut = start != given and len(start) >= LEAST_OF_A_NAME and wanted.startswith(start)
    return bool(wanted) and (given == wanted or is_cut)


def _is_amount(given: str, amount: Decimal, currency: str) -> bool:
    found = _AS_PEOPLE_WRITE.fullmatch(given)
    if found is None or (found["point"] is not None and found["point"] == found["mark"]):
        return False
    whole = "".join(char for char in found["whole"] if char.isdigit())
    currencies = {found["before"], found["after"]} - {None}
    return Decimal(f"{whole}.{found['cents'] or 0}") == amount and currencies <= {currency}


def _folded(text: str) -> str:
    line = harmless(text).strip(_MARKS).removesuffix(RIGHT_TO_LEFT).strip(_MARKS)
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", line).casefold())
