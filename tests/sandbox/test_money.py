"""Money in both directions: exact, or refused."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preo_mcp.sandbox.money import LARGEST, MINOR_UNITS, decimals, from_wire, on_wire, spelled

CURRENCIES = st.sampled_from(["DKK", "EUR", "SEK", *MINOR_UNITS])
AMOUNTS = st.integers(-LARGEST + 1, LARGEST - 1)


@given(AMOUNTS, CURRENCIES)
def test_amounts_survive_the_wire(minor: int, currency: str) -> None:
    travelled = json.loads(json.dumps(on_wire(minor, currency)))
    assert from_wire(travelled, currency) == minor


@given(AMOUNTS, CURRENCIES)
def test_what_is_spelled_is_the_amount(minor: int, currency: str) -> None:
    number, _, name = spelled(minor, currency).partition(" ")
    assert name == currency
    assert Decimal(number) * 10 ** decimals(currency) == minor
    assert len(number.partition(".")[2]) == decimals(currency)


@pytest.mark.parametrize(
    ("minor", "currency", "wire", "text"),
    [
        (149_500, "DKK", 1495.0, "1495.00 DKK"),
        (10, "EUR", 0.1, "0.10 EUR"),
        (-5, "EUR", -0.05, "-0.05 EUR"),
        (500, "JPY", 500.0, "500 JPY"),
        (1_234, "KWD", 1.234, "1.234 KWD"),
        (0, "DKK", 0.0, "0.00 DKK"),
    ],
)
def test_amounts_on_the_wire_and_in_words(minor: int, currency: str, wire: float, text: str) -> None:
    assert on_wire(minor, currency) == wire
    assert spelled(minor, currency) == text


@pytest.mark.parametrize("amount", [float("nan"), float("inf"), -float("inf"), 1e300, 1e13, Decimal("sNaN")])
def test_what_is_no_amount_is_refused(amount: float | Decimal) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        from_wire(amount, "DKK")


@pytest.mark.parametrize(("amount", "currency"), [(0.001, "DKK"), (19.999, "EUR"), (0.5, "JPY")])
def test_nothing_is_rounded(amount: float, currency: str) -> None:
    with pytest.raises(ValueError, match=f"{currency} has no more than"):
        from_wire(amount, currency)
