"""Calculating segments: counts that plain Python comes to as well, errors told, states, changes seen."""

import json
from collections import defaultdict
from datetime import timedelta
from typing import Any

import httpx
import pytest
from segment_steps import NEWS, NORDLYS, UPCOMING, calculated, counted, created, finished, shown

from preo_mcp.sandbox.clock import FixedClock
from preo_mcp.sandbox.store import Store

SEEDED = ("seg_nordlys_return", "seg_nordlys_guests")
STUCK, BROKEN = "seg_nordlys_stuck", "seg_elbklang_broken"


def docs(store: Store, table: str) -> list[dict[str, Any]]:
    found = [json.loads(doc) for (doc,) in store.db.execute(f"SELECT doc FROM {table} ORDER BY id")]
    return [doc for doc in found if doc.get("organization_id", NORDLYS) == NORDLYS]


async def test_counts_are_those_of_plain_python(manager: httpx.AsyncClient, store: Store) -> None:
    condition = (
        "user.orders.exists(o, o.total > 1500 && o.status == 'completed')\n"
        "&& user.purchases.exists(p, p.product_type == 'ticket' && p.status != 'refunded')\n"
        "&& !user.consents.exists(c, c.consent_id == 'con_nordlys_news' && !c.granted)"
    )
    segment = await counted(manager, condition, consent_id=NEWS, communication_type="marketing")
    orders, purchases = defaultdict[str, list[Any]](list), defaultdict[str, list[Any]](list)
    for order in docs(store, "orders"):
        orders[order["customer_id"]].append(order)
    types = {product["id"]: product["type"] for product in docs(store, "products")}
    for purchase in docs(store, "purchases"):
        purchases[purchase["customer_id"]].append(purchase)
    answers = dict(store.db.execute("SELECT customer_id, status FROM customer_consents WHERE consent_id = ?", (NEWS,)))
    wallets = {key for (key,) in store.db.execute("SELECT customer_id FROM passes WHERE status = 'active'")}
    members = [
        one
        for one in docs(store, "customers")
        if any(order["amount"] > 150_000 and order["status"] == "completed" for order in orders[one["id"]])
        and any(types[p["product_id"]] == "ticket" and p["status"] != "refunded" for p in purchases[one["id"]])
        and answers.get(one["id"]) != "withdrawn"
    ]
    willing = [one for one in members if answers.get(one["id"]) == "granted"]
    assert segment["user_count"] == len(members) > len(willing) > 0
    assert segment["consented_count"] == segment["reachable_count"] == len(willing)
    assert segment["reachable"] == {
        "any": len(willing),
        "email": len(willing),
        "sms": sum(one["phone_number"] is not None for one in willing),
        "pass_push": sum(one["id"] in wallets for one in willing),
    }
    assert (segment["status"], segment["error_count"], segment["first_error"]) == ("completed", 0, None)


@pytest.mark.parametrize("segment_id", SEEDED)
async def test_the_seeds_counts_are_what_a_calculation_comes_to(manager: httpx.AsyncClient, segment_id: str) -> None:
    before = await shown(manager, segment_id)
    after = await calculated(manager, segment_id)
    assert before["user_count"] > 0
    assert after == {**before, "last_calculated": after["last_calculated"]}
    assert after["last_calculated"] > before["last_calculated"]


async def test_who_cannot_be_told_is_left_out_and_counted(manager: httpx.AsyncClient, store: Store) -> None:
    segment = await counted(manager, "user.phone_number.startsWith('+45')")
    without = sum(one["phone_number"] is None for one in docs(store, "customers"))
    danes = sum((one["phone_number"] or "").startswith("+45") for one in docs(store, "customers"))
    assert (segment["status"], segment["error_count"], segment["user_count"]) == ("completed", without, danes)
    assert without > 0
    assert "null" in segment["first_error"]


async def test_edition_and_now(manager: httpx.AsyncClient, clock: FixedClock) -> None:
    condition = "edition.start_date > now && edition.timezone == 'Europe/Copenhagen' && user.id == 'usr_soeren'"
    segment = await created(manager, condition, edition_id=UPCOMING)
    assert (await calculated(manager, segment["id"]))["user_count"] == 1
    clock.move(timedelta(days=365))
    assert (await calculated(manager, segment["id"]))["user_count"] == 0


async def test_changes_are_seen_by_the_next_calculation(manager: httpx.AsyncClient, store: Store) -> None:
    condition = (
        "user.first_name == 'Sara' || user.has_active_pass && user.id == 'usr_maja' "
        "|| user.consents.exists(c, c.name == 'Nyt' && c.granted && user.id == 'usr_soeren')"
    )
    segment = await created(manager, condition)

    async def count() -> int:
        return (await calculated(manager, segment["id"]))["user_count"]

    store.db.execute("INSERT OR REPLACE INTO passes VALUES ('usr_maja', 'removed', '2026-01-01T00:00:00.000000Z')")
    nobody = await count()
    assert store.db.execute("SELECT count(*) FROM stale_users").fetchone() == (0,)
    assert (await manager.patch("/v1/users/usr_soeren", json={"first_name": "Sara"})).status_code == 200
    assert await count() == nobody + 1
    store.db.execute("UPDATE passes SET status = 'active' WHERE customer_id = 'usr_maja'")
    assert await count() == nobody + 2
    assert (await manager.patch("/v1/users/usr_soeren", json={"first_name": "Søren"})).status_code == 200
    assert await count() == nobody + 1
    assert (await manager.patch(f"/v1/consents/{NEWS}", json={"name": "Nyt"})).status_code == 200
    assert await count() == nobody + 2
    replace = (
        "INSERT OR REPLACE INTO customer_consents VALUES (?, 'usr_soeren', 'withdrawn', '2026-11-01T00:00:00.000000Z')"
    )
    store.db.execute("INSERT INTO stale_users VALUES ('usr_soeren')")
    store.db.execute(replace, (NEWS,))
    assert await count() == nobody + 1


async def test_new_orders_are_seen(manager: httpx.AsyncClient) -> None:
    segment = await created(manager, "user.orders.exists(o, o.order_number.startsWith('IMP-'))")
    assert (await calculated(manager, segment["id"]))["user_count"] == 0
    item = {"product_id": "prd_n27_parking", "quantity": 1}
    order = {"order_id": "X-1", "email": "new@example.com", "items": [item]}
    body = {"edition_id": UPCOMING, "orders": [order]}
    answer = await manager.post("/v1/data-imports/external-orders", json=body)
    assert answer.is_success, answer.text
    for _ in range(50):
        if (await calculated(manager, segment["id"]))["user_count"] == 1:
            return
    pytest.fail("the new customer was never counted")


async def test_one_calculation_at_a_time(manager: httpx.AsyncClient) -> None:
    segment = await created(manager)
    address = f"/v1/segments/{segment['id']}"
    await manager.post(f"{address}/recalculate")
    again = await manager.post(f"{address}/recalculate")
    assert again.status_code == 400
    assert "Reset stuck segment" in again.json()["detail"]
    assert (await finished(manager, segment["id"]))["status"] == "completed"


async def test_reset_gives_up_what_is_stuck(manager: httpx.AsyncClient) -> None:
    assert (await shown(manager, STUCK))["status"] == "processing"
    reset = await manager.post(f"/v1/segments/{STUCK}/reset")
    assert (reset.status_code, reset.json()["status"], reset.json()["processed_count"]) == (200, "draft", None)
    again = await manager.post(f"/v1/segments/{STUCK}/reset")
    assert again.status_code == 400
    assert "Recalculate segment" in again.json()["detail"]
    assert (await calculated(manager, STUCK))["status"] == "completed"


async def test_a_reset_and_a_new_calculation_count_nobody_twice(manager: httpx.AsyncClient, store: Store) -> None:
    segment = await created(manager)
    address = f"/v1/segments/{segment['id']}"
    for _ in range(3):
        await manager.post(f"{address}/recalculate")
        await manager.post(f"{address}/reset")
    after = await calculated(manager, segment["id"])
    again = await calculated(manager, segment["id"])
    assert after["user_count"] == again["user_count"] > 0
    assert (await finished(manager, segment["id"]))["reachable"] == after["reachable"]
    [(run,)] = store.db.execute("SELECT json_extract(doc, '$.run') FROM segments WHERE id = ?", (segment["id"],))
    count = store.db.execute("SELECT count(*) FROM segment_users WHERE run = ?", (run,)).fetchone()
    assert count == (again["user_count"],)


async def test_a_condition_that_no_longer_compiles_fails_with_the_reason(admin: httpx.AsyncClient) -> None:
    before = await shown(admin, BROKEN)
    after = await calculated(admin, BROKEN)
    assert after["status"] == "failed"
    assert after["error_message"] == before["error_message"]
    answer = await admin.patch(f"/v1/segments/{BROKEN}", json={"condition": "size(user.orders) > 0"})
    assert (answer.json()["status"], answer.json()["error_message"]) == ("draft", None)
    assert (await calculated(admin, BROKEN))["status"] == "completed"
