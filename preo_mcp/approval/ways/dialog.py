"""The nearest way to ask: the host's own dialog, in both protocol eras.

Sessions of protocol 2025-11-25 and older are asked in the middle of the call. From 2026-07-28 on the call answers with
the question, and the host repeats it with the answer and a sealed state.
"""

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import anyio
from mcp.server.mcpserver import Context
from mcp.shared.exceptions import MCPError
from mcp.types import ElicitRequest, ElicitRequestFormParams, ElicitResult, InputRequiredResult
from pydantic import ValidationError

from preo_mcp.approval.facts import shown
from preo_mcp.approval.languages import in_language
from preo_mcp.approval.phrases import DO_IT, DOES_NOT_MATCH
from preo_mcp.approval.plans import Plan
from preo_mcp.approval.typed import matches
from preo_mcp.settings import Language

STATELESS_SINCE: Final = "2026-07-28"
ANSWER: Final = "approve"
TYPED: Final = "typed"
TICK_SECONDS: Final = 10.0
"""Between two signs of life while a person reads: hosts give up on silent calls after about a minute."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a host answered to a question.

    Attributes:
        said: The answer in words, such as "'decline'".
        is_yes: Whether it is a yes, with what had to be typed.
        mistyped: Whether it would be a yes but for what was typed.
    """

    said: str
    is_yes: bool
    mistyped: bool


@dataclass(frozen=True, slots=True)
class Returned:
    """A call that comes back with the answer to an earlier question (2026-07-28)."""

    plan_id: str
    asked: int
    digest: str
    figures: tuple[int, ...]
    result: ElicitResult | None


def can_ask(context: Context[Any, Any]) -> bool:
    """Return whether the host declared that it can show a form, over a connection that can carry the question."""
    capabilities = context.client_capabilities
    elicitation = capabilities.elicitation if capabilities else None
    form = elicitation is not None and (elicitation.form is not None or elicitation.url is None)
    return form and (is_stateless(context) or context.session.can_send_request)


def is_stateless(context: Context[Any, Any]) -> bool:
    """Return whether the call has to end for a question to be asked."""
    return (context.protocol_version or "") >= STATELESS_SINCE


async def ask_in_session(context: Context[Any, Any], plan: Plan, language: Language, *, again: bool) -> Answer:
    """Return what the host answers to a plan's question, asked in the middle of the call."""

    async def live() -> None:
        seconds = 0.0
        while True:
            await anyio.sleep(TICK_SECONDS)
            seconds += TICK_SECONDS
            await sign_of_life(context, seconds, None)

    form = _form(plan, language, again=again)
    answers: list[ElicitResult] = []
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(live)
        with suppress(MCPError, ValidationError):  # a host that cannot show what it declared: nobody was asked
            answers.append(
                await context.session.elicit_form(
                    message=form.message, requested_schema=form.requested_schema, related_request_id=context.request_id
                )
            )
        tasks.cancel_scope.cancel()
    return read(answers[0], plan) if answers else Answer("an error", is_yes=False, mistyped=False)


async def sign_of_life(context: Context[Any, Any], seconds: float, limit: float | None) -> None:
    """Tell the host that a person is waited for; that it no longer listens is no reason to stop."""
    with suppress(anyio.ClosedResourceError, anyio.BrokenResourceError):
        await context.report_progress(seconds, limit, "Waiting for a person")


def question(plan: Plan, language: Language, asked: int, *, again: bool) -> InputRequiredResult:
    """Return a plan's question as the result of a call, with the state that its answer comes back with."""
    state = {"plan": plan.id, "asked": asked, "digest": plan.digest, "figures": plan.figures}
    request = ElicitRequest(params=_form(plan, language, again=again))
    return InputRequiredResult(input_requests={ANSWER: request}, request_state=json.dumps(state))


def returned(context: Context[Any, Any]) -> Returned | None:
    """Return what a repeated call brings back; None for a call that is made for the first time."""
    if not is_stateless(context) or not context.request_state:
        return None
    state: dict[str, Any] = json.loads(context.request_state)  # unsealed by the SDK: what we wrote
    result = (context.input_responses or {}).get(ANSWER)
    given = result if isinstance(result, ElicitResult) else None
    return Returned(state["plan"], state["asked"], state["digest"], tuple(state["figures"]), given)


def read(result: ElicitResult, plan: Plan) -> Answer:
    """Return a host's answer to a plan's question as it is meant."""
    content = result.content or {}
    ticked = result.action == "accept" and content.get(ANSWER) is True
    typed_right = plan.expected is None or matches(plan.expected, str(content.get(TYPED) or ""))
    said = "accepted without ticking yes" if result.action == "accept" else f"'{result.action}'"
    return Answer(said, is_yes=ticked and typed_right, mistyped=ticked and not typed_right)


def _form(plan: Plan, language: Language, *, again: bool) -> ElicitRequestFormParams:
    properties: dict[str, Any] = {ANSWER: {"type": "boolean", "title": plan.sheet.verb or in_language(DO_IT, language)}}
    if plan.typed is not None:
        properties[TYPED] = {"type": "string", "title": plan.typing}
    schema: dict[str, Any] = {"type": "object", "properties": properties, "required": list(properties)}
    first = f"{in_language(DOES_NOT_MATCH, language)}\n\n" if again else ""
    message = first + shown(plan.question, plan.lines, plan.deciding)
    return ElicitRequestFormParams(message=message, requested_schema=schema)
