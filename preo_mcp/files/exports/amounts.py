"""Amounts of money: read from cells exactly, shared out to the last minor unit, and written as Preo reads them.

While a file is studied amounts are whole millionths, because net prices have more decimals than their currency; what
is counted and written is whole minor units.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Literal

Mark = Literal[",", "."]

FINE: Final = 6
"""Decimals with which amounts are read."""
_DECIMALS: Final = MappingProxyType(
    dict.fromkeys(
        [
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ],
        0,
    )
    | dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3)
)
_FREE: Final = frozenset(
    {"free", "gratis", "kostenlos", "kostenfrei", "bezpłatny", "bezpłatnie", "za darmo", "gratuit"}
)
_LONGEST: Final = 64
_PLAIN = re.compile(r"([0-9]{1,12})(?:[.,]([0-9][0-9]?))?")
_WORD = r"(?:[^\W\d_]{1,3}[$€£¥₺₴₹₩]|[^\W\d_]{1,7}|[$€£¥₺₴₹₩])\.?"
_AMOUNT = re.compile(
    rf"(?P<before>[-+(]?)\s*(?P<left>{_WORD})?\s*(?P<inner>[-+]?)\s*(?P<number>[0-9.,][0-9.,' ]*?)"
    rf"(?P<dash>[.,:]-{{1,2}})?\s*(?P<after>-?)\s*(?P<right>{_WORD})?\)?",
)
_GROUPED = re.compile(r"[0-9]{1,3}(?:(?P<mark>[.,' ])[0-9]{3})(?:(?P=mark)[0-9]{3})*")
_TWO_DECIMALS = re.compile(r"[0-9][.,][0-9]{2}(?![0-9])")
_SPACES = re.compile(r"[\s\u200b\u2060\ufeff]+")
_SAME = str.maketrans({"−": "-", "–": "-", "—": "-", "‐": "-", "’": "'", "´": "'", "`": "'"})
_SYMBOLS: Final = MappingProxyType(
    {"€": ("EUR",), "euro": ("EUR",), "euros": ("EUR",), "£": ("GBP",), "zł": ("PLN",), "zl": ("PLN",), "kč": ("CZK",)}
    | {"$": ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN"), "us$": ("USD",), "ft": ("HUF",), "lei": ("RON",)}
    | dict.fromkeys(("kr", "kroner", "kronor", "krona", "krone"), ("DKK", "SEK", "NOK", "ISK"))
    | {"¥": ("JPY", "CNY"), "₺": ("TRY",), "₴": ("UAH",), "₹": ("INR",), "₩": ("KRW",), "fr": ("CHF",)}
)


@lru_cache(maxsize=64)
def decimals(currency: str) -> int:
    """Return how many decimals a currency has (ISO 4217): 2, or 0 as JPY and ISK, or 3 as KWD."""
    return _DECIMALS.get(currency, 2)


@lru_cache(maxsize=64)
def unit_of(currency: str) -> int:
    """Return how many millionths a currency's minor unit has."""
    return 10 ** (FINE - decimals(currency))


def written(minor: int, currency: str) -> str:
    """Return minor units in the form that Preo reads whatever the language: `123.45`, `5800`, `8.265`."""
    digits = decimals(currency)
    sign, number = "-" if minor < 0 else "", abs(minor)
    return f"{sign}{number // 10**digits}.{number % 10**digits:0{digits}}" if digits else f"{sign}{number}"


def spelled(minor: int, currency: str) -> str:
    """Return minor units as they stand in a sentence: `1495.00 DKK`."""
    return f"{written(minor, currency)} {currency}"


@lru_cache(maxsize=8192)
def read(cell: str, mark: Mark | None) -> int | None:
    """Read an amount with or without a currency, negative ones too.

    Args:
        cell: As it stands in the file.
        mark: The decimal mark of its column, asked only where the cell itself leaves it open (`1,234`).

    Returns:
        Millionths; None where the cell holds no amount.
    """
    if plain := _PLAIN.fullmatch(cell):
        return int(plain[1]) * 10**FINE + int((plain[2] or "0").ljust(FINE, "0"))
    found = _matched(cell)
    if found is None:
        return 0 if cell.strip().casefold() in _FREE else None
    number = found["number"].strip()
    sign = None if found["dash"] else _certain(number)
    if sign is None and not found["dash"] and _is_open(number) and mark is not None and mark in number:
        sign = mark
    whole, _, rest = number.rpartition(sign) if sign else (number, "", "")
    digits = _digits(whole)
    if digits is None or not (digits or rest) or (rest and not rest.isdigit()):
        return None
    amount = int((digits + rest[:FINE].ljust(FINE, "0")) or "0")
    negative = found["before"] in ("-", "(") or found["inner"] == "-" or found["after"]
    return -amount if negative else amount


def open_mark(cell: str) -> Mark | None:
    """Return the mark of a cell such as `8,265`, which may divide decimals or thousands; None for all others."""
    found = _matched(cell)
    if found is None or found["dash"] or not _is_open(number := found["number"].strip()):
        return None
    return "," if "," in number else "."


def looks_like_price(cell: str) -> bool:
    """Whether a cell has the form of money: two decimals, or a currency."""
    return read(cell, None) is not None and (bool(_TWO_DECIMALS.search(cell)) or bool(currency_in(cell, "")))


def decimal_mark(cells: Iterable[str]) -> Mark | None:
    """Return the decimal mark that the cells of a column prove; None where none does or they contradict each other."""
    votes = Counter(sign for cell in cells if (sign := _vote(cell)))
    if votes[","] == votes["."]:
        return None
    return "," if votes[","] > votes["."] else "."


@lru_cache(maxsize=4096)
def currency_in(cell: str, home: str) -> str:
    """Return the currency that a cell names, by code or sign; empty where it names none.

    A sign of several currencies (`kr`, `$`) is the edition's where it can be.
    """
    text = cell.strip()
    if len(text) == 3 and text.isalpha():
        return text.upper()
    found = _matched(cell)
    word = (text if found is None else found["left"] or found["right"] or "").rstrip(".").casefold()
    if len(word) == 3 and word.isascii() and word.isalpha():
        return word.upper()
    some = _SYMBOLS.get(word, ())
    return home if home in some else some[0] if some else ""


def rounded(fine: int, currency: str) -> int:
    """Return millionths as minor units, halves away from zero."""
    unit = unit_of(currency)
    return (fine + unit // 2) // unit if fine >= 0 else -((-fine + unit // 2) // unit)


def share(amount: int, pieces: int, some: int) -> int:
    """Return what the first `some` of `pieces` cost that cost `amount` together; the first bear odd minor units."""
    each, odd = divmod(amount, pieces) if pieces else (0, 0)
    return each * some + min(odd, some)


def spread(whole: int, weights: Sequence[int]) -> list[int]:
    """Split an amount by weights, exactly; evenly where all weights are zero."""
    if not any(weights):
        weights = [1] * len(weights)
    out, total, taken, given = list[int](), sum(weights), 0, 0
    for weight in weights:
        taken += weight
        upto = whole * taken // total
        out.append(upto - given)
        given = upto
    return out


def _matched(cell: str) -> re.Match[str] | None:
    if len(cell) > _LONGEST:
        return None
    return _AMOUNT.fullmatch(_SPACES.sub(" ", cell.translate(_SAME)).strip().strip('"').lstrip("'").strip())


def _is_open(number: str) -> bool:
    found = _GROUPED.fullmatch(number)
    return found is not None and found["mark"] in ",." and number.count(found["mark"]) == 1 and number[0] != "0"


def _certain(number: str) -> Mark | None:
    comma, point = number.rfind(","), number.rfind(".")
    if comma < 0 and point < 0:
        return None
    sign: Mark = "," if comma > point else "."
    return None if number.count(sign) > 1 or _is_open(number) else sign


def _digits(whole: str) -> str | None:
    if not whole or whole.isdigit():
        return whole
    found = _GROUPED.fullmatch(whole)
    return whole.replace(found["mark"], "") if found else None


def _vote(cell: str) -> Mark | None:
    found = _matched(cell)
    if found is None or found["dash"]:
        return None
    number = found["number"].strip()
    for sign, other in ((",", "."), (".", ",")):
        if number.count(sign) > 1 and other not in number:
            return "." if sign == "," else ","
    return _certain(number)
