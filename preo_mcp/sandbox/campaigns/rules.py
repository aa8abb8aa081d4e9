"""What a campaign may be made of, and what it needs before it can be sent (inferred)."""

from typing import Final

from preo_mcp.api.models.campaigns import Channel
from preo_mcp.api.models.email_messages import EmailScope, EmailType
from preo_mcp.api.models.segments import CommunicationChannel, CommunicationType, SegmentStatus
from preo_mcp.api.operations import ADOPT_EMAIL_MESSAGE, UPDATE_SEGMENT
from preo_mcp.sandbox.mail.liquid import TemplateFault, compiled
from preo_mcp.sandbox.problems import invalid
from preo_mcp.sandbox.store import Doc, Store

CONTENT: Final = {Channel.EMAIL: "email_message_id", Channel.SMS: "sms_body"}
"""The field that holds what each channel sends."""

SENDABLE_TYPES: Final = frozenset({EmailType.CAMPAIGN, EmailType.OTHER})
"""Messages of the other types are about an order or a refund, which a campaign is not."""

CHANNELS_OF_SEGMENTS: Final = {
    CommunicationChannel.ANY: frozenset(Channel),
    CommunicationChannel.EMAIL: frozenset({Channel.EMAIL}),
    CommunicationChannel.SMS: frozenset({Channel.SMS}),
    CommunicationChannel.PASS_PUSH: frozenset[Channel](),
}


def check(store: Store, campaign: Doc) -> None:
    """Refuse a campaign whose parts do not exist in its organization or do not go together.

    Raises:
        Problem: 400 with the reasons by field.
    """
    problems = {
        "name": _blank(campaign["name"]),
        "segment_id": _segment_problem(store, campaign),
        "edition_id": _edition_problem(store, campaign),
        **{name: f"A campaign of the channel {channel} has none." for channel, name in _foreign(campaign)},
        CONTENT[Channel(campaign["channel"])]: _content_problem(store, campaign),
    }
    _refuse(problems)


def must_be_sendable(store: Store, campaign: Doc) -> None:
    """Refuse a campaign that could not be sent as it is.

    Raises:
        Problem: 400 with the reasons by field.
    """
    check(store, campaign)
    _refuse(what_is_missing(store, campaign))


def what_is_missing(store: Store, campaign: Doc) -> dict[str, str | None]:
    """Return by field why a campaign cannot be sent; None where nothing is missing."""
    channel = Channel(campaign["channel"])
    content = CONTENT[channel]
    missing = "It has nothing to send yet." if campaign[content] is None else None
    if channel is Channel.EMAIL and missing is None:
        message = store.doc("email_messages", campaign["email_message_id"])
        missing = None if message and message.get("blocks") else "The message is gone or has no content."
    edition = None if edition_of(store, campaign) else "Neither the campaign nor its message or segment has one."
    return {content: missing, "segment_id": _uncalculable(store, campaign), "edition_id": edition}


def edition_of(store: Store, campaign: Doc) -> Doc | None:
    """Return the edition that a campaign's messages are about: its own, its message's or its segment's."""
    segment = store.doc("segments", campaign["segment_id"])
    message = store.doc("email_messages", campaign["email_message_id"] or "")
    known = [one["edition_id"] for one in (campaign, message, segment) if one is not None and one["edition_id"]]
    return store.doc("editions", known[0]) if known else None


def _refuse(problems: dict[str, str | None]) -> None:
    if found := {name: reason for name, reason in problems.items() if reason is not None}:
        raise invalid(**found)


def _blank(name: str) -> str | None:
    return None if name.strip() else "This field may not be blank."


def _foreign(campaign: Doc) -> list[tuple[str, str]]:
    """Return the contents of the channels that a campaign does not have, each with the campaign's channel."""
    channel = campaign["channel"]
    return [(channel, name) for other, name in CONTENT.items() if other != channel and campaign[name] is not None]


def _segment_problem(store: Store, campaign: Doc) -> str | None:
    segment = store.doc("segments", campaign["segment_id"])
    if segment is None or segment["organization_id"] != campaign["organization_id"]:
        return f"No segment with the id {campaign['segment_id'][:80]!r} is in the organization."
    channel = segment["communication_channel"]
    if campaign["channel"] not in CHANNELS_OF_SEGMENTS[CommunicationChannel(channel)]:
        return f"The segment is for the channel {channel}, the campaign for {campaign['channel']}."
    return None


def _edition_problem(store: Store, campaign: Doc) -> str | None:
    if campaign["edition_id"] is None:
        return None
    edition = store.doc("editions", campaign["edition_id"])
    if edition is None or edition["organization_id"] != campaign["organization_id"]:
        return f"No edition with the id {campaign['edition_id'][:80]!r} is in the organization."
    return None


def _content_problem(store: Store, campaign: Doc) -> str | None:
    if campaign["channel"] == Channel.SMS:
        return None if campaign["sms_body"] is None else _template_problem(campaign["sms_body"])
    return None if campaign["email_message_id"] is None else _message_problem(store, campaign)


def _template_problem(text: str) -> str | None:
    if not text.strip():
        return "This field may not be blank."
    try:
        compiled(text)
    except TemplateFault as fault:
        return fault.message
    return None


def _message_problem(store: Store, campaign: Doc) -> str | None:
    message = store.doc("email_messages", campaign["email_message_id"])
    if message is not None and message["scope"] == EmailScope.PLATFORM:
        return f"The message is the platform's; make it the edition's first ({ADOPT_EMAIL_MESSAGE.title})."
    if message is None or message["organization_id"] != campaign["organization_id"]:
        return f"No e-mail message with the id {campaign['email_message_id'][:80]!r} is in the organization."
    if message["type"] not in SENDABLE_TYPES:
        return f"Messages of the type {message['type']} are not for campaigns; {' and '.join(SENDABLE_TYPES)} are."
    if message["edition_id"] and campaign["edition_id"] and message["edition_id"] != campaign["edition_id"]:
        return "The message belongs to another edition than the campaign."
    return None


def _uncalculable(store: Store, campaign: Doc) -> str | None:
    segment = store.doc("segments", campaign["segment_id"])
    if segment is None:
        return "The segment is gone."
    if segment["status"] == SegmentStatus.FAILED:
        return f"The segment cannot be calculated; correct its condition first ({UPDATE_SEGMENT.title})."
    if segment["communication_type"] == CommunicationType.MARKETING and segment["consent_id"] is None:
        return f"Marketing needs a consent; give the segment one first ({UPDATE_SEGMENT.title})."
    return None
