"""E-mail addresses as people type them, against the library that judges them."""

import pytest
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from preo_mcp.sandbox.importing.emails import UNUSED_TOP_LEVEL_DOMAINS, read_email
from preo_mcp.sandbox.importing.unreadable import Unreadable

LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
LOCALS = st.text(alphabet="abcXYZ019.+_-'", min_size=1, max_size=70)
TOP_LEVELS = st.sampled_from(
    ["dk", "com", "de", "photography", "test", "local", "invalid", "onion", "arpa", "c", "123"]
)
DOMAINS = st.lists(LABELS, min_size=1, max_size=3).map(".".join)
ADDRESSES = st.builds("{}@{}.{}".format, LOCALS, DOMAINS, TOP_LEVELS)
GOOD = st.builds("{}@{}.{}".format, st.from_regex(r"[a-z]{1,8}(\.[a-z]{1,8})?", fullmatch=True), LABELS, st.just("dk"))


def judged(address: str) -> str | None:
    """The library's own opinion of an address."""
    try:
        return validate_email(address, check_deliverability=False, test_environment=True, strict=True).normalized
    except EmailNotValidError:
        return None


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("anna@example.dk", "anna@example.dk"),
        ("  anna@example.dk\t", "anna@example.dk"),
        ("Anna.Holm@Example.DK", "Anna.Holm@example.dk"),
        ("mailto:anna@example.dk", "anna@example.dk"),
        ("MAILTO:anna@example.dk?subject=Hej", "anna@example.dk"),
        ("E-mail: anna@example.dk", "anna@example.dk"),
        ("Anna Holm <anna@example.dk>", "anna@example.dk"),
        ('"Holm, Anna" <anna@example.dk>', "anna@example.dk"),
        ("<mailto:anna@example.dk>", "anna@example.dk"),
        ("anna@example.dk.", "anna@example.dk"),
        ("anna@example.dk,", "anna@example.dk"),
        ("'anna@example.dk'", "anna@example.dk"),
        ("anna @ example.dk", "anna@example.dk"),
        ("anna@example .dk", "anna@example.dk"),
        ("anna@example. dk", "anna@example.dk"),
        ("anna@example.dk (work)", "anna@example.dk"),
        ("\u200banna@example.dk\ufeff", "anna@example.dk"),
        ("anna@\u00a0example.dk", "anna@example.dk"),
        ("anna@example.dk, bo@example.dk", "anna@example.dk"),
        ("anna@example.dk;bo@example.dk", "anna@example.dk"),
        ("anna@example.dk / bo@example.dk", "anna@example.dk"),
        ("anna@example.dk bo@example.dk", "anna@example.dk"),
        ("anna@example.dk\nbo@example.dk", "anna@example.dk"),
        ("anna@nowhere; bo@example.dk", "bo@example.dk"),
        ("anna@example.com", "anna@example.com"),
        ("anna@shop.test", "anna@shop.test"),
        ("anna@shop.example", "anna@shop.example"),
        ("søren@ærø.dk", "søren@ærø.dk"),
    ],
)
def test_reads_the_first_address(text: str, address: str) -> None:
    assert read_email(text) == address


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the cell is empty"),
        ("\u200b ", "the cell is empty"),
        ("n/a", "not an e-mail address: no @"),
        ("anna@example", "not a valid e-mail address"),
        ("anna@@example.dk", "not a valid e-mail address"),
        ("anna..holm@example.dk", "not a valid e-mail address"),
        ("anna@shop.local", "not a valid e-mail address"),
        ("anna holm@example.dk", "not a valid e-mail address"),  # whose is it: holm's or anna.holm's?
        ("anna@example.co m", "not a valid e-mail address"),
        ("anna@example.dk. Bo", "not a valid e-mail address"),
        ("a" * 65 + "@example.dk", "not a valid e-mail address"),
        ("anna@" + "a" * 64 + ".dk", "not a valid e-mail address"),
        ("@" * 1001, "too long for an e-mail address"),
    ],
)
def test_says_why_a_cell_is_no_address(text: str, reason: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_email(text)
    assert caught.value.reason == reason


def test_the_reserved_names_are_the_librarys() -> None:
    top_levels = {name for name in SPECIAL_USE_DOMAIN_NAMES if "." not in name}
    assert top_levels <= UNUSED_TOP_LEVEL_DOMAINS


@given(ADDRESSES)
@example("a@b.test")
@example("a.@b.dk")
@example("a@b--c.dk")
@example("a@xn--a.dk")
@example("A" * 64 + "@example.dk")
def test_a_lone_address_is_what_the_library_says(address: str) -> None:
    trimmed = address.strip("'.")  # quotes and dots at the ends belong to the cell, not to the address
    try:
        assert read_email(address) in {judged(address), judged(trimmed)}
    except Unreadable:
        assert judged(trimmed) is None


@given(GOOD, GOOD, st.sampled_from([", ", ";", " / ", " ", "\n", "|"]))
def test_of_several_the_first_counts(first: str, second: str, between: str) -> None:
    assert read_email(f" {first}{between}{second}") == first


@given(GOOD, st.sampled_from(["mailto:{}", "<{}>", "Anna <{}>", "{}.", "{},", " {}", "\ufeff{}", "({})", "'{}'"]))
def test_wrapping_is_taken_off(address: str, form: str) -> None:
    assert read_email(form.format(address)) == address


@given(st.text(alphabet="ab@.,;<> -(\u200b?:/æ", max_size=30) | st.text(max_size=40))
def test_any_text_is_a_valid_address_or_unreadable(text: str) -> None:
    try:
        address = read_email(text)
    except Unreadable as error:
        assert "@example" not in error.reason  # noqa: PT017  (either outcome is right)
    else:
        assert judged(address) == address
