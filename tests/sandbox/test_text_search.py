"""What is looked for when somebody types a phone number or a few words."""

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import MISSING

from preo_mcp.sandbox.lists import MAX_WORDS, Filters, add_part, add_phone, add_search, phone_digits
from preo_mcp.sandbox.problems import Problem
from preo_mcp.text.folding import folded

TEXT = "n26-10001\nord_k7\nsoren.kjaergaard@example.com\n+4520123456\ntrx_9m"


def matches(filters: Filters, text: str = TEXT) -> bool:
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE TABLE t AS SELECT ? AS text", (text,))
        return db.execute(f"SELECT 1 FROM t WHERE {filters.where}", filters.values).fetchone() is not None


def finds(query: object, text: str = TEXT) -> bool:
    filters = Filters()
    add_search(filters, "text", query)
    return matches(filters, text)


@pytest.mark.parametrize(
    "query",
    [
        *("20 12 34 56", "+45 2012", "0045 20123456", "(45) 20-12-34-56", "20.12.34", "20/12", "2012", "+45 (0)20 12"),
        *("N26-10001", "ORD_K7", "TRX_9M", "SØREN", "Kjærgaard", "soren example", "example SOREN", "10001"),
        *("", "  "),
    ],
)
def test_found(query: str) -> None:
    assert finds(query)


@pytest.mark.parametrize(
    "query", ["20 12 34 57", "12 20", "soren maja", "n26%", "n26_10001", "*", "20 12 q", "'", "[a]"]
)
def test_not_found(query: str) -> None:
    assert not finds(query)


def test_what_is_missing_asks_for_nothing() -> None:
    filters = Filters()
    for add in (add_search, add_part, add_phone):
        add(filters, "text", MISSING)
    assert filters.where == "1"


def test_a_phone_filter_without_a_digit_finds_nothing() -> None:
    filters = Filters()
    add_phone(filters, "text", "unknown")
    assert not matches(filters)


def test_too_many_words_are_refused() -> None:
    assert finds("example " * MAX_WORDS)
    with pytest.raises(Problem) as refused:
        finds("example " * (MAX_WORDS + 1))
    assert refused.value.status == 400


@given(st.text(), st.text(), st.text())
def test_every_part_of_a_text_is_found(before: str, part: str, after: str) -> None:
    filters = Filters()
    add_part(filters, "text", part)
    assert matches(filters, folded(before) + folded(part.strip()) + folded(after))


@given(st.integers(1, 10**12), st.data())
def test_every_part_of_a_number_is_found_however_it_is_divided(number: int, data: st.DataObject) -> None:
    digits = str(number)
    start = data.draw(st.integers(0, len(digits) - 1))
    part = digits[start : data.draw(st.integers(start + 1, len(digits)))]
    divided = "".join(digit + data.draw(st.sampled_from(["", " ", "-", ".", "/"])) for digit in part)
    assert finds(divided, f"+{digits}")


@pytest.mark.parametrize(
    ("text", "digits"), [("0045 20", "4520"), ("0", "0"), ("00", "0"), ("+49 (0)40 6", "49406"), ("none", None)]
)
def test_zeros_that_only_dialling_needs_are_dropped(text: str, digits: str | None) -> None:
    assert phone_digits(text) == digits
