"""Import external orders."""

import json
from typing import Any

import anyio
import httpx
import pytest
from importing_steps import DAY, DAY_VARIANT, PAST, TENT, UPCOMING, Json, edition_state, imported, processed

from preo_mcp.sandbox import slices
from preo_mcp.sandbox.store import Store

PATH = "/v1/data-imports/external-orders"


def item(**change: Any) -> Json:
    return {"product_id": DAY, "variant_id": DAY_VARIANT, "quantity": 1, "price": 12.5} | change


def order(order_id: str = "E1", **change: Any) -> Json:
    return {"email": "eva@example.com", "order_id": order_id, "items": [item()]} | change


async def send(client: httpx.AsyncClient, *orders: Json, edition: str = UPCOMING) -> httpx.Response:
    return await client.post(PATH, json={"edition_id": edition, "orders": list(orders)})


def never(job: int) -> None:
    """A crash before a job begins."""


async def events(client: httpx.AsyncClient, count: int) -> list[Json]:
    with anyio.fail_after(10):
        while len(found := (await client.get("/__sandbox/events")).json()) < count:
            await anyio.lowlevel.checkpoint()
    return found


async def test_orders_are_queued_and_written_with_an_event_each(manager: httpx.AsyncClient, store: Store) -> None:
    before = await edition_state(manager)
    answer = await send(
        manager,
        order(
            "E1",
            phone_number="20 12 34 56",
            first_name="Eva",
            last_name="Lind",
            items=[
                item(quantity=2, purchase_metadata={"seat": {"row": 3}}),
                {"product_id": "prd_n27_tshirt", "quantity": 1, "option_ids": ["opt_n27_tshirt_xxl"]},
            ],
            order_metadata={"source": "legacy", "tags": [1, None]},
        ),
        order("E2", phone_number=None, first_name=None, items=[item(price=19.995, variant_id=None)]),
    )
    assert (answer.status_code, answer.json()) == (
        200,
        {"status": "queued", "queued_count": 2, "skipped_count": 0, "skipped_order_ids": []},
    )
    found = await events(manager, 2)
    assert [(event["type"], event["data"]["order"]["external_id"]) for event in found] == [
        ("ORDER_COMPLETED", "E1"),
        ("ORDER_COMPLETED", "E2"),
    ]
    first, second = (event["data"]["order"] for event in found)
    assert (first["amount"], second["amount"]) == (2 * 12.5 + 249 + 20, 20.0)
    assert first["customer"]["email"] == "eva@example.com"
    assert first["metadata"] == {"source": "legacy", "tags": [1, None]}
    after = await edition_state(manager)
    assert after["orders"] - before["orders"] == 2
    assert after["purchases"] - before["purchases"] == 4
    customer = store.doc("customers", first["customer_id"])
    assert customer
    assert (customer["first_name"], customer["phone_number"]) == ("Eva", "+4520123456")
    assert second["customer_id"] == first["customer_id"]
    docs = store.db.execute("SELECT doc FROM purchases WHERE order_id = ? ORDER BY rowid", (first["id"],))
    purchases = [json.loads(doc) for (doc,) in docs]
    assert purchases[0]["metadata"] == {"seat": {"row": 3}}
    assert purchases[2]["option_ids"] == ["opt_n27_tshirt_xxl"]


async def test_duplicates_are_skipped_and_reported(manager: httpx.AsyncClient, store: Store) -> None:
    done = await processed(manager)
    await imported(manager, done["id"], ignore_warnings=True)
    first = await send(manager, order("E1"), order("E1", email="other@example.com"), order("#A1"), order(" E1 "))
    assert first.json() == {
        "status": "queued",
        "queued_count": 1,
        "skipped_count": 3,
        "skipped_order_ids": ["E1", "#A1", "E1"],
    }
    again = await send(manager, order("E1"), order("E2"))
    assert again.json()["skipped_order_ids"] == ["E1"]
    await events(manager, 3)
    assert (await send(manager, order("E1"))).json()["queued_count"] == 0
    emails = store.db.execute(
        "SELECT email FROM customers JOIN orders ON customer_id = customers.id WHERE external_id = 'E1'"
    ).fetchall()
    assert emails == [("eva@example.com",)]


async def test_another_edition_has_other_order_ids(admin: httpx.AsyncClient) -> None:
    assert (await send(admin, order("E1"))).json()["queued_count"] == 1
    there = order("E1", items=[item(product_id="prd_e25_day", variant_id=None)])
    assert (await send(admin, there, edition=PAST)).json()["queued_count"] == 1


async def test_nothing_to_do(manager: httpx.AsyncClient) -> None:
    assert (await send(manager)).json()["queued_count"] == 0


async def test_roles_and_editions(staff: httpx.AsyncClient, manager: httpx.AsyncClient) -> None:
    assert (await send(staff, order())).status_code == 403
    for edition in (PAST, "edt_unknown"):
        answer = await send(manager, order(), edition=edition)
        assert (answer.status_code, list(answer.json())) == (400, ["edition_id"])
    assert (await send(manager, order(), edition="e" * 256)).status_code == 400


@pytest.mark.parametrize(
    ("bad", "path"),
    [
        (order(email="nobody"), ["email"]),
        (order(email=None), ["email"]),
        (order(order_id=" "), ["order_id"]),
        (order(order_id="x" * 256), ["order_id"]),
        (order(items=[]), ["items"]),
        (order(items=[item(product_id="prd_unknown")]), ["items", 0, "product_id"]),
        (order(items=[item(product_id="prd_n26_day")]), ["items", 0, "product_id"]),
        (order(items=[item(variant_id=TENT)]), ["items", 0, "variant_id"]),
        (order(items=[item(option_ids=["opt_unknown"])]), ["items", 0, "option_ids"]),
        (order(items=[item(quantity=0)]), ["items", 0, "quantity"]),
        (order(items=[item(quantity=1001)]), ["items", 0, "quantity"]),
        (order(items=[item(quantity=1.5)]), ["items", 0, "quantity"]),
        (order(items=[item(price=-1)]), ["items", 0, "price"]),
        (order(items=[item(price=1e13)]), ["items", 0, "price"]),
        (order(items=[item(quantity=1000)] * 3), ["items"]),
        (order(items=[item(purchase_metadata=[])]), ["items", 0, "purchase_metadata"]),
        (order(order_metadata="x"), ["order_metadata"]),
    ],
)
async def test_what_does_not_do_is_refused_by_its_place(
    manager: httpx.AsyncClient, store: Store, bad: Json, path: list[str | int]
) -> None:
    answer = await send(manager, order("E0"), bad)
    assert answer.status_code == 400
    node = answer.json()["orders"]
    assert node[0] == {}
    node = node[1]
    for part in path:
        node = node[part]
    assert all(isinstance(message, str) for message in node)
    assert store.db.execute("SELECT count(*) FROM external_orders").fetchone() == (0,)


async def test_numbers_that_json_cannot_say_are_refused(manager: httpx.AsyncClient) -> None:
    text = json.dumps({"edition_id": UPCOMING, "orders": [order(order_metadata={"n": 777}), order("E2")]})
    headers = {"Content-Type": "application/json"}
    answer = await manager.post(PATH, content=text.replace("777", "1e999"), headers=headers)
    assert answer.status_code == 400
    assert list(answer.json()["orders"][0]) == ["order_metadata"]
    answer = await manager.post(PATH, content=text.replace("777", "7" * 4000), headers=headers)
    assert answer.status_code == 200
    answer = await manager.post(PATH, content=text.replace("12.5", "1e999"), headers=headers)
    assert answer.status_code == 400


async def test_an_import_that_was_quicker_keeps_its_order(
    manager: httpx.AsyncClient, store: Store, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.state.jobs, "start", never)
    assert (await send(manager, order("#A1"))).json()["queued_count"] == 1
    monkeypatch.undo()
    done = await processed(manager)
    await imported(manager, done["id"], ignore_warnings=True)
    assert (await send(manager, order("E9"))).json()["queued_count"] == 1
    found = await events(manager, 2)
    assert [event["type"] for event in found] == ["DATA_IMPORT_COMPLETED", "ORDER_COMPLETED"]
    statuses = store.db.execute("SELECT order_id, status FROM external_orders ORDER BY sequence").fetchall()
    assert statuses == [("#A1", "skipped"), ("E9", "done")]


async def test_many_orders_in_many_slices(manager: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "SLICE_SECONDS", 0.0)
    orders = [order(f"E{at}", email=f"u{at % 7}@example.com") for at in range(60)]
    assert (await send(manager, *orders, *orders[:10])).json()["skipped_count"] == 10
    found = await events(manager, 60)
    assert [event["data"]["order"]["external_id"] for event in found] == [f"E{at}" for at in range(60)]
