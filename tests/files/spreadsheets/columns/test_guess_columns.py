"""Columns weighed against each other: traps, values, and what always holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preo_mcp.api.models.data_imports import METADATA_COLUMN_TYPES, REPEATABLE_COLUMN_TYPES
from preo_mcp.api.models.data_imports import ColumnType as T
from preo_mcp.files.spreadsheets.columns import Guess, guess_columns
from preo_mcp.files.spreadsheets.columns.vocabulary import LANGUAGES
from tests.files.spreadsheets.columns.service_headers import EXPORTS

WORDS = {word for types in LANGUAGES.values() for text in types.values() for word in text.split()}
KNOWN = sorted(WORDS | {heading for export in EXPORTS.values() for heading in export.header})
HEADINGS = st.sampled_from(KNOWN) | st.text(max_size=30)
CELLS = st.sampled_from(
    ["", "a@b.dk", "#1001", "1", "2", "95,00 kr.", "+4520123456", "Anna Holm", "VIP-1", "x"]
) | st.text(max_size=20)
TABLES = st.lists(HEADINGS, max_size=12).flatmap(
    lambda header: st.tuples(st.just(header), st.lists(st.lists(CELLS, max_size=len(header) + 2), max_size=8))
)


def types_of(header: list[str], *rows: list[str]) -> list[T]:
    return [guess.column_type for guess in guess_columns(header, rows)]


def only(header: list[str], *rows: list[str]) -> Guess:
    [guess] = guess_columns(header, rows)
    return guess


def test_name_beside_a_first_name_is_the_last_name() -> None:
    rows = [["Anna", "Müller"], ["Jan", "de Vries"], ["Bo", "Holm"]]
    assert types_of(["Vorname", "Name"], *rows) == [T.CUSTOMER_FIRST_NAME, T.CUSTOMER_LAST_NAME]
    assert types_of(["Voornaam", "Naam"]) == [T.CUSTOMER_FIRST_NAME, T.CUSTOMER_LAST_NAME]


def test_name_with_whole_names_beside_a_first_name_is_the_full_name() -> None:
    assert types_of(["Vorname", "Name"], ["Anna", "Anna Müller"]) == [T.IGNORE, T.CUSTOMER_FULL_NAME]


def test_a_full_name_gives_way_to_its_parts() -> None:
    found = types_of(["Customer name", "First name", "Last name"])
    assert found == [T.IGNORE, T.CUSTOMER_FIRST_NAME, T.CUSTOMER_LAST_NAME]


def test_a_last_name_alone_gives_way_to_the_full_name() -> None:
    assert types_of(["Customer name", "Last name"]) == [T.CUSTOMER_FULL_NAME, T.IGNORE]


def test_name_with_order_numbers_is_the_order_even_in_an_unknown_file() -> None:
    rows = [[f"#100{number}", "a@b.dk", "1", "VIP"] for number in range(4)]
    found = types_of(["Name", "Email", "Qty", "Product"], *rows)
    assert found == [T.ORDER_ID, T.CUSTOMER_EMAIL, T.QUANTITY, T.PRODUCT_CODE]


def test_the_buyer_comes_before_the_attendee() -> None:
    header = ["Attendee name", "Attendee email", "Buyer name", "Buyer email"]
    guesses = guess_columns(header, [])
    assert [guess.column_type for guess in guesses] == [
        T.PURCHASE_METADATA,
        T.PURCHASE_METADATA,
        T.CUSTOMER_FULL_NAME,
        T.CUSTOMER_EMAIL,
    ]
    assert [guess.metadata_key for guess in guesses] == ["attendee_name", "attendee_email", None, None]
    assert types_of(["Attendee name", "Attendee email"]) == [T.CUSTOMER_FULL_NAME, T.CUSTOMER_EMAIL]


def test_of_equal_columns_the_filled_one_wins() -> None:
    rows = [["", "a@b.dk", "c@b.dk"], ["", "a@c.dk", ""]]
    assert types_of(["Email", "E-mail", "email"], *rows) == [T.IGNORE, T.CUSTOMER_EMAIL, T.IGNORE]


def test_of_equal_columns_the_first_one_wins() -> None:
    assert types_of(["Email", "E-mail"]) == [T.CUSTOMER_EMAIL, T.IGNORE]


def test_values_contradict_a_heading() -> None:
    guess = only(["Email"], ["yes"], ["no"], ["yes"], ["no"])
    assert guess.column_type is T.IGNORE


def test_values_that_partly_fit_lower_the_confidence_and_are_counted() -> None:
    sure = only(["Email"], *[["a@b.dk"]] * 10)
    unsure = only(["Email"], *[["a@b.dk"]] * 6, *[["?"]] * 4)
    assert sure.confidence > unsure.confidence > 0.5
    assert sure.reason.endswith("10 of 10 values are e-mail addresses")
    assert unsure.reason.endswith("6 of 10 values are e-mail addresses")


def test_an_empty_column_is_ignored() -> None:
    guess = only(["Discount code"], [""], [" "])
    assert (guess.column_type, guess.reason) == (T.IGNORE, "empty in every sample")


@pytest.mark.parametrize(
    ("cells", "column_type"),
    [
        (["a@b.dk", "b@b.dk", "c@b.dk"], T.CUSTOMER_EMAIL),
        (["+45 20 12 34 56", "20123456", "20 12 34 57"], T.CUSTOMER_PHONE),
        (["95,00 kr.", "€ 12", "1.234,50"], T.UNIT_PRICE),
        (["#1001", "#1002", "#1003"], T.ORDER_ID),
        (["A17", "A17", "B2", "C9"], T.ORDER_ID),
        (["VIP-1", "DAY-2", "VIP-1"], T.PRODUCT_CODE),
        (["Anna Holm", "Bo Juul Jensen", "Cy Ørsted"], T.CUSTOMER_FULL_NAME),
        (["1", "2", "1", "4"], T.QUANTITY),
        (["1", "2", "3", "4"], T.IGNORE),  # rows counted
        (["A17", "B2", "A17", "C9"], T.IGNORE),  # not next to each other
        (["A17", "A17", "B2", "A17", "C9"], T.IGNORE),
        (["2024-01-01", "2024-01-01", "2024-01-02", "2024-01-03"], T.IGNORE),
        (["shop@b.dk", "shop@b.dk", "shop@b.dk", "shop@b.dk"], T.IGNORE),  # the shop's own
        (["yes", "no", "yes"], T.IGNORE),
        (["a@b.dk"], T.IGNORE),  # one value proves nothing
    ],
)
def test_values_speak_where_the_heading_says_nothing(cells: list[str], column_type: T) -> None:
    guess = only(["Column 1"], *[[cell] for cell in cells])
    assert guess.column_type is column_type
    assert column_type is T.IGNORE or guess.confidence < 0.85


@pytest.mark.parametrize("heading", ["Organizer email", "Order date", "Total", "Seller phone", "Table age"])
def test_values_do_not_overrule_a_heading_that_says_something_else(heading: str) -> None:
    rows = [["a@b.dk"], ["b@b.dk"], ["c@b.dk"]]
    assert only([heading], *rows).column_type is T.IGNORE


def test_a_sparse_code_gives_way_to_the_name() -> None:
    rows = [["VIP-1", "VIP"], ["", "Day"], ["", "Day"]]
    assert types_of(["SKU", "Product"], *rows) == [T.IGNORE, T.PRODUCT_CODE]
    assert types_of(["SKU", "Product"], ["VIP-1", "VIP"], ["", ""]) == [T.PRODUCT_CODE, T.PRODUCT_NAME]


def test_why_a_name_serves_as_code_is_said() -> None:
    assert "which Preo requires" in only(["Ticket type"]).reason


def test_keys_of_metadata_are_unique() -> None:
    keys = [guess.metadata_key for guess in guess_columns(["Note", "Comment", "Notes"], [])]
    assert keys == ["note", "note_2", "note_3"]


def test_short_and_long_rows_do_no_harm() -> None:
    assert types_of(["Email", "Qty"], [], ["a@b.dk"], ["b@b.dk", "2", "more"]) == [T.CUSTOMER_EMAIL, T.QUANTITY]


def test_no_columns_no_guesses() -> None:
    assert guess_columns([], [["x"]]) == []


@given(TABLES)
def test_what_always_holds(table: tuple[list[str], list[list[str]]]) -> None:
    header, rows = table
    guesses = guess_columns(header, rows)
    assert [guess.column for guess in guesses] == header
    single = [guess.column_type for guess in guesses if guess.column_type not in REPEATABLE_COLUMN_TYPES]
    assert len(single) == len(set(single))
    keys = [guess.metadata_key for guess in guesses if guess.metadata_key is not None]
    assert len(keys) == len(set(keys))
    for guess in guesses:
        assert 0 <= guess.confidence <= 1
        assert guess.reason
        assert (guess.column_type in METADATA_COLUMN_TYPES) == bool(guess.metadata_key)
    assert T.PRODUCT_NAME not in single or T.PRODUCT_CODE in single
    assert guess_columns(tuple(header), [tuple(row) for row in rows]) == guesses


@given(TABLES)
def test_reasons_hold_no_customer_data(table: tuple[list[str], list[list[str]]]) -> None:
    header, rows = table
    for guess in guess_columns(header, rows):
        assert "@" not in guess.reason
        assert "Anna" not in guess.reason
