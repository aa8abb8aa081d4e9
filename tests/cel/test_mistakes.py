"""Mistakes in conditions: every one of them, where it is, and what was probably meant."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preo_mcp.cel.condition import check_condition
from preo_mcp.cel.engine_errors import MOST_MISTAKES
from preo_mcp.cel.functions import FUNCTIONS

WORDS = [
    "user",
    ".",
    "orders",
    "exists",
    "(",
    ")",
    "o",
    ",",
    "'x'",
    "==",
    "&&",
    "contry",
    "!",
    "\n",
    "ø",
    '"',
    "[",
    "5",
]


@pytest.mark.parametrize(
    ("condition", "mistakes"),
    [
        ("user.contry == 'DK'", [(1, 6, "User has no field 'contry'", "country")]),
        ("has(user.contry)", [(1, 10, "User has no field 'contry'", "country")]),
        (
            "user.contry == 'DK' &&\n  user.orders.exists(o, o.totl > 5)",
            [(1, 6, "User has no field 'contry'", "country"), (2, 27, "Order has no field 'totl'", "total")],
        ),
        ("'ø😀' == user.frst_name", [(1, 14, "User has no field 'frst_name'", "first_name")]),
        ("user.zzz == 'x'", [(1, 6, "User has no field 'zzz'", None)]),
        ("usr.email == 'x'", [(1, 1, "there is nothing called 'usr.email'", "user.email")]),
        ("email == 'x'", [(1, 1, "there is nothing called 'email'", "user.email")]),
        ("foo(1) || foo(2)", [(1, 1, "there is no function 'foo'", None), (1, 11, "there is no function 'foo'", None)]),
        ("user.country.startWith('D')", [(1, 14, "there is no function 'startWith'", "startsWith")]),
        (
            "edition.id == 'x'",
            [(1, 1, "there is nothing called 'edition.id'", "edition is there only with an edition_id")],
        ),
        (
            "user.created > '2026-01-01'",
            [(1, 14, "'>' cannot be applied to (timestamp, string)", "timestamp('2026-01-01T00:00:00Z')")],
        ),
        (
            "user.country > 3",
            [
                (
                    1,
                    14,
                    "'>' cannot be applied to (string?, int)",
                    "put text in quotes, and numbers and true or false without",
                )
            ],
        ),
        (
            "user.purchases.product_id == 'x'",
            [(1, 15, "a list<Purchase> has no fields", "user.purchases.exists(x, x.product_id == ...)")],
        ),
        (
            "timestamp('2026-01-31') < now",
            [(1, 11, "'2026-01-31' is not a moment", "timestamp('2026-01-31T00:00:00Z')")],
        ),
        (
            "now - user.created > duration('30d')",
            [(1, 31, "'30d' is not a span of time", "duration('720h')")],
        ),
        ("user.email.matches('(')", [(1, 20, "'(' is not a regular expression (RE2)", None)]),
        (
            "user.orders",
            [
                (
                    1,
                    1,
                    "the condition gives a value of type list<Order>, and has to be true or false",
                    "size(user.orders) > 0",
                )
            ],
        ),
        ("", [(1, 1, "the condition is empty", "true is a condition that everybody meets")]),
        ("true ||\n '\ud800'", [(2, 3, "half of a character (a lone surrogate)", None)]),
    ],
)
def test_mistakes(condition: str, mistakes: list[tuple[int, int, str, str | None]]) -> None:
    found = check_condition(condition, has_edition=False)
    assert [(one.line, one.column, one.message, one.suggestion) for one in found] == mistakes


@pytest.mark.parametrize(
    ("condition", "column", "suggestion"),
    [
        ("user.has_valid_email and true", 22, "write && for and"),
        ("user.has_valid_email or true", 22, "write || for or"),
        ("user.country = 'DK'", 14, "write == to compare"),
        ("user.country == 'DK", 17, "end the text with the quote that it began with"),
        ("user.orders.exist(o, true)", 13, "exists"),
    ],
)
def test_slips_of_other_languages(condition: str, column: int, suggestion: str) -> None:
    first = check_condition(condition, has_edition=False)[0]
    assert (first.column, first.suggestion) == (column, suggestion)


def test_with_an_edition_its_fields_are_known() -> None:
    assert check_condition("edition.end_date < now", has_edition=True) == ()
    [mistake] = check_condition("edition.enddate < now", has_edition=True)
    assert mistake.suggestion == "end_date"


def test_every_example_of_the_documentation_is_a_condition() -> None:
    assert {one.name: check_condition(one.example, has_edition=False) for one in FUNCTIONS} == {
        one.name: () for one in FUNCTIONS
    }


def test_a_page_of_mistakes_is_cut() -> None:
    assert len(check_condition("@" * 500, has_edition=False)) == MOST_MISTAKES


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join)))
def test_any_text_has_its_mistakes_inside_it(text: str) -> None:
    lines = [*text.split("\n"), ""]
    for mistake in check_condition(text, has_edition=True):
        assert mistake.message
        assert 1 <= mistake.line <= len(lines)
        assert 1 <= mistake.column <= len(lines[mistake.line - 1]) + 1
