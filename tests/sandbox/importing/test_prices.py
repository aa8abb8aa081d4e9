"""Prices as shops and spreadsheets write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preo_mcp.sandbox.importing.prices import DecimalMark, decimal_mark, read_price
from preo_mcp.sandbox.importing.unreadable import Unreadable

AMOUNTS = st.integers(min_value=0, max_value=10**11)
GROUPS = st.sampled_from(["", ".", ",", " ", "'", "\u00a0", "\u202f"])


def written(minor: int, group: str, mark: str) -> str:
    """An amount of minor units with grouped thousands and two decimals."""
    return f"{minor // 100:,}".replace(",", group) + f"{mark}{minor % 100:02}"


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("1.234,50", 123450),
        ("1,234.50", 123450),
        ("1 234,50", 123450),
        ("1\u202f234,50", 123450),
        ("1'234.50", 123450),
        ("1’234.50", 123450),
        ("DKK 95,-", 9500),
        ("DKK95.00", 9500),
        ("€ 12", 1200),
        ("12 €", 1200),
        ("95 kr.", 9500),
        ("kr. 95", 9500),
        ("95:-", 9500),
        ("95.-", 9500),
        ("1.234,-", 123400),
        ("$1,234", 123400),
        ("US$ 12.00", 1200),
        ("12,00 zł", 1200),
        ("12", 1200),
        ("12.5", 1250),
        ("12.", 1200),
        (".50", 50),
        ("0", 0),
        ("0,500", 50),
        ("0012,50", 1250),
        ("1234.567", 123457),
        ("33.3333", 3333),
        ("1.234.567", 123456700),
        ("1,234,567.89", 123456789),
        ("1.234,567", 123457),
        ('"12,50"', 1250),
        ("'12,50", 1250),
        ("+5", 500),
        ("-0,00", 0),
        ("Gratis", 0),
        ("free", 0),
    ],
)
def test_reads_a_price(text: str, minor: int) -> None:
    assert read_price(text) == minor
    assert read_price(f"  {text}\t") == minor


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the cell is empty"),
        (" \u00a0", "the cell is empty"),
        ("-5,00", "a price cannot be negative"),
        ("−5", "a price cannot be negative"),
        ("5,00-", "a price cannot be negative"),
        ("(5.00)", "a price cannot be negative"),
        ("DKK -5", "a price cannot be negative"),
        ("12 34", "not a price"),
        ("1.23.4", "not a price"),
        ("1,2,3", "not a price"),
        ("10-20", "not a price"),
        ("1e3", "not a price"),
        ("5 %", "not a price"),
        ("kr", "not a price"),
        ("95 stk", "not a price"),
        ("２", "not a price"),
        ("1" * 13, "too large for a price"),
        ("1" * 65, "too long for a price"),
    ],
)
def test_says_why_a_cell_is_no_price(text: str, reason: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_price(text)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("text", "decimal", "minor_units", "minor"),
    [
        ("1,234", None, 2, 123400),
        ("1.234", None, 2, 123400),
        ("1,234", ",", 2, 123),
        ("1.234", ",", 2, 123400),
        ("1,234", ".", 2, 123400),
        ("1.234", ".", 2, 123),
        ("12.50", ",", 2, 1250),  # the cell itself leaves no doubt
        ("1,234.50", ",", 2, 123450),
        ("1.234,-", ".", 2, 123400),
        ("1,234", None, 0, 1234),
        ("12.5", None, 0, 13),
        ("1,234", None, 3, 1234),
        ("12.5", None, 3, 12500),
        ("7", None, 3, 7000),
    ],
)
def test_the_ambiguous_mark_follows_column_then_currency(
    text: str, decimal: DecimalMark | None, minor_units: int, minor: int
) -> None:
    assert read_price(text, decimal=decimal, minor_units=minor_units) == minor


@pytest.mark.parametrize(
    ("cells", "mark"),
    [
        (["1.234", "12.50"], "."),
        (["1.234", "12,50", "", "x"], ","),
        (["1.234.567"], ","),
        (["1,234,567 kr"], "."),
        (["1.234,50"], ","),
        (["1 234,50"], ","),
        (["0.250"], "."),
        (["1.234", "2.345"], None),
        (["95,-", "12"], None),
        (["12.50", "12,50"], None),
        (["12.50", "12,50", "9,50"], ","),
        ([], None),
    ],
)
def test_infers_the_decimal_mark_of_a_column(cells: list[str], mark: str | None) -> None:
    assert decimal_mark(cells) == mark


@given(AMOUNTS, GROUPS, st.sampled_from([".", ","]))
def test_two_decimals_read_back(minor: int, group: str, mark: str) -> None:
    if group == mark:
        group = ""
    assert read_price(written(minor, group, mark)) == minor


@given(AMOUNTS, st.sampled_from(["DKK {}", "{} kr.", "€{}", "{} EUR", "$ {}", "{},-", "{} zł"]))
def test_whole_amounts_with_currency_read_back(whole: int, form: str) -> None:
    assert read_price(form.format(whole)) == whole * 100


@given(st.lists(AMOUNTS, min_size=1, max_size=8), st.sampled_from([(",", "."), (".", ",")]))
def test_a_column_is_read_with_its_own_mark(amounts: list[int], marks: tuple[DecimalMark, str]) -> None:
    mark, group = marks
    column = [written(amount, group, mark) for amount in amounts]
    assert decimal_mark(column) == mark
    assert [read_price(cell, decimal=mark) for cell in column] == amounts


@given(st.text(max_size=80), st.sampled_from([",", ".", None]), st.integers(min_value=0, max_value=3))
def test_any_text_is_a_price_or_unreadable(text: str, decimal: DecimalMark | None, minor_units: int) -> None:
    try:
        assert read_price(text, decimal=decimal, minor_units=minor_units) >= 0
    except Unreadable as error:
        assert error.reason  # noqa: PT017  (either outcome is right)


@given(st.text(alphabet="0123456789.,' -kr€", max_size=12))
def test_the_quick_way_agrees_with_the_thorough_one(text: str) -> None:
    def outcome(cell: str) -> int | str:
        try:
            return read_price(cell)
        except Unreadable as error:
            return error.reason

    assert outcome(text) == outcome(f" {text} ")  # a space is enough to leave the quick way
