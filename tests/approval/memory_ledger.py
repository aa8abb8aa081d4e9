"""A ledger in memory, with the rules of the real ones, for tests of what stands on a ledger."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import anyio

from preo_mcp.approval.ledgers.ledger import RETAINED_DAYS, Lease, taken
from preo_mcp.approval.plans import MAY_HAVE_HAPPENED, Plan, PlanState

COUNTED = (PlanState.RUNNING, PlanState.DONE, PlanState.UNKNOWN)


@dataclass(slots=True)
class MemoryLease:
    writing: anyio.Lock
    ended: bool = False

    async def must_hold(self) -> None:
        assert not self.ended

    async def let_go(self) -> None:
        if not self.ended:
            self.writing.release()
        self.ended = True


@dataclass(slots=True)
class MemoryLedger:
    """Plans by id; `stolen` lets the next replacements fail, as if another process had been quicker."""

    plans: dict[str, Plan] = field(default_factory=dict[str, Plan])
    stolen: int = 0
    writing: anyio.Lock = field(default_factory=anyio.Lock)

    async def add(self, plan: Plan) -> Plan:
        found = await self.active(plan.call)
        if found is not None and not found.has_expired(plan.created):
            return found
        if found is not None:
            del self.plans[found.id]
        self.plans[plan.id] = plan
        return plan

    async def get(self, plan_id: str) -> Plan | None:
        return self.plans.get(plan_id)

    async def active(self, call: str) -> Plan | None:
        return next((plan for plan in self.plans.values() if plan.call == call and plan.is_active), None)

    async def last_effect(self, call: str) -> Plan | None:
        ended = (plan for plan in self.plans.values() if plan.call == call and plan.state in MAY_HAVE_HAPPENED)
        finished = [(plan.finished, plan) for plan in ended if plan.finished]
        return max(finished, key=lambda pair: pair[0])[1] if finished else None

    async def replace(self, old: Plan, new: Plan, under: Lease | None = None) -> bool:
        if self.stolen:
            self.stolen -= 1
            return False
        present = self.plans.get(old.id)
        if present is None or present.version != old.version:
            return False
        self.plans[old.id] = new
        return True

    async def pending(self, now: datetime) -> list[Plan]:
        open_ones = (plan for plan in self.plans.values() if plan.state is PlanState.OPEN and now < plan.expires)
        return sorted(open_ones, key=lambda plan: plan.created)

    async def refunds_since(self, accounts: Sequence[str], moment: datetime) -> int:
        return sum(
            plan.is_refund and plan.account in accounts and plan.began is not None and plan.began >= moment
            for plan in self.plans.values()
            if plan.state in COUNTED
        )

    async def purge(self, now: datetime) -> None:
        limit = now - timedelta(days=RETAINED_DAYS)
        for plan in list(self.plans.values()):
            waiting = plan.state in (PlanState.OPEN, PlanState.APPROVED)
            ended = plan.finished or (plan.expires if waiting else None)
            if ended is not None and ended < limit:
                del self.plans[plan.id]

    @asynccontextmanager
    async def lease(self, account: str, patience: float, lifetime: float) -> AsyncGenerator[Lease]:
        with anyio.move_on_after(patience) as waiting:
            await self.writing.acquire()
        if waiting.cancelled_caught:
            raise taken(patience)
        lease = MemoryLease(self.writing)
        try:
            yield lease
        finally:
            await lease.let_go()

    async def close(self) -> None:
        pass
