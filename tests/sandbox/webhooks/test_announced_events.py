"""What happens in the sandbox reaches the endpoints that listen, with what a receiver needs."""

import json

import httpx
from receiver import Receiver
from webhook_steps import UPCOMING, created

from preo_mcp.sandbox.store import Store
from preo_mcp.sandbox.webhooks.signing import signature
from tests.sandbox.conftest import NOW


async def test_external_orders(manager: httpx.AsyncClient, receiver: Receiver) -> None:
    await created(manager, receiver.url, edition_id=UPCOMING)
    item = {"product_id": "prd_n27_parking", "quantity": 2, "price": 195.5}
    orders = [{"email": f"{key}@example.com", "order_id": key, "items": [item]} for key in ("a", "b")]
    path = "/v1/data-imports/external-orders"
    answer = await manager.post(path, json={"edition_id": UPCOMING, "orders": orders})
    assert answer.status_code == 200
    found = sorted((one.event["data"]["order"] for one in await receiver.got(2)), key=lambda one: one["external_id"])
    assert [(one["external_id"], one["customer"]["email"]) for one in found] == [
        ("a", "a@example.com"),
        ("b", "b@example.com"),
    ]
    assert (found[0]["amount"], found[0]["currency"], found[0]["edition_id"]) == (391.0, "DKK", UPCOMING)


async def test_refunds(manager: httpx.AsyncClient, receiver: Receiver, store: Store) -> None:
    await created(manager, receiver.url, events=["REFUND_PROCESSED", "REFUND_FAILED"])
    [(key, doc)] = store.db.execute(
        "SELECT id, doc FROM refunds WHERE status = 'requested' AND organization_id = 'org_nordlys' ORDER BY id LIMIT 1"
    ).fetchall()
    assert (await manager.post(f"/v1/refunds/{key}/approve")).status_code == 200
    [request] = await receiver.got(1)
    event = request.event
    assert event["type"] in {"REFUND_PROCESSED", "REFUND_FAILED"}
    assert (event["data"]["refund_id"], event["data"]["currency"]) == (key, json.loads(doc)["currency"])


async def test_seeded_deliveries_are_whole_and_in_the_past(manager: httpx.AsyncClient) -> None:
    path = "/v1/webhooks/whk_nordlysbooks/deliveries"
    rows = (await manager.get(path)).json()["results"]
    assert {row["status"] for row in rows} == {"succeeded", "failed"}
    assert {row["error_kind"] for row in rows} == {None, "timeout", "http_status"}
    for row in rows:
        one = (await manager.get(f"{path}/{row['id']}")).json()
        assert json.loads(one["request"]["body"])["id"] == one["event_id"]
        assert one["created"] <= one["last_attempt_at"] < NOW.isoformat()
        assert one["attempts"] == (6 if one["status"] == "failed" else 1)


def test_signature_of_a_known_message() -> None:
    # printf '1795424400.{"id":1}' | openssl dgst -sha256 -hmac whsec_a
    known = "f1cdc845fe7919ca30c9430f6fdf74ce1fe7f5cb0a404e6a89e2de0444395dac"
    assert signature(["whsec_a"], NOW, b'{"id":1}') == f"t=1795424400,v1={known}"
