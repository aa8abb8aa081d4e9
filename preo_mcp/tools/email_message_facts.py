"""What a person is shown before an e-mail message is deleted, or changed while a campaign is about to send it."""

from typing import Any

from pydantic import MISSING

from preo_mcp.errors import ConflictError
from preo_mcp.guardrails.facts import Facts
from preo_mcp.models.email_messages import EmailMessageDetail, EmailUse
from preo_mcp.operations import DELETE_EMAIL_MESSAGE, GET_EMAIL_MESSAGE
from preo_mcp.preo import Preo

NAMED = 5
"""Uses that a refusal names; the others are counted."""

CAMPAIGN = "campaign"


async def facts_of_delete(preo: Preo, email_message_id: str) -> Facts:
    """Return what would be deleted.

    Raises:
        ConflictError: something uses it, which Preo refuses.
        PreoError: the message cannot be had.
    """
    message = await preo.call(GET_EMAIL_MESSAGE, EmailMessageDetail, id=email_message_id)
    if message.usages:
        more = f" and {len(message.usages) - NAMED} more" if len(message.usages) > NAMED else ""
        raise ConflictError(
            f"{DELETE_EMAIL_MESSAGE.title} was not done",
            f"it is in use by {', '.join(map(_spelled, message.usages[:NAMED]))}{more}",
            "Give an edition another message with update_edition; cancel a campaign with cancel_campaign.",
        )
    lines = (*_described(message), ("Used by", "unknown" if message.usages is None else "nothing"))
    return Facts("Delete this e-mail message for good?", lines)


async def facts_of_update(preo: Preo, email_message_id: str, **changes: Any) -> Facts | None:
    """Return what changes for the campaigns that are about to send a message; None where there are none.

    `changes` are the other arguments of update_email_message.

    Raises:
        PreoError: the message cannot be had.
    """
    message = await preo.call(GET_EMAIL_MESSAGE, EmailMessageDetail, id=email_message_id)
    campaigns = campaigns_using(message)
    given = {name: value for name, value in changes.items() if value is not MISSING}
    if not campaigns or not given:
        return None
    lines = [*_described(message), *(("Campaign", _spelled(use)) for use in campaigns)]
    lines += [(name, f"{getattr(message, name)} → {given[name]}") for name in ("title", "subject") if name in given]
    if "blocks" in given:
        lines += [("Blocks", f"{len(message.blocks or [])} → {len(given['blocks'])}, all replaced")]
        lines += [(f"Block {number}", _content(block)) for number, block in enumerate(given["blocks"], 1)]
    return Facts("Change this e-mail message, which a campaign is about to send?", tuple(lines))


def campaigns_using(message: EmailMessageDetail) -> list[EmailUse]:
    """Return the campaigns that are scheduled, calculating or sending with a message."""
    return [use for use in message.usages or [] if use.type == CAMPAIGN]


def _described(message: EmailMessageDetail) -> tuple[tuple[str, str], ...]:
    owner = message.edition_id or message.organization_id or "the platform"
    return (
        ("Message", f"{message.title} ({message.id})"),
        ("Subject", message.subject or "none"),
        ("Kind", f"{message.type or 'unknown'}, {message.scope or 'unknown'} of {owner}"),
    )


def _content(block: Any) -> str:
    fields = block.model_dump(mode="json")
    return " · ".join(str(value) for value in fields.values())


def _spelled(use: EmailUse) -> str:
    return f"{use.type or 'object'} {use.name or ''} ({', '.join(filter(None, (use.id, use.field or use.status)))})"
