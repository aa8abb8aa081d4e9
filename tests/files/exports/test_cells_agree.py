"""Cells are read no more generously than the sandbox reads them, so that what is written is taken."""

import random
from decimal import Decimal

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preo_mcp.files.exports import amounts, phones
from preo_mcp.files.exports.cells import address, country, quantity
from preo_mcp.files.exports.states import Kind, Reads, reads_as, state_of
from preo_mcp.sandbox.importing.emails import read_email
from preo_mcp.sandbox.importing.phones import read_phone
from preo_mcp.sandbox.importing.prices import read_price
from preo_mcp.sandbox.importing.quantities import read_quantity
from preo_mcp.sandbox.importing.unreadable import Unreadable

REGIONS = "DK DE BE NL US GB NO SE PL IT FR CH AT FI ES IS CA RU AU BR".split()  # noqa: SIM905
ADDRESSES = st.one_of(
    st.emails(),
    st.from_regex(r"\A[ <]?[a-zäø.+_-]{1,8} ?@ ?[a-z.-]{1,12}\.(org|de|test|invalid|local)[>,; ]?[a-z@.]{0,9}\Z"),
    st.sampled_from(["", "nobody", "a@b", "Ann <ann@Example.org>", "mailto:a@example.org?x=1", "a@x.org; b@x.org"]),
)


@given(ADDRESSES)
def test_an_address_that_is_taken_is_one(text: str) -> None:
    if found := address(text):
        assert read_email(found) == found


AMOUNTS = st.one_of(
    st.decimals(0, 10**9, places=2).map(str),
    st.from_regex(r"\A(DKK |€ ?|\$|kr\. )?-?\d{1,3}([.,' ]\d{3}){0,2}([.,]\d{0,4}|,-)?( kr\.?| EUR|€| zł)?\Z"),
    st.sampled_from(["free", "gratis", "abc", "", "1.2.3", "(12,50)", "12,50-", "1 234,50", "0,250", "8,265"]),
)


@given(AMOUNTS, st.sampled_from([",", ".", None]))
def test_amounts_are_read_as_the_sandbox_reads_them(text: str, mark: amounts.Mark | None) -> None:
    found = amounts.read(text, mark)
    try:
        expected = read_price(text, decimal=mark)
    except Unreadable:
        assert found is None or found <= 0  # negative amounts are none there
    else:
        assert found is not None
        assert amounts.rounded(abs(found), "EUR") == expected


@given(st.integers(0, 10**10), st.sampled_from(["EUR", "ISK", "KWD"]))
def test_written_amounts_are_read_back(minor: int, currency: str) -> None:
    decimals = amounts.decimals(currency)
    text = amounts.written(minor, currency)
    assert Decimal(text).scaleb(decimals) == minor
    assert read_price(text, decimal=".", minor_units=decimals) == minor


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=8), st.integers(0, 10**9))
def test_what_is_spread_is_all_there(weights: list[int], whole: int) -> None:
    parts = amounts.spread(whole, weights)
    assert sum(parts) == whole
    assert min(parts) >= 0


@given(st.from_regex(r"\A'?[x ]{0,2}-?\d{1,4}([.,]0{0,2})?( stk\.?| pcs|x)?\Z"))
def test_quantities_are_read_as_the_sandbox_reads_them(text: str) -> None:
    found = quantity(text)
    try:
        assert found == read_quantity(text)
    except Unreadable:
        assert found is None or not 1 <= found <= 1000


@pytest.mark.parametrize("region", REGIONS)
def test_the_quick_way_to_a_phone_number_is_the_library_s(region: str) -> None:
    dice = random.Random(region)
    code = phonenumbers.country_code_for_region(region)
    for _ in range(150):
        example = phonenumbers.example_number_for_type(region, dice.choice([0, 1]))
        assert example is not None
        digits = list(str(example.national_number))
        for _ in range(dice.randint(0, 4)):
            digits[dice.randrange(len(digits))] = dice.choice("0123456789")
        number = "".join(digits)
        some = [number, f"0{number}", f"+{code}{number}", f"00{code} {number}", f"+{code}0{number}", f"{code}{number}"]
        text = dice.choice(some)
        found, expected = phones.read(text, "", region), read_phone(text, f"+{code}")
        if region == phonenumbers.region_code_for_country_code(code) and found.valid != expected.valid:
            pytest.fail(f"{text}: {found}, {expected}")
        if found.valid and expected.number:
            assert found.text == expected.number


def test_without_the_library_phones_pass_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phones, "_library", lambda: None)
    phones.read.cache_clear()
    try:
        assert phones.read("0470 12 34 56", "BE", "DE") == ("0470 12 34 56", "", None)
    finally:
        phones.read.cache_clear()


def test_countries_by_letters_and_names() -> None:
    assert [country(text) for text in ("be", " Deutschland ", "Österreich", "UK", "België", "Danmark", "Narnia")] == [
        *("BE", "DE", "AT", "GB", "BE", "DK", ""),
    ]


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("Paid", Kind.SOLD),
        ("partially_refunded", Kind.PART),
        ("On hold", Kind.OPEN),
        ("Storniert", Kind.GONE),
        ("Refunderet", Kind.GONE),
        ("Zwrócone", Kind.GONE),
        ("geannuleerd", Kind.GONE),
        ("Återbetald", Kind.GONE),
        ("Kansellert", Kind.GONE),
        ("something else", Kind.UNKNOWN),
        ("", Kind.SOLD),
    ],
)
def test_states(word: str, kind: Kind) -> None:
    assert state_of(word, Reads.WORDS).kind is kind


@pytest.mark.parametrize(
    ("heading", "values", "reads"),
    [
        ("Financial Status", ["paid", "refunded"], Reads.WORDS),
        ("Order Status", ["gnarled"], Reads.WORDS),
        ("State", ["CA", "NY"], None),
        ("Fulfillment Status", ["fulfilled", "pending"], None),
        ("Cancelled at", ["2026-05-02 10:00:00 +0200"], Reads.IS_GONE),
        ("Cancelled at", ["1714550000"], Reads.IS_GONE),
        ("Refunded", ["30.00", "0.00"], None),
        ("Refunded", ["yes", "no"], Reads.IS_GONE),
        ("Betalt", ["ja", "nej"], Reads.IS_PAID),
        ("Note", ["please"], None),
    ],
)
def test_columns_of_states(heading: str, values: list[str], reads: Reads | None) -> None:
    assert reads_as(heading, values) is reads
