"""Approve and reject: roles, statuses, what each leads to."""

import json

import httpx
import pytest
from refund_steps import Bought, approved, ask, ended, fate, purchase_of, refuse

from preo_mcp.api.models.refunds import ALLOWED_STATUSES, RefundStatus
from preo_mcp.api.operations import APPROVE_REFUND
from preo_mcp.sandbox.refunds.gateway import SEED_KEY, decide
from preo_mcp.sandbox.store import Doc, Store


def events(store: Store) -> list[tuple[str, Doc]]:
    rows = store.db.execute("SELECT type, doc FROM events WHERE type LIKE 'REFUND%' ORDER BY sequence")
    return [(kind, json.loads(doc)) for kind, doc in rows]


async def test_approved_refund_is_paid_once_and_shows_in_its_purchase(
    manager: httpx.AsyncClient, store: Store, pair: Bought
) -> None:
    purchase = pair.purchases[0]
    fate(store, succeeds=True)
    refund = await ask(manager, purchase, "sold_out")
    answer = (await manager.post(f"/v1/refunds/{refund['id']}/approve")).json()
    assert (answer["status"], answer["can_approve"], answer["can_reject"]) == ("ready", False, False)
    done = await ended(manager, refund)
    assert done["status"] == "processed"
    assert done["refund_date"] == store.now()
    assert done["service_response"].startswith("approved: reference")
    assert purchase_of(store, purchase)["status"] == "refunded"
    assert purchase_of(store, pair.purchases[1])["status"] == "completed"
    [(kind, data)] = events(store)
    assert (kind, data["refund_id"], data["amount"]) == ("REFUND_PROCESSED", refund["id"], refund["amount"])
    ledger = store.db.execute(
        "SELECT attempt, amount, succeeded FROM gateway_ledger WHERE refund_id = ?", (refund["id"],)
    )
    assert ledger.fetchall() == [(1, round(refund["amount"] * 100), 1)]


async def test_partly_refunded_purchase_keeps_its_status(
    manager: httpx.AsyncClient, store: Store, pair: Bought
) -> None:
    fate(store, succeeds=True)
    done = await approved(manager, await ask(manager, pair.purchases[0], "customer_request"))
    assert done["status"] == "processed"
    assert purchase_of(store, pair.purchases[0])["status"] == "completed"


async def test_failed_refund_can_be_tried_again_or_given_up(
    manager: httpx.AsyncClient, store: Store, pair: Bought
) -> None:
    fate(store, succeeds=False)
    refund = await ask(manager, pair.purchases[0], "sold_out")
    failed = await approved(manager, refund)
    assert (failed["status"], failed["refund_date"]) == ("failed", None)
    assert ": " in failed["service_response"]
    assert (failed["can_approve"], failed["can_reject"]) == (True, True)
    seed = next(str(seed) for seed in range(1000) if decide(str(seed), refund["id"], 2).succeeded)
    store.db.execute("UPDATE meta SET value = ? WHERE key = ?", (seed, SEED_KEY))
    assert (await approved(manager, refund))["status"] == "processed"
    assert [kind for kind, _ in events(store)] == ["REFUND_FAILED", "REFUND_PROCESSED"]


async def test_failed_refund_whose_amount_went_elsewhere_becomes_invalid(
    manager: httpx.AsyncClient, store: Store, pair: Bought
) -> None:
    fate(store, succeeds=False)
    refund = await approved(manager, await ask(manager, pair.purchases[0], "sold_out"))
    await ask(manager, pair.purchases[0], "other", amount=1)
    answer = (await manager.post(f"/v1/refunds/{refund['id']}/approve")).json()
    assert (answer["status"], answer["can_approve"]) == ("invalid", False)
    assert "less is left" in answer["service_response"]


async def test_failed_transaction_refund_is_split_anew(manager: httpx.AsyncClient, store: Store, pair: Bought) -> None:
    fate(store, succeeds=False)
    first, second = pair.purchases
    refund = await approved(manager, await ask(manager, first, "other", scope="transaction_custom", amount=10))
    await ask(manager, first, "sold_out")
    again = (await manager.post(f"/v1/refunds/{refund['id']}/approve")).json()
    assert (again["status"], [part["id"] for part in again["purchases"]]) == ("ready", [second["id"]])


async def test_refund_of_a_cancelled_order_becomes_invalid(
    manager: httpx.AsyncClient, store: Store, pair: Bought
) -> None:
    refund = await ask(manager, pair.purchases[0], "sold_out")
    store.update("orders", pair.order["id"], pair.order | {"status": "cancelled"}, status="cancelled")
    answer = await manager.post(f"/v1/refunds/{refund['id']}/approve")
    assert (answer.status_code, answer.json()["status"]) == (200, "invalid")
    assert not store.db.execute("SELECT 1 FROM gateway_ledger WHERE refund_id = ?", (refund["id"],)).fetchall()


@pytest.mark.parametrize("decision", ["approve", "reject"])
async def test_staff_may_request_but_not_decide(staff: httpx.AsyncClient, pair: Bought, decision: str) -> None:
    refund = await ask(staff, pair.purchases[0])
    assert (refund["can_approve"], refund["can_reject"]) == (False, False)
    assert (await staff.post(f"/v1/refunds/{refund['id']}/{decision}")).status_code == 403
    assert (await staff.get(f"/v1/refunds/{refund['id']}")).json()["status"] == "requested"


@pytest.mark.parametrize("decision", ["approve", "reject"])
async def test_other_organizations_refunds_do_not_exist(
    manager: httpx.AsyncClient, store: Store, decision: str
) -> None:
    [(key,)] = store.db.execute("SELECT id FROM refunds WHERE organization_id = 'org_elbklang' LIMIT 1").fetchall()
    assert (await manager.get(f"/v1/refunds/{key}")).status_code == 404
    assert (await manager.post(f"/v1/refunds/{key}/{decision}")).status_code == 404


@pytest.mark.parametrize("status", RefundStatus)
@pytest.mark.parametrize("decision", ["approve", "reject"])
async def test_each_status_allows_what_it_says(
    admin: httpx.AsyncClient, store: Store, status: RefundStatus, decision: str
) -> None:
    [(key,)] = store.db.execute("SELECT id FROM refunds WHERE status = ? LIMIT 1", (status,)).fetchall()
    found = (await admin.get(f"/v1/refunds/{key}")).json()
    allowed = status in ALLOWED_STATUSES[APPROVE_REFUND]
    assert found["can_approve"] is found["can_reject"] is allowed
    answer = await admin.post(f"/v1/refunds/{key}/{decision}")
    assert answer.status_code == (200 if allowed else 400)
    if not allowed:
        assert answer.json()["status"] == status
        assert "requested, failed" in answer.json()["detail"]


async def test_rejected_refund_is_not_approved(manager: httpx.AsyncClient, pair: Bought) -> None:
    refund = await ask(manager, pair.purchases[0])
    rejected = (await manager.post(f"/v1/refunds/{refund['id']}/reject")).json()
    assert (rejected["status"], rejected["can_approve"], rejected["can_reject"]) == ("rejected", False, False)
    assert (await manager.post(f"/v1/refunds/{refund['id']}/approve")).status_code == 400


async def test_refund_after_all_was_paid_back_names_the_figure(
    manager: httpx.AsyncClient, store: Store, pair: Bought
) -> None:
    fate(store, succeeds=True)
    await approved(manager, await ask(manager, pair.purchases[0], "sold_out"))
    refused = await refuse(manager, pair.purchases[0], "other", amount=1)
    assert "left 0.00 DKK" in str(refused["amount"])
    assert "refunded" in str(refused["amount"])
