"""Several deeds in one call of a workflow: each is a call of the tool that does it alone, for the workflow's one yes.

What was done, what not and what is unknown is read from the records of the single deeds: while it is being done, and
after a crash.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import anyio
from mcp.types import CallToolResult, TextContent

from preo_mcp.api.errors import PreoError
from preo_mcp.approval.ended import Ended, Ran
from preo_mcp.approval.plans import Deed, Plan, PlanState
from preo_mcp.calls.call import Call
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.tool import REGISTERED

SHARE_OF_BUDGET: Final = 0.5
"""How much of the time budget may be used up when another deed is begun."""
OUT_OF_TIME: Final = "there was no time left for it"
BEGUN_ELSEWHERE: Final = "another call is doing it"
NOT_AS_AGREED: Final = "something was changed in Preo at the same moment"


@dataclass(frozen=True, slots=True)
class Done:
    """What came of one deed.

    Attributes:
        deed: Which.
        ended: How it ended; None where it was not begun.
        content: The structured content of its result; empty where it was not done.
        why: Why it was not done or is unknown, as the tool that does it alone says it.
        may_go_on: Whether the next one may begin.
        reached: Whether Preo was, or may have been.
    """

    deed: Deed
    ended: Ended | None = None
    content: dict[str, Any] = field(default_factory=dict[str, Any])
    why: str = ""
    may_go_on: bool = False
    reached: bool = True

    @property
    def is_done(self) -> bool:
        """Whether it certainly was done."""
        return self.ended is Ended.DONE

    @property
    def is_unknown(self) -> bool:
        """Whether it may or may not have been done, or still is being done."""
        return self.ended in (Ended.UNKNOWN, Ended.WAITING)


ArgumentsOf = Callable[[Deed, Sequence[Done]], dict[str, Any]]
"""The arguments of the tool that does a deed alone, given what was done before."""


async def carry_out(preo: Preo, arguments_of: ArgumentsOf, to: Collection[str]) -> tuple[list[Done], Plan]:
    """Carry out the deeds of the plan that this call runs for, one after another, up to the first that is not done.

    `to` are the ids that the call names: nothing else is done anything to. Returns what came of each, and the plan.

    Raises:
        PreoError: the ledger cannot be read; nothing was begun.
    """
    plan = await preo.backend.guardrails.guard.deeds.plan(preo.plan_id)
    if not all(deed.subject in to for deed in plan.deeds):
        raise AssertionError("the plan is that of another call")
    done: list[Done] = []
    with anyio.CancelScope(shield=True):  # a call that is given up stops after a deed, and never within one
        until = anyio.current_time() + SHARE_OF_BUDGET * preo.settings.time_budget
        for place, deed in enumerate(plan.deeds):
            if done and not done[-1].may_go_on:
                done.append(Done(deed))
            elif anyio.current_time() > until:
                done.append(Done(deed, why=OUT_OF_TIME, reached=False))
            else:
                await preo.report(place, len(plan.deeds), f"{REGISTERED[deed.tool].subject.title}: {deed.subject}")
                done.append(await _carried_out(preo, plan, deed, arguments_of(deed, done)))
    return done, plan


async def _carried_out(preo: Preo, plan: Plan, deed: Deed, arguments: dict[str, Any]) -> Done:
    call = _call_of(preo, deed, arguments)
    lease = preo.lease
    if lease is None:
        raise AssertionError("several deeds are done under the call's lease")
    ran: Ran | None = None
    try:
        ran = await preo.backend.guardrails.guard.deeds.carry_out(call, deed, plan, lease)
    except PreoError as exc:
        return Done(deed, Ended.REFUSED, why=str(exc), reached=False)
    finally:
        is_without_effect = ran is not None and ran.ended is Ended.FAILED  # as reading back showed, if it was sent
        preo.has_written = preo.has_written or (call.preo.has_written and not is_without_effect)
        preo.talked_to_sandbox = preo.talked_to_sandbox or call.preo.talked_to_sandbox
        preo.request_ids += call.preo.request_ids
    return Done(deed, why=BEGUN_ELSEWHERE, reached=False) if ran is None else _told(deed, ran)


async def found(preo: Preo, arguments_of: ArgumentsOf) -> tuple[list[Done], Plan]:
    """Return what came of the deeds of the plan that is looked back at, and the plan.

    Raises:
        PreoError: the ledger cannot be read or written.
    """
    deeds = preo.backend.guardrails.guard.deeds
    plan = await deeds.plan(preo.plan_id)
    done: list[Done] = []
    for deed in plan.deeds:
        if done and not done[-1].is_done:
            done.append(Done(deed))
            continue
        ran = await deeds.found(_call_of(preo, deed, arguments_of(deed, done)), deed, plan)
        done.append(Done(deed) if ran is None else _told(deed, ran))
    return done, plan


def is_over(preo: Preo, plan: Plan) -> bool:
    """Whether no call can be at the deeds of a plan any more."""
    if plan.state is not PlanState.RUNNING:
        return True
    return plan.running_until is not None and preo.backend.guardrails.timing.now() >= plan.running_until


def _call_of(preo: Preo, deed: Deed, arguments: dict[str, Any]) -> Call:
    """Return the call of the tool that does a deed alone, with a line of its own in the audit."""
    tool = REGISTERED[deed.tool]
    checked = tool.arguments.model_validate(arguments)
    own = Preo(preo.backend, preo.context)
    return Call(tool, arguments, own, checked, preo.backend.audit)


def _told(deed: Deed, ran: Ran) -> Done:
    result = ran.result
    if not isinstance(result, CallToolResult):
        raise TypeError("what was agreed to asks nothing")
    first = next(iter(result.content), None)
    text = first.text if isinstance(first, TextContent) else ""
    if ran.ended is not Ended.DONE:
        reached = ran.plan is None or ran.plan.state is not PlanState.APPROVED
        return Done(deed, ran.ended, why=text, reached=reached)
    why = NOT_AS_AGREED if ran.deviates else ""
    return Done(deed, ran.ended, result.structured_content or {}, why, may_go_on=not ran.deviates)
