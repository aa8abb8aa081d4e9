"""The card: an inline view of MCP Apps that asks in the conversation, and the one tool that only it may call.

Threat: a model that calls `approval` itself, and so says yes for the person. MCP Apps demands that hosts keep
app-only tools out of the model's list and the results of a card's calls out of its context; this way is no stronger
than that. A client that did not declare the extension is refused, as is any where `PREO_APPROVE_VIA` names another way.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from mcp.server.apps import APP_MIME_TYPE, client_supports_apps
from mcp.server.lowlevel.helper_types import ReadResourceContents
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, TextContent

from preo_mcp.approval.ledgers.ledger import Ledger
from preo_mcp.approval.plans import PlanState
from preo_mcp.approval.ways.answering import AnswerRefused, answer, as_json, show
from preo_mcp.approval.ways.card_tool import ARGUMENTS
from preo_mcp.approval.ways.documents import card_html
from preo_mcp.approval.ways.texts import told
from preo_mcp.replies.reply import refusal
from preo_mcp.settings import Language, Settings, Way

_TYPES: Final[dict[str, type]] = {"string": str, "boolean": bool}


def card_contents(language: Language) -> ReadResourceContents:
    """Return the card as a host reads it at `CARD_URI`; it need not be listed, since the tools name it."""
    return ReadResourceContents(card_html(language), APP_MIME_TYPE, {"ui": {"prefersBorder": True}})


def client_shows_cards(context: Context[Any, Any]) -> bool:
    """Return whether the client declared MCP Apps."""
    return client_supports_apps(context)


async def approval_call(
    context: Context[Any, Any],
    ledger: Ledger,
    settings: Settings,
    arguments: Mapping[str, Any],
    now: datetime,
    by: str = "",
) -> CallToolResult:
    """Show the card a plan's question, or take its answer.

    Args:
        context: The client that calls.
        ledger: Where the plans are.
        settings: The language, and the way to ask where only one is allowed.
        arguments: `plan_id` alone asks for the question; with `nonce`, `answer` and `typed` it is answered.
        now: The moment in UTC.
        by: Who is shown it and answers, of those who are signed in.

    Returns:
        An object with `state`: `open` with the question, `approved`, `declined`, or why not, with a `message`.

    Raises:
        LedgerError: the ledger cannot be read or written.
    """
    if not client_shows_cards(context) or settings.approve_via not in (None, Way.CARD):
        return refusal(
            "approval was not run · only the approval card of this server may call it · "
            "Ask the person; do not call it yourself."
        )
    if not _are_right(arguments):
        return refusal("approval was not run · its arguments are not the card's · Do not call it yourself.")
    plan_id = arguments["plan_id"]
    try:
        if "answer" not in arguments:
            return _result(as_json(await show(ledger, plan_id, now), by))
        nonce, typed = arguments.get("nonce", ""), arguments.get("typed")
        yes = arguments["answer"]
        plan = await answer(ledger, plan_id, nonce, yes=yes, typed=typed, via=Way.CARD, now=now, by=by)
    except AnswerRefused as exc:
        return _result(told(exc.refusal, settings.language))
    return _result({"state": "approved" if plan.state is PlanState.APPROVED else "declined"})


def _are_right(arguments: Mapping[str, Any]) -> bool:
    known = all(isinstance(value, _TYPES.get(ARGUMENTS.get(name, ""), ())) for name, value in arguments.items())
    return known and "plan_id" in arguments


def _result(content: dict[str, Any]) -> CallToolResult:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=content)
