"""One order, one purchase: the figures add up, and nobody else sees them."""

import json
from decimal import Decimal
from typing import Any

import httpx
import pytest

from preo_mcp.api.models.orders import Order
from preo_mcp.api.models.purchases import Purchase
from preo_mcp.sandbox.store import Doc, Store

Json = dict[str, Any]


async def shown(client: httpx.AsyncClient, path: str) -> Json:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def an_order(store: Store, condition: str) -> Doc:
    row = store.db.execute(
        f"SELECT doc FROM orders WHERE organization_id = 'org_nordlys' AND {condition} ORDER BY id LIMIT 1"
    ).fetchone()
    return json.loads(row[0])


NEVER_REFUNDED = "id NOT IN (SELECT order_id FROM refunds)"


async def test_figures_of_every_kind_of_order_add_up(manager: httpx.AsyncClient, store: Store) -> None:
    rows = store.db.execute("SELECT id FROM orders WHERE organization_id = 'org_nordlys' ORDER BY id LIMIT 150")
    for (key,) in rows.fetchall():
        order = await shown(manager, f"/v1/orders/{key}")
        Order.model_validate(order)
        purchases = order["purchases"]
        sums = {"fees": ["fee"], "deposits": ["deposit"], "amount": ["price", "fee", "deposit"]}
        sums |= {name: [name] for name in ("refunded", "refund_pending", "refundable")}
        for total, parts in sums.items():
            added = sum(Decimal(str(one[part])) for one in purchases for part in parts)
            assert Decimal(str(order[total])) == added, total


async def test_a_paid_order_in_full(manager: httpx.AsyncClient, store: Store) -> None:
    stored = an_order(store, f"type = 'online' AND status = 'completed' AND {NEVER_REFUNDED}")
    order = await shown(manager, f"/v1/orders/{stored['id']}")
    assert (order["refunded"], order["refund_pending"], order["refundable"]) == (0, 0, order["amount"])
    transaction = order["transaction"]
    assert (transaction["id"], transaction["amount"], transaction["currency"]) == (
        stored["transaction_id"],
        order["amount"],
        "DKK",
    )
    assert (transaction["fees"], transaction["deposits"]) == (order["fees"], order["deposits"])
    assert order["customer"]["id"] == stored["customer_id"]
    assert order["edition"]["timezone"] == "Europe/Copenhagen"


@pytest.mark.parametrize("condition", ["status = 'pending'", "status = 'cancelled'", "type = 'imported'"])
async def test_nothing_is_left_of_what_was_not_paid_here(
    manager: httpx.AsyncClient, store: Store, condition: str
) -> None:
    order = await shown(manager, f"/v1/orders/{an_order(store, condition)['id']}")
    assert order["refundable"] == 0
    assert order["amount"] >= 0
    assert (order["transaction"] is None) == (condition != "status = 'cancelled'")


async def test_a_purchase_names_what_was_bought(manager: httpx.AsyncClient, store: Store) -> None:
    row = store.db.execute(
        "SELECT doc FROM purchases WHERE edition_id = 'edt_nordlys26' AND product_id = 'prd_n26_tshirt' ORDER BY id"
    ).fetchone()
    stored = json.loads(row[0])
    purchase = await shown(manager, f"/v1/purchases/{stored['id']}")
    Purchase.model_validate(purchase)
    assert purchase["product"] == {"api_id": "prd_n26_tshirt", "name": "T-shirt", "type": "product"}
    [option] = purchase["options"]
    assert option["api_id"] == stored["option_ids"][0]
    assert purchase["order"]["id"] == stored["order_id"]
    assert purchase["amount"] == purchase["price"] + purchase["fee"] + purchase["deposit"]
    order = await shown(manager, f"/v1/orders/{stored['order_id']}")
    [same] = [one for one in order["purchases"] if one["id"] == stored["id"]]
    assert same.items() <= purchase.items()


async def test_a_product_that_is_gone_keeps_its_name(manager: httpx.AsyncClient, store: Store) -> None:
    with store.transaction():
        store.db.execute("DELETE FROM products WHERE id = 'prd_n26_partout'")
    order = an_order(
        store, "id IN (SELECT order_id FROM purchases WHERE product_id = 'prd_n26_partout' AND variant_id IS NOT NULL)"
    )
    purchases = (await shown(manager, f"/v1/orders/{order['id']}"))["purchases"]
    [gone, *_] = [one for one in purchases if one["product"]["api_id"] == "prd_n26_partout"]
    assert gone["product"] == {"api_id": "prd_n26_partout", "name": "Partoutbillet", "type": None}
    assert gone["variant"]["name"]


async def test_others_are_not_found(manager: httpx.AsyncClient, admin: httpx.AsyncClient, store: Store) -> None:
    for table, path in (("orders", "/v1/orders"), ("purchases", "/v1/purchases")):
        [(key,)] = store.db.execute(f"SELECT id FROM {table} WHERE edition_id = 'edt_elbklang25' LIMIT 1").fetchall()
        assert (await manager.get(f"{path}/{key}")).status_code == 404
        assert (await admin.get(f"{path}/{key}")).status_code == 200
        assert (await admin.get(f"{path}/nothing")).status_code == 404


async def test_staff_may_look(staff: httpx.AsyncClient, store: Store) -> None:
    order = an_order(store, "type = 'online'")
    purchase = (await shown(staff, f"/v1/orders/{order['id']}"))["purchases"][0]
    await shown(staff, f"/v1/purchases/{purchase['id']}")


async def test_an_order_tells_its_refunds(manager: httpx.AsyncClient, store: Store) -> None:
    for (key,) in store.db.execute("SELECT DISTINCT order_id FROM refunds WHERE organization_id = 'org_nordlys'"):
        order = await shown(manager, f"/v1/orders/{key}")
        listed = await shown(manager, f"/v1/refunds?search={key}")
        told = [{name: refund[name] for name in order["refunds"][0]} for refund in listed["results"]]
        assert order["refunds"] == told
    never = an_order(store, NEVER_REFUNDED)
    assert (await shown(manager, f"/v1/orders/{never['id']}"))["refunds"] == []
