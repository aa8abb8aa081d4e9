"""The ledger as one of several who are signed in sees it: their own plans, and what all of an account share.

Threat: whoever learns the id of somebody else's plan, from a log or over a shoulder, could read what it shows of
customers, or answer it. So a plan of another principal is not there: not to be read, found, replaced or listed. The
account's lease and the count of its refunds are everybody's.

Threat: an assistant in a loop that buries what one person has to answer, or fills the ledger of all. So only so many
questions of one principal wait at the same time.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Final

import anyio

from preo_mcp.approval.ledgers.ledger import Lease, Ledger, LedgerError
from preo_mcp.approval.plans import Decider, Plan, PlanState

MOST_WAITING: Final = 20
"""Questions of one principal that wait for an answer at the same time."""
FULL: Final = f"{MOST_WAITING} questions of this user wait for an answer, and no more may at the same time"


class OwnPlans:
    """A ledger with the plans of one principal.

    Args:
        shared: The ledger of all; whoever opened it closes it.
        principal: Whose plans are here.
        adding: Held while one is added, by all ledgers of the principal in this process.
    """

    def __init__(self, shared: Ledger, principal: str, adding: anyio.Lock | None = None) -> None:
        self._shared = shared
        self._principal = principal
        self._adding = adding or anyio.Lock()

    async def add(self, plan: Plan) -> Plan:
        """Keep a new plan as the principal's, or return the call's active one.

        Raises:
            LedgerError: that one is somebody else's, which a digest of the call that names its principal rules out;
                or too many of theirs wait for an answer.
        """
        async with self._adding:
            await self._must_have_room(plan)
            kept = await self._shared.add(plan.model_copy(update={"principal": self._principal}))
        if self._own(kept) is None:
            raise LedgerError("This call did nothing", "somebody else has made the identical one", "Report this.")
        return kept

    async def get(self, plan_id: str) -> Plan | None:
        """Return a plan by its id."""
        return self._own(await self._shared.get(plan_id))

    async def active(self, call: str) -> Plan | None:
        """Return the plan that the identical call resumes."""
        return self._own(await self._shared.active(call))

    async def last_effect(self, call: str) -> Plan | None:
        """Return the latest plan of the identical call that happened or may have."""
        return self._own(await self._shared.last_effect(call))

    async def replace(self, old: Plan, new: Plan, under: Lease | None = None) -> bool:
        """Put `new` in place of `old`, if that is the principal's and still the present version."""
        if self._own(old) is None or self._own(new) is None:
            return False
        return await self._shared.replace(old, new, under)

    async def pending(self, now: datetime) -> list[Plan]:
        """Return the plans that wait for an answer and have not expired, oldest first."""
        return [plan for plan in await self._shared.pending(now) if self._own(plan) is not None]

    async def refunds_since(self, accounts: Sequence[str], moment: datetime) -> int:
        """Return how many refunds of an account began since and did not fail, whoever asked for them."""
        return await self._shared.refunds_since(accounts, moment)

    async def purge(self, now: datetime) -> None:
        """Remove what expired or finished long ago."""
        await self._shared.purge(now)

    def lease(self, account: str, patience: float, lifetime: float) -> AbstractAsyncContextManager[Lease]:
        """Keep all other writes of an account out, whoever makes them."""
        return self._shared.lease(account, patience, lifetime)

    async def close(self) -> None:
        """Do nothing: others use the ledger."""

    async def _must_have_room(self, plan: Plan) -> None:
        if plan.state is not PlanState.OPEN or await self._shared.active(plan.call) is not None:
            return  # nobody is asked about it, or not for the first time
        if len(await self.pending(plan.created)) >= MOST_WAITING:
            raise LedgerError(f"{plan.title} was not run", FULL, "Tell the user to answer some, then call again.")

    def _own(self, plan: Plan | None) -> Plan | None:
        return plan if plan is not None and self.is_here(plan) else None

    def is_here(self, plan: Plan) -> bool:
        """Whether the principal has to do with a plan."""
        return plan.principal == self._principal


class AnswerablePlans(OwnPlans):
    """A ledger with the plans that one who may approve is shown: their own, and what waits for somebody else.

    Args:
        shared: The ledger of all.
        principal: Who may approve.
        may_decide: Whether a plan is one of what they work on.
    """

    def __init__(self, shared: Ledger, principal: str, may_decide: Callable[[Plan], bool]) -> None:
        super().__init__(shared, principal)
        self._may_decide = may_decide

    def is_here(self, plan: Plan) -> bool:
        """Whether it is theirs, or takes the yes of others than who asked, and they work on what it is about."""
        return super().is_here(plan) or (plan.decider is not Decider.ASKER and self._may_decide(plan))
