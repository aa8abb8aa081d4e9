"""Amounts of money as they are written: in what a person reads, and in the settings that limit them."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

LEAST_DECIMALS: Final = 2
HOW_TO_WRITE: Final = "write one amount for all currencies, as 1000, or one for each, as 1000 DKK, 150 EUR"

_AMOUNT: Final = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,6})?)(?: ?([A-Za-z]{3}))?")


def spelled(amount: Decimal, currency: str | None) -> str:
    """Return an amount as a person reads it, never rounded: `1,250.00 DKK`."""
    exponent = amount.normalize().as_tuple().exponent
    decimals = max(LEAST_DECIMALS, -exponent if isinstance(exponent, int) else 0)
    return f"{amount:,.{decimals}f} {currency}" if currency else f"{amount:,.{decimals}f}"


@dataclass(frozen=True, slots=True)
class AmountLimits:
    """What amounts are held against: `1000` of any currency, in its own units, or `1000 DKK, 150 EUR`.

    Args:
        figures: By currency; or a single one for all, whose currency is empty.
    """

    figures: tuple[tuple[str, Decimal], ...]

    @classmethod
    def of_any(cls, amount: int | Decimal) -> "AmountLimits":
        """Return a limit that holds in every currency, in its own units."""
        return cls((("", Decimal(amount)),))

    @classmethod
    def read(cls, value: object) -> object:
        """Return limits as they are written; what is not of a kind that can be written stays as it is.

        Raises:
            ValueError: it cannot be read; the text says how to write it.
        """
        if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
            return value
        found = [_AMOUNT.fullmatch(part.strip()) for part in str(value).split(",")]
        figures = {(one[2] or "").upper(): Decimal(one[1]) for one in found if one}
        if len(figures) < len(found) or ("" in figures and len(figures) > 1):
            raise ValueError(HOW_TO_WRITE)
        return cls(tuple(figures.items()))

    def within(self, currency: str | None) -> Decimal | None:
        """Return the limit in a currency; None where it has none of its own: then every amount is beyond."""
        figures = dict(self.figures)
        return figures.get("", figures.get((currency or "").upper()))

    def are_exceeded_by(self, amount: Decimal | None, currency: str | None) -> bool:
        """Return whether an amount is beyond its currency's limit, or may be, because it is not known."""
        most = self.within(currency)
        return amount is None or most is None or amount > most

    def __str__(self) -> str:
        """The limits as they are written in a setting."""
        return ", ".join(f"{amount:f} {currency}".strip() for currency, amount in self.figures)
