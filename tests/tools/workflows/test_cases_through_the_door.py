"""Each of the cases comes in as its README says: prepared, settled as recommended, started, completed."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.door import EDITION, YES, Era, Person, open_door
from tests.files.exports.plain_reading import CASES
from tests.tools.workflows.other_edition import Ticket, completed, file_of, make_edition, phones, settled, tickets


def sold(number: str, who: str, product: str, pieces: int, price: int) -> Ticket:
    return number, who if "@" in who else f"{who}@example.org", f"prd_{product}", pieces, price


@dataclass(frozen=True)
class Case:
    """What comes in, and what is settled where nothing is recommended; `asked` are the decisions that are open."""

    right: list[Ticket]
    asked: set[str] = field(default_factory=set[str])
    settle: tuple[str, ...] = ()
    currency: str = "EUR"
    country: str = "+49"


ALL_DAY = "products.*: prd_day"

RIGHT = {
    "01-shopify.csv": Case(
        [sold("#9001", "ann", "day", 2, 3000), sold("#9005", "ed", "day", 1, 3000)], {"states", "refunds"}
    ),
    "02-woo.csv": Case([sold("501", "ann", "day", 2, 3000), sold("503", "cy", "day", 1, 3000)], {"states"}),
    "03-small.csv": Case(
        [
            sold("#1001", "a", "day", 1, 3000),
            sold("#1002", "b", "day", 1, 3000),
            sold("#1003", "c", "camp", 4, 1000),
        ],
        {"code"},
    ),
    "04-tito.csv": Case(
        [sold("RDKN", "di", "day", 1, 20000), sold("UNIP", "cy", "day", 2, 15000)], {"people"}, (ALL_DAY,)
    ),
    "05-eventbrite-attendees.csv": Case(
        [
            sold("5001/0fc8fca9", "bo", "adult", 1, 3000),
            sold("5001/5801b415", "cy", "child", 1, 1000),
            sold("5001/fe1ea9d5", "ann", "adult", 1, 3000),
            sold("5002", "di", "adult", 1, 3000),
        ],
        {"people"},
    ),
    "06-numbers.csv": Case(
        [
            sold("GEN-9001", "ann", "camp", 1, 1000),
            sold("GEN-9001", "ann", "day", 2, 3000),
            sold("GEN-9002", "bo", "day", 1, 3000),
        ]
    ),
    "08-shopify.csv": Case([sold("#9101", "ann", "day", 1, 0), sold("#9102", "bo", "day", 2, 2250)], {"currency"}),
    "09-belgian.csv": Case([sold(f"#{n}", who, "day", 1, 3000) for n, who in enumerate(("ann", "bo", "cy"), 1)]),
    "10-paypal.csv": Case([sold(f"TX{n}", f"a{n}", "day", 1, 3000) for n in range(1, 6)]),
    "10b-paypal-refund.csv": Case([sold("TX2", "a2", "day", 1, 3000)]),
    "11-norwegian.csv": Case(
        [sold(f"{500 + n}", f"kari{n}@example.no", "day", n % 3 + 1, 35000) for n in range(6)],
        settle=(ALL_DAY,),
        currency="NOK",
        country="+47",
    ),
    "12-etsy.csv": Case([sold(f"272950345{n}", f"a{n}", "day", 1, 350) for n in range(1, 7)], settle=(ALL_DAY,)),
    "13-orders.csv": Case([sold("X1", "ann", "adult", 2, 5800)], currency="ISK", country="+354"),
    "14-semicolon.csv": Case([sold("1", "ann", "adult", 1, 827), sold("2", "bo", "adult", 1, 1235)], {"decimals"}),
    "15-one-row-export.csv": Case(
        [sold("901", "ann", "camp", 1, 1000), sold("901", "ann", "day", 2, 3000)], {"states"}
    ),
    "16-products-as-columns.csv": Case(
        [
            sold("1", "ann", "adult", 2, 3000),
            sold("1", "ann", "child", 1, 1000),
            sold("2", "bo", "adult", 1, 3000),
            sold("3", "cy", "child", 2, 1000),
        ],
        {"layout"},
        ("price: none", "products.Parking: skip"),
    ),
    "17-workbook.xlsx": Case([sold(f"{100 + n}", f"new{n}", "adult", 1, 1000) for n in range(3)]),
    "18-paid-per-ticket.csv": Case([sold("1", "ann", "day", 2, 3000), sold("2", "bo", "day", 1, 3000)]),
}


def test_no_case_is_left_out() -> None:
    names = {one.name for one in CASES.iterdir() if one.suffix != ".md"}
    assert names - set(RIGHT) == {"07-first-shop.csv", "07-second-shop.csv"}


@pytest.mark.parametrize("name", RIGHT)
async def test_what_the_file_says_is_what_comes_in(tmp_path: Path, era: Era, name: str) -> None:
    case, person = RIGHT[name], Person(YES)
    make_edition(tmp_path, case.currency, case.country)
    async with open_door(tmp_path, era, person) as door:
        first = await door.done("prepare_import", edition_id=EDITION, settle=list(case.settle), **file_of(name))
        assert {one["key"] for one in first["decisions"]} == case.asked
        prepared = await settled(door, *case.settle, **file_of(name))
        finished = await completed(door, prepared)
    assert tickets(tmp_path) == case.right
    assert (
        finished["outcome"]["written"]
        .replace("1 orders", "1 order")
        .startswith(f"{len({one[0] for one in case.right})} ")
    )
    [question] = person.questions
    assert f"Pieces: {sum(one[3] for one in case.right)}\n" in question


async def test_the_country_beside_a_number_counts(tmp_path: Path, era: Era) -> None:
    make_edition(tmp_path)
    person = Person(YES)
    async with open_door(tmp_path, era, person) as door:
        await completed(door, await settled(door, **file_of("09-belgian.csv")))
    stored = phones(tmp_path)
    assert [stored[f"{who}@example.org"] for who in ("ann", "bo", "cy")] == [
        "+32470123456",
        "+32470123457",
        "+31612345678",
    ]
    assert "Phone numbers: " in person.questions[0]
    assert "1 read as a number of NL" in person.questions[0]


async def test_numbers_of_another_shop_are_pointed_out_and_a_prefix_is_offered(tmp_path: Path, era: Era) -> None:
    make_edition(tmp_path)
    async with open_door(tmp_path, era, Person(YES)) as door:
        await completed(door, await settled(door, **file_of("07-first-shop.csv")))
        second = {"edition_id": EDITION, "settle": [ALL_DAY], **file_of("07-second-shop.csv")}
        prepared = await door.done("prepare_import", **second)
        [decision] = prepared["decisions"]
        assert "import_id" not in prepared
        assert (decision["key"], decision["recommended"]) == ("prefix", "07_second_shop-")
        assert "2 of 2 order numbers exist in Preo, 0 of 2 of their customers do" in decision["about"]
        left = await door.done("prepare_import", source=prepared["source"], settle=["prefix: none"])
        assert [one["key"] for one in left["decisions"]] == ["difference"], "nothing would come in, and it is said"
        told = await door.done("prepare_import", source=prepared["source"], settle=["prefix: TS-"])
        await completed(door, told)
        imports = (await door.done("list_data_imports", include_cancelled=True))["results"]
    assert [one["stage"] for one in imports] == ["completed", "cancelled", "completed"]
    assert [one[:2] for one in tickets(tmp_path)] == [
        ("#1001", "a@example.org"),
        ("#1002", "b@example.org"),
        ("TS-#1001", "x@example.com"),
        ("TS-#1002", "y@example.com"),
    ]


async def test_a_file_without_products_is_answered_with_those_of_the_edition(tmp_path: Path, era: Era) -> None:
    make_edition(tmp_path)
    text = "Order ID,Email,Quantity,Total\n1,a@example.org,2,60.00\n"
    async with open_door(tmp_path, era) as door:
        first = await door.done("prepare_import", edition_id=EDITION, text=text)
        assert [one["key"] for one in first["decisions"]] == ["product"]
        assert {"code": "DAY", "name": "Day ticket", "price": "30.00"} in first["edition_products"]
        refused = await door.refused("prepare_import", source=first["source"], settle=["product: Day tiket"])
        assert "Perhaps 'day ticket'" in refused
        done = await door.done("prepare_import", source=first["source"], settle=["product: Day ticket"])
    assert "edition_products" not in done
    assert "Ready" in done["next_step"]
