"""What a person types besides their yes: a name, or an amount in any of the ways in which people write it."""

import re
import unicodedata
from decimal import Decimal
from typing import Final

from preo_mcp.approval.quoting import CUT, LEFT, RIGHT, harmless
from preo_mcp.approval.wording import Amount
from preo_mcp.text.plain_text import one_line

LEAST_OF_A_NAME: Final = 20
"""Characters of a long name that are enough, where the question shows no more of it."""

_MARKS: Final = f"{LEFT}{RIGHT}'\" "
_NOTE: Final = re.compile(rf"(?<={RIGHT}) \([^(){LEFT}{RIGHT}]*\)$")
"""What the question says after a name: its direction, or how much of it is left out."""

_AMOUNT: Final = re.compile(
    r"(?P<before>[^\W\d_]{1,3}\.?|[€＄£])? ?"
    r"(?P<whole>[0-9]+|[1-9][0-9]{0,2}(?P<mark>[., '’])[0-9]{3}(?:(?P=mark)[0-9]{3})*)"
    r"(?:(?P<point>[.,])(?P<cents>[0-9]{1,2}|[-–—]{1,2}))?"
    r" ?(?P<after>[^\W\d_]{1,3}\.?|[€＄£])?"
)
"""Three digits after a mark are thousands, one or two after the last mark are cents: so each text has one reading."""
_SIGNS: Final = {
    "€": {"eur"},
    "＄": {"usd", "cad", "aud"},
    "£": {"gbp"},
    "zł": {"pln"},
    "kr": {"dkk", "sek", "nok", "isk"},
    "kr.": {"dkk", "sek", "nok", "isk"},
    "fr.": {"chf"},
}
"""The currencies that a sign may stand for, in the spelling of `harmless`; anything else that is written is a code."""


def matches(expected: str | Amount, typed: str) -> bool:
    """Return whether a person typed what was expected: the name, or the amount.

    Of an amount the number counts, and the currency where one is typed: `1250`, `1.250,00`, `1.250,-` and `dkk 1 250`
    are the same. Of a name, case does not count, nor do white space and quotation marks around it; one that the
    question cuts is accepted as it is shown. Nothing matches a different amount, or an empty name.
    """
    given = _folded(_NOTE.sub("", one_line(typed)))
    if isinstance(expected, Amount):
        return _is_amount(given, expected)
    wanted = _folded(expected)
    start = given.removesuffix(CUT)
    is_cut = start != given and len(start) >= LEAST_OF_A_NAME and wanted.startswith(start)
    return bool(wanted) and (given == wanted or is_cut)


def comparable(expected: str | Amount) -> dict[str, str]:
    """Return what `typed.js` compares with, which reads what is typed as `matches` does."""
    if isinstance(expected, Amount):
        return {"amount": f"{expected.value:f}", "currency": (expected.currency or "").casefold()}
    return {"name": _folded(expected)}


def _is_amount(given: str, expected: Amount) -> bool:
    found = _AMOUNT.fullmatch(given)
    if found is None or (found["point"] is not None and found["point"] == found["mark"]):
        return False
    whole = "".join(char for char in found["whole"] if char.isdigit())
    cents = found["cents"] if found["cents"] and found["cents"].isdigit() else "0"
    written = [one for one in (found["before"], found["after"]) if one]
    currency = (expected.currency or "").casefold()
    fits = all(currency in _SIGNS.get(one, {one}) for one in written)
    return fits and Decimal(f"{whole}.{cents}") == expected.value


def _folded(text: str) -> str:
    line = harmless(text).strip(_MARKS)
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", line).casefold())
