"""A ledger as one principal sees it: by no method is there a plan of another."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path

import anyio
import fakeredis
import pytest
from pydantic import SecretStr

from preo_mcp.approval.ledgers.ledger import Ledger, LedgerError, take
from preo_mcp.approval.ledgers.own_plans import MOST_WAITING, OwnPlans
from preo_mcp.approval.ledgers.redis import RedisLedger
from preo_mcp.approval.ledgers.sqlite import SqliteLedger
from preo_mcp.approval.plans import Plan, PlanState, approved, claimed, declined, settled
from preo_mcp.settings import Way
from tests.approval.test_plans import LIMIT, NOW, a_plan


@pytest.fixture(params=["sqlite", "redis"])
async def shared(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Ledger]:
    if request.param == "sqlite":
        ledger: Ledger = SqliteLedger(tmp_path / "state" / "plans.db")
    else:
        client = fakeredis.FakeAsyncRedis(decode_responses=True)
        ledger = RedisLedger(SecretStr("redis://127.0.0.1:1/0"), lambda: b"k" * 32, client)
    yield ledger
    await ledger.close()


def no(plan: Plan) -> Plan:
    return declined(plan, NOW)


def done(plan: Plan) -> Plan:
    agreed = approved(plan, plan.digest, plan.figures, Way.CARD, NOW)
    return settled(claimed(agreed, {}, NOW, LIMIT), PlanState.DONE, {"content": []}, NOW)


async def test_a_plan_carries_its_principal_and_only_they_have_it(shared: Ledger) -> None:
    anna, bo, user = OwnPlans(shared, "anna"), OwnPlans(shared, "bo"), OwnPlans(shared, "")
    plan = await anna.add(a_plan())
    assert plan.principal == "anna"
    assert await anna.get(plan.id) == await anna.active(plan.call) == plan
    assert await anna.pending(NOW) == [plan]
    for other in (bo, user):
        assert await other.get(plan.id) is None
        assert await other.active(plan.call) is None
        assert await other.pending(NOW) == []
        assert not await other.replace(plan, no(plan)), "who knows the plan cannot answer it"
        with pytest.raises(LedgerError):
            await take(other, plan.id, no)
        with pytest.raises(LedgerError):
            await other.add(a_plan())
    assert await shared.get(plan.id) == plan
    assert await anna.replace(plan, done(plan))
    assert await anna.last_effect(plan.call)
    assert await bo.last_effect(plan.call) is None


async def test_nobody_hands_a_plan_to_somebody_else(shared: Ledger) -> None:
    anna = OwnPlans(shared, "anna")
    plan = await anna.add(a_plan())
    assert not await anna.replace(plan, no(plan).model_copy(update={"principal": "bo"}))
    assert await shared.get(plan.id) == plan


async def test_the_refunds_of_a_day_and_the_lease_are_everybodys(shared: Ledger) -> None:
    anna, bo = OwnPlans(shared, "anna"), OwnPlans(shared, "bo")
    plan = await anna.add(a_plan().model_copy(update={"is_refund": True}))
    await anna.replace(plan, done(plan))
    assert await bo.refunds_since([plan.account], NOW - timedelta(days=1)) == 1

    async def another() -> None:
        with pytest.raises(LedgerError):
            async with bo.lease(plan.account, patience=0.05, lifetime=10):
                raise AssertionError("two at once")

    async with anna.lease(plan.account, patience=1, lifetime=10), anyio.create_task_group() as tasks:
        tasks.start_soon(another)


async def test_a_ledger_that_is_shared_is_closed_by_who_opened_it(shared: Ledger) -> None:
    anna = OwnPlans(shared, "anna")
    plan = await anna.add(a_plan())
    await anna.close()
    assert await shared.get(plan.id) == plan


async def test_only_so_many_wait_at_the_same_time(shared: Ledger) -> None:
    adding = anyio.Lock()
    ledgers = [OwnPlans(shared, "anna", adding) for _ in range(2)]
    refused: list[LedgerError] = []

    async def add(number: int) -> None:
        plan = a_plan().model_copy(update={"id": f"pln_{number}", "call": f"call {number}"})
        try:
            await ledgers[number % 2].add(plan)
        except LedgerError as exc:
            refused.append(exc)

    async with anyio.create_task_group() as tasks:
        for number in range(MOST_WAITING + 5):
            tasks.start_soon(add, number)
    assert len(await shared.pending(NOW)) == MOST_WAITING
    assert len(refused) == 5
    assert await OwnPlans(shared, "bo").add(a_plan().model_copy(update={"id": "pln_bo", "call": "of bo"}))
    over = a_plan().expires
    await ledgers[0].add(a_plan().model_copy(update={"id": "pln_later", "created": over, "expires": over + LIMIT}))
    agreed = {"id": "pln_agreed", "call": "agreed", "state": PlanState.APPROVED}
    await ledgers[0].add(a_plan().model_copy(update=agreed))
