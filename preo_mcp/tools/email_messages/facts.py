"""What a person is shown before an e-mail message is deleted, or changed while anything sends it."""

from dataclasses import dataclass, replace
from typing import Any

from pydantic import MISSING, JsonValue

from preo_mcp.api.errors import ConflictError, PreoError
from preo_mcp.api.models.base import Embedded
from preo_mcp.api.models.campaigns import Campaign, Channel
from preo_mcp.api.models.editions import EditionDetail
from preo_mcp.api.models.email_messages import EmailMessageDetail, EmailUse, SavedEmailMessage
from preo_mcp.api.operations import DELETE_EMAIL_MESSAGE, GET_EDITION, GET_EMAIL_MESSAGE, UPDATE_EMAIL_MESSAGE
from preo_mcp.approval.ended import Aftercare
from preo_mcp.approval.facts import CHANGES, DELETES, Facts, Line, Stakes
from preo_mcp.approval.quoting import harmless
from preo_mcp.approval.wording import Message, Passage, Words, say
from preo_mcp.calls.preo import Preo, together
from preo_mcp.tools.campaigns.active import OVER, active_campaigns
from preo_mcp.tools.campaigns.facts import people_of
from preo_mcp.tools.campaigns.parts import reach_by
from preo_mcp.tools.campaigns.subjects import (
    ALSO_SENT,
    MESSAGE_CONTENT,
    Reach,
    Reaching,
    also_sent,
    leads_to,
    message_text,
    part_of,
)
from preo_mcp.tools.fact_words import NONE, NOTHING, UNKNOWN, change, changed_field, in_words, named
from preo_mcp.tools.read_backs import field_read_back
from preo_mcp.tools.roles import memberships, must_be_manager

NAMED = 5
"""Uses that a refusal names; the others are counted."""

CAMPAIGN, EDITION = "campaign", "edition"


@dataclass(frozen=True, slots=True)
class Uses:
    """What sends a message by itself, or is about to: `is_whole` says whether that is all there is."""

    campaigns: tuple[EmailUse, ...]
    """Also what may be one, of which nobody knows whom it reaches."""
    editions: tuple[EmailUse, ...]
    is_whole: bool

    @property
    def all_of_them(self) -> tuple[EmailUse, ...]:
        """Campaigns first."""
        return (*self.campaigns, *self.editions)


async def facts_of_delete(preo: Preo, email_message_id: str) -> Facts:
    """Return what would be deleted.

    Raises:
        ConflictError: something uses it, which Preo refuses.
        PermissionDeniedError: the token's user may only look.
        PreoError: the message cannot be fetched.
    """
    message, members = await together(_message(preo, email_message_id), memberships(preo))
    must_be_manager(members, message.organization_id, DELETE_EMAIL_MESSAGE)
    if message.usages:
        more = f" and {len(message.usages) - NAMED} more" if len(message.usages) > NAMED else ""
        raise ConflictError(
            f"{DELETE_EMAIL_MESSAGE.title} was not done",
            f"it is in use by {', '.join(map(_spelled, message.usages[:NAMED]))}{more}",
            "Give an edition another message with update_edition; cancel a campaign with cancel_campaign.",
        )
    used: Line = (say("Used by"), UNKNOWN if message.usages is None else NOTHING)
    return Facts(
        say("Delete the e-mail message {message} for good?", message=message.title or message.id),
        (*_described(message), (say("Text"), message_text(message))),
        stakes=replace(_stakes(message), is_unknown=message.usages is None),
        deciding=(used,),
        content=part_of(message, ("title", *MESSAGE_CONTENT, *ALSO_SENT)),
        yes=DELETES,
    )


async def facts_of_update(preo: Preo, email_message_id: str, **changes: Any) -> Facts | None:
    """Return what changes for whoever gets a message; None where nothing sends it.

    Campaigns are about to send it, editions send it as receipt or as confirmation of a refund. `changes` are the other
    arguments of update_email_message.

    Raises:
        PermissionDeniedError: the token's user may only look.
        PreoError: the message, or something that sends it, cannot be fetched.
    """
    message = await _message(preo, email_message_id)
    given = {name: value for name, value in changes.items() if value is not MISSING}
    if not given:
        return None
    uses, members = await together(_uses(preo, message), memberships(preo))
    if not uses.all_of_them and uses.is_whole:
        return None
    must_be_manager(members, message.organization_id, UPDATE_EMAIL_MESSAGE)
    reach = await _reach(preo, uses)
    question, deed = _questions(message, uses, reach)
    unknown: list[Line] = [] if uses.is_whole else [(say("Other uses"), UNKNOWN)]
    after = EmailMessageDetail.model_validate(message.model_dump() | _plain(given))
    return Reaching(
        question,
        (*_described(message), *_text_of_now(message, given), *unknown),
        () if reach is None else reach.counts(),
        replace(
            _stakes(message), people=reach is not None, recipients=reach and reach.people, is_unknown=not uses.is_whole
        ),
        (*_changes(message, after, given), *((say("Used by"), _use(use)) for use in uses.all_of_them)),
        _rest_of(message, given),
        deed=deed,
        yes=CHANGES,
        first_counts=0 if reach is None else reach.first_counts,
    )


async def _used(preo: Preo, email_message_id: str, **changes: Any) -> JsonValue:
    given = {name: value for name, value in changes.items() if value is not MISSING}
    return _rest_of(await _message(preo, email_message_id), given)


async def _say_how_to_stop(*_: Any, **__: Any) -> str:
    return "The campaigns that use it go out as they are planned; cancel_campaign stops one."


UPDATE_AFTERCARE = Aftercare(_used, _say_how_to_stop)


def _rest_of(message: EmailMessageDetail, given: dict[str, Any]) -> JsonValue:
    """Return the part of what people get that a change leaves as it is."""
    return part_of(message, tuple(name for name in (*MESSAGE_CONTENT, *ALSO_SENT) if name not in given))


async def _message(preo: Preo, email_message_id: str) -> EmailMessageDetail:
    return await preo.request(GET_EMAIL_MESSAGE, EmailMessageDetail, id=email_message_id)


async def _uses(preo: Preo, message: EmailMessageDetail) -> Uses:
    """Return what sends a message; where it does not say so itself, the campaigns that do are looked for."""
    if message.usages is None:
        found = await active_campaigns(preo, message.organization_id, lambda one: _may_send(one, message.id))
        campaigns = [EmailUse(type=CAMPAIGN, id=one.id, name=one.name, status=one.status) for one in found.rows]
        return Uses((*campaigns, *([] if found.is_whole else [EmailUse(type=CAMPAIGN)])), (), is_whole=False)
    editions = [use for use in message.usages if use.type == EDITION]
    on_sale = await together(*(_sends(preo, use) for use in editions))
    return Uses(
        tuple(use for use in message.usages if use.type != EDITION and use.status not in OVER),
        tuple(use for use, sends in zip(editions, on_sale, strict=True) if sends),
        is_whole=all(use.type in (CAMPAIGN, EDITION) for use in message.usages),
    )


def _may_send(campaign: Campaign, message_id: str) -> bool:
    return campaign.channel != Channel.SMS and getattr(campaign, "email_message_id", None) in (None, message_id)


async def _sends(preo: Preo, use: EmailUse) -> bool:
    """Return whether an edition sends a message to people: not while it is known to be a draft."""
    if use.id is None:
        return True
    try:
        return (await preo.request(GET_EDITION, EditionDetail, id=use.id)).is_draft is not True
    except PreoError:
        return True


async def _reach(preo: Preo, uses: Uses) -> Reach | None:
    """Return how many people the campaigns reach together; None where no campaign is known to send it."""
    if not uses.campaigns:
        return None
    ids = [use.id for use in uses.campaigns if use.id and use.type == CAMPAIGN]
    if len(ids) < len(uses.campaigns):
        return Reach(None)
    found = await together(*(reach_by(preo, campaign_id) for campaign_id in ids))
    known = [reach.people for reach in found if reach.people is not None]
    return Reach(sum(known), all(reach.is_exact for reach in found)) if len(known) == len(found) else Reach(None)


def _questions(message: EmailMessageDetail, uses: Uses, reach: Reach | None) -> tuple[Message, Message]:
    """Return the headline, and the same without its figure."""
    name = message.title or message.id
    if reach is not None:
        return (
            say("Change the e-mail message {message}, which goes to {people}?", message=name, people=people_of(reach)),
            say("Change the e-mail message {message}, which campaigns send?", message=name),
        )
    if uses.editions:
        whole = say("Change the e-mail message {message}, which {edition} sends?", message=name, edition=_sender(uses))
    else:
        whole = say("Change the e-mail message {message}? It is not known what sends it.", message=name)
    return whole, whole


def _sender(uses: Uses) -> Words:
    first = uses.editions[0]
    return first.name or first.id or UNKNOWN


def _described(message: EmailMessageDetail) -> tuple[Line, ...]:
    owner = message.edition_id or message.organization_id or say("the platform")
    kind, scope = in_words(message.type), in_words(message.scope)
    return (
        (say("Message"), named(message.title, message.id)),
        (say("Subject"), Passage(message.subject) if message.subject else UNKNOWN),
        (say("Kind"), say("{type}, {scope}", type=kind, scope=scope)),
        (say("Belongs to"), owner),
        *((say("Also in the mail"), text) for text in also_sent(message)),
    )


def _stakes(message: EmailMessageDetail) -> Stakes:
    name = harmless(message.title or "") or message.id
    return Stakes(name=name, organization_id=message.organization_id, edition_id=message.edition_id)


def _plain(given: dict[str, Any]) -> dict[str, Any]:
    """Return given fields as the API stores them."""
    if "blocks" not in given:
        return given
    return given | {"blocks": [block.model_dump(mode="json") for block in given["blocks"]]}


def _changes(before: EmailMessageDetail, after: EmailMessageDetail, given: dict[str, Any]) -> list[Line]:
    """Return what changes; the new text as it is written, because Preo fills in only what is saved."""
    lines: list[Line] = [
        (changed_field(name), change(_passage(getattr(before, name)), _passage(getattr(after, name))))
        for name in ("title", "subject")
        if name in given
    ]
    if "blocks" in given:
        lines += [(say("Text then"), message_text(after)), (say("Links lead to"), leads_to(after))]
    return lines


def _text_of_now(message: EmailMessageDetail, given: dict[str, Any]) -> list[Line]:
    return [(say("Text now") if "blocks" in given else say("Text"), message_text(message))]


def _passage(text: str | None) -> Words:
    return Passage(text) if text else NONE


def _use(use: EmailUse) -> Message:
    what = use.status if use.type == CAMPAIGN else use.field
    return say("{name}, {what}", name=named(use.name, use.id), what=in_words(what))


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
