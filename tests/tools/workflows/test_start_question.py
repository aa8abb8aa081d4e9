"""The question before the start carries what the file comes to, and what speaks against it."""

from pathlib import Path

from tests.door import DECLINE, EDITION, YES, Era, Person, open_door
from tests.tools.workflows.other_edition import completed, file_of, make_edition, settled

PHONES = """\
Order ID,Email,Phone,Country,SKU,Quantity,Price
1,ann@example.org,0470 12 34 56,BE,DAY,2,30.00
2,bo@example.org,+45 20 12 34 56,,DAY,1,30.00
3,cy@example.org,12,,CAMP,1,10.00
4,di@example.org,030 901820,DE,TENT,1,99.00
"""


def lines(question: str, label: str) -> list[str]:
    return [line.partition(": ")[2] for line in question.splitlines() if line.startswith(f"{label}: ")]


async def test_the_reckoning_is_in_the_question(tmp_path: Path, era: Era) -> None:
    make_edition(tmp_path)
    person = Person(YES)
    async with open_door(tmp_path, era, person) as door:
        await completed(door, await settled(door, **file_of("01-shopify.csv")))
    [question] = person.questions
    first, decides, _ = question.split("\n\n")
    assert first == "Import 2 orders into “Nordlys Festival – Aalborg”?"
    assert "Pieces: 3" in decides
    assert "Amount: 90.00 EUR" in decides
    assert "Undo: not possible" in decides
    assert lines(question, "Reckoning") == [
        "the file's own totals: 240.00 EUR",
        "rows of the file as paid: 5 orders, 8 pieces, 240.00 EUR",
        "left out: pending: -1 order, -1 piece, -30.00 EUR",
        "left out: refunded: -1 order, -1 piece, -30.00 EUR",
        "left out: voided: -1 order, -1 piece, -30.00 EUR",
        "refunded pieces: -2 pieces, -60.00 EUR",
        "to be written: 2 orders, 3 pieces, 90.00 EUR",
    ]


async def test_phones_say_with_which_country_they_were_read_and_how_many_are_none(tmp_path: Path, era: Era) -> None:
    make_edition(tmp_path)
    person = Person(YES)
    async with open_door(tmp_path, era, person) as door:
        settle = ["products.TENT: skip"]
        await completed(door, await settled(door, *settle, text=PHONES, file_name="phones.csv"))
    [told] = lines(person.questions[0], "Phone numbers")
    assert told == "1 with its own country code; 1 read as a number of BE; 1 is no phone number"


async def test_products_that_stay_unmapped_leave_the_amount_unknown(tmp_path: Path, era: Era) -> None:
    make_edition(tmp_path)
    person = Person(DECLINE)
    async with open_door(tmp_path, era, person) as door:
        given = {"text": PHONES, "file_name": "phones.csv", "settle": ["products: keep"]}
        prepared = await door.done("prepare_import", edition_id=EDITION, **given)
        assert [one["key"] for one in prepared["decisions"]] == ["products"]
        await door.refused("start_import", import_id=prepared["import_id"], ignore_warnings=True)
    [question] = person.questions
    assert lines(question, "Amount") == ["unknown"]
    assert lines(question, "Announced") == ["4 orders with 5 pieces"]
    assert lines(question, "Pieces") == ["4"]


async def test_numbers_of_another_shop_are_said_where_they_were_not_settled(tmp_path: Path, era: Era) -> None:
    make_edition(tmp_path)
    person = Person(YES)
    async with open_door(tmp_path, era, person) as door:
        await completed(door, await settled(door, **file_of("07-first-shop.csv")))
        text = "Name,Email,Lineitem quantity,Lineitem price,Lineitem sku\n#1001,x@example.org,1,9.00,DAY\n"
        more = f"{text}#1002,y@example.org,1,9.00,DAY\n#1003,z@example.org,1,9.00,DAY\n"
        settle = ["prefix: none", "difference: accept"]
        told = await door.done("prepare_import", edition_id=EDITION, text=more, file_name="b.csv", settle=settle)
        assert told["decisions"] == []
        await door.done("start_import", import_id=told["import_id"])
        finished = await door.done("wait_for_import", import_id=told["import_id"])
    assert lines(person.questions[1], "Amount") == ["27.00 EUR, with the orders that exist"]
    [doubt] = lines(person.questions[1], "Contradiction")
    assert doubt == "2 of 3 order numbers exist already, and 0 of 3 customers do: numbers of another shop?"
    assert finished["outcome"]["as_announced"] is False
    assert finished["outcome"]["stayed_out"] == [
        {"orders": 2, "skipped_order_ids": "#1001, #1002", "why": "the edition had them before"}
    ]


async def test_columns_that_were_changed_by_hand_leave_nothing_announced(tmp_path: Path, era: Era) -> None:
    make_edition(tmp_path)
    person = Person(YES)
    async with open_door(tmp_path, era, person) as door:
        this = {"import_id": (await settled(door, **file_of("03-small.csv")))["import_id"]}
        columns = (await door.done("list_column_mappings", **this))["results"]
        [price] = [one["id"] for one in columns if one["column_type"] == "unit_price"]
        await door.done("update_column_mappings", **this, mappings=[{"id": price, "column_type": "ignore"}])
        await door.done("process_column_mappings", **this)
        await door.done("start_import", **this, ignore_warnings=True)
    assert lines(person.questions[0], "Amount") == []
    assert lines(person.questions[0], "Reckoning") == []


async def test_one_that_was_started_is_not_uploaded_again(tmp_path: Path, era: Era) -> None:
    make_edition(tmp_path)
    async with open_door(tmp_path, era, Person(YES)) as door:
        prepared = await settled(door, **file_of("03-small.csv"))
        await completed(door, prepared)
        again = await door.done("prepare_import", source=prepared["source"], settle=[])
        assert (again["import_id"], again["stage"]) == (prepared["import_id"], "completed")
        assert "It is finished" in again["next_step"]
        renamed = await door.done("prepare_import", source=prepared["source"], name="Once more")
        assert renamed["import_id"] != prepared["import_id"]
        assert any("was started; its orders exist" in one["about"] for one in renamed["told"])
        text = await door.refused("start_import", import_id=renamed["import_id"])
    assert "has all 3 orders of the file already" in text
