"""One cell's text as a price in minor units, whole arithmetic throughout.

Which of two marks is the decimal mark is decided in this order:

1. Both marks stand in the cell: the last one is the decimal mark (`1.234,50`, `1,234.50`).
2. A space or an apostrophe groups the thousands, or one mark stands several times and so groups: the other is the
   decimal mark (`1 234,50`, `1.234.567`).
3. One mark with other than three digits after it, with none or more than three before it, or after a leading
   zero, cannot group thousands: it is the decimal mark (`12,5`, `1234.567`, `0,250`).
4. What is left is ambiguous (`1,234`): the column's own mark decides (see `decimal_mark`). Without one it groups
   thousands, because prices with three decimals are rare, unless the currency has three decimals.

Digits beyond the currency's decimals are rounded half up (`33.3333` is 33.33).
"""

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, Literal

from preo_mcp.sandbox.importing.unreadable import EMPTY, Unreadable

DecimalMark = Literal[",", "."]

MAX_TEXT: Final = 64
MAX_WHOLE_DIGITS: Final = 12
FREE_WORDS: Final = frozenset({"free", "gratis", "kostenlos", "kostenfrei", "bezpłatny", "bezpłatnie", "za darmo"})

_CURRENCIES: Final = (
    "AED|ARS|AUD|BGN|BRL|CAD|CHF|CLP|CNY|CZK|DKK|EUR|GBP|HKD|HUF|ILS|INR|ISK|JPY|KRW|KWD|MXN|NOK|NZD|PLN|RON|RSD|SEK"
    "|SGD|THB|TRY|UAH|USD|ZAR"
    r"|kroner|kronor|kr|kč|zł|zl|euros?|lei|fr|ft|[a-z]{0,2}[$€£¥₺₴₹₩]"
)
_CURRENCY = rf"(?:{_CURRENCIES})\.?"
_PRICE = re.compile(
    rf"(?P<sign>[-+(]?)\s*(?:{_CURRENCY}\s*)?(?P<inner>[-+]?)\s*"
    r"(?P<number>[0-9.,][0-9.,' ]*?)"
    r"(?P<dash>[.,:]-{1,2})?\s*"
    rf"(?P<trailing>-?)\s*(?:{_CURRENCY}\s*)?\)?",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"([0-9]{1,12})(?:[.,]([0-9]{2}))?")
_SPACES = re.compile(r"[\s\u200b\u2060\ufeff]+")
_SAME_MEANING = str.maketrans({"−": "-", "–": "-", "—": "-", "‐": "-", "’": "'", "´": "'", "`": "'"})
_GROUPED = re.compile(r"[0-9]{1,3}(?:(?P<mark>[.,' ])[0-9]{3})(?:(?P=mark)[0-9]{3})*")
_NOT_A_PRICE: Final = "not a price"
_NEGATIVE: Final = "a price cannot be negative"


def read_price(text: str, *, decimal: DecimalMark | None = None, minor_units: int = 2) -> int:
    """Read a price with or without currency: `1.234,50`, `DKK 95,-`, `€ 12`, `95 kr.`.

    Args:
        text: The cell.
        decimal: The decimal mark of the cell's column, asked only where the cell itself is ambiguous.
        minor_units: How many decimals the currency has (2; none for JPY, three for KWD).

    Returns:
        The amount in minor units; zero for words such as *free* and *gratis*.

    Raises:
        Unreadable: The cell is empty, negative, or no single price.
    """
    if minor_units == 2 and (plain := _PLAIN.fullmatch(text)):
        return int(plain[1] + (plain[2] or "00"))
    return _read(text, decimal, minor_units)


def decimal_mark(samples: Iterable[str]) -> DecimalMark | None:
    """Infer a column's decimal mark from its unambiguous cells.

    Args:
        samples: Cells of one column.

    Returns:
        The mark that most unambiguous cells use; None when none is unambiguous or both marks are as frequent.
    """
    votes = Counter(mark for cell in samples if (mark := _vote(cell)))
    comma, point = votes[","], votes["."]
    if comma == point:
        return None
    return "," if comma > point else "."


@lru_cache(maxsize=8192)
def _read(text: str, decimal: DecimalMark | None, minor_units: int) -> int:
    cleaned = _clean(text)
    if cleaned.casefold() in FREE_WORDS:
        return 0
    found = _PRICE.fullmatch(cleaned)
    if found is None:
        raise Unreadable(_NOT_A_PRICE)
    number = found["number"].strip()
    mark = None if found["dash"] else _mark(number, decimal, minor_units)
    amount = _amount(number, mark, minor_units)
    if amount and (found["sign"] in ("-", "(") or found["inner"] == "-" or found["trailing"]):
        raise Unreadable(_NEGATIVE)
    return amount


def _clean(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise Unreadable("too long for a price")
    cleaned = _SPACES.sub(" ", text.translate(_SAME_MEANING)).strip().strip('"').lstrip("'").strip()
    if not cleaned:
        raise Unreadable(EMPTY)
    return cleaned


def _mark(number: str, decimal: DecimalMark | None, minor_units: int) -> str | None:
    """The decimal mark of a number, None when it has no decimals."""
    certain = _certain_mark(number)
    if certain is not None or not _is_ambiguous(number):
        return certain
    mark = "," if "," in number else "."
    if decimal is None:
        return mark if minor_units >= 3 else None
    return mark if mark == decimal else None


def _certain_mark(number: str) -> DecimalMark | None:
    comma, point = number.rfind(","), number.rfind(".")
    if comma < 0 and point < 0:
        return None
    mark: DecimalMark = "," if comma > point else "."
    if number.count(mark) > 1 or _is_ambiguous(number):
        return None
    return mark


def _is_ambiguous(number: str) -> bool:
    """Whether a number is one to three digits, one mark and three digits, so that the mark may group or divide."""
    found = _GROUPED.fullmatch(number)
    return found is not None and found["mark"] in ",." and number.count(found["mark"]) == 1 and number[0] != "0"


def _amount(number: str, mark: str | None, minor_units: int) -> int:
    whole, _, decimals = number.rpartition(mark) if mark else (number, "", "")
    digits = _whole_digits(whole) if whole else ""
    if not (digits or decimals) or (decimals and not decimals.isdigit()):
        raise Unreadable(_NOT_A_PRICE)
    if len(digits) > MAX_WHOLE_DIGITS:
        raise Unreadable("too large for a price")
    kept, rest = decimals[:minor_units].ljust(minor_units, "0"), decimals[minor_units:]
    return int(digits + kept or "0") + (rest[:1] >= "5")


def _whole_digits(whole: str) -> str:
    if whole.isdigit():
        return whole.lstrip("0") or "0"
    if (found := _GROUPED.fullmatch(whole)) is None:
        raise Unreadable(_NOT_A_PRICE)
    return whole.replace(found["mark"], "")


def _vote(cell: str) -> DecimalMark | None:
    """The decimal mark that one cell proves, if it proves one."""
    try:
        found = _PRICE.fullmatch(_clean(cell))
    except Unreadable:
        return None
    if found is None or found["dash"]:
        return None
    number = found["number"].strip()
    for mark, other in ((",", "."), (".", ",")):
        if number.count(mark) > 1 and other not in number:
            return "." if mark == "," else ","
    return _certain_mark(number)
