"""What the values of a column prove, for or against a meaning."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from typing import Final

from preo_mcp.api.models.data_imports import ColumnType
from preo_mcp.files.spreadsheets.columns.meanings import Meaning

MAX_VALUES: Final = 200
"""How many rows of the samples are looked at."""
MAX_CELL: Final = 200
FEW: Final = 3
"""Fewer values than this prove nothing about a column whose heading says nothing."""
MOST: Final = 0.8
MANY: Final = 10
_SURE: Final = 0.9
_PRODUCTS: Final = frozenset({ColumnType.PRODUCT_CODE, ColumnType.PRODUCT_NAME})

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]{2,}")
_PHONE = re.compile(r"'?(?:\+|00)?[0-9(][0-9 ()./\-‐–]{5,24}(?:[.,]0+)?")
_PHONE_SHAPE = re.compile(r"'?(?:\+|00|\(0)|.*[0-9][ \-/][0-9]|[0-9]{8,13}$")
_QUANTITY = re.compile(r"(?:[x×]\s*)?[0-9]{1,4}(?:[.,]0*)?(?:\s*(?:x|[a-z]{1,6}\.?))?", re.IGNORECASE)
_SMALL = re.compile(r"[1-9]|1[0-9]|20")
_PRICE = re.compile(r"[^\d\-(]{0,6}\d[\d.,' \u00a0\u202f]*(?:[.,:]?-{1,2})?\s*[^\d\s]{0,6}")
_MONEY = re.compile(r".*(?:\d[.,]\d{2}(?!\d)|[$€£]|\bkr\b|,-|(?:DKK|EUR|SEK|NOK|PLN|USD|GBP|zł)\b).*", re.IGNORECASE)
_DATE = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}(?:(?:\b|T\d).*)?")
_NAME = re.compile(r"[^\d@#<>{}|=]{1,80}")
_FULL_NAME = re.compile(r"[^\W\d_][\w'’.\-]*(?:\s+[^\W\d_][\w'’.\-]*){1,4}")
_NUMBERED_ORDER = re.compile(r"#[A-Z0-9\-]*\d+", re.IGNORECASE)
_ID = re.compile(r"(?=.*\d)#?[A-Za-z0-9][A-Za-z0-9_\-/.]{1,63}")
_LINK = re.compile(r"https?://\S+")
_SKU = re.compile(r"(?=.*[A-Z])[A-Z0-9]+(?:[-_.][A-Z0-9]+)+")


def _anything(value: str) -> bool:
    return _EMAIL.fullmatch(value) is None


def _looks(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda value: pattern.fullmatch(value) is not None


def _phone(value: str) -> bool:
    digits = sum(character.isdigit() for character in value)
    return _PHONE.match(value) is not None and 6 <= digits <= 30 and _DATE.fullmatch(value) is None


def _email(value: str) -> bool:
    return _EMAIL.search(value) is not None


_FITS: Final[dict[ColumnType, Callable[[str], bool]]] = {
    ColumnType.CUSTOMER_EMAIL: _email,
    ColumnType.CUSTOMER_PHONE: _phone,
    ColumnType.QUANTITY: _looks(_QUANTITY),
    ColumnType.UNIT_PRICE: lambda value: _PRICE.fullmatch(value) is not None and _DATE.fullmatch(value) is None,
    ColumnType.CUSTOMER_FIRST_NAME: _looks(_NAME),
    ColumnType.CUSTOMER_LAST_NAME: _looks(_NAME),
    ColumnType.CUSTOMER_FULL_NAME: _looks(_NAME),
    ColumnType.ORDER_ID: _anything,
    ColumnType.ITEM_ID: _anything,
    ColumnType.PRODUCT_CODE: _anything,
    ColumnType.PRODUCT_NAME: _anything,
}
_FORMS: Final = {
    ColumnType.ORDER_ID: "its values have the form of order numbers, or repeat on rows that follow each other",
    ColumnType.PRODUCT_CODE: "its values have the form of product codes",
    ColumnType.CUSTOMER_FULL_NAME: "its values have the form of people's names",
}
PLURALS: Final = {
    ColumnType.CUSTOMER_EMAIL: "e-mail addresses",
    ColumnType.CUSTOMER_PHONE: "phone numbers",
    ColumnType.QUANTITY: "quantities",
    ColumnType.UNIT_PRICE: "prices",
}


@dataclass(frozen=True)
class Values:
    """The samples of one column.

    Attributes:
        cells: Its cells in the order of the rows, stripped, empty ones included.
    """

    cells: tuple[str, ...]

    @cached_property
    def filled(self) -> tuple[str, ...]:
        """The cells that are not empty."""
        return tuple(cell for cell in self.cells if cell)

    @property
    def fill(self) -> float:
        """The share of rows with a value; 1 when there are no rows to judge by."""
        return len(self.filled) / len(self.cells) if self.cells else 1.0

    @property
    def is_empty(self) -> bool:
        """Whether there are rows, and none has a value here."""
        return bool(self.cells) and not self.filled

    @property
    def are_unlike(self) -> bool:
        """Whether many rows all have another number or link: one of each row, and no product that is sold."""
        different = len(self.filled) >= MANY and len(set(self.filled)) == len(self.filled)
        return different and (self.mostly(_ID) or self.mostly(_LINK))

    def count(self, fits: Callable[[str], bool]) -> int:
        """How many values fit."""
        return sum(map(fits, self.filled))

    def mostly(self, pattern: re.Pattern[str]) -> bool:
        """Whether there are a few values and most of them have a form."""
        return len(self.filled) >= FEW and self.count(_looks(pattern)) >= MOST * len(self.filled)


def values_of(samples: Sequence[Sequence[str]], column: int) -> Values:
    """The values of one column of some rows, any of which may be short."""
    rows = samples[:MAX_VALUES]
    cells = tuple(row[column][:MAX_CELL].strip() if column < len(row) else "" for row in rows)
    return Values(tuple(map(unescape, cells)) if any("&" in cell for cell in cells) else cells)


def weighed(meaning: Meaning, values: Values) -> Meaning:
    """A heading's meaning in the light of the values.

    Args:
        meaning: What the heading says.
        values: What stands below it.

    Returns:
        The meaning, less sure the fewer values fit it and the fewer there are; at zero where hardly any fits.
    """
    if values.is_empty:
        return Meaning(meaning.column_type, 0.0, "empty in every sample", meaning.key)
    fits = _FITS.get(meaning.column_type)
    if fits is None or not values.filled:
        return meaning
    fitting, of = values.count(fits), len(values.filled)
    share = fitting / of
    factor = 1.0 if share >= MOST else 0.8 if share >= 0.5 else 0.5 if share >= 0.2 else 0.0
    if meaning.column_type in _PRODUCTS and values.are_unlike:
        factor *= 1.0 if meaning.confidence >= _SURE else 0.4
    plural = PLURALS.get(meaning.column_type)
    reason = f"{meaning.reason}; {fitting} of {of} values are {plural}" if plural else meaning.reason
    return Meaning(
        meaning.column_type, round(meaning.confidence * factor * (0.9 + 0.1 * values.fill), 3), reason, meaning.key
    )


def proven(values: Values) -> list[Meaning]:
    """What values prove by themselves, for a column whose heading says nothing; never as sure as a heading."""
    if len(values.filled) < FEW:
        return []
    of = len(values.filled)
    found: list[Meaning] = []
    for column_type, confidence, holds in _PROOFS:
        if holds(values):
            plural = PLURALS.get(column_type)
            reason = (
                f"{values.count(_FITS[column_type])} of {of} values are {plural}" if plural else _FORMS[column_type]
            )
            found.append(Meaning(column_type, confidence, reason))
    return found


def _are_emails(values: Values) -> bool:
    same = len(set(values.filled)) == 1 and len(values.filled) > FEW  # one address on all rows is the shop's own
    return values.mostly(_EMAIL) and not same


def _are_phones(values: Values) -> bool:
    """Whether values are written as only phone numbers are; digits alone may as well be ids."""
    return _may_be_phones(values) and not values.mostly(_DIGITS_ALONE)


def _may_be_phones(values: Values) -> bool:
    return values.count(_phone) >= MOST * len(values.filled) and values.mostly(_PHONE_SHAPE_LINE)


def _are_orders(values: Values) -> bool:
    """Whether values are ids of which some stand on several rows, and then always on rows that follow each other."""
    if values.mostly(_NUMBERED_ORDER):
        return True
    if not values.mostly(_ID) or values.mostly(_DATE) or values.mostly(_MONEY):
        return False
    starts = [cell for before, cell in zip(("", *values.filled), values.filled, strict=False) if cell != before]
    return FEW <= len(starts) == len(set(starts)) < len(values.filled)


def _are_quantities(values: Values) -> bool:
    counting = list(values.filled) == [str(number) for number in range(1, len(values.filled) + 1)]
    return values.fill == 1 and values.count(_looks(_SMALL)) == len(values.filled) and not counting


_PHONE_SHAPE_LINE = re.compile(rf"(?:{_PHONE_SHAPE.pattern}).*")
_DIGITS_ALONE = re.compile(r"[0-9]{8,13}")
_PROOFS: Final[tuple[tuple[ColumnType, float, Callable[[Values], bool]], ...]] = (
    (ColumnType.CUSTOMER_EMAIL, 0.8, _are_emails),
    (ColumnType.ORDER_ID, 0.5, _are_orders),
    (ColumnType.CUSTOMER_PHONE, 0.5, _are_phones),
    (ColumnType.UNIT_PRICE, 0.45, lambda values: values.mostly(_MONEY) and values.mostly(_PRICE)),
    (ColumnType.PRODUCT_CODE, 0.45, lambda values: values.mostly(_SKU)),
    (ColumnType.CUSTOMER_FULL_NAME, 0.4, lambda values: values.mostly(_FULL_NAME)),
    (ColumnType.QUANTITY, 0.4, _are_quantities),
    (ColumnType.CUSTOMER_PHONE, 0.36, _may_be_phones),
)
