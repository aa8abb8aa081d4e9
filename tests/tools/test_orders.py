"""Orders and purchases at the MCP door: from a few digits of a phone number to what was bought, in two calls."""

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.door import API, Door, Era, open_door, text_of
from tests.tools.conftest import OpenServer

ORGANIZATION, UPCOMING = "org_nordlys", "edt_nordlys27"
STATES = ("pending", "cancelled")


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
    sums = ["amount", "currency", "refunded", "refund_pending"]
    what = ["items", "edition", "customer", "customer_id", "created"]
    expected = ["id", "order_number", "status", "type", *sums, *what]
    rows = result.structured_content["results"]
    assert all([name for name in row if name != "external_id"] == expected for row in rows)
    assert result.structured_content["next"] == "page=2, page_size=2"
    text = text_of(await door.call("get_order", order_id=rows[0]["id"]))
    assert re.search(r"^created: [0-9-]+T[0-9:]+[+]0[12]:00$", text, re.MULTILINE)
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
    assert "refunds" not in order  # what answered to the refunds' list tells no order
    assert (order["customer"], order["loyalty"]) == ("a@b.dk", "gold")
    assert order["purchases"] == [{"id": "pur_1", "product": "prd_1", "options": "XL, opt_2"}]


async def test_a_whole_address_needs_no_scope_and_several_states_are_one_list(door: Door) -> None:
    found = await door.done("list_orders", search="soeren.kjaergaard@example.com", page_size=3)
    rest = await door.done("list_orders", search="soeren.kjaergaard@example.com", page_size=3, page=2)
    rows = [*found["results"], *rest["results"]]
    assert len({row["id"] for row in rows}) == found["total"] == len(rows)
    assert {row["customer_id"] for row in rows} == {"usr_soeren"}
    assert "edt_nordlys26" in rows[0]["edition"]
    moments = [datetime.fromisoformat(row["created"]) for row in rows]
    assert moments == sorted(moments, reverse=True)
    both = await door.done("list_orders", edition_id=UPCOMING, status=["pending", "cancelled"], page_size=400)
    each = [await door.done("list_orders", edition_id=UPCOMING, status=[one], page_size=1) for one in STATES]
    assert both["total"] == sum(one["total"] for one in each)
    assert {row["status"] for row in both["results"]} == set(STATES)
    assert not any("edition" in row for row in both["results"])
    assert both["results"][0]["created"][-6:] in ("+01:00", "+02:00")


@pytest.mark.parametrize("allowed", [("edt_nordlys26",), ("edt_nordlys26", "edt_nordlys27")])
async def test_where_few_editions_are_allowed_these_are_the_scope(
    open_server: OpenServer, allowed: tuple[str, ...]
) -> None:
    async with open_server(allowed_editions=allowed) as door:
        [row] = (await door.done("list_orders", order_number="N26-10001"))["results"]
        assert "edt_nordlys26" in row["edition"]
        if len(allowed) > 1:
            assert "Give edition_id" in await door.refused("list_orders")
        else:
            assert (await door.done("list_orders"))["total"] > 1000


async def test_an_order_is_found_by_the_number_that_it_has_elsewhere(door: Door) -> None:
    [row, *_] = (await door.done("list_orders", organization_id=ORGANIZATION, type="imported", page_size=1))["results"]
    for search in (row["external_id"], row["external_id"].lstrip("#")):  # the latter is a part of Preo's numbers too
        found = await door.done("list_orders", organization_id=ORGANIZATION, search=search, page_size=400)
        assert row["id"] in [one["id"] for one in found["results"]]
        assert all(search in one["external_id"] for one in found["results"])
        assert found["looked_through"].startswith("all ")
        assert found["filters"].endswith(f"external_id={search}")
    one = await door.done("list_orders", organization_id=ORGANIZATION, search=row["order_number"])
    assert (one["total"], "looked_through" in one) == (1, False)
    part = await door.done("list_orders", organization_id=ORGANIZATION, search=row["order_number"][:-2])
    assert part["total"] > 1
    nothing = await door.done("list_orders", organization_id=ORGANIZATION, search="#9999999")
    assert (nothing["total"], nothing["results"]) == (0, [])
    assert "looked_through" not in await door.done("list_orders", organization_id=ORGANIZATION, search="nobody")


async def test_pages_of_what_is_found_by_a_foreign_number_follow_each_other(door: Door) -> None:
    asked = {"organization_id": ORGANIZATION, "search": "#10", "page_size": 2}
    first, second = await door.done("list_orders", **asked), await door.done("list_orders", **asked, page=2)
    assert first["total"] == second["total"] > 4
    assert not {row["id"] for row in first["results"]} & {row["id"] for row in second["results"]}


async def test_an_order_tells_its_refunds_and_why_one_failed(door: Door) -> None:
    [row] = (await door.done("list_refunds", status=["failed"], page_size=1))["results"]
    order_id = row["order"].split("(")[1].rstrip(")")
    order = await door.done("get_order", order_id=order_id)
    [refund] = [one for one in order["refunds"] if one["id"] == row["id"]]
    assert refund["service_response"] == row["service_response"]
    assert (refund["status"], refund["amount"]) == ("failed", row["amount"])
    assert order["created"].endswith(("+01:00", "+02:00"))
    [plain, *_] = (await door.done("list_orders", edition_id=UPCOMING, status=["pending"], page_size=1))["results"]
    assert (await door.done("get_order", order_id=plain["id"]))["refunds"] == []


async def test_refunds_that_the_order_tells_are_not_asked_for_again(era: Era, tmp_path: Path) -> None:
    asked: list[str] = []

    def api(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        refund = {"id": "rfd_1", "status": "processed", "amount": 5.0, "refund_date": "2026-07-01T10:00:00Z"}
        edition = {"id": "edt_1", "timezone": "Europe/Copenhagen"}
        return httpx.Response(200, json={"id": "ord_1", "edition": edition, "refunds": [refund]})

    async with open_door(tmp_path, era, api=api) as door:
        order = await door.done("get_order", order_id="ord_1")
    assert [one["refund_date"] for one in order["refunds"]] == ["2026-07-01T12:00:00+02:00"]
    assert asked == ["/v1/orders/ord_1"]


@pytest.mark.parametrize("more", [None, f"{API}/v1/refunds?page=2"], ids=["others' only", "more of them"])
async def test_refunds_that_may_be_others_are_not_told_as_its_own(era: Era, tmp_path: Path, more: str | None) -> None:
    """Preo may take no `search` there: then its answer is a page of all refunds, of which some may be this order's."""
    others = [{"id": "rfd_1", "status": "failed", "order": {"id": "ord_2"}}]

    def api(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/refunds"):
            return httpx.Response(200, json={"count": 1, "next": more, "previous": None, "results": others})
        return httpx.Response(200, json={"id": "ord_1", "refunded": 5.0})

    async with open_door(tmp_path, era, api=api) as door:
        order = await door.done("get_order", order_id="ord_1")
    assert order.get("refunds") == ([] if more is None else None)


async def test_a_row_has_what_preo_sends_and_nothing_is_made_up(era: Era, tmp_path: Path) -> None:
    ticket = {"product": {"name": "Partout"}, "variant": {"name": "Adult"}, "status": "completed"}
    rows: list[dict[str, Any]] = [
        {
            "id": "ord_1",
            "refunded": 0,
            "purchases": [{"id": "pur_1", **ticket}, {"id": "pur_2", **ticket}, {"id": "pur_3", "status": "refunded"}],
            "edition": {"id": "edt_1", "timezone": "Mars/Olympus"},
            "created": "2026-07-01T10:00:00Z",
        },
        {"id": "ord_2", "purchases": [], "edition": None, "created": None},
    ]

    def api(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"count": 2, "next": None, "previous": None, "results": rows})

    async with open_door(tmp_path, era, api=api) as door:
        told = (await door.done("list_orders", customer_id="usr_1"))["results"]
    assert told == [
        {
            "id": "ord_1",
            "refunded": 0.0,
            "items": "2 × Partout, Adult; pur_3 (refunded)",
            "edition": "edt_1",
            "created": "2026-07-01T10:00:00Z",
        },
        {"id": "ord_2"},
    ]
