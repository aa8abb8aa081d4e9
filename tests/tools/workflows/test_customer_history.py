"""What is told of one customer in one call, and what is said where it is not known."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from preo_mcp.settings import Privacy
from preo_mcp.tools.workflows.customer_history import ORDERS_AT_ONCE
from tests.door import Door
from tests.past_the_guard import control_of
from tests.tools.conftest import OpenServer

MAJA = "usr_maja"


def rows(door: Door, statement: str, *values: str) -> list[Any]:
    with closing(sqlite3.connect(door.folder / "preo.db")) as db:
        return db.execute(statement, values).fetchall()


async def test_one_call_tells_orders_items_refunds_and_consents(door: Door) -> None:
    told = await door.done("customer_history", user_id=MAJA)
    orders = rows(door, "SELECT id FROM orders WHERE customer_id = ? ORDER BY created DESC", MAJA)
    assert told["customer"]["id"] == MAJA
    assert [one["id"] for one in told["orders"]] == [key for (key,) in orders]
    assert (told["orders_in_all"], told["returned"]) == (len(orders), len(orders))
    consents = dict(rows(door, "SELECT consent_id, status FROM customer_consents WHERE customer_id = ?", MAJA))
    assert {one["id"]: one["status"] for one in told["customer"]["consents"]} == consents
    assert all(one["answered_at"] for one in told["customer"]["consents"])
    purchases = [key for (key,) in rows(door, "SELECT id FROM purchases WHERE customer_id = ?", MAJA)]
    items = " ".join(item for one in told["orders"] for item in one["items"])
    assert all(key in items for key in purchases)
    assert "next" not in told


async def test_same_items_share_a_line_and_say_what_can_go_back(door: Door) -> None:
    told = await door.done("customer_history", user_id=MAJA)
    [order] = [one for one in told["orders"] if one["order_number"] == "N26-10002"]
    full = await door.done("get_order", order_id=order["id"])
    assert order["type"] == full["type"] == "online"
    first, second = full["purchases"]
    assert order["items"] == [
        f"2 × {first['product']}, {first['variant']}: price {first['price']}, refundable {first['refundable']} each "
        f"({first['id']}, {second['id']})"
    ]


async def test_refunds_stand_with_their_order(door: Door) -> None:
    await door.done("get_user_info")
    [(customer, refund)] = rows(door, "SELECT customer_id, id FROM refunds WHERE status = 'failed' LIMIT 1")
    told = await door.done("customer_history", user_id=customer)
    refunds = {one["id"]: one for order in told["orders"] for one in order.get("refunds", [])}
    assert refunds[refund]["status"] == "failed"
    assert refunds[refund]["service_response"]


async def test_what_preo_does_not_tell_is_unknown_and_not_none(door: Door) -> None:
    told = await door.done("customer_history", user_id=MAJA)
    assert [line.partition(":")[0] for line in told["not_told"]] == ["segments", "messages received"]
    assert "segments" not in told
    assert "messages" not in told


@pytest.mark.parametrize(
    "search", ["Maja Østergaard", "maja.oestergaard@example.com", "22 69 87 65", "N26-10002", "n26-10002", "#N26-10002"]
)
async def test_found_by_whatever_names_one(door: Door, search: str) -> None:
    assert (await door.done("customer_history", search=search))["customer"]["id"] == MAJA


@pytest.mark.parametrize("known", ["maja.oestergaard@example.com", "+45 22 69 87 65", "Maja Østergaard"])
async def test_a_whole_name_does_as_user_id(door: Door, known: str) -> None:
    assert (await door.done("customer_history", user_id=known))["customer"]["id"] == MAJA


async def test_where_several_fit_the_candidates_are_told_and_nothing_else(door: Door) -> None:
    told = await door.done("customer_history", search="hansen")
    assert len(told["candidates"]) > 1
    assert not {"customer", "orders", "not_told"} & told.keys()
    assert "user_id" in told["next"]
    assert "fit in all" in told["next"]


async def test_who_is_not_found_or_not_named(door: Door) -> None:
    assert "no customer fits" in await door.refused("customer_history", search="qwertz uiop")
    assert "either user_id or search" in await door.refused("customer_history")
    assert "either user_id or search" in await door.refused("customer_history", user_id=MAJA, search="Maja")
    assert "No User matches" in await door.refused("customer_history", user_id="usr_nobody")


async def test_a_long_history_goes_on_by_pages(door: Door) -> None:
    await door.done("get_user_info")
    query = "SELECT customer_id, count(*) FROM orders GROUP BY customer_id ORDER BY count(*) DESC LIMIT 1"
    [(customer, number)] = rows(door, query)
    if number <= ORDERS_AT_ONCE:
        with closing(sqlite3.connect(door.folder / "preo.db")) as db, db:
            db.execute(
                "UPDATE orders SET customer_id = ? WHERE id IN (SELECT id FROM orders WHERE organization_id = "
                "(SELECT organization_id FROM customers WHERE id = ?) LIMIT ?)",
                (customer, customer, 2 * ORDERS_AT_ONCE),
            )
        [(number,)] = rows(door, "SELECT count(*) FROM orders WHERE customer_id = ?", customer)
    seen: list[str] = []
    page = 1
    while True:
        told = await door.done("customer_history", user_id=customer, page=page)
        assert told["orders_in_all"] == number
        seen += [one["id"] for one in told["orders"]]
        if "next" not in told:
            break
        assert told["next"] == f"page={page + 1} for older orders"
        page += 1
    assert len(seen) == len(set(seen)) == number


async def test_what_does_not_fit_the_budget_is_named(open_server: OpenServer) -> None:
    numbers = set[int]()
    for tokens in (500, 600, 700, 800, 900):
        async with open_server(reply_tokens=tokens) as door:
            told = await door.done("customer_history", user_id=MAJA)
            query = "SELECT id FROM orders WHERE customer_id = ? ORDER BY created DESC"
            keys = [key for (key,) in rows(door, query, MAJA)]
        shown = [one["id"] for one in told.get("orders", [])]
        assert shown == keys[: len(shown)]
        assert told["returned"] == len(shown)
        if len(shown) < len(keys):
            left = keys[len(shown) if len(shown) > 1 else 0 :]
            assert told["next"] == f"get_order for {', '.join(left)}"
        numbers.add(len(shown))
    assert 0 in numbers
    assert numbers - {0, len(keys)}, "some are cut between two orders"


async def test_masked_it_singles_nobody_out_by_a_part(open_server: OpenServer) -> None:
    async with open_server(privacy=Privacy.MASK) as door:
        for part in ("Maja Øst", "aja.oestergaard@example.com", "Maja Østergaard"):
            assert "shows nothing" in await door.refused("customer_history", search=part)
        for whole in ("maja.oestergaard@example.com", "22698765", "N26-10002"):
            told = await door.done("customer_history", search=whole)
            assert told["customer"]["id"] == MAJA
            assert "oestergaard" not in str(told)


async def test_few_rounds_of_requests(door: Door) -> None:
    control = await control_of(door.backend)
    before = (await control.get("/__sandbox/requests")).json()
    await door.done("customer_history", user_id=MAJA)
    after = (await control.get("/__sandbox/requests")).json()
    sent = [one for one in after[len(before) :] if not one["path"].startswith("/__")]
    assert {one["method"] for one in sent} == {"GET"}
    assert len(sent) <= 2 + 2 * 4


async def test_deny_of_what_it_reads_holds(open_server: OpenServer) -> None:
    async with open_server(deny=("get_user",)) as door:
        assert "do not offer it" in await door.refused("customer_history", user_id=MAJA)
