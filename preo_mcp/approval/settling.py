"""Outcomes: found out where an answer was lost or a process died, recorded before they are told, told again when asked.

Happened, did not happen, or unknown: what is told is never more than what reading back shows.
"""

import logging
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from math import ceil

from mcp.types import CallToolResult

from preo_mcp.api.errors import PreoError, raised_at
from preo_mcp.approval.call import GuardedCall
from preo_mcp.approval.ended import OF_STATE, DidNotHappen, Ended, Ran, Unknown
from preo_mcp.approval.ledgers.ledger import Ledger, LedgerError, take
from preo_mcp.approval.outcomes import (
    AGAIN,
    CHECK,
    HAPPENED,
    INTERRUPTED,
    PUT_TOGETHER,
    declined,
    not_done,
    still_running,
    told_again,
    with_note,
)
from preo_mcp.approval.plans import FINISHED, Plan, PlanState, PlanStateError, delivered, settled
from preo_mcp.approval.timing import Timing
from preo_mcp.replies.reply import refusal
from preo_mcp.settings import Settings

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Lost:
    """An outcome that is not known.

    Attributes:
        why: How it was lost, such as "Preo gave no readable answer".
        seconds: For how long the write may still show its effect.
        absence_proves: Whether it certainly did not happen if it does not show by then.
    """

    why: str
    seconds: float = 0
    absence_proves: bool = True


class Settler:
    """Finds, records and tells outcomes.

    Args:
        settings: How long a call waits for another.
        ledger: Where the plans are.
        timing: Clock and patience.
    """

    def __init__(self, settings: Settings, ledger: Ledger, timing: Timing) -> None:
        self._settings = settings
        self._ledger = ledger
        self._timing = timing
        self._carried_out_here: set[str] = set()

    @contextmanager
    def carrying_out(self, plan: Plan) -> Generator[None]:
        """Mark a plan as being carried out in this process: then it is not over, however late the clock says it is.

        Threat: a computer that slept in the middle, or a clock that was set.
        """
        self._carried_out_here.add(plan.id)
        try:
            yield
        finally:
            self._carried_out_here.discard(plan.id)

    async def follow(self, call: GuardedCall, plan: Plan) -> Ran | None:
        """Return what came of a plan that began in another call; None where it did not happen and can be asked anew.

        Raises:
            PreoError: the ledger cannot be read or written.
        """
        if plan.state is PlanState.DECLINED:
            return await self.told(Ran(declined(call.title), Ended.DECLINED, plan))
        if plan.state is PlanState.RUNNING:
            if isinstance(found := await self._looked(call, plan), CallToolResult):
                found = _looked_up(plan, found)
                ran = await self.recorded(plan, PlanState.DONE, found)
                return await self.told(Ran(with_note(found, AGAIN), ran.ended, ran.plan))
            plan = await self._waited(plan)
        if plan.state is PlanState.RUNNING and not self._is_over(plan):
            return Ran(still_running(plan), Ended.WAITING, plan)
        if plan.state in (PlanState.RUNNING, PlanState.UNKNOWN):
            lost = Lost(INTERRUPTED, absence_proves=self._is_over(plan))
            ran = await self.told(await self.settled(call, plan, lost))
            return None if ran.ended is Ended.FAILED else ran
        if plan.state in OF_STATE:
            return await self.told(Ran(told_again(plan), Ended.REPEATED, plan))
        return None

    async def found_at_last(self, call: GuardedCall) -> Ran | None:
        """Look again at the identical call whose outcome was told as unknown; None where there is none, or it still is.

        Raises:
            PreoError: the ledger cannot be read or written.
        """
        last = await self._ledger.last_effect(call.digest)
        if last is None or last.state is not PlanState.UNKNOWN:
            return None
        found = await self._looked(call, last)
        if isinstance(found, CallToolResult):
            return await self.recorded(last, PlanState.DONE, _looked_up(last, found))
        if isinstance(found, DidNotHappen) and self._is_over(last):
            await self.recorded(last, PlanState.FAILED, not_done(call.title, INTERRUPTED, found))
        return None

    async def settled(self, call: GuardedCall, plan: Plan, lost: Lost) -> Ran:
        """Find out what came of a write whose outcome was lost, and look as long as it may still show."""
        until = self._timing.now() + timedelta(seconds=lost.seconds)
        pauses = ceil(lost.seconds / self._timing.poll)  # bounded even where the clock is set back
        while True:
            found = await self._looked(call, plan)
            if isinstance(found, CallToolResult):
                return await self.recorded(plan, PlanState.DONE, _looked_up(plan, found))
            if not pauses or self._timing.now() >= until:
                break
            pauses -= 1
            await self._timing.sleep(self._timing.poll)
        if isinstance(found, DidNotHappen) and lost.absence_proves:
            return await self.recorded(plan, PlanState.FAILED, not_done(call.title, lost.why, found))
        next_step = found.next_step if isinstance(found, Unknown) else CHECK
        text = f"{call.title} may or may not have been done · {lost.why}, and {found.why} · {next_step}"
        return await self.recorded(plan, PlanState.UNKNOWN, refusal(text))

    async def recorded(self, plan: Plan, state: PlanState, result: CallToolResult) -> Ran:
        """Record an outcome; where that fails, the result says so."""
        outcome = result.model_dump(mode="json", by_alias=True, exclude_none=True)
        try:
            plan = await take(self._ledger, plan.id, lambda now: settled(now, state, outcome, self._timing.now()))
        except PlanStateError:
            logger.warning("another process had already recorded the outcome")
        except LedgerError as exc:
            return Ran(with_note(result, f"The outcome could not be recorded: {exc.why}."), OF_STATE[state], plan)
        return Ran(result, OF_STATE[state], plan)

    async def told(self, ran: Ran) -> Ran:
        """Remember that a host is given this outcome; where that fails, the identical call is told it again."""
        if ran.plan is None or ran.plan.state not in FINISHED or ran.plan.delivered:
            return ran
        try:
            return replace(ran, plan=await take(self._ledger, ran.plan.id, delivered))
        except LedgerError as exc:
            logger.error("an outcome was told, but could not be marked as told: %s", exc.why)  # noqa: TRY400
            return ran

    def _is_over(self, plan: Plan) -> bool:
        if plan.id in self._carried_out_here:
            return False
        return plan.running_until is not None and self._timing.now() >= plan.running_until

    async def _looked(self, call: GuardedCall, plan: Plan) -> CallToolResult | DidNotHappen | Unknown:
        """Look whether a write happened; what cannot be looked at is unknown."""
        try:
            return await call.look_back(plan)
        except PreoError as exc:
            return Unknown(f"reading back failed too: {exc.why}", CHECK)
        except Exception as exc:  # noqa: BLE001 - whatever it is, the plan must come to an end
            logger.error("reading back %s crashed: %s at %s", call.name, type(exc).__name__, raised_at(exc))  # noqa: TRY400
            return Unknown(f"reading back failed too ({type(exc).__name__})", CHECK)

    async def _waited(self, plan: Plan) -> Plan:
        """Wait for another call to finish a plan."""
        started = self._timing.now()
        while plan.state is PlanState.RUNNING and not self._is_over(plan):
            if (self._timing.now() - started).total_seconds() >= self._settings.approval_wait:
                break
            await self._timing.sleep(self._timing.poll)
            plan = await self._ledger.get(plan.id) or plan
        return plan


def _looked_up(plan: Plan, found: CallToolResult) -> CallToolResult:
    """Return a result that was found by looking, and says so."""
    return with_note(found, PUT_TOGETHER if plan.deeds else HAPPENED)
