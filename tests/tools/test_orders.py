"""Orders and purchases at the MCP door: from a few digits of a phone number to what was bought, in two calls."""

from pathlib import Path

import httpx
import pytest

from tests.door import Door, Era, open_door, text_of
from tests.tools.conftest import OpenServer

ORGANIZATION, UPCOMING = "org_nordlys", "edt_nordlys27"


async def test_from_part_of_a_phone_number_to_the_purchases_in_two_calls(door: Door) -> None:
    listed = await door.done("list_orders", edition_id=UPCOMING, customer_phone="20 13 45")
    [row] = listed["results"]
    assert row["customer"] == "Søren Kjærgaard, soeren.kjaergaard@example.com, +4520134567"
    assert row["customer_id"] == "usr_soeren"
    assert row["currency"] == "DKK"
    assert listed["filters"] == f"edition_id={UPCOMING}, customer_phone=20 13 45"

    order = await door.done("get_order", order_id=row["id"])
    assert (order["order_number"], order["amount"]) == (row["order_number"], row["amount"])
    assert order["edition"]["timezone"] == "Europe/Copenhagen"
    assert sum(one["price"] + one["fee"] + one["deposit"] for one in order["purchases"]) == order["amount"]

    purchase = await door.done("get_purchase", purchase_id=order["purchases"][0]["id"])
    assert purchase["order"]["id"] == row["id"]
    assert purchase["product"] == order["purchases"][0]["product"]
    assert purchase["currency"] == "DKK"


async def test_rows_are_lean_and_an_order_reads_well(door: Door) -> None:
    result = await door.call("list_orders", organization_id=ORGANIZATION, page_size=2, ordering=["-amount"])
    assert result.structured_content is not None
    expected = ["id", "order_number", "status", "type", "amount", "currency", "customer", "customer_id", "created"]
    rows = result.structured_content["results"]
    assert all(list(row) == expected for row in rows)
    assert result.structured_content["next"] == "page=2, page_size=2"
    text = text_of(await door.call("get_order", order_id=rows[0]["id"]))
    assert "Europe/Copenhagen" in text
    assert "product | " in text
    assert "additional" not in text


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({}, "Add organization_id, one of org_nordlys (Nordlys Festival ApS), org_elbklang (Elbklang Konzerte GmbH)."),
        ({"search": "soeren"}, "edition_id, organization_id, customer_id"),
        ({"edition_id": ""}, "edition_id, organization_id, customer_id"),
        ({"edition_id": UPCOMING, "ordering": ["customer"]}, "ordering"),
        ({"edition_id": UPCOMING, "status": "paid"}, "status"),
        ({"edition_id": UPCOMING, "created_after": "2026-01-01T00:00:00"}, "timezone"),
        ({"edition_id": UPCOMING, "page": 99}, "Invalid page"),
        ({"edition_id": UPCOMING, "search": "x " * 60}, "50 words"),
    ],
)
async def test_refused_lists(door: Door, arguments: dict[str, object], says: str) -> None:
    assert says in await door.refused("list_orders", **arguments)


async def test_unknown_ids(door: Door) -> None:
    assert "No Order" in await door.refused("get_order", order_id="ord_none")
    assert "No Purchase" in await door.refused("get_purchase", purchase_id="pur_none")


async def test_whose_token_it_is(open_server: OpenServer) -> None:
    async with open_server() as door:
        info = await door.done("get_user_info")
    assert [(one["id"], one["role"]) for one in info["organizations"]] == [
        ("org_nordlys", "admin"),
        ("org_elbklang", "admin"),
    ]
    assert "slug" not in info["organizations"][0]


async def test_without_user_info_the_refusal_still_says_what_is_missing(era: Era, tmp_path: Path) -> None:
    def api(request: httpx.Request) -> httpx.Response:
        return httpx.Response(404, json={"detail": "Not found."})

    async with open_door(tmp_path, era, api=api) as door:
        assert "list_editions" in await door.refused("list_orders")
        assert "inferred" in await door.refused("get_user_info")


async def test_orders_of_another_shape_are_shown_as_far_as_they_go(era: Era, tmp_path: Path) -> None:
    row = {"id": "ord_1", "customer": None, "amount": 5, "loyalty": "gold"}
    purchase = {
        "id": "pur_1",
        "product": {"api_id": "prd_1"},
        "options": [{"api_id": "opt_1", "name": "XL"}, {"api_id": "opt_2"}],
    }

    def api(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/ord_1"):
            return httpx.Response(200, json={**row, "customer": {"email": "a@b.dk"}, "purchases": [purchase]})
        return httpx.Response(200, json={"count": 1, "next": None, "previous": None, "results": [row]})

    async with open_door(tmp_path, era, api=api) as door:
        listed = await door.done("list_orders", edition_id="edt_1")
        assert listed["results"] == [{"id": "ord_1", "amount": 5.0}]
        order = await door.done("get_order", order_id="ord_1")
    assert (order["customer"], order["loyalty"]) == ("a@b.dk", "gold")
    assert order["purchases"] == [{"id": "pur_1", "product": "prd_1", "options": "XL, opt_2"}]
