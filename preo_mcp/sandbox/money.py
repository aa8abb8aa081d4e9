"""Money: whole minor units in the sandbox, decimal numbers in the edition's currency on the wire (inferred).

1495.0 with the currency DKK is 149500 øre. Conversion happens here only and is exact: no sum is ever made of floats.
"""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from types import MappingProxyType

MINOR_UNITS = MappingProxyType({"JPY": 0, "KRW": 0, "CLP": 0, "ISK": 0, "KWD": 3})
"""How many decimals a currency has, where it is not two (ISO 4217)."""

LARGEST = 10**15
"""Minor units from which on a JSON number no longer tells two neighbouring amounts apart."""


def decimals(currency: str) -> int:
    """Return how many decimals a currency has."""
    return MINOR_UNITS.get(currency, 2)


def on_wire(minor: int, currency: str) -> float:
    """Return minor units as the decimal number that travels: 149500 of DKK is 1495.0."""
    return float(Decimal(minor).scaleb(-decimals(currency)))


def from_wire(amount: float | Decimal, currency: str) -> int:
    """Return a decimal number as minor units.

    Raises:
        ValueError: it is finer than the currency's minor unit, or too large to be exact.
    """
    try:
        minor = Decimal(str(amount)).scaleb(decimals(currency))
        whole = minor.to_integral_value()
    except InvalidOperation:
        raise ValueError("not an amount of money") from None
    if not minor.is_finite() or abs(minor) >= LARGEST:
        raise ValueError("not an amount of money")
    if minor != whole:
        raise ValueError(f"{currency} has no more than {decimals(currency)} decimals")
    return int(whole)


def nearest(amount: float, currency: str) -> int:
    """Return a decimal number that may be finer than the currency as the nearest minor units, halves up."""
    minor = Decimal(str(amount)).scaleb(decimals(currency))
    return int(minor.quantize(Decimal(1), ROUND_HALF_UP))


def spelled(minor: int, currency: str) -> str:
    """Return minor units as they are written in a sentence: `1495.00 DKK`."""
    return f"{Decimal(minor).scaleb(-decimals(currency)):f} {currency}"
