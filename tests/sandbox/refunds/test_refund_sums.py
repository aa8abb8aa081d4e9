"""Money is exact: whatever is requested, decided and failed, no more goes back than was paid, to the minor unit."""

import sqlite3
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache, partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from refund_steps import PAID, Bought, bought, ended

from preo_mcp.api.models.refunds import CUSTOM_SCOPES, TRANSACTION_SCOPES, RefundScope
from preo_mcp.sandbox.app import create_app
from preo_mcp.sandbox.clock import FixedClock
from preo_mcp.sandbox.in_process import SANDBOX_URL
from preo_mcp.sandbox.refunds import gateway
from preo_mcp.sandbox.refunds.amounts import balances
from preo_mcp.sandbox.seed import seed
from preo_mcp.sandbox.store import Doc, Store

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
FREED = {"rejected", "failed", "invalid"}
THREE_WITH_DEPOSIT = (
    f"{PAID} AND (SELECT count(*) FROM purchases AS p WHERE p.order_id = orders.id) = 3 "
    "AND EXISTS (SELECT 1 FROM purchases AS p WHERE p.order_id = orders.id AND json_extract(p.doc, '$.deposit') > 0)"
)


@cache
def seeded() -> bytes:
    with Store.opened(clock=FixedClock(NOW)) as store:
        seed(store)
        return store.db.serialize()


def minor(amount: float) -> int:
    exact = Decimal(str(amount)) * 100
    assert exact == int(exact)
    return int(exact)


def full(purchase: Doc) -> int:
    return purchase["price"] + purchase["fee"] + purchase["deposit"]


class RefundSums(RuleBasedStateMachine):
    """Requests, approvals (of which half fail) and rejections over HTTP, beside a ledger of our own."""

    refunds = Bundle("refunds")

    def __init__(self) -> None:
        super().__init__()
        self.ledger: dict[str, Doc] = {}
        self.database = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self.database.deserialize(seeded())
        self.store = Store(self.database, Path(), FixedClock(NOW))
        self.bought: Bought = bought(self.store, THREE_WITH_DEPOSIT)
        self.portal_context = start_blocking_portal()
        self.portal: BlockingPortal = self.portal_context.__enter__()
        app = create_app(self.store)
        self.lifespan = self.portal.wrap_async_context_manager(app.router.lifespan_context(app))
        self.lifespan.__enter__()
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url=SANDBOX_URL,
            headers={"Authorization": "Bearer sandbox-manager"},
        )

    def teardown(self) -> None:
        self.portal.call(self.client.aclose)
        self.lifespan.__exit__(None, None, None)
        self.portal_context.__exit__(None, None, None)
        self.database.close()

    def left(self, purchases: Sequence[Doc]) -> int:
        """What is left of purchases by our own ledger."""
        keys = {purchase["id"] for purchase in purchases}
        gone = sum(
            minor(part["amount"])
            for refund in self.ledger.values()
            if refund["status"] not in FREED
            for part in refund["purchases"]
            if part["id"] in keys
        )
        return sum(map(full, purchases)) - gone

    @rule(
        target=refunds,
        index=st.integers(0, 2),
        scope=st.sampled_from(RefundScope),
        share=st.sampled_from(["1/3", "all", "more", "cent"]),
    )
    def request(self, index: int, scope: RefundScope, share: str) -> str | None:
        purchase = self.bought.purchases[index]
        concerned = self.bought.purchases if scope in TRANSACTION_SCOPES else [purchase]
        left = self.left(concerned)
        wanted = {"1/3": left // 3, "all": left, "more": left + 1, "cent": 1}[share]
        body: dict[str, Any] = {"reason": "other", "scope": scope}
        if scope in CUSTOM_SCOPES:
            body["amount"] = wanted / 100
        answer = self.portal.call(partial(self.client.post, f"/v1/purchases/{purchase['id']}/refund", json=body))
        said = answer.json()
        if answer.status_code == 400:
            assert said.get("left", left / 100) == left / 100
            assert scope not in CUSTOM_SCOPES or not 0 < wanted <= left
            return None
        assert answer.status_code == 201
        assert minor(said["amount"]) == sum(minor(part["amount"]) for part in said["purchases"]) <= left
        assert scope not in CUSTOM_SCOPES or minor(said["amount"]) == wanted
        self.ledger[said["id"]] = said
        return said["id"]

    @rule(refund=refunds, fails=st.booleans())
    def approve(self, refund: str | None, *, fails: bool) -> None:
        if refund is None:
            return
        with self.a_gateway_that(fails=fails):
            answer = self.portal.call(self.client.post, f"/v1/refunds/{refund}/approve")
            before = self.ledger[refund]
            assert (answer.status_code == 200) == (before["status"] in ("requested", "failed"))
            self.ledger[refund] = self.portal.call(ended, self.client, before)
        if answer.status_code == 200 and before["status"] == "requested":
            assert self.ledger[refund]["status"] == ("failed" if fails else "processed")

    @rule(refund=refunds)
    def reject(self, refund: str | None) -> None:
        if refund is None:
            return
        answer = self.portal.call(self.client.post, f"/v1/refunds/{refund}/reject")
        if answer.status_code == 200:
            self.ledger[refund] = answer.json()

    @contextmanager
    def a_gateway_that(self, *, fails: bool) -> Generator[None]:
        with patch.object(gateway, "FAILING_PERCENT", 100 if fails else 0):
            yield

    @invariant()
    def no_more_goes_back_than_was_paid(self) -> None:
        for purchase in self.bought.purchases:
            assert self.left([purchase]) >= 0

    @invariant()
    def sums_are_the_ledgers(self) -> None:
        found = balances(self.store, self.bought.order, self.bought.purchases)
        for purchase in self.bought.purchases:
            assert found[purchase["id"]].left == self.left([purchase])
            assert found[purchase["id"]].refunded == sum(
                minor(part["amount"])
                for refund in self.ledger.values()
                if refund["status"] == "processed"
                for part in refund["purchases"]
                if part["id"] == purchase["id"]
            )

    @invariant()
    def the_gateway_paid_what_was_processed(self) -> None:
        [(paid,)] = self.database.execute(
            "SELECT coalesce(sum(amount), 0) FROM gateway_ledger WHERE succeeded "
            "AND refund_id IN (SELECT id FROM refunds WHERE order_id = ?)",
            (self.bought.order["id"],),
        ).fetchall()
        assert paid == sum(minor(one["amount"]) for one in self.ledger.values() if one["status"] == "processed")


def test_no_sequence_of_refunds_pays_back_too_much() -> None:
    run_state_machine_as_test(
        RefundSums,
        settings=settings(
            max_examples=25,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )


def test_the_seeds_refunds_fit_their_orders() -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.deserialize(seeded())
        store = Store(db, Path(), FixedClock(NOW))
        rows = db.execute("SELECT id, order_id, status, amount, doc FROM refunds").fetchall()
        assert len(rows) == 41
        assert len({status for _, _, status, _, _ in rows}) == 8
        for key, order_id, status, amount, _ in rows:
            found = bought(store, "id = ?", order_id)
            parts = db.execute(
                "SELECT sum(amount), min(amount) FROM refund_parts WHERE refund_id = ?", (key,)
            ).fetchone()
            assert parts[0] == amount
            assert parts[1] > 0
            each = balances(store, found.order, found.purchases)
            assert all(balance.amount >= balance.refunded + balance.reserved for balance in each.values())
            assert all(
                (purchase["status"] == "refunded") == (each[purchase["id"]].refunded == full(purchase))
                for purchase in found.purchases
            )
            paid = db.execute(
                "SELECT sum(amount * succeeded) FROM gateway_ledger WHERE refund_id = ?", (key,)
            ).fetchone()[0]
            assert (paid or 0) == (amount if status == "processed" else 0)
