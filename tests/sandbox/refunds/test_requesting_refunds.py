"""Create refund requests: scope from reason, amount from scope, and never more than what is left."""

import httpx
import pytest
from refund_steps import OF_NORDLYS, Bought, approved, ask, bought, fate, refuse

from preo_mcp.api.models.refunds import SCOPE_OF_REASON, RefundReason, RefundScope
from preo_mcp.sandbox.store import Doc, Store


def full(purchase: Doc) -> int:
    return purchase["price"] + purchase["fee"] + purchase["deposit"]


@pytest.mark.parametrize("reason", RefundReason)
async def test_scope_follows_from_reason_and_amount_from_scope(
    manager: httpx.AsyncClient, locker: Doc, reason: RefundReason
) -> None:
    scope = SCOPE_OF_REASON[reason]
    amounts = {
        RefundScope.PURCHASE_PRICE: locker["price"],
        RefundScope.PURCHASE_DEPOSIT: locker["deposit"],
        RefundScope.PURCHASE_FULL: full(locker),
        RefundScope.PURCHASE_CUSTOM: 1234,
    }
    given = {"amount": 12.34} if scope is RefundScope.PURCHASE_CUSTOM else {}
    refund = await ask(manager, locker, reason, **given)
    assert (refund["scope"], refund["amount"], refund["currency"]) == (scope, amounts[scope] / 100, "DKK")
    assert (refund["status"], refund["reason"]) == ("requested", reason)


async def test_what_a_refund_says(staff: httpx.AsyncClient, pair: Bought) -> None:
    refund = await ask(staff, pair.purchases[0], comment="Ill.", pickup_point_id="pup_1")
    purchase = pair.purchases[0]
    assert refund["order"] == {"id": pair.order["id"], "order_number": pair.order["order_number"]}
    assert (refund["edition_id"], refund["transaction_id"]) == (pair.order["edition_id"], pair.order["transaction_id"])
    assert refund["customer"]["id"] == pair.order["customer_id"]
    assert refund["staff_user"]["id"] == "usr_staff"
    assert refund["organization"]["id"] == "org_nordlys"
    assert (refund["comment"], refund["pickup_point"]) == ("Ill.", {"id": "pup_1", "name": None})
    assert (refund["refund_date"], refund["service_response"]) == (None, None)
    [part] = refund["purchases"]
    assert (part["id"], part["product_name"]) == (purchase["id"], purchase["product_name"])


async def test_scope_can_be_overridden(manager: httpx.AsyncClient, pair: Bought) -> None:
    refund = await ask(manager, pair.purchases[0], "customer_request", scope="purchase_full")
    assert refund["amount"] == full(pair.purchases[0]) / 100


async def test_custom_scope_needs_an_amount_and_others_refuse_one(manager: httpx.AsyncClient, pair: Bought) -> None:
    purchase = pair.purchases[0]
    assert "required for the scope purchase_custom" in str(await refuse(manager, purchase, "other"))
    message = str(await refuse(manager, purchase, "customer_request", amount=5))
    assert f"sets the amount itself ({purchase['price'] // 100}.00 DKK)" in message
    assert "purchase_custom" in message


@pytest.mark.parametrize("amount", [0, -1, 0.001, 1e300, "12", True, None])
async def test_amounts_that_are_none(manager: httpx.AsyncClient, pair: Bought, amount: object) -> None:
    await refuse(manager, pair.purchases[0], "other", amount=amount)


async def test_scope_of_nothing_is_refused(manager: httpx.AsyncClient, pair: Bought) -> None:
    message = await refuse(manager, pair.purchases[0], "deposit_reclaim")
    assert "nothing to refund in the scope purchase_deposit" in str(message["scope"])


async def test_several_partial_refunds_add_up_to_what_was_paid(manager: httpx.AsyncClient, pair: Bought) -> None:
    purchase, whole = pair.purchases[0], full(pair.purchases[0])
    await ask(manager, purchase, "other", amount=0.01)
    await ask(manager, purchase, "other", amount=(whole - 2) / 100)
    refused = await refuse(manager, purchase, "other", amount=0.02)
    assert (refused["left"], refused["currency"]) == (0.01, "DKK")
    assert "0.02 DKK is more than what is left: left 0.01 DKK" in str(refused["amount"])
    await ask(manager, purchase, "other", amount=0.01)
    assert (await refuse(manager, purchase, "other", amount=0.01))["left"] == 0


async def test_rejected_and_failed_refunds_free_their_amount(
    manager: httpx.AsyncClient, store: Store, pair: Bought
) -> None:
    purchase = pair.purchases[0]
    first = await ask(manager, purchase, "sold_out")
    await refuse(manager, purchase, "sold_out")
    assert (await manager.post(f"/v1/refunds/{first['id']}/reject")).json()["status"] == "rejected"
    fate(store, succeeds=False)
    second = await approved(manager, await ask(manager, purchase, "sold_out"))
    assert second["status"] == "failed"
    await ask(manager, purchase, "sold_out")


async def test_price_and_deposit_go_back_once(manager: httpx.AsyncClient, locker: Doc) -> None:
    first = await ask(manager, locker, "deposit_reclaim")
    assert first["id"] in str(await refuse(manager, locker, "rental_return"))
    await ask(manager, locker, "product_defect")
    assert (await refuse(manager, locker, "sold_out"))["left"] == locker["fee"] / 100


async def test_whole_transaction(manager: httpx.AsyncClient, pair: Bought) -> None:
    body = {"transaction_id": pair.order["transaction_id"], "reason": "event_cancelled"}
    answer = await manager.post("/v1/refunds", json=body)
    refund = answer.json()
    assert (answer.status_code, refund["scope"]) == (201, "transaction_full")
    assert refund["amount"] == pair.order["amount"] / 100
    assert [part["amount"] for part in refund["purchases"]] == [full(one) / 100 for one in pair.purchases]
    for purchase in pair.purchases:
        assert (await refuse(manager, purchase, "other", amount=0.01))["left"] == 0


async def test_transaction_amounts_reserve_purchases_in_their_order(manager: httpx.AsyncClient, pair: Bought) -> None:
    first, second = pair.purchases
    await ask(manager, first, "other", amount=1)
    amount = full(first) - 100 + 50
    refund = await ask(manager, second, "compensation", scope="transaction_custom", amount=amount / 100)
    assert [part["amount"] for part in refund["purchases"]] == [full(first) / 100 - 1, 0.5]
    body = {"transaction_id": pair.order["transaction_id"], "reason": "event_cancelled"}
    refused = await manager.post("/v1/refunds", json=body)
    assert refused.status_code == 400
    assert refused.json()["left"] == (full(second) - 50) / 100
    assert "transaction_custom" in str(refused.json()["scope"])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"reason": "sold_out"}, "non_field_errors"),
        ({"reason": "sold_out", "purchase_id": "pur_none"}, "purchase_id"),
        ({"reason": "sold_out", "transaction_id": "trx_none"}, "transaction_id"),
        ({"reason": "whim", "purchase_id": "pur_none"}, "reason"),
        ({"purchase_id": "pur_none"}, "reason"),
    ],
)
async def test_bodies_that_do_not_do(manager: httpx.AsyncClient, body: Doc, field: str) -> None:
    answer = await manager.post("/v1/refunds", json=body)
    assert answer.status_code == 400
    assert field in answer.json()


async def test_exactly_one_of_purchase_and_transaction(manager: httpx.AsyncClient, pair: Bought) -> None:
    ids = {"purchase_id": pair.purchases[0]["id"], "transaction_id": pair.order["transaction_id"]}
    assert (await manager.post("/v1/refunds", json={"reason": "sold_out", **ids})).status_code == 400
    del ids["transaction_id"]
    answer = await manager.post("/v1/refunds", json={"reason": "sold_out", **ids})
    assert (answer.status_code, answer.json()["scope"]) == (201, "purchase_full")


async def test_a_transaction_has_no_purchase_scope(manager: httpx.AsyncClient, pair: Bought) -> None:
    body = {"transaction_id": pair.order["transaction_id"], "reason": "sold_out", "scope": "purchase_full"}
    assert "transaction_full" in str((await manager.post("/v1/refunds", json=body)).json()["scope"])


@pytest.mark.parametrize(
    ("condition", "word"),
    [("status = 'pending'", "pending"), ("status = 'cancelled'", "cancelled"), ("type = 'imported'", "another system")],
)
async def test_orders_without_payment_are_not_refunded(
    manager: httpx.AsyncClient, store: Store, condition: str, word: str
) -> None:
    status = "" if "status" in condition else " AND status = 'completed'"
    found = bought(store, f"{OF_NORDLYS} AND {condition}{status}")
    assert word in str(await refuse(manager, found.purchases[0], "sold_out"))


async def test_other_organizations_purchases_do_not_exist(
    manager: httpx.AsyncClient, staff: httpx.AsyncClient, store: Store
) -> None:
    found = bought(store, "organization_id = 'org_elbklang' AND transaction_id IS NOT NULL")
    for client in (manager, staff):
        path = f"/v1/purchases/{found.purchases[0]['id']}/refund"
        assert (await client.post(path, json={"reason": "sold_out"})).status_code == 404
        body = {"reason": "sold_out", "transaction_id": found.order["transaction_id"]}
        assert "accessible" in str((await client.post("/v1/refunds", json=body)).json())


async def test_nothing_is_written_by_a_refusal(manager: httpx.AsyncClient, store: Store, pair: Bought) -> None:
    before = list(store.db.iterdump())
    await refuse(manager, pair.purchases[0], "other", amount=99_999)
    await refuse(manager, pair.purchases[0], "other")
    assert list(store.db.iterdump()) == before
