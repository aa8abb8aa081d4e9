"""What is typed beside a yes: the expected amount however it is written, and never another one."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preo_mcp.approval.facts import spelled
from preo_mcp.approval.languages import in_language
from preo_mcp.approval.phrases import type_to_confirm
from preo_mcp.approval.typed import matches
from preo_mcp.settings import Language
from preo_mcp.text.plain_text import one_line
from tests.approval.forgeries import FORGERIES

CENTS = st.integers(0, 10**9)
CURRENCIES = st.sampled_from(["", "DKK", "dkk", "EUR", "SEK"])
MARKS = st.sampled_from([",.", ".,", " ,", " .", "'.", "’,", "\u00a0,", "\u202f."])


@given(CENTS, CENTS, MARKS, st.booleans(), CURRENCIES, st.booleans())
def test_an_amount_matches_itself_and_no_other(
    expected: int, typed: int, marks: str, is_grouped: bool, currency: str, is_before: bool
) -> None:
    text = f"{Decimal(typed).scaleb(-2):{',' if is_grouped else ''}.2f}"
    text = text.translate({ord(","): marks[0], ord("."): marks[1]})
    for other in {expected, typed}:
        right = other == typed and currency in ("", "DKK", "dkk")
        written = f"{currency} {text}" if is_before else f" {text} {currency}"
        assert matches(spelled(Decimal(other).scaleb(-2), "DKK"), written) is right


@given(st.integers(0, 10**7), st.integers(0, 10**9), MARKS)
def test_whole_amounts_with_or_without_their_thousands_marked(whole: int, cents: int, marks: str) -> None:
    expected = spelled(Decimal(cents).scaleb(-2), "DKK")
    for text in (str(whole), f"{whole:,}".replace(",", marks[0])):
        assert matches(expected, text) is (cents == 100 * whole)


@pytest.mark.parametrize(
    ("expected", "typed", "right"),
    [
        ("1,250.00 DKK", "1250", True),
        ("1,250.00 DKK", "1250,0 dkk", True),
        ("1,250.00 DKK", "1.250,00", True),
        ("1,250.00 DKK", "“1,250.00 DKK”", True),
        ("1,250.00 DKK", "1.25", False),
        ("1.25 DKK", "1.250", False),
        ("500.00 DKK", "0.500", False),
        ("1,250.00 DKK", "1,250,00", False),
        ("1,250.00 DKK", "1.250.00", False),
        ("1,250.00 DKK", "12.50", False),
        ("1,250.00 DKK", "-1250", False),
        ("1,250.00 DKK", "1250 DKK EUR", False),
        ("1,250.00 DKK", "EUR 1250 DKK", False),
        ("1,250.00 DKK", "١٢٥٠", False),
        ("1,250.00", "1250 DKK", False),
        ("12.50", "12,5", True),
        ("Summer SALE ", " summer sale", True),
        ("Summer SALE", "“Summer SALE”", True),
        ("Summer sale", "Summer", False),
        ("Summer sale", "yes", False),
        ("Søndag på Æ", "SØNDAG PÅ Æ", True),
        ("Café", "Cafe\u0301", True),
        ("1250", "1.250", False),
        ("", "", False),
        (" ", "", False),
        ("\u200b", "", False),
    ],
)
def test_cases(expected: str, typed: str, right: bool) -> None:
    assert matches(expected, typed) is right


def test_a_name_matches_as_the_question_shows_it() -> None:
    before, after = str(type_to_confirm("·")).split("·")
    for name in FORGERIES:
        shown = in_language(type_to_confirm(name), Language.ENGLISH).removeprefix(before).removesuffix(after)
        is_something = bool(one_line(shown).strip("“” '"))
        assert matches(name, shown) is is_something, (name, shown)
        assert not matches(name, "")
        assert not matches(name, "something else")
