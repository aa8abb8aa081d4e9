"""From a yes to an outcome: the one path on which a guarded call is carried out.

Threats: a caller that gives up in the middle, a process that dies, an answer of Preo that is lost, a ledger that cannot
be written afterwards. So the plan is claimed before the write, the write is shielded, its outcome is recorded before it
is told, and where the answer is lost, what happened is looked up.
"""

import logging
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Final

import anyio
import anyio.lowlevel
from mcp.types import CallToolResult
from pydantic import JsonValue

from preo_mcp.api.errors import (
    AmbiguousOutcomeError,
    NetworkError,
    PermissionDeniedError,
    PreoError,
    RateLimitError,
    raised_at,
)
from preo_mcp.approval.call import GuardedCall
from preo_mcp.approval.ended import Ended, Ran
from preo_mcp.approval.facts import Facts
from preo_mcp.approval.ledgers.ledger import Ledger, take
from preo_mcp.approval.outcomes import with_note
from preo_mcp.approval.plans import Plan, PlanState, PlanStateError, claimed, released
from preo_mcp.approval.settling import Lost, Settler
from preo_mcp.approval.timing import Timing
from preo_mcp.replies.reply import refusal
from preo_mcp.settings import Settings

DAY: Final = timedelta(days=1)
NOT_COMPARED: Final = "What was used could not be compared with what was approved: look at it now."
CHANGED_BESIDE: Final = (
    "What was approved is not what was used: somebody changed it in Preo at the same moment. Tell the user at once."
)
NOTHING_TO_STOP: Final = "None of it can be stopped."
NO_ANSWER: Final = "Preo gave no readable answer"

logger = logging.getLogger(__name__)


class Committer:
    """Carries out approved plans.

    Args:
        settings: How long a call may take, how many refunds a day may have.
        ledger: Where the plans are.
        settler: Records and tells outcomes.
        timing: Clock and patience.
    """

    def __init__(self, settings: Settings, ledger: Ledger, settler: Settler, timing: Timing) -> None:
        self._most_refunds = settings.max_refunds_per_day
        self._ledger = ledger
        self._settler = settler
        self._timing = timing
        self._budget = settings.time_budget

    async def commit(self, call: GuardedCall, plan: Plan, facts: Facts) -> Ran | None:
        """Carry out an approved plan; None where somebody else was faster, or the approval is void by now.

        `facts` are those of the second look, which the plan holds for.

        Raises:
            PreoError: it could not be begun; nothing was written.
        """
        before = await call.remember()
        ran: Ran | None = None
        with anyio.CancelScope(shield=True):
            if (claimed_plan := await self._claimed(call, plan, before)) is None:
                return None
            await self._must_be_within_the_day(call, claimed_plan)
            with self._settler.carrying_out(claimed_plan):
                ran = await self._carried_out(call, claimed_plan, facts)
            call.record(ran)
        await anyio.lowlevel.checkpoint_if_cancelled()  # a host that has gone is told nothing
        return ran if ran is None or call.waits else await self._settler.told(ran)

    async def _claimed(self, call: GuardedCall, plan: Plan, before: dict[str, JsonValue]) -> Plan | None:
        """Claim a plan for as long as its write may be on its way: one begun at the budget's end gets a new budget."""
        limit = timedelta(seconds=self._budget + max(self._budget, call.seconds))
        try:
            step = partial(claimed, before=before, now=self._timing.now(), limit=limit)
            return await take(self._ledger, plan.id, step, call.lease)
        except PlanStateError:
            return None

    async def _must_be_within_the_day(self, call: GuardedCall, plan: Plan) -> None:
        """Hold the number of refunds against the setting, with this one claimed: so two at once cannot both slip in.

        Raises:
            PermissionDeniedError: it is one too many; the plan stays approved.
        """
        coming = sum(deed.is_refund for deed in plan.deeds)  # each is claimed, and counted, when its turn comes
        if self._most_refunds is None or not (call.is_refund or coming):
            return
        if await self._ledger.refunds_since(call.accounts, self._timing.now() - DAY) + coming > self._most_refunds:
            await take(self._ledger, plan.id, released)
            allowed = f"{self._most_refunds} refunds in 24 hours, requests and approvals together"
            why = f"PREO_MAX_REFUNDS_PER_DAY allows {allowed}, even with a yes"
            raise PermissionDeniedError(f"{call.title} was not run", why, "Tell the user; only they can change this.")

    async def _carried_out(self, call: GuardedCall, plan: Plan, facts: Facts) -> Ran:
        try:
            with anyio.fail_after(self._budget):  # a write that has begun by then is not cut off
                result = await call.perform(plan)
        except AmbiguousOutcomeError as exc:
            seconds = self._timing.settle if exc.may_still_happen else self._timing.broken
            lost = Lost(NO_ANSWER, seconds, absence_proves=not exc.may_still_happen)
        except PreoError as exc:
            if not call.has_written:
                return await self._not_done(call, plan, exc)
            lost = Lost(f"after the write this failed: {exc.why}", self._timing.broken, absence_proves=False)
        except TimeoutError:
            why = f"it took longer than {self._budget:g} s"
            if not call.has_written:
                return await self._not_done(call, plan, NetworkError(f"{call.title} was not run", why, ""))
            lost = Lost(why, self._timing.settle, absence_proves=False)
        except Exception as exc:  # noqa: BLE001 - whatever it is, the write may have happened
            logger.error("%s crashed: %s at %s", call.name, type(exc).__name__, raised_at(exc))  # noqa: TRY400
            why = f"preo-mcp failed ({type(exc).__name__})"
            lost = Lost(why, self._timing.broken, absence_proves=not call.has_written)
        else:
            compared = await self._compared(call, facts, result)
            ran = await self._settler.recorded(plan, PlanState.DONE, compared)
            return replace(ran, deviates=compared is not result)
        await _let_others_write(call)  # looking for an outcome may take its time
        return await self._settler.settled(call, plan, lost)

    async def _compared(self, call: GuardedCall, facts: Facts, result: CallToolResult) -> CallToolResult:
        """Read again what the call used; where it is not what was approved, stop what can be stopped.

        Leases keep out the writes that go through this server; this finds those of somebody in Preo's own pages.
        """
        try:
            with anyio.fail_after(self._budget):
                now = await call.content()
                if now is None or now == facts.content:
                    return result
                stopped = await call.stop()
        except (PreoError, TimeoutError) as exc:
            why = exc.why if isinstance(exc, PreoError) else f"it took longer than {self._budget:g} s"
            return with_note(result, f"{NOT_COMPARED} ({why})")
        except Exception as exc:  # noqa: BLE001 - it was done: that it cannot be compared must not hide that
            logger.error("comparing %s crashed: %s at %s", call.name, type(exc).__name__, raised_at(exc))  # noqa: TRY400
            return with_note(result, f"{NOT_COMPARED} ({type(exc).__name__})")
        return with_note(result, f"{CHANGED_BESIDE} {stopped or NOTHING_TO_STOP}")

    async def _not_done(self, call: GuardedCall, plan: Plan, exc: PreoError) -> Ran:
        """Record a failure before any write; where Preo was certainly not reached, let the yes stand."""
        if not isinstance(exc, NetworkError | RateLimitError):
            return await self._settler.recorded(plan, PlanState.FAILED, refusal(str(exc)))
        try:
            plan = await take(self._ledger, plan.id, released)
        except PlanStateError:  # another call looked, and settled it
            await _let_others_write(call)
            return await self._settler.settled(call, plan, Lost(NO_ANSWER))
        holds = f"Nothing was changed, and the yes holds until {plan.expires:%H:%M} UTC"
        text = f"{exc.what} · {exc.why} · {holds}: make exactly the same call again later."
        return Ran(refusal(text), Ended.FAILED, plan)


async def _let_others_write(call: GuardedCall) -> None:
    if call.lease is not None:
        await call.lease.let_go()
