"""What the model is told of an outcome that was found out, is not known yet, or is told again."""

from typing import Final

from mcp.types import CallToolResult, TextContent

from preo_mcp.approval.ended import DidNotHappen
from preo_mcp.approval.plans import Plan
from preo_mcp.replies.reply import refusal

HAPPENED: Final = "Preo's answer was lost; reading back showed that it happened."
PUT_TOGETHER: Final = "This is what the records of the single refunds and reading back show."
AGAIN: Final = "This is what came of an earlier call, told again; nothing was done twice."
CHECK: Final = "Do not repeat it; tell the user to check in Preo first."
INTERRUPTED: Final = "the call that carried it out was interrupted"


def declined(title: str) -> CallToolResult:
    """Return what the model is told when the answer was no, in a place that is meant for people alone."""
    return refusal(f"{title} was not run · it was declined · Stop, and tell the user that nothing was done.")


def not_done(title: str, why: str, found: DidNotHappen) -> CallToolResult:
    """Return what the model is told when a write did not happen; `why` its outcome was lost, and what was `found`."""
    return refusal(
        f"{title} was not done · {why}, and reading back shows: {found.why} · "
        "If it is still wanted, make the call again; a person is asked again."
    )


def still_running(plan: Plan) -> CallToolResult:
    """Return what the model is told while another call carries a plan out."""
    by = f" (by {plan.running_until:%H:%M:%S} UTC it tells what happened)" if plan.running_until else ""
    return refusal(
        f"{plan.title} was not run again · an earlier call is carrying it out, or was interrupted while it did · "
        f"Make exactly the same call again in a minute{by}."
    )


def told_again(plan: Plan) -> CallToolResult:
    """Return the recorded outcome of a plan, and that it is an earlier call's."""
    return with_note(CallToolResult.model_validate(plan.outcome), AGAIN)


def with_note(result: CallToolResult, note: str) -> CallToolResult:
    """Return a result that says one thing more, in its text and in its structured content."""
    content = result.structured_content
    if content is not None:
        content = {**content, "notes": [*content.get("notes", []), note]}
    first, *links = result.content
    text = f"{first.text}\n{note}" if isinstance(first, TextContent) else note
    return CallToolResult(
        content=[TextContent(type="text", text=text), *links], structured_content=content, is_error=result.is_error
    )
