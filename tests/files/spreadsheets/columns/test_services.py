"""The genuine headings of eight services."""

import pytest

from preo_mcp.api.models.data_imports import ColumnType
from preo_mcp.files.exports.roles import Role
from preo_mcp.files.spreadsheets.columns import guess_columns, recognised_service
from preo_mcp.files.spreadsheets.columns.headings import heading_key
from preo_mcp.files.spreadsheets.columns.services import NAMES, SIGNATURES, meanings_in, roles_in, states_in
from tests.files.exports.invented_orders import layouts
from tests.files.spreadsheets.columns.service_headers import EXPORTS, SHOPIFY, Export

ALL = pytest.mark.parametrize("export", EXPORTS.values(), ids=EXPORTS)


@ALL
def test_every_column_of_an_export_is_right(export: Export) -> None:
    found = {
        guess.column: (guess.column_type, guess.metadata_key) if guess.metadata_key else guess.column_type
        for guess in guess_columns(export.header, [])
        if guess.column_type is not ColumnType.IGNORE
    }
    assert found == export.answer


@ALL
def test_the_service_is_recognised_in_any_order_and_case(export: Export) -> None:
    assert recognised_service(export.header) == export.service
    assert recognised_service([heading.upper() for heading in reversed(export.header)]) == export.service


@ALL
def test_the_reason_names_the_service(export: Export) -> None:
    reasons = {guess.column: guess.reason for guess in guess_columns(export.header, [])}
    named = [column for column in export.answer if NAMES[export.service] in reasons[column]]
    assert export.service == "billetto" or len(named) >= len(export.answer) / 2


def test_every_service_is_among_the_exports() -> None:
    with_layouts = {layout["service"].lower().replace(" ", "") for layout in layouts().values()}
    assert {export.service for export in EXPORTS.values()} | with_layouts >= NAMES.keys()
    assert {service for service, _ in SIGNATURES} == NAMES.keys()


@pytest.mark.parametrize("service", NAMES)
def test_what_a_service_says_can_be_used(service: str) -> None:
    assert {role for role, _ in roles_in(service).values()} <= set(Role)
    assert set(states_in(service).values()) <= {"sold", "part", "open", "gone"}
    assert all(words == heading_key(words) for _, one in SIGNATURES for words in one.split())
    assert meanings_in(service, "Nothing that a service says") == []


@pytest.mark.parametrize(
    "header",
    [
        [],
        [""],
        ["Name", "Email"],
        ["Order ID", "Email", "Quantity", "SKU"],
        ["Fornavn", "Efternavn", "Email", "Billettype", "Antal"],
        ["id", "Amount", "Customer Email"],
        ["Order Number", "Stripe Fee", "Email"],
    ],
)
def test_an_ordinary_header_is_no_service(header: list[str]) -> None:
    assert recognised_service(header) is None


@pytest.mark.parametrize(
    ("heading", "service"), [("Eventbrite Fees", "eventbrite"), ("Pretix order", "pretix"), ("Billetto ID", "billetto")]
)
def test_a_service_that_names_itself_is_recognised(heading: str, service: str) -> None:
    assert recognised_service(["Email", heading]) == service


@pytest.mark.parametrize(
    ("filled", "winner"),
    [
        ({"Billing Phone", "Phone", "Shipping Phone"}, "Billing Phone"),
        ({"Phone", "Shipping Phone"}, "Phone"),
        ({"Shipping Phone"}, "Shipping Phone"),
        (set[str](), None),
    ],
)
def test_the_phone_column_with_numbers_wins(filled: set[str], winner: str | None) -> None:
    rows = [["+45 20 12 34 56" if heading in filled else "" for heading in SHOPIFY.header]] * 4
    phones = [g.column for g in guess_columns(SHOPIFY.header, rows) if g.column_type is ColumnType.CUSTOMER_PHONE]
    assert phones == ([winner] if winner else [])


def test_the_fuller_of_two_columns_with_numbers_wins() -> None:
    header = ["Name", "Email", "Lineitem name", "Lineitem quantity", "Billing Phone", "Phone"]
    rows = [["#1", "a@b.dk", "VIP", "1", "20123456" if number == 0 else "", "20123456"] for number in range(4)]
    found = {guess.column: guess.column_type for guess in guess_columns(header, rows)}
    assert (found["Billing Phone"], found["Phone"]) == (ColumnType.IGNORE, ColumnType.CUSTOMER_PHONE)


def test_the_buyer_of_pretix_comes_before_the_parts_of_the_attendees_name() -> None:
    header = [
        "Order code",
        "Position ID",
        "Attendee name: Given name",
        "Attendee name: Family name",
        "Invoice address name",
    ]
    with_buyer = [["A1", "1", "Anna", "Holm", "Bo Holm"]] * 4
    without = [["A1", "1", "Anna", "Holm", ""]] * 4
    names = [guess.column_type for guess in guess_columns(header, with_buyer)[2:]]
    assert names == [ColumnType.IGNORE, ColumnType.IGNORE, ColumnType.CUSTOMER_FULL_NAME]
    names = [guess.column_type for guess in guess_columns(header, without)[2:]]
    assert names == [ColumnType.CUSTOMER_FIRST_NAME, ColumnType.CUSTOMER_LAST_NAME, ColumnType.IGNORE]


def test_shopify_without_codes_takes_the_name_for_the_code() -> None:
    rows = [["" if heading == "Lineitem sku" else "x" for heading in SHOPIFY.header]] * 4
    found = {guess.column: guess.column_type for guess in guess_columns(SHOPIFY.header, rows)}
    assert found["Lineitem name"] is ColumnType.PRODUCT_CODE
    assert found["Lineitem sku"] is ColumnType.IGNORE
    assert ColumnType.PRODUCT_NAME not in found.values()
