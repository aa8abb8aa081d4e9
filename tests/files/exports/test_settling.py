"""How decisions are settled, and what is said of what cannot be."""

from pathlib import Path

import pytest
from pydantic import TypeAdapter

from preo_mcp.api.errors import ConflictError, ValidationError
from preo_mcp.files.exports import SKIP, Edition, Product, Status, Understanding, Variant, understand
from tests.files.exports.plain_reading import EUROS, as_recommended, understood, written


def made(folder: Path, text: str, edition: Edition = EUROS) -> Understanding:
    path = folder / f"export-{len(list(folder.iterdir()))}.csv"
    path.write_text(text, encoding="utf-8")
    return understand(path, edition, workdir=folder)


@pytest.mark.parametrize(
    ("settled", "said"),
    [
        ("status: take", "there is no decision 'status' · Perhaps 'states'."),
        ("states: leave_ou", "states has no option 'leave_ou' · Perhaps 'leave_out"),
        ("states.pendng: take", "states has no option 'pendng' · Perhaps 'pending'."),
        ("states.pending: maybe", "states.pending has no option 'maybe'"),
        ("states", "'states' is no key and option"),
        ("people.buyer: yes", "there is no decision 'people.buyer'"),
        ("decimals: both", "decimals has no option 'both'"),
        ("layout: wide", "layout has no option 'wide'"),
        ("columns.Emial: customer_email", "there is no column 'Emial' · Perhaps 'Email'."),
        ("columns.Email: customer_mail", "has no option 'customer_mail' · Perhaps 'customer_email'"),
    ],
)
def test_what_does_not_exist_is_refused_with_what_is_near(tmp_path: Path, settled: str, said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        understood("01-shopify.csv", tmp_path).settle([settled])
    assert said in str(refused.value)
    assert str(refused.value).startswith("The decision was not settled · ")


def test_a_sheet_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="Perhaps 'Orders'"):
        understood("17-workbook.xlsx", tmp_path).settle(["sheet: Order"])


def test_what_nothing_needs_is_reported(tmp_path: Path) -> None:
    found = understood("06-numbers.csv", tmp_path)
    settlement = found.settle(["states: leave_out", "states.pending: take", "product: X", "products.Y*: skip"])
    assert settlement.unneeded == ("states", "states.pending", "product", "products.Y*")
    assert not settlement.open
    also = understood("01-shopify.csv", tmp_path).settle(["states.declined: take", "states: leave_out"])
    assert also.unneeded == ("states.declined",)


def test_columns_can_be_told(tmp_path: Path) -> None:
    found = understood("12-etsy.csv", tmp_path)
    told = found.settle(["columns.Listing ID: product_code", "columns.Buyer: order_metadata"])
    back = written(told)
    assert back.rows[0]["product_code"] == "901561491"
    assert back.rows[0]["buyer"] == "buyer1"
    ignored = written(found.settle(["columns.Price: ignore", "price: none"]))
    assert ignored.unpriced == ignored.pieces == 6


def test_an_address_column_can_be_told(tmp_path: Path) -> None:
    found = made(tmp_path, "Number,Kontakt info,SKU,Quantity\n1,ann at example.org,A,1\n2,bo (at) x,A,1\n")
    settlement = found.settle()
    assert [one.key for one in settlement.open] == ["email"]
    assert settlement.announced.orders == 0
    settled = found.settle(["email: Kontakt info"])
    assert not settled.open
    assert "unreadable e-mail address 2" in next(one.about for one in settled.decisions if one.key == "unusable")


def test_a_missing_price_is_said(tmp_path: Path) -> None:
    head = "Order ID,Email,SKU,Quantity,Kosten\n"
    found = made(tmp_path, head + "1,a@example.org,A,1,30.00\n2,b@example.org,A,1,12.50\n")
    settlement = found.settle()
    assert [one.key for one in settlement.open] == ["price"]
    assert "Kosten looks like one" in settlement.open[0].about
    assert written(found.settle(["columns.Kosten: unit_price"])).sums == {"EUR": 4250}
    assert written(found.settle(["price: none"])).unpriced == 2


ONE = "Order ID,Email,Quantity,Total\n1,a@example.org,2,30.00\n2,b@example.org,1,15.00\n"


def test_a_file_without_any_product(tmp_path: Path) -> None:
    found = made(tmp_path, ONE)
    assert [one.key for one in found.settle().open] == ["product"]
    assert written(found.settle(["product: TICKET"])).tickets() == [
        ("1", "TICKET", 2, "15.00"),
        ("2", "TICKET", 1, "15.00"),
    ]
    only = made(tmp_path, ONE, Edition("EUR", None, (Product("p1", "Day ticket", "DAY"),)))
    assert only.settle().open[0].recommended == "DAY"


def test_a_file_without_order_numbers_does_not_double(tmp_path: Path) -> None:
    rows = [f"a{number % 3}@example.org,A,1,10.00,{state}" for number, state in enumerate(["paid"] * 5 + ["pending"])]
    head = "Email,SKU,Quantity,Unit price,Status\n"
    found = made(tmp_path, head + "\n".join(rows))
    settlement = found.settle(["states: take"])
    assert "6 of 6 orders have no number" in next(one.about for one in settlement.told if one.key == "order_numbers")
    first = written(settlement)
    assert first.orders == 6
    again = written(made(tmp_path, head + "\n".join(rows).replace("pending", "paid")).settle())
    assert [row["order_id"] for row in first.rows] == [row["order_id"] for row in again.rows]
    assert written(found.settle(["states: take", "order_numbers: none"])).rows[0]["order_id"] == ""


SOLD = Edition(
    "EUR",
    "+49",
    (
        Product(
            "p1", "Day ticket", "DAY", 3000, (Variant("v1", "Adult", "DAY-A", 3000), Variant("v2", "Child", "", 1000))
        ),
        Product("p2", "Camping", "", 1000),
    ),
)
SHOP = (
    "Order ID,Email,SKU,Product name,Quantity,Unit price\n"
    "1,a@example.org,day-a,Adult,1,30.00\n2,b@example.org,,Camping,1,10.00\n"
    "3,c@example.org,KID-1,Child Saturday,2,10.00\n4,d@example.org,KID-2,Child Sunday,1,10.00\n"
)


def test_products_that_the_edition_does_not_know(tmp_path: Path) -> None:
    found = made(tmp_path, SHOP, SOLD)
    settlement = found.settle(["code: name"])
    assert [one.key for one in settlement.open] == ["products"]
    assert "2 orders, 3 pieces, 30.00 EUR are of 2 products" in settlement.open[0].about
    by_code = {one.code or one.name: one for one in settlement.products}
    assert by_code["day-a"].stands_for == "v1"
    assert by_code["Camping"].stands_for == "p2"
    assert by_code["KID-1"].stands_for is None
    assert by_code["KID-1"].pieces == 2
    mapped = found.settle(["code: name", "products.KID*: v2"])
    assert not mapped.open
    assert {one.stands_for for one in mapped.products} == {"v1", "v2", "p2"}
    assert written(mapped).orders == 4


def test_a_skipped_product_stays_out_with_its_reason(tmp_path: Path) -> None:
    found = made(tmp_path, SHOP, SOLD)
    some = found.settle(["code: name", "products.KID-1: skip", "products: skip"])
    assert written(some).orders == 2
    assert [(step.what, str(step.figures)) for step in some.reconciliation if "unmapped" in step.what] == [
        ("left out: only unmapped products", "-2 orders, -3 pieces, -30.00 EUR")
    ]
    with pytest.raises(ValidationError, match="has no option 'Camp'"):
        found.settle(["products.KID-1: Camp"])
    known = made(tmp_path, SHOP, Edition("EUR", "+49", SOLD.products, {"KID-1": "v2", "KID-2": SKIP}))
    assert written(known.settle(["code: name"])).orders == 3


def test_refunds_that_name_no_sale_are_matched_or_left(tmp_path: Path) -> None:
    head = "Order ID,Email,SKU,Quantity,Unit price\n"
    rows = "1,a@example.org,A,2,30.00\n2,b@example.org,A,1,10.00\n3,a@example.org,A,-2,30.00\n"
    found = made(tmp_path, head + rows)
    settlement = found.settle()
    assert [(one.key, one.recommended) for one in settlement.open] == [("refund_rows", "match")]
    assert written(as_recommended(found)).tickets() == [("2", "A", 1, "10.00")]
    assert written(found.settle(["refund_rows: leave_out"])).sums == {"EUR": 7000}


def test_a_refund_in_a_row_of_its_order(tmp_path: Path) -> None:
    head = "Order ID,Email,SKU,Quantity,Unit price\n"
    found = made(tmp_path, head + "1,a@example.org,A,3,30.00\n1,a@example.org,A,-1,30.00\n1,a@example.org,B,1,5.00\n")
    settlement = found.settle()
    assert not settlement.open
    assert written(settlement).tickets() == [("1", "A", 2, "30.00"), ("1", "B", 1, "5.00")]


def test_uneven_amounts_become_two_rows(tmp_path: Path) -> None:
    found = made(tmp_path, "Order ID,Email,SKU,Quantity,Total\n1,a@example.org,A,3,100.00\n")
    assert written(found.settle()).tickets() == [("1", "A", 1, "33.34"), ("1", "A", 2, "33.33")]


def test_rows_that_cannot_be_imported_are_told(tmp_path: Path) -> None:
    head = "Order ID,Email,SKU,Quantity,Unit price\n"
    rows = "1,a@example.org,A,1001,1.00\n2,b@example.org,A,0,1.00\n3,,A,1,1.00\n4,d@example.org,,1,1.00\n"
    rows += "5,e@example.org,A,1,cheap\n6,f@example.org,A,1,1.00\n7,g@example.org,A,900,1\n"
    rows += "7,g@example.org,A,900,1\n7,g@example.org,B,900,1\n"
    settlement = made(tmp_path, head + rows).settle()
    told = next(one for one in settlement.decisions if one.key == "unusable")
    assert told.status is Status.TOLD
    assert "8 rows cannot be imported" in told.about
    for reason in ("more than 1000 pieces 1", "no pieces 1", "no e-mail address 1", "no product 1"):
        assert reason in told.about
    assert written(settlement).orders == 1


def test_dollar_signs_are_a_currency(tmp_path: Path) -> None:
    found = made(
        tmp_path, "Order ID,Email,SKU,Quantity,Unit price\n1,a@example.org,A,1,$30.00\n2,b@example.org,A,1,20.00\n"
    )
    settlement = found.settle()
    assert [one.key for one in settlement.open] == ["currency"]
    assert "1 order, 1 piece, 30.00 USD" in settlement.open[0].about


def test_a_file_that_changed_meanwhile_is_not_passed_off_as_announced(tmp_path: Path) -> None:
    found = made(tmp_path, ONE)
    settlement = found.settle(["product: TICKET"])
    path = next(tmp_path.iterdir())
    path.write_text(ONE.replace("30.00", "40.00"), encoding="utf-8")
    with pytest.raises(ConflictError, match="not what was announced"):
        settlement.write(tmp_path / "plain.csv")


def test_more_products_than_can_be_told_apart(tmp_path: Path) -> None:
    rows = [f"{number},a{number}@example.org,SKU-{number},1,10.00" for number in range(3000)]
    rows += ["9000,b@example.org,SKU-1,2,10.00", "9000,b@example.org,,1,5.00"]
    found = made(tmp_path, "Order ID,Email,SKU,Quantity,Unit price\n" + "\n".join(rows))
    back = written(found.settle(["unusable: leave_out"]))
    assert (back.orders, back.pieces, back.sums) == (3001, 3002, {"EUR": 3002000})
    assert written(as_recommended(found)).orders == 3000


def test_very_long_numbers_stay_apart(tmp_path: Path) -> None:
    long = "N" * 300
    rows = f"{long}1,a@example.org,A,1,1.00\n{long}2,b@example.org,A,1,1.00\n"
    back = written(made(tmp_path, "Order ID,Email,SKU,Quantity,Unit price\n" + rows).settle())
    assert back.orders == 2
    assert all(len(row["order_id"]) < 255 for row in back.rows)


def test_a_column_of_refunded_amounts_is_no_state(tmp_path: Path) -> None:
    head = "Order ID,Email,SKU,Quantity,Unit price,Refunded\n"
    found = made(tmp_path, head + "1,a@example.org,A,3,30,60\n2,b@example.org,A,1,30,0\n")
    assert written(as_recommended(found)).tickets() == [("1", "A", 1, "30.00"), ("2", "A", 1, "30.00")]
    flags = made(tmp_path, head + "1,a@example.org,A,3,30,yes\n2,b@example.org,A,1,30,no\n")
    assert written(as_recommended(flags)).orders == 1


def test_every_result_is_plain_values(tmp_path: Path) -> None:
    settlement = as_recommended(understood("01-shopify.csv", tmp_path))
    done = settlement.write(tmp_path / "plain.csv")
    results = (*settlement.decisions, *settlement.reconciliation, *settlement.columns, *settlement.products, done)
    for result in results:
        kind = TypeAdapter(type(result))
        assert kind.validate_json(kind.dump_json(result)) == result


def test_the_first_orders_that_stay_out_are_named_for_each_reason(tmp_path: Path) -> None:
    head = "Order ID,Email,Attendee email,SKU,Quantity,Unit price,Status\n"
    gone = "".join(f"V{at},v@example.org,,A,1,{at}.00,voided\n" for at in range(1, 13))
    mixed = "7,a@example.org,x@example.org,A,1,30.00,paid\n7,a@example.org,y@example.org,A,1,30.00,voided\n"
    found = made(tmp_path, f"{head}{gone}{mixed},n@example.org,,A,1,3.00,voided\n")
    some = as_recommended(found, "states: leave_out", "people: buyer")
    [left] = [step for step in some.reconciliation if step.what == "left out: voided"]
    assert left.figures.orders == -13, "of which one has no number"
    assert left.orders == tuple(f"V{at}" for at in range(1, 11))
    assert all(not step.orders for step in some.reconciliation if step != left)
    kept = as_recommended(found, "states: take", "people: buyer")
    assert all(not step.orders for step in kept.reconciliation)
    short = made(tmp_path, f"{head}{mixed}7,a@example.org,z@example.org,A,1,30.00,paid\n")
    each = as_recommended(short, "states: leave_out", "people: attendee")
    assert [step.orders for step in each.reconciliation if step.what == "left out: voided"] == [("7",)]
    buyers = as_recommended(short, "states: leave_out", "people: buyer")
    assert [step.orders for step in buyers.reconciliation if step.what == "left out: voided"] == [()]


def test_a_product_without_a_code_is_asked_about_by_its_name(tmp_path: Path) -> None:
    shop = (
        "Order ID,Email,Product name,Quantity,Unit price\n1,a@example.org,Sauna,1,30.00\n2,b@example.org,Tent,1,9.00\n"
    )
    [asked] = made(tmp_path, shop, SOLD).settle().open
    assert "2 products that the edition does not know: Sauna, Tent." in asked.about


def test_one_product_for_all_is_one_of_the_editions(tmp_path: Path) -> None:
    found = made(tmp_path, ONE, SOLD)
    assert "id" in (found.settle().open[0].argument or "")
    for said in ("DAY-A", "camping", "v2", "Day ticket - Child"):
        assert not found.settle([f"product: {said}"]).open
    with pytest.raises(ValidationError, match="has no option 'Campin' · Perhaps 'camping'"):
        found.settle(["product: Campin"])
    assert not made(tmp_path, ONE).settle(["product: whatever"]).open, "what is sold is not known"


def test_columns_that_nothing_fills_are_not_told(tmp_path: Path) -> None:
    done = made(tmp_path, ONE).settle(["product: TICKET"]).write(tmp_path / "plain.csv")
    assert [one.heading for one in done.columns if "phone" in one.heading or "name" in one.heading] == ["product_name"]
