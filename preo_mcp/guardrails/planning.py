"""From the facts of a call to the plan that a person is asked about."""

from dataclasses import replace
from datetime import datetime, timedelta

from preo_mcp.guardrails.call import GuardedCall
from preo_mcp.guardrails.facts import Facts
from preo_mcp.guardrails.ledger import Ledger
from preo_mcp.guardrails.limits import what_to_type
from preo_mcp.guardrails.phrases import SAME_CALL, already_done, already_unknown
from preo_mcp.guardrails.plans import Plan, PlanState, new_plan_id
from preo_mcp.languages import in_language
from preo_mcp.settings import Settings


async def facts_with_history(call: GuardedCall, ledger: Ledger) -> Facts | None:
    """Return the facts as they are now, and that the identical call was made before; None where no yes is needed.

    Raises:
        PreoError: the facts rule the call out, or cannot be fetched.
    """
    facts = await call.fetch()
    before = None if facts is None else await ledger.last_effect(call.digest)
    if facts is None or before is None or before.began is None:
        return facts
    told = already_done if before.state is PlanState.DONE else already_unknown
    return replace(facts, lines=(*facts.lines, (SAME_CALL, told(before.began))))


def plan_of(call: GuardedCall, facts: Facts, settings: Settings, now: datetime) -> Plan:
    """Return a new plan, with the facts as a person is shown them."""
    to_type = what_to_type(facts, settings)
    return Plan(
        id=new_plan_id(),
        call=call.digest,
        account=call.account,
        tool=call.tool,
        title=call.title,
        created=now,
        expires=now + timedelta(hours=settings.plan_hours),
        question=facts.asked(settings.language),
        lines=tuple(facts.told(settings.language)),
        digest=facts.digest(),
        figures=tuple(facts.figures),
        typed=to_type[0] if to_type else None,
        typing=in_language(to_type[1], settings.language) if to_type else "",
        is_refund=call.is_refund,
    )
