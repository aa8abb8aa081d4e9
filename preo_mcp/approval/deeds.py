"""Several deeds for one yes: each is committed like a call of its own, with a record of its own in the ledger.

Threats: a crash between two of them, after which nobody knows which were done; one that is done twice, or that is not
what the yes was for; a yes to the first that is stretched to a fifth. So a plan names its deeds, each bound by a
digest; the record of each has an id that follows from the plan, is claimed before the write and settled by reading
back; and each is looked at once more before it is begun.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Final

from preo_mcp.api.errors import ConflictError
from preo_mcp.approval.call import GuardedCall
from preo_mcp.approval.commit import Committer
from preo_mcp.approval.ended import OF_STATE, Ended, Ran
from preo_mcp.approval.facts import Facts, Stakes, must_be_within_limits
from preo_mcp.approval.ledgers.ledger import Lease, Ledger
from preo_mcp.approval.outcomes import still_running, told_again
from preo_mcp.approval.plans import ID_BYTES, PLAN, Deed, Plan, PlanState
from preo_mcp.approval.settling import Settler
from preo_mcp.settings import Settings

NOT_BEGUN: Final = frozenset({PlanState.OPEN, PlanState.APPROVED})
LOOK_AGAIN: Final = "Look at it as it is now, and ask the user."


def bound(stakes: Stakes, content: object = None) -> str:
    """Return what binds a yes to one deed: how much of whose, and what it rests on."""
    amount = None if stakes.amount is None else f"{stakes.amount.normalize():f}"
    parts = [amount, stakes.currency, stakes.name, stakes.edition_id, content]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def record_id(plan_id: str, deed: Deed) -> str:
    """Return the id of a deed's own record: the same for the same plan, whoever asks."""
    digest = hashlib.sha256(f"{plan_id} {deed.tool} {deed.subject}".encode()).hexdigest()
    return f"{PLAN}{digest[: 2 * ID_BYTES]}"


@dataclass(slots=True)
class Shared:
    """The lease of a whole call, as one of its deeds holds it: it cannot let go of what the next ones need."""

    lease: Lease

    async def must_hold(self) -> None:
        """Make sure that it is still held."""
        await self.lease.must_hold()

    async def let_go(self) -> None:
        """Keep it: the deeds that follow are done under it too."""


class Deeds:
    """Carries out the deeds of a plan, and finds out what came of them.

    Args:
        settings: The limits that each is held against.
        ledger: Where their records are.
        committer: Carries out each.
        settler: Finds out what became of one whose call broke off.
    """

    def __init__(self, settings: Settings, ledger: Ledger, committer: Committer, settler: Settler) -> None:
        self._settings = settings
        self._ledger = ledger
        self._committer = committer
        self._settler = settler

    async def plan(self, plan_id: str | None) -> Plan:
        """Return the plan whose deeds these are.

        Raises:
            AssertionError: there is none; only what a person agreed to is carried out.
        """
        plan = None if plan_id is None else await self._ledger.get(plan_id)
        if plan is None:
            raise AssertionError("several deeds are done for a plan, and for nothing else")
        return plan

    async def carry_out(self, call: GuardedCall, deed: Deed, plan: Plan, lease: Lease) -> Ran | None:
        """Carry out one deed of a running plan; None where another call has begun it.

        Raises:
            PreoError: it is not what was agreed to, a limit forbids it, or it could not be begun; nothing was written.
        """
        call.lease = Shared(lease)
        facts = await call.facts()
        if facts is None:
            raise AssertionError("what a yes is for has facts")
        must_be_within_limits(call.title, facts.stakes, self._settings)
        if deed.bound not in (bound(facts.stakes), bound(facts.stakes, facts.content)):
            raise ConflictError(f"{call.title} was not done", "it is not what was agreed to any more", LOOK_AGAIN)
        record = await self._ledger.add(_record(call, deed, plan, facts))
        ran = await self._committer.commit(call, record, facts)
        return None if ran is None else await self._settler.told(ran)

    async def found(self, call: GuardedCall, deed: Deed, plan: Plan) -> Ran | None:
        """Return what came of a deed; None where it was certainly not begun.

        Raises:
            PreoError: the ledger cannot be read or written.
        """
        record = await self._ledger.get(record_id(plan.id, deed))
        if record is None or record.state in NOT_BEGUN:
            return None
        if record.state in (PlanState.RUNNING, PlanState.UNKNOWN):
            if (ran := await self._settler.follow(call, record)) is not None:
                return ran
            record = await self._ledger.get(record.id) or record
        if record.state is PlanState.RUNNING:
            return Ran(still_running(record), Ended.WAITING, record)
        return Ran(told_again(record), OF_STATE[record.state], record)


def _record(call: GuardedCall, deed: Deed, plan: Plan, facts: Facts) -> Plan:
    """Return the record of a deed that is about to begin; the yes is the plan's."""
    key = record_id(plan.id, deed)
    return Plan(
        id=key,
        call=f"{call.digest}:{key}",  # the identical call by itself has a question of its own
        account=plan.account,
        tool=call.name,
        title=call.title,
        created=plan.created,
        expires=plan.expires,
        state=PlanState.APPROVED,
        approved_via=plan.approved_via,
        decider=plan.decider,
        answered_by=plan.answered_by,
        digest=facts.digest(),
        is_refund=call.is_refund,
    )
