"""List orders: what is required, what each filter finds, in which order."""

import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import anyio
import anyio.lowlevel
import httpx
import pytest

from preo_mcp.api.models.base import Page
from preo_mcp.api.models.orders import OrderInList, OrderOrdering
from preo_mcp.sandbox.store import Doc, Store

Json = dict[str, Any]

RUNNING, UPCOMING, PAST = "edt_nordlys26", "edt_nordlys27", "edt_elbklang25"
SOREN = "usr_soeren"


async def listed(client: httpx.AsyncClient, **query: Any) -> Json:
    answer = await client.get("/v1/orders", params=query)
    assert answer.status_code == 200, answer.text
    Page[OrderInList].model_validate(answer.json())
    return answer.json()


async def ids(client: httpx.AsyncClient, **query: Any) -> list[str]:
    """Return the ids of all matches, page after page, having checked that the pages agree."""
    found: list[str] = []
    page = 1
    while True:
        answer = await listed(client, **query, page=page, page_size=400)
        found += [row["id"] for row in answer["results"]]
        if answer["next"] is None:
            assert len(found) == answer["count"]
            return found
        page += 1


def stored(store: Store, fits: Callable[[Doc, Doc], bool]) -> set[str]:
    """Return the ids of the orders that fit, by a look at every document."""
    customers = {key: json.loads(doc) for key, doc in store.db.execute("SELECT id, doc FROM customers")}
    orders = [json.loads(doc) for (doc,) in store.db.execute("SELECT doc FROM orders")]
    return {order["id"] for order in orders if fits(order, customers[order["customer_id"]])}


@pytest.mark.parametrize("query", [{}, {"search": "n26"}, {"edition_id": ""}, {"status": "pending"}])
async def test_a_scope_is_required(manager: httpx.AsyncClient, query: Json) -> None:
    answer = await manager.get("/v1/orders", params=query)
    assert answer.status_code == 400
    assert "edition_id, organization_id, customer_id" in answer.json()["non_field_errors"][0]


@pytest.mark.parametrize(
    "query", [{"status": "paid"}, {"type": "mail"}, {"ordering": "customer"}, {"created_after": "soon"}, {"page": 0}]
)
async def test_values_that_do_not_exist_are_refused(manager: httpx.AsyncClient, query: Json) -> None:
    answer = await manager.get("/v1/orders", params={"edition_id": UPCOMING, **query})
    assert answer.status_code == 400
    assert answer.json().keys() & {next(iter(query)), "ordering"}


async def test_scopes(admin: httpx.AsyncClient, store: Store) -> None:
    assert set(await ids(admin, edition_id=UPCOMING)) == stored(store, lambda order, _: order["edition_id"] == UPCOMING)
    of_organization = stored(store, lambda order, _: order["organization_id"] == "org_nordlys")
    assert set(await ids(admin, organization_id="org_nordlys")) == of_organization
    assert set(await ids(admin, customer_id=SOREN)) == stored(store, lambda order, _: order["customer_id"] == SOREN)
    both = await ids(admin, customer_id=SOREN, edition_id=UPCOMING)
    assert 0 < len(both) < len(await ids(admin, customer_id=SOREN))
    assert await ids(admin, organization_id="org_elbklang", edition_id=UPCOMING) == []


@pytest.mark.parametrize(
    "query", [{"edition_id": PAST}, {"organization_id": "org_elbklang"}, {"customer_id": "usr_juergen"}]
)
async def test_orders_of_others_are_hidden(manager: httpx.AsyncClient, admin: httpx.AsyncClient, query: Json) -> None:
    assert (await listed(manager, **query))["count"] == 0
    assert (await listed(admin, **query))["count"] > 0


FILTERS: list[tuple[Json, Callable[[Doc, Doc], bool]]] = [
    ({"status": "pending"}, lambda order, _: order["status"] == "pending"),
    ({"type": "in-person"}, lambda order, _: order["type"] == "in-person"),
    ({"customer_email": "KJÆRGAARD@"}, lambda _, customer: "kjaergaard@" in customer["email"]),
    ({"customer_phone": "20 13 4"}, lambda _, customer: "20134" in (customer["phone_number"] or "")),
    ({"order_number": "n26-1012"}, lambda order, _: "N26-1012" in order["order_number"]),
    ({"search": "hansen"}, lambda _, customer: "hansen" in customer["email"]),
    ({"search": "+45 2013"}, lambda _, customer: "452013" in (customer["phone_number"] or "")),
    ({"search": "N27-100"}, lambda order, _: "N27-100" in order["order_number"]),
    (
        {"status": "cancelled", "type": "online", "search": "example.org"},
        lambda order, customer: (
            (order["status"], order["type"]) == ("cancelled", "online") and "example.org" in customer["email"]
        ),
    ),
]


@pytest.mark.parametrize(("query", "fits"), FILTERS)
async def test_filters(manager: httpx.AsyncClient, store: Store, query: Json, fits: Callable[[Doc, Doc], bool]) -> None:
    of_nordlys = stored(store, lambda order, _: order["organization_id"] == "org_nordlys")
    expected = of_nordlys & stored(store, fits)
    assert expected
    assert set(await ids(manager, organization_id="org_nordlys", **query)) == expected


async def test_search_finds_ids_and_transactions(manager: httpx.AsyncClient, store: Store) -> None:
    paid = "SELECT doc FROM orders WHERE transaction_id IS NOT NULL AND edition_id = ? LIMIT 1"
    [(doc,)] = store.db.execute(paid, (RUNNING,)).fetchall()
    order = json.loads(doc)
    for query in (
        {"search": order["id"].upper()},
        {"search": order["id"][4:]},
        {"search": order["transaction_id"]},
        {"transaction_id": order["transaction_id"]},
    ):
        assert await ids(manager, edition_id=RUNNING, **query) == [order["id"]]
    assert await ids(manager, edition_id=RUNNING, transaction_id=order["transaction_id"][:-1]) == []


@pytest.mark.parametrize("text", ["%", "_", "'", "zzzzzz", "*", "\x00"])
async def test_no_character_is_a_wildcard(manager: httpx.AsyncClient, text: str) -> None:
    for name in ("search", "customer_email", "customer_phone"):
        answer = await listed(manager, edition_id=UPCOMING, **{name: text})
        assert answer["count"] == (answer["count"] if text == "_" and name == "search" else 0)


async def test_dates_include_their_bounds(manager: httpx.AsyncClient, store: Store) -> None:
    newest, *_, oldest = (await listed(manager, edition_id=UPCOMING, page_size=1000))["results"]
    moment = oldest["created"]
    assert oldest["id"] in await ids(manager, edition_id=UPCOMING, created_before=moment, created_after=moment)
    later = await ids(manager, edition_id=UPCOMING, created_after=newest["created"])
    assert newest["id"] in later
    in_another_offset = await ids(manager, edition_id=UPCOMING, created_after="2026-10-01T02:00:00+02:00")
    assert set(in_another_offset) == stored(
        store, lambda order, _: order["edition_id"] == UPCOMING and order["created"] >= "2026-10-01T00:00:00"
    )


@pytest.mark.parametrize("ordering", OrderOrdering)
async def test_orderings(manager: httpx.AsyncClient, ordering: OrderOrdering) -> None:
    field = ordering.lstrip("-")
    rows = (await listed(manager, edition_id=UPCOMING, ordering=ordering, page_size=1000))["results"]
    values = [row[field] for row in rows]
    assert values == sorted(values, reverse=ordering[0] == "-")
    for first, second in pairwise(rows):
        assert first[field] != second[field] or first["id"] < second["id"]


async def test_several_orderings_and_the_default(manager: httpx.AsyncClient) -> None:
    answer = await listed(manager, organization_id="org_nordlys", ordering=["status", "-amount"], page_size=1000)
    rows = answer["results"]
    keys = [(row["status"], -row["amount"], row["id"]) for row in rows]
    assert keys == sorted(keys)
    again = await listed(manager, organization_id="org_nordlys", ordering=["status", "-amount"] * 1500, page_size=1000)
    assert again["results"] == rows
    created = [row["created"] for row in (await listed(manager, organization_id="org_nordlys"))["results"]]
    assert created == sorted(created, reverse=True)
    assert len(created) == 100


async def test_pages_meet_without_gap_or_overlap(manager: httpx.AsyncClient) -> None:
    whole = await ids(manager, edition_id=RUNNING)
    assert len(set(whole)) == len(whole) == 2_900
    # Beyond the first thousand matches the page is fetched in another way.
    for page, size in ((1, 7), (143, 7), (2, 1000), (3, 1000), (1, 1000)):
        rows = (await listed(manager, edition_id=RUNNING, page=page, page_size=size))["results"]
        assert [row["id"] for row in rows] == whole[(page - 1) * size : page * size]
    for page in (30, 10**30):
        past_the_end = {"edition_id": RUNNING, "page": page, "page_size": 100}
        assert (await manager.get("/v1/orders", params=past_the_end)).status_code == 404


async def test_rows_say_who_ordered_and_what_it_cost(manager: httpx.AsyncClient, store: Store) -> None:
    [row] = (await listed(manager, customer_id=SOREN, edition_id=UPCOMING))["results"]
    order = store.doc("orders", row["id"])
    assert order is not None
    assert row["amount"] * 100 == order["amount"]
    assert (row["currency"], row["customer"]["last_name"], row["edition"]["id"]) == ("DKK", "Kjærgaard", UPCOMING)


async def test_search_follows_a_changed_customer(manager: httpx.AsyncClient) -> None:
    theirs = set(await ids(manager, customer_id=SOREN))
    change = {"email": "Ny.Adresse@Example.com", "phone_number": "+45 31 11 22 33"}
    assert (await manager.patch(f"/v1/users/{SOREN}", json=change)).status_code == 200
    for query in ({"search": "ny.adresse"}, {"customer_email": "NY.ADRESSE"}, {"customer_phone": "31 11 22 33"}):
        assert set(await ids(manager, organization_id="org_nordlys", **query)) == theirs
    assert await ids(manager, organization_id="org_nordlys", search="soeren.kjaergaard") == []


async def test_imported_orders_are_found_and_completed_customers_too(manager: httpx.AsyncClient, store: Store) -> None:
    with store.transaction():
        store.db.execute(
            "UPDATE customers SET phone = NULL, doc = json_set(doc, '$.phone_number', NULL) WHERE id = ?", (SOREN,)
        )
    assert await ids(manager, organization_id="org_nordlys", customer_phone="20134567") == []
    item = {"product_id": "prd_n27_parking", "quantity": 1}
    order = {"email": "SOEREN.kjaergaard@example.com", "phone_number": "20134567", "order_id": "S-1", "items": [item]}
    answer = await manager.post("/v1/data-imports/external-orders", json={"edition_id": UPCOMING, "orders": [order]})
    assert answer.status_code < 300, answer.text
    with anyio.fail_after(20):
        while not await ids(manager, customer_id=SOREN, edition_id=UPCOMING, order_number="IMP-"):
            await anyio.lowlevel.checkpoint()
    theirs = await ids(manager, customer_id=SOREN)
    assert await ids(manager, organization_id="org_nordlys", customer_phone="20 13 45 67") == theirs


async def test_a_row_has_of_money_and_purchases_what_the_order_has(manager: httpx.AsyncClient) -> None:
    paid = await listed(manager, edition_id=RUNNING, page_size=1000)
    rows = [row for row in paid["results"] if row["refunded"] or row["refund_pending"]][:10]
    assert rows
    for row in [*rows, *paid["results"][:5]]:
        order = (await manager.get(f"/v1/orders/{row['id']}")).json()
        assert (row["refunded"], row["refund_pending"]) == (order["refunded"], order["refund_pending"])
        bought = [(one["id"], one["product"]["name"], one["status"]) for one in order["purchases"]]
        assert [(one["id"], one["product"]["name"], one["status"]) for one in row["purchases"]] == bought
