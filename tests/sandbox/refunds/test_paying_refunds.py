"""The payout: one step per transaction, exactly once whatever stops it, and two requests at the same moment."""

import sqlite3
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import anyio
import httpx
import pytest
from refund_steps import Bought, ended, fate

from preo_mcp.api.models.refunds import CreatePurchaseRefundRequest, RefundReason
from preo_mcp.sandbox.app import create_app
from preo_mcp.sandbox.clock import FixedClock
from preo_mcp.sandbox.jobs import Jobs
from preo_mcp.sandbox.members import authenticate
from preo_mcp.sandbox.problems import Problem
from preo_mcp.sandbox.refunds import documents
from preo_mcp.sandbox.refunds.documents import find
from preo_mcp.sandbox.refunds.gateway import FAILING_PERCENT, decide
from preo_mcp.sandbox.refunds.payout import PAY_REFUND, pay_refund
from preo_mcp.sandbox.refunds.requesting import request_refund
from preo_mcp.sandbox.refunds.targets import purchase_target
from preo_mcp.sandbox.store import Doc, Store

STEPS = 4


class Crash(Exception):
    """The process is gone."""


class Mortal(Store):
    """A store whose process ends at its `last` transaction: before it is committed, or just after."""

    def __init__(self, store: Store, last: int, *, committed: bool) -> None:
        super().__init__(store.db, store.files, store.clock)
        self.left = last
        self.committed = committed

    @contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        self.left -= 1
        with super().transaction() as db:
            yield db
            if self.left == 0 and not self.committed:
                raise Crash
        if self.left == 0:
            raise Crash


@pytest.fixture
def ready(store: Store) -> str:
    """A refund that was approved and is not paid yet: the first attempt succeeds."""
    [(key,)] = store.db.execute("SELECT id FROM refunds WHERE status = 'ready'").fetchall()
    seed = next(str(seed) for seed in range(100) if decide(str(seed), key, 1).succeeded)
    store.db.execute("UPDATE meta SET value = ? WHERE key = 'seed'", (seed,))
    return key


def paid(store: Store, refund_id: str) -> int:
    [(total,)] = store.db.execute(
        "SELECT coalesce(sum(amount), 0) FROM gateway_ledger WHERE refund_id = ? AND succeeded", (refund_id,)
    ).fetchall()
    return total


@pytest.mark.parametrize("committed", [False, True])
@pytest.mark.parametrize("last", range(1, STEPS + 1))
async def test_a_crash_between_any_two_steps_pays_once(store: Store, ready: str, last: int, committed: bool) -> None:
    with pytest.raises(Crash):
        await pay_refund(Jobs(Mortal(store, last, committed=committed), {}), ready)
    await pay_refund(Jobs(store, {}), ready)
    refund = find(store, ready)
    assert refund is not None
    assert (refund.status, paid(store, ready)) == ("processed", refund.amount)
    assert store.db.execute("SELECT count(*) FROM events WHERE type = 'REFUND_PROCESSED'").fetchone() == (1,)
    await pay_refund(Jobs(store, {}), ready)
    assert paid(store, ready) == refund.amount


async def test_each_step_is_seen(store: Store, ready: str) -> None:
    seen: list[str] = []
    for last in range(1, STEPS + 1):
        store.db.execute("SAVEPOINT before")
        with pytest.raises(Crash):
            await pay_refund(Jobs(Watched(store, last, committed=True), {}), ready)
        found = find(store, ready)
        assert found is not None
        seen.append(found.status)
        store.db.execute("ROLLBACK TO before")
        store.db.execute("RELEASE before")
    assert seen == ["processing", "processing", "awaiting_gateway", "processed"]


class Watched(Mortal):
    """A mortal store whose transactions stand inside a savepoint of the test."""

    @contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        self.left -= 1
        yield self.db
        if self.left == 0:
            raise Crash


async def test_a_queued_payout_is_taken_up_by_the_next_process(store: Store, ready: str) -> None:
    with store.transaction():
        Jobs(store, {}).add(PAY_REFUND, ready)
    app = create_app(store)
    async with app.router.lifespan_context(app):
        with anyio.fail_after(10):
            while store.db.execute("SELECT 1 FROM jobs WHERE status = 'queued'").fetchone():
                await anyio.lowlevel.checkpoint()
    assert paid(store, ready)


async def test_order_cancelled_between_approval_and_payout(store: Store, ready: str) -> None:
    refund = find(store, ready)
    assert refund is not None
    order = store.doc("orders", refund.order_id)
    assert order is not None
    store.update("orders", refund.order_id, order | {"status": "cancelled"}, status="cancelled")
    await pay_refund(Jobs(store, {}), ready)
    found = find(store, ready)
    assert found is not None
    assert (found.status, paid(store, ready)) == ("invalid", 0)


async def test_less_paid_than_reserved_makes_a_refund_invalid(store: Store, ready: str) -> None:
    store.db.execute("UPDATE refund_parts SET amount = amount + 100000000 WHERE refund_id = ?", (ready,))
    await pay_refund(Jobs(store, {}), ready)
    found = find(store, ready)
    assert found is not None
    assert found.status == "invalid"


async def test_two_requests_at_the_same_moment(manager: httpx.AsyncClient, pair: Bought) -> None:
    statuses: list[int] = []

    async def request() -> None:
        body = {"reason": "sold_out", "purchase_id": pair.purchases[0]["id"]}
        statuses.append((await manager.post("/v1/refunds", json=body)).status_code)

    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(request)
    assert sorted(statuses) == [201, 400, 400, 400, 400]


def test_two_processes_at_the_same_moment(store: Store, pair: Bought, tmp_path: Path, clock: FixedClock) -> None:
    """Each thread has its own connection, as a process of its own would."""
    folder = tmp_path / "kept"
    with Store.opened(folder, clock) as kept:
        store.db.backup(kept.db)

    def request(_: int) -> bool:
        with Store.opened(folder, clock) as other:
            try:
                _request(other, pair.purchases[0])
            except Problem:
                return False
            return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(request, range(6))) == 1


@pytest.mark.parametrize("path", ["/v1/refunds", "/v1/purchases/{id}/refund"])
async def test_a_request_is_written_whole_or_not_at_all(
    manager: httpx.AsyncClient, store: Store, pair: Bought, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    def broken(*_: object) -> None:
        raise Crash

    before = list(store.db.iterdump())
    monkeypatch.setattr(documents, "set_parts", broken)
    key = pair.purchases[0]["id"]
    body = {"reason": "sold_out"} | ({} if "{id}" in path else {"purchase_id": key})
    assert (await manager.post(path.format(id=key), json=body)).status_code == 500
    assert list(store.db.iterdump()) == before


def _request(store: Store, purchase: Doc) -> None:
    member = authenticate(store, "Bearer sandbox-admin")
    with store.transaction():
        target = purchase_target(store, member, purchase["id"])
        assert target is not None
        request_refund(store, member, target, CreatePurchaseRefundRequest(reason=RefundReason.SOLD_OUT))


async def test_two_approvals_at_the_same_moment_pay_once(
    manager: httpx.AsyncClient, store: Store, pair: Bought
) -> None:
    fate(store, succeeds=True)
    body = {"reason": "sold_out", "purchase_id": pair.purchases[0]["id"]}
    refund = (await manager.post("/v1/refunds", json=body)).json()
    statuses: list[int] = []

    async def approve() -> None:
        statuses.append((await manager.post(f"/v1/refunds/{refund['id']}/approve")).status_code)

    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(approve)
    assert sorted(statuses) == [200, 400, 400]
    assert (await ended(manager, refund))["status"] == "processed"
    assert paid(store, refund["id"]) == round(refund["amount"] * 100)


def test_the_gateway_fails_now_and_then() -> None:
    failed = sum(not decide("1", f"rfd_{number}", 1).succeeded for number in range(4000))
    assert 0.8 * FAILING_PERCENT < failed / 40 < 1.2 * FAILING_PERCENT
    assert decide("1", "rfd_1", 1) == decide("1", "rfd_1", 1)
