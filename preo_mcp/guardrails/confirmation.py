"""A person's yes through the host's elicitation, in both protocol eras; without it nothing runs.

Sessions of protocol 2025-11-25 and older are asked in the middle of the call. From 2026-07-28 on the call answers with
the question, and the host repeats it with the answer and a sealed state; that state can be replayed, so each plan in it
is used once. In either era the facts are fetched again after the answer, and a yes to other facts is no yes; counts may
drift a little in between.
"""

import json
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, ElicitRequest, ElicitRequestFormParams, ElicitResult, InputRequiredResult

from preo_mcp.guardrails.facts import Facts
from preo_mcp.guardrails.plans import Plans
from preo_mcp.replies.reply import refusal

STATELESS_SINCE = "2026-07-28"
ANSWER = "approve"
ANSWER_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {ANSWER: {"type": "boolean", "title": "Yes, do it"}},
    "required": [ANSWER],
}
MOST_QUESTIONS = 5
"""How often a person is asked again because the facts changed while they read."""

FetchFacts = Callable[[], Awaitable[Facts | None]]
"""Gives the facts as they are now, or None where the call changes nothing that anybody depends on."""


@dataclass(frozen=True, slots=True)
class Approved:
    """The call may run; `how` says in the result who agreed, and is None where nobody had to."""

    how: str | None = "Approved by a person in the host's dialog."


NOT_NEEDED = Approved(how=None)


def can_ask(context: Context[Any, Any]) -> bool:
    """Return whether the host declared that it can show a form, over a connection that can carry the question."""
    capabilities = context.client_capabilities
    elicitation = capabilities.elicitation if capabilities else None
    form = elicitation is not None and (elicitation.form is not None or elicitation.url is None)
    return form and (_is_stateless(context) or context.session.can_send_request)


async def confirm(
    context: Context[Any, Any], title: str, fetch: FetchFacts, plans: Plans
) -> Approved | CallToolResult | InputRequiredResult:
    """Return a person's approval of the facts as they are now, or what the call has to answer instead.

    Raises:
        PreoError: the facts cannot be fetched, or already rule the call out.
    """
    facts = await fetch()
    if facts is None:
        return NOT_NEEDED
    if not can_ask(context):
        return refusal(
            f"{title} was not run · it needs a person's yes, and this host cannot show a question (no elicitation) · "
            "Tell the user to do this step in Preo, or to use a host that can ask (Claude Code, VS Code, Cursor)."
        )
    if _is_stateless(context):
        return await _ask_stateless(context, title, facts, plans)
    return await _ask_in_session(context, title, facts, fetch)


def _is_stateless(context: Context[Any, Any]) -> bool:
    return (context.protocol_version or "") >= STATELESS_SINCE


async def _ask_in_session(
    context: Context[Any, Any], title: str, facts: Facts, fetch: FetchFacts
) -> Approved | CallToolResult:
    for _ in range(MOST_QUESTIONS):
        answer = await context.session.elicit_form(
            message=facts.shown(), requested_schema=ANSWER_SCHEMA, related_request_id=context.request_id
        )
        if not _is_yes(answer):
            return _not_approved(title, answer)
        shown, now = facts, await fetch()
        if now is None or now.holds_for(shown.digest(), shown.figures):
            return Approved()
        facts = now
    return _kept_changing(title)


async def _ask_stateless(
    context: Context[Any, Any], title: str, facts: Facts, plans: Plans
) -> Approved | CallToolResult | InputRequiredResult:
    state: dict[str, Any] = json.loads(context.request_state) if context.request_state else {}
    answer = (context.input_responses or {}).get(ANSWER)
    if not isinstance(answer, ElicitResult) or not state:
        return _question(facts, secrets.token_hex(16), 1)
    if not _is_yes(answer):
        return _not_approved(title, answer)
    if not facts.holds_for(state["facts"], state["figures"]):
        asked = state["asked"]
        return _kept_changing(title) if asked >= MOST_QUESTIONS else _question(facts, state["plan"], asked + 1)
    if not plans.claim(state["plan"]):
        return refusal(
            f"{title} was not run again · this approval was used already · Look at the result of the first call; "
            "to do it once more, make a new call and ask again."
        )
    return Approved()


def _question(facts: Facts, plan: str, asked: int) -> InputRequiredResult:
    form = ElicitRequestFormParams(message=facts.shown(), requested_schema=ANSWER_SCHEMA)
    state = json.dumps({"plan": plan, "facts": facts.digest(), "figures": facts.figures, "asked": asked})
    return InputRequiredResult(input_requests={ANSWER: ElicitRequest(params=form)}, request_state=state)


def _is_yes(answer: ElicitResult) -> bool:
    return answer.action == "accept" and (answer.content or {}).get(ANSWER) is True


def _not_approved(title: str, answer: ElicitResult) -> CallToolResult:
    given = "accepted without ticking yes" if answer.action == "accept" else f"'{answer.action}'"
    return refusal(
        f"{title} was not run · the host answered the question with {given} · "
        "Do not repeat the call by yourself; tell the user what it would have done and wait for them."
    )


def _kept_changing(title: str) -> CallToolResult:
    return refusal(
        f"{title} was not run · what it would change kept changing while the question was open · "
        "Wait until nothing else works on it, then call again."
    )
