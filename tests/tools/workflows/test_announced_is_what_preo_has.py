"""What was announced is what the sandbox has afterwards, also where it tells nothing of what is inferred."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import anyio
import pytest
from hypothesis import HealthCheck, given, settings

from preo_mcp.backend import ClientOf, client_of
from tests.door import EDITION, YES, Door, Person, open_door
from tests.files.exports.made_exports import Export, exports
from tests.tools.workflows.bare_api import bare_client
from tests.tools.workflows.other_edition import Ticket, completed, file_of, make_edition, settled, tickets

some = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
DAY = "products.*: prd_day"
FIGURES = re.compile(r"(?P<orders>\d+) orders?, (?P<pieces>\d+) pieces?(?:, (?P<sum>[\d.]+) EUR)?")
APIS = pytest.mark.parametrize("client", [client_of, bare_client], ids=["as it is", "bare"])


def figures(sold: list[Ticket]) -> tuple[int, int, int]:
    """Orders, pieces and minor units, counted from what the sandbox stored."""
    return len({one[0] for one in sold}), sum(one[3] for one in sold), sum(one[3] * one[4] for one in sold)


async def any_way(door: Door, text: str) -> dict[str, Any] | None:
    """Prepare an export, settled as recommended or else by the first option; None where nothing would be written."""
    told = await door.done(
        "prepare_import", edition_id=EDITION, text=text, file_name="export.csv", settle=[DAY, "edition_currency: EUR"]
    )
    for _ in range(4):
        if not told["decisions"]:
            return told
        if {"nothing", "email"} & {one["key"] for one in told["decisions"]}:
            return None
        assert "import_id" not in told, told["decisions"]
        chosen = {one["key"]: one.get("recommended") or one["options"].split(":")[0] for one in told["decisions"]}
        chosen |= {"product": "DAY"} if "product" in chosen else {}
        wanted = [f"{key}: {option}" for key, option in chosen.items()]
        told = await door.done("prepare_import", source=told["source"], settle=wanted)
    raise AssertionError(told["decisions"])


async def through(text: str, client: ClientOf) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        make_edition(folder)
        async with open_door(folder, "auto", Person(YES), client=client) as door:
            told = await any_way(door, text)
            if told is None:
                assert tickets(folder) == []
                return
            await door.done("start_import", import_id=told["import_id"])
            finished = await door.done("wait_for_import", import_id=told["import_id"])
        announced = FIGURES.match(told["announced"])
        assert announced
        orders, pieces, amount = figures(tickets(folder))
        assert (orders, pieces) == (int(announced["orders"]), int(announced["pieces"]))
        if "at their product's price" not in told["announced"]:
            assert amount == round(float(announced["sum"] or 0) * 100)
        outcome = finished["outcome"]
        assert outcome.get("as_announced") is not False, outcome
        assert outcome["written"].startswith(f"{orders} orders, {pieces} pieces"), outcome


@APIS
def test_announced_is_written(client: ClientOf) -> None:
    @some
    @given(export=exports())
    def hold(export: Export) -> None:
        anyio.run(through, export.text(), client)

    hold()


async def test_a_bare_api_is_asked_about_what_it_does_not_tell(tmp_path: Path) -> None:
    make_edition(tmp_path)
    person = Person(YES)
    async with open_door(tmp_path, "auto", person, client=bare_client) as door:
        first = await door.done("prepare_import", edition_id=EDITION, **file_of("01-shopify.csv"))
        [currency, *_] = first["decisions"]
        assert (currency["key"], currency["recommended"]) == ("edition_currency", "EUR")
        assert "probably EUR" in first["edition"]
        prepared = await settled(door, "products.Day*: prd_day", **file_of("01-shopify.csv"))
        finished = await completed(door, prepared)
    assert finished["outcome"]["written"] == "2 orders, 3 pieces, 90.00 EUR"
    assert "Amount: 90.00 EUR" in person.questions[0]
    assert figures(tickets(tmp_path)) == (2, 3, 9000)


@APIS
async def test_orders_that_are_there_stay_out_by_name(tmp_path: Path, client: ClientOf) -> None:
    make_edition(tmp_path)
    settle = ["products.Day*: prd_day", "products.Camp*: prd_camp", "edition_currency: EUR", "code: name"]
    rows = "#1001,a@example.org,1,Day ticket,30.00,DAY\n#2001,z@example.org,1,Day ticket,30.00,DAY\n"
    text = f"Name,Email,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku\n{rows}"
    async with open_door(tmp_path, "auto", Person(YES), client=client) as door:
        await completed(door, await settled(door, *settle, **file_of("03-small.csv")))
        told = await door.done("prepare_import", edition_id=EDITION, text=text, settle=settle)
        await door.done("start_import", import_id=told["import_id"], ignore_warnings=True)
        finished = await door.done("wait_for_import", import_id=told["import_id"])
    outcome = finished["outcome"]
    assert outcome["as_announced"] is False
    assert outcome["announced"].startswith("2 orders")
    assert outcome["written"].startswith("1 orders")
    if client is client_of:
        assert outcome["stayed_out"] == [
            {"orders": 1, "skipped_order_ids": "#1001", "why": "the edition had them before"}
        ]


@APIS
async def test_orders_that_a_decision_leaves_out_are_named(tmp_path: Path, client: ClientOf) -> None:
    make_edition(tmp_path)
    gone = "".join(f"V{number},v@example.org,1,30.00,DAY,voided\n" for number in range(1, 14))
    rows = f"#1,a@example.org,1,30.00,DAY,paid\n{gone}+4520123456,b@example.org,1,30.00,DAY,pending\n"
    text = f"Order ID,Email,Quantity,Price,SKU,Status\n{rows}"
    async with open_door(tmp_path, "auto", Person(YES), client=client, privacy="mask") as door:
        settle = ["edition_currency: EUR", "states: leave_out", DAY]
        prepared = await door.done("prepare_import", edition_id=EDITION, text=text, settle=settle)
        finished = await completed(door, prepared)
    named = f"{', '.join(f'V{number}' for number in range(1, 11))} and 3 more"
    by_step = {one["what"]: one.get("skipped_order_ids") for one in prepared["reconciliation"]}
    assert by_step["left out: voided"] == named
    assert "20123456" not in str(prepared), "a number that is somebody's phone"
    assert any("skipped_order_ids" in note for note in prepared["notes"])
    [pending, voided] = finished["outcome"]["stayed_out"]
    assert voided == {"orders": 13, "skipped_order_ids": named, "why": "left out: voided, as announced"}
    assert pending["orders"] == 1
    assert "20123456" not in str(finished)
