"""What a person is shown before an e-mail message is deleted, or changed while a campaign is about to send it."""

from dataclasses import replace
from typing import Any

from pydantic import MISSING

from preo_mcp.api.errors import ConflictError
from preo_mcp.api.models.base import Embedded
from preo_mcp.api.models.email_messages import Block, EmailMessageDetail, EmailUse, SavedEmailMessage
from preo_mcp.api.operations import DELETE_EMAIL_MESSAGE, GET_EMAIL_MESSAGE
from preo_mcp.approval.facts import Facts, Line, Stakes
from preo_mcp.approval.quoting import harmless
from preo_mcp.approval.wording import Figure, Message, Series, Words, say
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.together import together
from preo_mcp.tools.campaigns.subjects import reachable_by
from preo_mcp.tools.fact_words import NONE, NOTHING, UNKNOWN, change, changed_field, named
from preo_mcp.tools.read_backs import field_read_back

NAMED = 5
"""Uses that a refusal names; the others are counted."""

CAMPAIGN = "campaign"


async def facts_of_delete(preo: Preo, email_message_id: str) -> Facts:
    """Return what would be deleted.

    Raises:
        ConflictError: something uses it, which Preo refuses.
        PreoError: the message cannot be had.
    """
    message = await preo.request(GET_EMAIL_MESSAGE, EmailMessageDetail, id=email_message_id)
    if message.usages:
        more = f" and {len(message.usages) - NAMED} more" if len(message.usages) > NAMED else ""
        raise ConflictError(
            f"{DELETE_EMAIL_MESSAGE.title} was not done",
            f"it is in use by {', '.join(map(_spelled, message.usages[:NAMED]))}{more}",
            "Give an edition another message with update_edition; cancel a campaign with cancel_campaign.",
        )
    used: Line = (say("Used by"), UNKNOWN if message.usages is None else NOTHING)
    return Facts(say("Delete this e-mail message for good?"), (*_described(message), used), stakes=_stakes(message))


async def facts_of_update(preo: Preo, email_message_id: str, **changes: Any) -> Facts | None:
    """Return what changes for the campaigns that are about to send a message; None where there are none.

    `changes` are the other arguments of update_email_message.

    Raises:
        PreoError: the message, or a campaign that sends it, cannot be had.
    """
    message = await preo.request(GET_EMAIL_MESSAGE, EmailMessageDetail, id=email_message_id)
    campaigns = campaigns_using(message)
    given = {name: value for name, value in changes.items() if value is not MISSING}
    if not campaigns or not given:
        return None
    lines = [*_described(message), *((say("Campaign"), _use(use)) for use in campaigns)]
    texts = [name for name in ("title", "subject") if name in given]
    lines += [(changed_field(name), change(getattr(message, name), given[name])) for name in texts]
    if "blocks" in given:
        lines += _new_blocks(message, given["blocks"])
    question = say("Change this e-mail message, which a campaign is about to send?")
    reached = await _reached(preo, campaigns)
    counts = () if reached is None else ((say("Get the message"), reached),)
    return Facts(question, tuple(lines), counts, replace(_stakes(message), recipients=reached))


def campaigns_using(message: EmailMessageDetail) -> list[EmailUse]:
    """Return the campaigns that are scheduled, calculating or sending with a message."""
    return [use for use in message.usages or [] if use.type == CAMPAIGN]


def _described(message: EmailMessageDetail) -> tuple[Line, ...]:
    owner = message.edition_id or message.organization_id or say("the platform")
    return (
        (say("Message"), named(message.title, message.id)),
        (say("Subject"), message.subject or NONE),
        (say("Kind"), say("{type}, {scope}", type=message.type or UNKNOWN, scope=message.scope or UNKNOWN)),
        (say("Belongs to"), owner),
    )


def _stakes(message: EmailMessageDetail) -> Stakes:
    name = harmless(message.title or "") or message.id
    return Stakes(name=name, organization_id=message.organization_id, edition_id=message.edition_id)


async def _reached(preo: Preo, campaigns: list[EmailUse]) -> int | None:
    """Return how many people the campaigns reach together; None where that of one is not known."""
    ids = [campaign.id for campaign in campaigns if campaign.id]
    if len(ids) < len(campaigns):
        return None
    counts = await together(*(reachable_by(preo, campaign_id) for campaign_id in ids))
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def _new_blocks(message: EmailMessageDetail, blocks: list[Block]) -> list[Line]:
    before, after = Figure(len(message.blocks or [])), Figure(len(blocks))
    return [
        (changed_field("blocks"), say("{before} → {after} blocks, all replaced", before=before, after=after)),
        *((say("Block {number}", number=Figure(number)), _content(block)) for number, block in enumerate(blocks, 1)),
    ]


def _content(block: Block) -> Words:
    return Series(tuple(str(value) for value in block.model_dump(mode="json").values()), " · ")


def _use(use: EmailUse) -> Message:
    return say("{campaign}, {status}", campaign=named(use.name, use.id), status=use.status or UNKNOWN)


def _spelled(use: EmailUse) -> str:
    return f"{use.type or 'object'} {use.name or ''} ({', '.join(filter(None, (use.id, use.field or use.status)))})"


class Content(Embedded):
    """What a block shows."""

    type: str
    text: str | None = None
    url: str | None = None
    file_id: str | None = None
    alt: str | None = None


class Written(SavedEmailMessage):
    """A message with its content."""

    blocks: list[Content] | None = None


def _as_contents(_: Written, given: dict[str, Any]) -> dict[str, Any]:
    if "blocks" not in given:
        return given
    return given | {"blocks": [Content.model_validate(block.model_dump()) for block in given["blocks"]]}


def _saved(message: Written) -> SavedEmailMessage:
    return SavedEmailMessage.model_validate(message.model_dump())


UPDATE_READ_BACK = field_read_back(GET_EMAIL_MESSAGE, Written, "email_message_id", answer=_saved, wished=_as_contents)
