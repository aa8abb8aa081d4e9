"""The prompts, and how a host lists and gets them; a wrong name or argument answers -32602 (MCP, Prompts)."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, GetPromptResult, Prompt, PromptArgument, PromptMessage, TextContent

from preo_mcp.resources.rows import Kind
from preo_mcp.text.icons import BUBBLE
from preo_mcp.text.plain_text import one_line

LONGEST_VALUE: Final = 1000
"""Characters of one argument."""


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a prompt; `otherwise` stands in its place when it is left out, and None means it is required."""

    name: str
    description: str
    kind: Kind | None = None
    otherwise: str | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """A prompt: how it is presented, and its text with the arguments in braces."""

    name: str
    title: str
    description: str
    arguments: tuple[Argument, ...]
    text: str


PROMPTS: Final = (
    Words(
        "import_orders",
        "Import a shop's orders",
        "Bring a shop's order export (CSV or Excel) into an edition.",
        (
            Argument("edition", "Edition that the orders belong to: its id, or its name", Kind.EDITION),
            Argument("file", "Path of the export in an allowed folder", otherwise="the file that I name (ask me)"),
        ),
        """\
Import orders into edition {edition} from {file}.
1. If the edition is not an id, find it with list_editions. Call prepare_import with the file.
2. Tell me its decisions: what each is about, what is recommended, what that changes. Ask me where nothing is \
recommended; do not guess. Then prepare_import with its source and what I settled, until no decision is open.
3. Show me what the file comes to, what stays out and why, the columns left out, and with preview_import_orders some \
orders.
4. STOP until I agree. Then start_import, and wait_for_import until it is done.
5. Report what Preo now has beside what was announced, and which orders stayed out and why.""",
    ),
    Words(
        "build_segment",
        "Build a segment",
        "Turn a description of customers in plain words into a segment.",
        (
            Argument("edition", "Edition that the segment is about: its id, or its name", Kind.EDITION),
            Argument("who", "Which customers, in plain words"),
        ),
        """\
Build a segment for edition {edition} with these customers: {who}
1. If the edition is not an id, find it with list_editions; it also gives the organization.
2. Read get_cel_context for what a condition can name (preo://cel/reference explains the language). If my words can be \
meant in two ways, such as which order statuses count, ask me.
3. Write the condition, check it with validate_cel_expression, and correct it until it is valid. Tell me in one \
sentence what it asks.
4. STOP until I agree. Then create_segment and recalculate_segment; look with get_segment until it is completed.
5. Report how many match and how many can be reached. If that is none or nearly everybody, say so: the condition may \
be wrong.""",
    ),
    Words(
        "prepare_campaign",
        "Prepare a campaign and check it before sending",
        "Make a campaign to a segment ready, and check it before anything goes out.",
        (
            Argument("segment", "Segment that gets it: its id, or its name", Kind.SEGMENT),
            Argument("message", "E-mail message to send: its id, or its title", Kind.MESSAGE, "one we write first"),
        ),
        """\
Prepare a campaign to segment {segment} with message {message}.
1. If one is not an id, find it with list_segments or list_email_messages. Look at get_segment: completed, how recent, \
how many can be reached; recalculate_segment if it is old.
2. Without a message write one with create_email_message. For marketing the segment needs a consent.
3. Call create_campaign: it is a draft, nothing goes out. Check with preview_email and get_campaign.
4. Show me name, subject, text, segment, recipients and what looks wrong: empty variables, broken links, the wrong \
edition.
5. STOP. Only when I say to send it, or when: send_campaign or schedule_campaign, which ask a person again. \
cancel_campaign stops it; get_campaign_stats tells what came of it.""",
    ),
    Words(
        "handle_refund",
        "Handle a refund request",
        "Look into a customer's request for a refund, and refund what is right.",
        (
            Argument("order", "Order: its id, its number, or the customer's e-mail", Kind.ORDER),
            Argument("reason", "What the customer wants and why", otherwise="not given"),
        ),
        """\
A customer asks for a refund of order {order}. Reason: {reason}
1. If it is not an id, find it with list_orders. Read it with get_order: what was bought, paid, and is left to refund.
2. Look with list_refunds whether one is already requested or paid; then do not request another.
3. Tell me which purchases you would refund, the amount and currency, and what speaks against it.
4. STOP until I agree. Then create_purchase_refund (or create_refund for several), which asks a person.
5. STOP again: approve_refund pays the money and cannot be undone; reject_refund refuses. Call one only when I say so.
6. If an outcome is unknown, look with get_refund; never repeat the call blindly.""",
    ),
    Words(
        "customer_history",
        "Find a customer's history",
        "What a customer bought, got back and agreed to.",
        (Argument("customer", "Customer: id, or a part of name, e-mail or phone number", Kind.CUSTOMER),),
        """\
Find the history of customer {customer}.
1. Call customer_history, with it as search unless it is an id. If several fit, STOP and ask me which one. Get the \
older orders too, as next says.
2. Report by date: orders with status and amount in their currency, refunds, what is open; what they agreed to and \
when. Say what is not told, and do not fill gaps.
Change nothing. Show no more personal data than the question needs.""",
    ),
    Words(
        "webhook_failures",
        "Find out why a webhook fails",
        "Read a webhook's failed deliveries and say what to correct.",
        (Argument("webhook", "Webhook endpoint: its id, or its name", Kind.WEBHOOK),),
        """\
Find out why webhook {webhook} fails.
1. If it is not an id, find it with list_webhooks. Read get_webhook: active, URL, events, timeout.
2. Read list_webhook_deliveries for failed and pending ones, and get_webhook_delivery for two or three: error, status \
and body of the answer, number of tries.
3. Tell the likeliest cause with the evidence: inactive, address or certificate, timeout, redirect, 401 or 403 (often \
the signature), 4xx, 5xx; since when; which side must correct it.
4. STOP. After I agree and the receiver is corrected, retry_webhook_delivery for one, look at it, then the others.
update_webhook and rotate_webhook_secret ask a person; do not rotate a secret to try things out.""",
    ),
)

_BY_NAME: Final = {words.name: words for words in PROMPTS}


def listed() -> list[Prompt]:
    """Return the prompts as `prompts/list` shows them."""
    return [
        Prompt(
            name=words.name,
            title=words.title,
            description=words.description,
            icons=[BUBBLE],
            arguments=[
                PromptArgument(name=one.name, description=one.description, required=one.otherwise is None)
                for one in words.arguments
            ],
        )
        for words in PROMPTS
    ]


def find(name: str) -> Words:
    """Return a prompt.

    Raises:
        MCPError: there is no prompt with this name.
    """
    words = _BY_NAME.get(name)
    if words is None:
        near = get_close_matches(name, _BY_NAME, n=1)
        hint = f"Did you mean {near[0]}?" if near else "See prompts/list."
        raise MCPError(INVALID_PARAMS, f"{one_line(name)[:60]} was not made · no prompt has this name · {hint}")
    return words


def filled(name: str, arguments: Mapping[str, str] | None) -> GetPromptResult:
    """Return a prompt with its arguments; an empty one counts as left out.

    Raises:
        MCPError: there is no such prompt or argument, a required one is missing, or one is too long.
    """
    words = find(name)
    given = {key: text for key, value in (arguments or {}).items() if (text := one_line(value))}
    if reason := _reason(words, given):
        raise MCPError(INVALID_PARAMS, f"{name} was not made · {reason} · Correct the arguments and get it again.")
    values = {one.name: given.get(one.name) or one.otherwise for one in words.arguments}
    message = PromptMessage(role="user", content=TextContent(type="text", text=words.text.format(**values)))
    return GetPromptResult(description=words.description, messages=[message])


def _reason(words: Words, given: Mapping[str, str]) -> str | None:
    names = [one.name for one in words.arguments]
    if unknown := [one_line(name)[:60] for name in given if name not in names]:
        return f"there is no argument {', '.join(unknown)}; known: {', '.join(names)}"
    if missing := [one.name for one in words.arguments if one.otherwise is None and one.name not in given]:
        return f"{', '.join(missing)} is required"
    if too_long := [name for name, value in given.items() if len(value) > LONGEST_VALUE]:
        return f"{', '.join(too_long)} is longer than {LONGEST_VALUE} characters"
    return None
