"""What stands below a heading says more than the heading: addresses, numbers, ratings, pieces and what a row costs."""

from pathlib import Path

import pytest

from preo_mcp.files.exports import Settlement, understand
from tests.files.exports.plain_reading import EUROS, written

PEOPLE = ("ann", "bo", "cleo", "dan", "eve", "finn", "gro", "hugo", "ida", "jon", "kim", "lea")


def settled(folder: Path, columns: dict[str, list[str]], *answers: str) -> Settlement:
    """Settle a file of these columns, in which everything else is plain."""
    rows = len(PEOPLE)
    plain = {
        "Order number": [str(1001 + place) for place in range(rows)],
        "Email": [f"{name}@example.org" for name in PEOPLE],
        "Product": ["Adult", "Child"] * (rows // 2),
        "Quantity": ["1", "2"] * (rows // 2),
        "Unit price": ["45.00", "15.00"] * (rows // 2),
    }
    replaced = {"Email", "Order number", "Product", "Quantity", "Unit price"} & set(columns)
    table = {heading: cells for heading, cells in (plain | columns).items() if cells}
    assert replaced == {heading for heading in plain if heading in columns}
    lines = [";".join(table), *(";".join(cells[place] for cells in table.values()) for place in range(rows))]
    path = folder / "export.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return understand(path, EUROS, workdir=folder).settle(answers)


def uses(settlement: Settlement) -> dict[str, tuple[str, ...]]:
    return {one.heading: one.used_for for one in settlement.columns if one.used_for}


def asked(settlement: Settlement) -> list[str]:
    return [one.key for one in settlement.open]


@pytest.mark.parametrize(
    "heading",
    ["Adresse e-mail", "From Email Address", "Contact", "Kunde", "Wer?", "Notes", "Login", "Address", "Rekvirent"],
)
def test_a_column_of_addresses_is_the_email_whatever_it_is_called(tmp_path: Path, heading: str) -> None:
    found = settled(tmp_path, {"Email": [], heading: [f"{name}@example.org" for name in PEOPLE]})
    assert uses(found)[heading] == ("customer_email",)
    assert not found.open


@pytest.mark.parametrize("heading", ["Shop's id", "Kundenr.", "Reference", "Ticket secret", "External", "Data", "SE"])
@pytest.mark.parametrize(
    "pattern",
    ["4827100{:02}", "20250503{:02}", "2025-05-03T10:15:{:02}.000Z", "2025-05-03T10:15:{:02}+02:00[Europe/Zurich]"],
    ids=["nine digits", "ten digits", "a moment", "a moment of a zone"],
)
def test_neither_ids_nor_moments_are_phones(tmp_path: Path, heading: str, pattern: str) -> None:
    found = settled(tmp_path, {heading: [pattern.format(place) for place in range(len(PEOPLE))]})
    assert "customer_phone" not in uses(found).get(heading, ())
    assert not found.open


@pytest.mark.parametrize("heading", ["Rating", "Score", "Stars", "Bewertung", "Age", "Alder", "Table", "Row"])
def test_small_numbers_of_something_else_are_no_pieces(tmp_path: Path, heading: str) -> None:
    found = settled(tmp_path, {"Quantity": [], heading: ["3", "4", "5"] * 4})
    assert "quantity" not in uses(found).get(heading, ())
    assert asked(found) == ["quantity"]
    assert found.announced.pieces == len(PEOPLE)


@pytest.mark.parametrize("heading", ["Title", "Item", "Description", "Code", "Ticket", "Reference"])
def test_what_differs_in_every_row_is_no_product(tmp_path: Path, heading: str) -> None:
    found = settled(tmp_path, {"Product": [], heading: [f"TK-{place:05}" for place in range(len(PEOPLE))]})
    assert not {"product_name", "product_code"} & set(uses(found).get(heading, ()))
    assert asked(found) == ["product"]


@pytest.mark.parametrize("heading", ["eBay Order Number", "Shopify order id", "Our order no.", "Web order ref"])
def test_an_order_number_with_one_word_more(tmp_path: Path, heading: str) -> None:
    numbers = [f"14-{1001 + place // 2}" for place in range(len(PEOPLE))]
    same = [f"{PEOPLE[place // 2]}@example.org" for place in range(len(PEOPLE))]
    found = settled(tmp_path, {"Order number": [], heading: numbers, "Email": same})
    assert uses(found)[heading] == ("order_id",)
    assert written(found).orders == len(PEOPLE) // 2


@pytest.mark.parametrize(
    "heading",
    ["Stykpris inkl. gebyr", "Unit price incl. VAT", "Prix unitaire TTC", "Stückpreis inkl. MwSt.", "Pris ink moms"],
)
@pytest.mark.parametrize("beside", [True, False])
def test_what_is_in_a_price_does_not_hide_it(tmp_path: Path, heading: str, beside: bool) -> None:
    columns = {"Unit price": [], heading: ["45.00", "15.00"] * 6}
    more = {"Stykpris ekskl. gebyr": ["40.00", "10.00"] * 6} if beside else {}
    found = settled(tmp_path, columns | more)
    assert uses(found)[heading] == ("unit_price",)
    assert "Stykpris ekskl. gebyr" not in uses(found)
    assert not found.open
    assert written(found).sums == {"EUR": 6 * 4500 + 6 * 2 * 1500}


def test_headings_that_say_what_they_are_are_not_asked_about(tmp_path: Path) -> None:
    columns = {
        "Name": [f"{name.title()} Berg" for name in PEOPLE],
        "Phone": [f"+4477009001{place:02}" for place in range(len(PEOPLE))],
        "City": ["Ribe", "Lund"] * 6,
        "Zip": [f"{8000 + place}" for place in range(len(PEOPLE))],
        "Comment": ["", "Late"] * 6,
        "Rating": ["5"] * 12,
        "Order date": [f"2025-05-{place + 1:02}" for place in range(len(PEOPLE))],
    }
    found = settled(tmp_path, columns)
    assert not found.open
    assert {heading for heading, used in uses(found).items() if not used[0].startswith("metadata")} == {
        "Order number", "Email", "Product", "Quantity", "Unit price", "Name", "Phone",
    }  # fmt: skip


@pytest.mark.parametrize("heading", ["Spaces", "Pax", "Kuverter", "N"])
def test_pieces_are_what_the_price_is_multiplied_by(tmp_path: Path, heading: str) -> None:
    pieces, prices = ["1", "2", "3"] * 4, ["45.00", "15.00"] * 6
    lines = [f"{int(one) * float(price):.2f}" for one, price in zip(pieces, prices, strict=True)]
    found = settled(tmp_path, {"Quantity": [], heading: pieces, "Line total": lines})
    assert uses(found)[heading] == ("quantity",)
    assert not found.open
    assert (written(found).pieces, found.announced.pieces) == (24, 24)


def test_one_price_with_another_total_asks_how_many_pieces(tmp_path: Path) -> None:
    lines = [f"{(place % 3 + 1) * 15:.2f}" for place in range(len(PEOPLE))]
    found = settled(tmp_path, {"Quantity": [], "Unit price": ["15.00"] * 12, "Line total": lines})
    assert "quantity" in asked(found)


def test_what_adds_up_to_each_orders_total_is_what_a_row_costs(tmp_path: Path) -> None:
    numbers = [str(1001 + place // 3) for place in range(len(PEOPLE))]
    columns = {
        "Order number": numbers,
        "Email": [f"{PEOPLE[place // 3]}@example.org" for place in range(len(PEOPLE))],
        "Quantity": ["1"] * 12,
        "Unit price": [],
        "Registration's share": ["45.00", "15.00", "20.00"] * 4,
        "Weight": ["1.50", "2.50", "3.50"] * 4,
        "Amount paid": ["80.00", "", ""] * 4,
    }
    found = settled(tmp_path, columns)
    assert uses(found)["Registration's share"] == ("line_total",)
    assert "Weight" not in uses(found)
    assert not found.open
    assert written(found).sums == {"EUR": 4 * 8000}


def test_two_columns_that_could_be_it_are_neither(tmp_path: Path) -> None:
    pieces, prices = ["1", "2", "3"] * 4, ["45.00", "15.00"] * 6
    lines = [f"{int(one) * float(price):.2f}" for one, price in zip(pieces, prices, strict=True)]
    found = settled(tmp_path, {"Quantity": [], "Pax": pieces, "Kuverter": pieces, "Line total": lines})
    assert not {"Pax", "Kuverter"} & set(uses(found))
    assert asked(found) == ["quantity"]


NUMBERS = [str(1001 + place // 3) for place in range(len(PEOPLE))]
BUYERS = [f"{PEOPLE[place // 3]}@example.org" for place in range(len(PEOPLE))]
THREE = ["Adult", "Child", "Camping"] * 4


def of_orders(**more: list[str]) -> dict[str, list[str]]:
    plain = {"Order number": NUMBERS, "Email": BUYERS, "Product": THREE, "Quantity": ["1"] * 12, "Unit price": []}
    return plain | {heading.replace("_", " "): cells for heading, cells in more.items()}


def test_a_price_that_rows_add_up_to_is_the_orders_total(tmp_path: Path) -> None:
    prices = [amount for order in range(4) for amount in (f"{45 + order}.00", "15.00", "20.00")]
    totals = [f"{80 + place // 3}.00" for place in range(len(PEOPLE))]
    found = settled(tmp_path, of_orders(Price=totals, Cost_of_the_row=prices))
    assert (uses(found)["Price"], uses(found)["Cost of the row"]) == (("total",), ("line_total",))
    assert not found.open
    assert written(found).sums == {"EUR": 4 * 8000 + 600}


def test_a_price_that_is_the_same_for_all_products_of_an_order_may_be_its_total(tmp_path: Path) -> None:
    totals = [f"{80 + place // 3}.00" for place in range(len(PEOPLE))]
    found = settled(tmp_path, of_orders(Price=totals))
    assert asked(found) == ["price"]
    assert written(settled(tmp_path, of_orders(Price=totals), "price: once")).sums == {"EUR": 4 * 8000 + 600}
    told = settled(tmp_path, of_orders(Price=totals), "columns.Price: unit_price")
    assert not told.open
    assert written(told).sums == {"EUR": 3 * (4 * 8000 + 600)}


def test_one_price_for_everything_is_a_price(tmp_path: Path) -> None:
    found = settled(tmp_path, of_orders(Price=["20.00"] * 12))
    assert uses(found)["Price"] == ("unit_price",)
    assert not found.open


def test_what_looks_like_names_is_none_beside_a_heading_that_says_so(tmp_path: Path) -> None:
    names = [f"{name.title()} Berg" for name in PEOPLE]
    found = settled(tmp_path, {"First Name": names, "Spoken to": [f"{name} Marsh" for name in reversed(PEOPLE)]})
    assert uses(found)["First Name"] == ("customer_full_name",)
    assert "Spoken to" not in uses(found)


@pytest.mark.parametrize(
    ("word", "out"),
    [
        ("Komplett bezahlt", False),
        ("Payment received", False),
        ("PAYMENT_RECEIVED", False),
        ("Pagata", False),
        ("Not Checked In", False),
        ("Fully refunded", True),
        ("AWAITING_OFFLINE_PAYMENT", True),
        ("To be paid", True),
        ("Anulowany", True),
        ("Wiedergutschrift", True),
    ],
)
def test_a_state_is_known_in_other_endings_and_with_more_words(tmp_path: Path, word: str, out: bool) -> None:
    found = settled(tmp_path, {"Status": ["Paid"] * 11 + [word]})
    assert asked(found) == (["states"] if out else [])
    assert found.announced.orders == (11 if out else 12)


@pytest.mark.parametrize(
    "word", ["Not paid", "Refund requested, paid", "Partially shipped and refunded", "Waiting refund"]
)
def test_a_state_of_several_kinds_of_words_is_asked_about(tmp_path: Path, word: str) -> None:
    found = settled(tmp_path, {"Status": ["Paid"] * 11 + [word]})
    assert asked(found) == ["states"]
