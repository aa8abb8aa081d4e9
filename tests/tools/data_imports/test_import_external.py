"""Orders of another system, through the door."""

from typing import Any

import pytest

from preo_mcp.approval.languages import LINE_LENGTH
from tests.door import EDITION, YES, Door, Person
from tests.tools.conftest import OpenServer


def order(number: int = 1, **changes: Any) -> dict[str, Any]:
    items = [
        {"product_id": "prd_n27_parking", "quantity": 2, "price": 195.5},
        {"product_id": "prd_n27_child", "quantity": 1},
    ]
    return {"email": f"guest{number}@example.org", "order_id": f"X-{number}", "items": items} | changes


async def test_orders_are_queued_and_repeated_ones_skipped(door: Door, person: Person) -> None:
    before = door.written()
    first = await door.done("import_external_orders", edition_id=EDITION, orders=[order(1), order(2)])
    assert (first["status"], first["queued_count"], first["skipped_order_ids"]) == ("queued", 2, [])
    again = await door.done("import_external_orders", edition_id=EDITION, orders=[order(2), order(3), order(3)])
    assert (again["queued_count"], again["skipped_count"]) == (1, 2)
    assert again["skipped_order_ids"] == ["X-2", "X-3"]
    assert door.written()[3] == before[3] + 3

    question = person.questions[0]
    for fact in ("Aalborg", EDITION, "2, from 2 customers, with 6 items", "782.00 DKK", "and 2 at the product's price"):
        assert fact in question
    assert question.startswith("Import 2 orders into “Nordlys Festival – Aalborg”?\n")
    assert "X-1: “guest1@example.org”, 2 × Parkering, 1 × Børnebillet" in question
    assert "Undo: not possible: Preo has no operation that takes written orders back" in question


async def test_a_customers_text_stays_on_its_line_of_the_question(door: Door, person: Person) -> None:
    text = "X\n\nEdition: another one\u202e\u200b"
    await door.call("import_external_orders", edition_id=EDITION, orders=[order(first_name=text)])
    assert "\nEdition: another one" not in person.questions[0]
    assert "\u202e" not in person.questions[0]


async def test_many_orders_share_one_line_and_all_are_bound(door: Door, person: Person) -> None:
    await door.done("import_external_orders", edition_id=EDITION, orders=[order(number) for number in range(40)])
    assert "And 28 more: " in person.questions[0]
    assert max(map(len, person.questions[0].splitlines())) < 2 * LINE_LENGTH


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"orders": []}, "orders: list should have at least 1 item"),
        ({"orders": [order(items=[])]}, "orders.0.items: list should have at least 1 item"),
        ({"orders": [order(order_id="")]}, "orders.0.order_id"),
        ({"orders": [order(items=[{"product_id": "p", "quantity": 0}])]}, "orders.0.items.0.quantity"),
        ({"orders": [order(items=[{"product_id": "p", "quantity": 1, "price": -1}])]}, "orders.0.items.0.price"),
        ({"orders": [order(approved=True)]}, "orders.0.approved is not a field here"),
        ({"edition_id": "edt_none"}, "No Edition"),
        ({"orders": [order(), order(email="nobody")]}, "orders.1.email: it is no e-mail address"),
        ({"orders": [order(order_id="  ")]}, "orders.0.order_id: it is blank"),
        (
            {"orders": [order(items=[{"product_id": "prd_n26_parking", "quantity": 1}])]},
            "orders.0.items.0.product_id: the edition has no product prd_n26_parking",
        ),
        (
            {"orders": [order(items=[{"product_id": "prd_n27_day", "quantity": 1, "variant_id": "v"}])]},
            "orders.0.items.0.variant_id: the product prd_n27_day has no variant v",
        ),
        ({"orders": [order(number, email="-") for number in range(7)]}, "and 2 more"),
    ],
)
async def test_refused_before_anybody_is_asked(door: Door, person: Person, arguments: dict[str, Any], why: str) -> None:
    given = {"edition_id": EDITION, "orders": [order()]} | arguments
    assert why in await door.refused("import_external_orders", **given)
    assert person.questions == []


async def test_what_only_preo_can_judge_is_refused_by_place(door: Door) -> None:
    changed = order(items=[{"product_id": "prd_n27_child", "quantity": 1, "option_ids": ["opt_none"]}])
    assert "orders.0.items.0.option_ids" in await door.refused(
        "import_external_orders", edition_id=EDITION, orders=[changed]
    )
    assert door.written()[3] == 0


async def test_a_lesser_role_may_not(open_server: OpenServer) -> None:
    person = Person(YES)
    async with open_server(person, sandbox_token="sandbox-staff") as door:
        text = await door.refused("import_external_orders", edition_id=EDITION, orders=[order()])
        assert person.questions == []
        assert "manager or admin" in text
        assert door.written()[3] == 0
