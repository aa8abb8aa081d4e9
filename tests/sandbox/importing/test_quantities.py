"""Quantities as shops and spreadsheets write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preo_mcp.sandbox.importing.quantities import MAX_QUANTITY, MIN_QUANTITY, read_quantity
from preo_mcp.sandbox.importing.unreadable import Unreadable

QUANTITIES = st.integers(min_value=MIN_QUANTITY, max_value=MAX_QUANTITY)
FORMS = [
    "{}",
    "{}.0",
    "{},00",
    "x{}",
    "x {}",
    "{}x",
    "{} x",
    "{} stk",
    "{} stk.",
    "{} szt.",
    "{} Stück",
    "{} st",
    "'{}",
]


@pytest.mark.parametrize("form", FORMS)
def test_reads_every_form(form: str) -> None:
    assert read_quantity(form.format(2)) == 2


@given(QUANTITIES, st.sampled_from(FORMS))
def test_reads_back(quantity: int, form: str) -> None:
    assert read_quantity(f" {form.format(quantity)} ") == quantity


@pytest.mark.parametrize(("text", "quantity"), [("1.000", 1), ("2,000", 2), ("1000", 1000), ("007", 7), ("×3", 3)])
def test_zeros_behind_a_mark_are_decimals(text: str, quantity: int) -> None:
    assert read_quantity(text) == quantity


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the cell is empty"),
        ("0", "a quantity is at least 1"),
        ("0,00", "a quantity is at least 1"),
        ("-1", "a quantity is at least 1"),
        ("−2", "a quantity is at least 1"),
        ("1.5", "not a whole number"),
        ("1001", "a quantity is at most 1000"),
        ("9" * 60, "a quantity is at most 1000"),
        ("9" * 5000, "too long for a quantity"),
        ("two", "not a quantity"),
        ("2 3", "not a quantity"),
        ("²", "not a quantity"),
        ("1e2", "not a quantity"),
    ],
)
def test_says_why_a_cell_is_no_quantity(text: str, reason: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_quantity(text)
    assert caught.value.reason == reason


@given(st.text(max_size=20))
def test_any_text_is_a_quantity_or_unreadable(text: str) -> None:
    try:
        assert MIN_QUANTITY <= read_quantity(text) <= MAX_QUANTITY
    except Unreadable as error:
        assert error.reason  # noqa: PT017  (either outcome is right)
