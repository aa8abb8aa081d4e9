"""Outcomes: found out where an answer was lost or a process died, recorded before they are told, told again when asked.

Happened, did not happen, or unknown: what is told is never more than what reading back shows.
"""

import logging
from contextlib import suppress
from typing import Final

from mcp.types import CallToolResult, TextContent

from preo_mcp.errors import PreoError
from preo_mcp.guardrails.call import GuardedCall
from preo_mcp.guardrails.ended import OF_STATE, Ended, Ran
from preo_mcp.guardrails.ledger import Ledger, LedgerError, take
from preo_mcp.guardrails.plans import FINISHED, Plan, PlanState, PlanStateError, delivered, settled
from preo_mcp.guardrails.read_back import Unknown
from preo_mcp.guardrails.timing import Timing
from preo_mcp.replies.reply import refusal
from preo_mcp.settings import Settings

HAPPENED: Final = "Preo's answer was lost; reading back showed that it happened."
AGAIN: Final = "This was carried out before; its result is told again, nothing was done twice."
CHECK: Final = "Do not repeat it; tell the user to check in Preo first."

logger = logging.getLogger(__name__)


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

    async def follow(self, call: GuardedCall, plan: Plan) -> Ran | None:
        """Return what came of a plan that began in another call; None where it did not happen and can be asked anew.

        Raises:
            PreoError: the ledger cannot be read or written.
        """
        if plan.state is PlanState.DECLINED:
            return Ran(declined(call.title), Ended.DECLINED, plan)
        if plan.state is PlanState.RUNNING:
            plan = await self._waited(call, plan)
        if plan.state is PlanState.RUNNING and not self._is_over(plan):
            return Ran(_still_running(plan), Ended.WAITING, plan)
        if plan.state in (PlanState.RUNNING, PlanState.UNKNOWN):
            ran = await self.told(await self.settled(call, plan, seconds=0))
            return None if ran.ended is Ended.FAILED else ran
        if plan.state in OF_STATE:
            return await self.told(Ran(_told_again(plan), Ended.REPEATED, plan))
        return None

    async def found_at_last(self, call: GuardedCall) -> Ran | None:
        """Look again at the identical call whose outcome was told as unknown; None where there is none, or still is.

        Raises:
            PreoError: the ledger cannot be read or written.
        """
        last = await self._ledger.last_finished(call.digest)
        if last is None or last.state is not PlanState.UNKNOWN:
            return None
        ran = await self.settled(call, last, seconds=0)
        return ran if ran.ended is Ended.DONE else None

    async def settled(self, call: GuardedCall, plan: Plan, seconds: float) -> Ran:
        """Find out what came of a write, for `seconds` again and again as long as it seems that it did not happen.

        More seconds than for a broken connection mean that it may happen still: then its absence proves nothing.

        Raises:
            LedgerError: the ledger cannot be read.
        """
        started = self._timing.now()
        while True:
            try:
                found = await call.look_back(plan.before)
            except PreoError as exc:
                found = Unknown(f"reading back failed too: {exc.why}", CHECK)
            if isinstance(found, CallToolResult):
                return await self.recorded(plan, PlanState.DONE, _with_note(found, HAPPENED))
            if (self._timing.now() - started).total_seconds() >= seconds:
                break
            await self._timing.sleep(self._timing.poll)
        if isinstance(found, Unknown) or seconds > self._timing.broken:
            next_step = found.next_step if isinstance(found, Unknown) else CHECK
            text = f"{call.title} may or may not have been done · {found.why} · {next_step}"
            return await self.recorded(plan, PlanState.UNKNOWN, refusal(text))
        why = f"Preo gave no readable answer, and reading back shows: {found.why}"
        text = (
            f"{call.title} was not done · {why} · If it is still wanted, make the call again; a person is asked again."
        )
        return await self.recorded(plan, PlanState.FAILED, refusal(text))

    async def recorded(self, plan: Plan, state: PlanState, result: CallToolResult) -> Ran:
        """Record an outcome; where that fails, the result says so.

        Raises:
            LedgerError: the ledger cannot be read either.
        """
        outcome = result.model_dump(mode="json", by_alias=True, exclude_none=True)
        try:
            plan = await take(self._ledger, plan.id, lambda now: settled(now, state, outcome, self._timing.now()))
        except PlanStateError:
            logger.warning("an outcome was recorded by another process already")
        except LedgerError as exc:
            return Ran(_with_note(result, f"The outcome could not be recorded: {exc.why}."), OF_STATE[state], plan)
        return Ran(result, OF_STATE[state], plan)

    async def told(self, ran: Ran) -> Ran:
        """Remember that a host is given this outcome; where that fails, the identical call is told it again."""
        if ran.plan is None or ran.plan.state not in FINISHED or ran.plan.delivered:
            return ran
        try:
            return Ran(ran.result, ran.ended, await take(self._ledger, ran.plan.id, delivered))
        except LedgerError as exc:
            logger.error("an outcome is told, but not marked as told: %s", exc.why)  # noqa: TRY400
            return ran

    def _is_over(self, plan: Plan) -> bool:
        return plan.running_until is not None and self._timing.now() >= plan.running_until

    async def _waited(self, call: GuardedCall, plan: Plan) -> Plan:
        """Wait for another call to finish a plan; first look whether it has happened already."""
        with suppress(PreoError):
            if isinstance(found := await call.look_back(plan.before), CallToolResult):
                return (await self.recorded(plan, PlanState.DONE, _with_note(found, HAPPENED))).plan or plan
        started = self._timing.now()
        while plan.state is PlanState.RUNNING and not self._is_over(plan):
            if (self._timing.now() - started).total_seconds() >= self._settings.approval_wait:
                break
            await self._timing.sleep(self._timing.poll)
            plan = await self._ledger.get(plan.id) or plan
        return plan


def declined(title: str) -> CallToolResult:
    """Return what the model is told when a person said no."""
    return refusal(f"{title} was not run · a person declined it · Stop, and tell the user that nothing was done.")


def _still_running(plan: Plan) -> CallToolResult:
    by = f" (by {plan.running_until:%H:%M:%S} UTC it tells what happened)" if plan.running_until else ""
    return refusal(
        f"{plan.title} was not run again · an earlier call is carrying it out, or was interrupted while it did · "
        f"Make exactly the same call again in a minute{by}."
    )


def _told_again(plan: Plan) -> CallToolResult:
    return _with_note(CallToolResult.model_validate(plan.outcome), AGAIN)


def _with_note(result: CallToolResult, note: str) -> CallToolResult:
    """Return a result that says one thing more, in its text and in its structured content."""
    content = result.structured_content
    if content is not None:
        content = {**content, "notes": [*content.get("notes", []), note]}
    first, *links = result.content
    text = f"{first.text}\n{note}" if isinstance(first, TextContent) else note
    return CallToolResult(
        content=[TextContent(type="text", text=text), *links], structured_content=content, is_error=result.is_error
    )
