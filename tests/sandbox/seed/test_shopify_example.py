"""What `examples/shopify-orders.csv` promises: a genuine Shopify export that fits the upcoming edition of the seed."""

import csv
from itertools import groupby
from pathlib import Path

import phonenumbers
import pytest

from preo_mcp.sandbox.store import Store

EXAMPLE = Path(__file__).parents[3] / "examples" / "shopify-orders.csv"
EDITION = "edt_nordlys27"

ADDRESS = ("Name", "Street", "Address1", "Address2", "Company", "City", "Zip", "Province", "Country", "Phone")
HEADINGS = [
    *("Name", "Email", "Financial Status", "Paid at", "Fulfillment Status", "Fulfilled at", "Accepts Marketing"),
    *("Currency", "Subtotal", "Shipping", "Taxes", "Total", "Discount Code", "Discount Amount", "Shipping Method"),
    *("Created at", "Lineitem quantity", "Lineitem name", "Lineitem price", "Lineitem compare at price"),
    *("Lineitem sku", "Lineitem requires shipping", "Lineitem taxable", "Lineitem fulfillment status"),
    *(f"{kind} {part}" for kind in ("Billing", "Shipping") for part in ADDRESS),
    *("Notes", "Note Attributes", "Cancelled at", "Payment Method", "Payment Reference", "Refunded Amount", "Vendor"),
    *("Outstanding Balance", "Employee", "Location", "Device ID", "Id", "Tags", "Risk Level", "Source"),
    "Lineitem discount",
    *(f"Tax {number} {part}" for number in range(1, 6) for part in ("Name", "Value")),
    *("Phone", "Receipt Number", "Duties", "Billing Province Name", "Shipping Province Name", "Payment ID"),
    *("Payment Terms Name", "Next Payment Due At", "Payment References"),
]
ON_EVERY_ROW = {"Name", "Email", "Created at", "Vendor"}
"""Cells that Shopify repeats on each of an order's rows, beside those of the line item."""

Row = dict[str, str]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    with EXAMPLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_encoding_and_headings(rows: list[Row]) -> None:
    content = EXAMPLE.read_bytes()
    assert not content.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in content
    assert list(rows[0]) == HEADINGS
    assert set("æøåÆØÅ") & set(content.decode()) >= set("æøåÅ")


def test_orders_and_their_line_items(rows: list[Row]) -> None:
    orders = [list(lines) for _, lines in groupby(rows, lambda row: row["Name"])]
    assert (len(orders), len(rows)) == (24, 40)
    assert len({lines[0]["Name"] for lines in orders}) == len(orders)
    assert len({lines[0]["Id"] for lines in orders}) == len(orders)
    assert len({lines[0]["Email"].casefold() for lines in orders}) == len(orders)
    for first, *others in orders:
        assert first["Billing Name"]
        for row in others:
            filled = {name for name, cell in row.items() if cell}
            assert {name for name in filled if not name.startswith("Lineitem ")} == ON_EVERY_ROW
            assert all(row[name] == first[name] for name in ON_EVERY_ROW)


def test_totals_add_up(rows: list[Row]) -> None:
    for _, group in groupby(rows, lambda row: row["Name"]):
        lines = list(group)
        sold = sum(int(row["Lineitem quantity"]) * float(row["Lineitem price"]) for row in lines)
        first = lines[0]
        assert float(first["Subtotal"]) == sold - float(first["Discount Amount"])
        assert float(first["Total"]) == float(first["Subtotal"]) + float(first["Shipping"])
        assert float(first["Taxes"]) == pytest.approx(float(first["Total"]) / 5, abs=0.01)


def test_one_product_is_unknown(rows: list[Row], seeded: Store) -> None:
    known = {code for (code,) in seeded.db.execute("SELECT code FROM product_codes WHERE edition_id = ?", (EDITION,))}
    assert {row["Lineitem sku"] for row in rows if row["Lineitem sku"].casefold() not in known} == {"NF-POSTER-A2"}


def test_prices_are_those_of_the_edition(rows: list[Row], seeded: Store) -> None:
    prices = dict(
        seeded.db.execute(
            "SELECT c.code, coalesce((SELECT json_extract(v.value, '$.price') FROM json_each(p.doc, '$.variants') AS v"
            " WHERE json_extract(v.value, '$.api_id') = c.variant_id), json_extract(p.doc, '$.price'))"
            " FROM product_codes AS c JOIN products AS p ON p.id = c.product_id WHERE c.edition_id = ?",
            (EDITION,),
        ).fetchall()
    )
    for row in rows:
        sku = row["Lineitem sku"].casefold()
        assert sku not in prices or prices[sku] == round(100 * float(row["Lineitem price"]))


def test_two_phone_numbers_are_bad(rows: list[Row]) -> None:
    bad = [row["Name"] for row in rows if row["Billing Phone"] and not is_valid(row["Billing Phone"])]
    assert bad == ["#2009", "#2017"]
    assert all(row["Shipping Phone"] in {"", row["Billing Phone"]} for row in rows)


def is_valid(number: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, "DK"))
    except phonenumbers.NumberParseException:
        return False


@pytest.mark.parametrize("email_is", ["soeren.kjaergaard@example.com", "maja.oestergaard@example.com"])
def test_known_customers(rows: list[Row], email_is: str) -> None:
    assert email_is in {row["Email"].casefold() for row in rows}


def test_everything_else_is_new(rows: list[Row], seeded: Store) -> None:
    emails = {email for (email,) in seeded.db.execute("SELECT email FROM customers")}
    assert len({row["Email"].casefold() for row in rows} & emails) == 2
    external = seeded.db.execute("SELECT external_id FROM orders WHERE edition_id = ?", (EDITION,))
    assert not {external_id for (external_id,) in external} & {row["Name"] for row in rows}
