"""Each of the cases comes in as its README says, or asks."""

from pathlib import Path

import pytest

from preo_mcp.api.errors import ConflictError
from preo_mcp.files.exports import Decision, Edition, Probed, Product, Settlement, Status
from tests.files.exports.plain_reading import as_recommended, understood, written


def decision(settlement: Settlement, key: str) -> Decision:
    return next(one for one in settlement.decisions if one.key == key)


def open_keys(settlement: Settlement) -> list[str]:
    return [one.key for one in settlement.open]


def test_refunded_and_cancelled_are_counted_and_asked_about(tmp_path: Path) -> None:
    found = understood("01-shopify.csv", tmp_path)
    settlement = found.settle()
    assert open_keys(settlement) == ["states", "refunds"]
    states = decision(settlement, "states")
    assert "refunded 1, voided 1, pending 1" in states.about
    change = states.options[0].change
    assert states.recommended == states.options[0].name == "leave_out"
    assert change is not None
    assert (change.orders, change.pieces, change.sums) == (-3, -3, {"EUR": -9000})
    back = written(as_recommended(found))
    assert back.tickets() == [("#9001", "DAY", 2, "30.00"), ("#9005", "DAY", 1, "30.00")]
    with pytest.raises(ConflictError, match="not settled: states, refunds"):
        settlement.write(tmp_path / "plain.csv")


def test_single_states_can_be_taken(tmp_path: Path) -> None:
    found = understood("01-shopify.csv", tmp_path)
    back = written(as_recommended(found, "states.pending: take"))
    assert [row["order_id"] for row in back.rows] == ["#9001", "#9004", "#9005"]


def test_net_prices_are_proven_by_totals(tmp_path: Path) -> None:
    settlement = as_recommended(understood("02-woo.csv", tmp_path))
    assert decision(settlement, "price").status is Status.TOLD
    back = written(settlement)
    assert (back.pieces, back.sums) == (3, {"EUR": 9000})
    assert {row["unit_price"] for row in back.rows} == {"30.00"}


def test_rows_without_code_fall_back_to_their_name(tmp_path: Path) -> None:
    found = understood("03-small.csv", tmp_path)
    assert open_keys(found.settle()) == ["code"]
    back = written(as_recommended(found))
    assert back.tickets()[-1] == ("#1003", "Camping", 4, "10.00")
    assert written(found.settle(["code: leave_out"])).orders == 2
    assert {row["product_code"] for row in written(found.settle(["code: name_throughout"])).rows} == {
        "Day ticket",
        "Camping",
    }


def test_one_row_is_one_ticket(tmp_path: Path) -> None:
    found = understood("04-tito.csv", tmp_path)
    settlement = found.settle()
    assert decision(settlement, "quantity").status is Status.TOLD
    assert open_keys(settlement) == ["people"]
    back = written(found.settle(["people: buyer"]))
    assert [(row["customer_email"], row["attendee_email"]) for row in back.rows] == [
        ("cy@example.org", "ann@example.org"),
        ("cy@example.org", "bo@example.org"),
        ("di@example.org", "di@example.org"),
    ]
    assert {row["customer_full_name"] for row in back.rows} == {"Cy Boss", "Di East"}
    apart = written(found.settle(["people: attendee"]))
    assert [(row["customer_email"], row["customer_first_name"]) for row in apart.rows][:2] == [
        ("ann@example.org", "Ann"),
        ("bo@example.org", "Bo"),
    ]


def test_other_people_of_an_order_are_a_choice(tmp_path: Path) -> None:
    found = understood("05-eventbrite-attendees.csv", tmp_path)
    people = decision(found.settle(), "people")
    assert people.status is Status.OPEN
    assert "2 orders have tickets for 4 addresses" in people.about
    assert written(found.settle(["people: attendee"])).orders == 4
    assert written(found.settle(["people: buyer"])).orders == 2


def test_an_order_number_with_one_word_more(tmp_path: Path) -> None:
    settlement = understood("06-numbers.csv", tmp_path).settle()
    assert not settlement.open
    assert written(settlement).orders == 2


def test_numbers_of_another_shop(tmp_path: Path) -> None:
    found = understood("07-second-shop.csv", tmp_path)
    assert found.samples.orders == ("#1001", "#1002")
    assert found.samples.customers == ("x@example.com", "y@example.com")
    assert not found.settle(probed=Probed(2, 0, 2, 0)).open
    assert not found.settle(probed=Probed(2, 2, 2, 2)).open
    settlement = found.settle(probed=Probed(2, 2, 2, 0))
    prefix = decision(settlement, "prefix")
    assert prefix.status is Status.OPEN
    assert "2 of 2 order numbers exist in Preo, 0 of 2 of their customers do" in prefix.about
    back = written(found.settle(["prefix: TS-"], Probed(2, 2, 2, 0)))
    assert [row["order_id"] for row in back.rows] == ["TS-#1001", "TS-#1002"]
    assert [row["order_id"] for row in written(found.settle(["prefix: none"])).rows] == ["#1001", "#1002"]


def test_discounts_and_currencies(tmp_path: Path) -> None:
    found = understood("08-shopify.csv", tmp_path)
    settlement = found.settle()
    assert open_keys(settlement) == ["currency"]
    assert "30.00 USD" in decision(settlement, "currency").about
    assert [str(step.figures) for step in settlement.reconciliation if step.what == "the file's own totals"] == [
        "0 orders, 0 pieces, 45.00 EUR + 30.00 USD"
    ]
    back = written(as_recommended(found))
    assert back.tickets() == [("#9101", "DAY", 1, "0.00"), ("#9102", "DAY", 2, "22.50")]
    assert written(found.settle(["currency: take"])).sums == {"EUR": 7500}
    assert written(found.settle(["currency: leave_out", "price: listed"])).sums == {"EUR": 9000}


def test_phones_with_the_country_beside_them(tmp_path: Path) -> None:
    found = understood("09-belgian.csv", tmp_path)
    settlement = found.settle()
    assert not settlement.open
    assert "BE 1, NL 1" in decision(settlement, "phones").about
    phones = [row["customer_phone"] for row in written(settlement).rows]
    assert phones == ["+32470123456", "+32470123457", "+31612345678"]
    german = [row["customer_phone"] for row in written(found.settle(["phones: edition"])).rows]
    assert german[0].startswith("+49")


def test_a_column_of_addresses_whatever_its_heading(tmp_path: Path) -> None:
    settlement = understood("10-paypal.csv", tmp_path).settle()
    assert not settlement.open
    back = written(settlement)
    assert [row["customer_email"] for row in back.rows] == [f"a{number}@example.org" for number in range(1, 6)]
    assert back.sums == {"EUR": 15000}


def test_refunds_in_rows_of_their_own(tmp_path: Path) -> None:
    settlement = understood("10b-paypal-refund.csv", tmp_path).settle()
    assert not settlement.open
    assert written(settlement).tickets() == [("TX2", "Day ticket", 1, "30.00")]
    assert written(understood("10b-paypal-refund.csv", tmp_path).settle(["refunds: take"])).sums == {"EUR": 9000}


def test_norwegian(tmp_path: Path) -> None:
    back = written(understood("11-norwegian.csv", tmp_path, Edition("NOK", "+47")).settle(), "NOK")
    assert (back.orders, back.pieces, back.sums) == (6, 12, {"NOK": 420000})
    assert back.rows[0]["customer_first_name"] == "Kari"
    assert back.rows[0]["customer_phone"] == "+4741234560"


def test_a_listing_is_no_phone(tmp_path: Path) -> None:
    settlement = understood("12-etsy.csv", tmp_path).settle()
    assert not settlement.open
    assert "Listing ID" in {column.heading for column in settlement.left_out}
    back = written(settlement)
    assert (back.orders, back.sums) == (6, {"EUR": 2100})
    assert not any(row["customer_phone"] for row in back.rows)


def test_a_currency_without_decimals(tmp_path: Path) -> None:
    back = written(understood("13-orders.csv", tmp_path, Edition("ISK", "+354")).settle(), "ISK")
    assert back.tickets() == [("X1", "Adult", 2, "5800")]


def test_an_ambiguous_price_is_asked_about(tmp_path: Path) -> None:
    found = understood("14-semicolon.csv", tmp_path)
    assert open_keys(found.settle()) == ["decimals"]
    assert written(found.settle(["decimals: decimals"])).sums == {"EUR": 827 + 1235}
    assert written(found.settle(["decimals: thousands"])).sums == {"EUR": 826500 + 1234500}
    kuwait = understood("14-semicolon.csv", tmp_path, Edition("KWD", "+965")).settle()
    assert not kuwait.open
    assert written(kuwait, "KWD").sums == {"KWD": 8265 + 12345}
    iceland = understood("14-semicolon.csv", tmp_path, Edition("ISK", "+354")).settle()
    assert not iceland.open
    assert written(iceland, "ISK").sums == {"ISK": 8265 + 12345}


def test_all_products_of_an_order_in_one_cell(tmp_path: Path) -> None:
    found = understood("15-one-row-export.csv", tmp_path)
    assert open_keys(found.settle()) == ["states"]
    assert written(as_recommended(found)).tickets() == [("901", "DAY", 2, "30.00"), ("901", "CAMP", 1, "10.00")]


def test_products_as_columns(tmp_path: Path) -> None:
    found = understood("16-products-as-columns.csv", tmp_path)
    assert open_keys(found.settle()) == ["layout", "price"]
    back = written(found.settle(["layout: split", "price: none"]))
    assert back.tickets()[:2] == [("1", "Adult", 2, ""), ("1", "Child", 1, "")]
    assert back.pieces == back.unpriced == 7
    prices = {"Adult": 3000, "Child": 1000, "Parking": 500}
    sold = Edition("EUR", "+49", tuple(Product(name, name, price=price) for name, price in prices.items()))
    known = understood("16-products-as-columns.csv", tmp_path, sold)
    assert open_keys(known.settle()) == ["layout"]
    assert written(as_recommended(known)).sums == {"EUR": 12500}


def test_the_sheet_with_the_orders(tmp_path: Path) -> None:
    found = understood("17-workbook.xlsx", tmp_path)
    settlement = found.settle()
    assert decision(settlement, "sheet").chosen == "Orders"
    assert written(settlement).orders == 3
    cover = found.settle(["sheet: Cover"])
    assert cover.announced.orders == 0


def test_metadata_that_differs_within_an_order(tmp_path: Path) -> None:
    found = understood("18-paid-per-ticket.csv", tmp_path)
    settlement = found.settle()
    assert decision(settlement, "metadata.note").status is Status.TOLD
    assert [row["note"] for row in written(settlement).rows] == ["wheelchair", "vegan", ""]
