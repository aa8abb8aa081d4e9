"""What a person is shown before a campaign goes out, is scheduled, or a scheduled one is changed or deleted."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import MISSING, JsonValue

from preo_mcp.api.errors import ConflictError, ValidationError
from preo_mcp.api.models.campaigns import CampaignDetail, CampaignStatus, Channel
from preo_mcp.api.models.editions import EditionDetail
from preo_mcp.api.models.email_messages import EmailMessageDetail, EmailPreview
from preo_mcp.api.operations import (
    CANCEL_CAMPAIGN,
    DELETE_CAMPAIGN,
    GET_EDITION,
    SCHEDULE_CAMPAIGN,
    SEND_CAMPAIGN,
    UPDATE_CAMPAIGN,
    Operation,
)
from preo_mcp.approval.ended import Aftercare
from preo_mcp.approval.facts import CHANGES, DELETES, Facts, Line, Yes
from preo_mcp.approval.wording import Count, Letter, Message, Moment, Passage, Sms, Words, say
from preo_mcp.calls.preo import Preo, together
from preo_mcp.tools.campaigns.names import is_reference, named_in
from preo_mcp.tools.campaigns.parts import Shown, get_campaign_detail, reach_then, shown_of, shown_with, subject_of
from preo_mcp.tools.campaigns.stages import must_be_allowed
from preo_mcp.tools.campaigns.subjects import (
    CAMPAIGN_CONTENT,
    Reach,
    Reaching,
    Subject,
    also_sent,
    leads_to,
    message_text,
    part_of,
    spelled,
    stakes_of,
    title_of,
)
from preo_mcp.tools.editions.times import in_edition_time
from preo_mcp.tools.fact_words import NONE, UNKNOWN, change, changed_field, in_words, moment_in, named, number
from preo_mcp.tools.roles import memberships, must_be_manager, must_manage
from preo_mcp.tools.segments.telling import told

NOT_SCHEDULED = f"{SCHEDULE_CAMPAIGN.title} was not done"

CLOCKS_MAY_DIFFER = timedelta(minutes=5)
"""How far in the past a time may lie by this computer's clock before it is refused here and not by the API."""


async def facts_of_send(preo: Preo, campaign_id: str) -> Facts:
    """Return what sending a campaign now sends to whom.

    Raises:
        ConflictError: its status does not allow it, something is missing, nobody knows whom it would reach.
        PermissionDeniedError: the token's user may not send.
        PreoError: something of it cannot be fetched.
    """
    shown = await _sendable(preo, SEND_CAMPAIGN, campaign_id)
    subject, name = shown.subject, title_of(shown.subject.campaign)
    people = people_of(subject.reach)
    return Reaching(
        say("Send {campaign} to {people} now? It cannot be taken back.", campaign=name, people=people),
        tuple(_rest(shown)),
        subject.counts(subject.reach),
        subject.stakes(subject.reach.people),
        ((say("When"), say("now")), *_content(shown)),
        subject.content(),
        deed=say("Send {campaign} now?", campaign=name),
        yes=Yes(say("Send to {people}", people=people)),
        mail=shown.html,
        first_counts=subject.reach.first_counts,
    )


async def facts_of_schedule(preo: Preo, campaign_id: str, scheduled_at: datetime) -> Facts:
    """Return what a campaign will send to whom, and when.

    Raises:
        ValidationError: the time is past, or cannot be read without an offset.
        ConflictError: its status does not allow it, something is missing, nobody knows whom it would reach.
        PermissionDeniedError: the token's user may not schedule.
        PreoError: something of it cannot be fetched.
    """
    shown = await _sendable(preo, SCHEDULE_CAMPAIGN, campaign_id)
    subject, name = shown.subject, title_of(shown.subject.campaign)
    at = moment_of(subject, scheduled_at)
    if at < datetime.now(UTC) - CLOCKS_MAY_DIFFER:
        raise ValidationError(NOT_SCHEDULED, "scheduled_at is in the past", "Give a later one, or use send_campaign.")
    people, local = people_of(subject.reach), Moment(at, subject.timezone or "UTC")
    return Reaching(
        say("Send {campaign} to {people} on {time}?", campaign=name, people=people, time=local),
        tuple(_rest(shown)),
        subject.counts(subject.reach),
        subject.stakes(subject.reach.people),
        ((say("When"), moment_in(subject.timezone, at)), *_content(shown)),
        subject.content(),
        deed=say("Send {campaign} on {time}?", campaign=name, time=local),
        yes=Yes(say("Schedule for {people}", people=people)),
        mail=shown.html,
        first_counts=subject.reach.first_counts,
    )


async def facts_of_update(preo: Preo, campaign_id: str, **arguments: Any) -> Facts | None:
    """Return what changes in a campaign that is scheduled, and whom it then reaches; None for a draft.

    `arguments` are those of update_campaign.

    Raises:
        ValidationError: nothing would change.
        ConflictError: its status does not allow it.
        PermissionDeniedError: the token's user may only look.
        PreoError: something of it cannot be fetched.
    """
    campaign = await get_campaign_detail(preo, campaign_id)
    must_be_allowed(UPDATE_CAMPAIGN, campaign)
    given = {name: value for name, value in arguments.items() if value is not MISSING}
    changes = {name: value for name, value in given.items() if value != getattr(campaign, name)}
    if not changes:
        why = f"{UPDATE_CAMPAIGN.title} was not done"
        raise ValidationError(why, "nothing would change", "Give a field and its new value; see get_campaign.")
    if campaign.status == CampaignStatus.DRAFT:
        return None
    _, shown, changed = await together(
        must_manage(preo, campaign.organization_id, UPDATE_CAMPAIGN),
        shown_with(preo, campaign.model_copy(update=changes)),
        _changes(preo, campaign, changes),
    )
    subject = shown.subject
    reach = await reach_then(preo, subject)
    name = title_of(campaign)
    return Reaching(
        say("Change {campaign}, which is scheduled to go to {people}?", campaign=name, people=people_of(reach)),
        (*_content(shown), *_rest(shown)),
        subject.counts(reach),
        subject.stakes(reach.people),
        (*changed, (say("When"), moment_in(subject.timezone, campaign.scheduled_at))),
        subject.content_of_others(),
        deed=say("Change {campaign}, which is scheduled?", campaign=name),
        yes=CHANGES,
        mail=shown.html,
        first_counts=reach.first_counts,
    )


async def facts_of_delete(preo: Preo, campaign_id: str) -> Facts:
    """Return which campaign would be gone.

    Raises:
        ConflictError: its status does not allow it.
        PermissionDeniedError: the token's user may only look.
        PreoError: it cannot be fetched.
    """
    campaign, members = await together(_deletable(preo, campaign_id), memberships(preo))
    must_be_manager(members, campaign.organization_id, DELETE_CAMPAIGN)
    timezone = await _timezone(preo, campaign.edition_id) if campaign.scheduled_at else None
    is_draft = campaign.status == CampaignStatus.DRAFT
    at = moment_in(timezone, campaign.scheduled_at) if campaign.scheduled_at else say("no") if is_draft else UNKNOWN
    lines: tuple[Line, ...] = (
        (say("Campaign"), spelled(campaign)),
        (say("Channel"), in_words(campaign.channel)),
        (say("Sent so far"), number(campaign.sent_count)),
    )
    return Facts(
        say("Delete {campaign} for good? It will not be sent.", campaign=title_of(campaign)),
        lines,
        stakes=stakes_of(campaign, campaign.edition_id),
        deciding=((say("Scheduled"), at),),
        content=part_of(campaign, ("name", *CAMPAIGN_CONTENT)),
        yes=DELETES,
    )


async def moment_in_edition(preo: Preo, campaign_id: str, scheduled_at: datetime) -> datetime:
    """Return a time with an offset, as `moment_of` does; the edition is asked for only where it is needed.

    Raises:
        ValidationError: it has none and there is no edition, or the edition's clocks show it never or twice.
        PreoError: the campaign or what names its edition cannot be fetched.
    """
    return scheduled_at if scheduled_at.tzinfo else moment_of(await subject_of(preo, campaign_id), scheduled_at)


def moment_of(subject: Subject, scheduled_at: datetime) -> datetime:
    """Return a time with an offset: its own, or that of the edition's time zone.

    Raises:
        ValidationError: it has none and there is no edition, or the edition's clocks show it never or twice.
    """
    at = in_edition_time("scheduled_at", scheduled_at, subject.timezone, what=NOT_SCHEDULED)
    if not isinstance(at, datetime):
        raise TypeError("a time stays a time")
    return at


async def _sendable(preo: Preo, operation: Operation, campaign_id: str) -> Shown:
    shown, members = await together(_complete(preo, operation, campaign_id), memberships(preo))
    must_be_manager(members, shown.subject.campaign.organization_id, operation)
    return shown


async def _complete(preo: Preo, operation: Operation, campaign_id: str) -> Shown:
    shown = await shown_of(preo, campaign_id)
    must_be_allowed(operation, shown.subject.campaign)
    shown.subject.must_be_sendable(operation)
    return shown


async def _deletable(preo: Preo, campaign_id: str) -> CampaignDetail:
    campaign = await get_campaign_detail(preo, campaign_id)
    must_be_allowed(DELETE_CAMPAIGN, campaign)
    return campaign


async def _timezone(preo: Preo, edition_id: str | None) -> str | None:
    if edition_id is None:
        return None
    return (await preo.request(GET_EDITION, EditionDetail, id=edition_id)).timezone


def people_of(reach: Reach) -> Message:
    """Return how many people are reached, for a headline."""
    if reach.people is None:
        return say("an unknown number of people")
    count = Count(reach.people)
    return say("{count} people", count=count) if reach.is_exact else say("at most {count} people", count=count)


def _content(shown: Shown) -> list[Line]:
    """Return what people get by the campaign's channel; where that is not known, by either."""
    campaign, message = shown.subject.campaign, shown.subject.message
    lines: list[Line] = []
    if campaign.channel != Channel.EMAIL and (campaign.sms_body or campaign.channel == Channel.SMS):
        lines.append((say("Text message"), Sms(campaign.sms_body) if campaign.sms_body else NONE))
    if campaign.channel != Channel.SMS and message is not None:
        lines += _mail(message, shown.rendered)
    return lines


def _mail(message: EmailMessageDetail, rendered: EmailPreview | None) -> list[Line]:
    """Return a mail's subject and text: as they come out for a customer where Preo tells, else as they are written."""
    subject, text = (rendered.subject, rendered.text) if rendered else (None, None)
    return [
        (say("Subject, filled in for a sample customer"), Passage(subject))
        if subject
        else (say("Subject"), Passage(message.subject) if message.subject else UNKNOWN),
        (say("Text, filled in for a sample customer"), Letter(text)) if text else (say("Text"), message_text(message)),
    ]


def _about_mail(shown: Shown) -> list[Line]:
    message, rendered = shown.subject.message, shown.rendered
    if message is None or shown.subject.campaign.channel == Channel.SMS:
        return []
    return [
        (say("Message"), named(message.title, message.id)),
        (say("Links lead to"), leads_to(message, rendered and rendered.text)),
        *((say("Also in the mail"), text) for text in also_sent(message)),
    ]


def _rest(shown: Shown) -> list[Line]:
    subject = shown.subject
    campaign, segment, edition = subject.campaign, subject.segment, subject.edition
    condition = segment.condition
    return [
        (say("Campaign"), spelled(campaign)),
        *([(say("Edition"), named(edition.full_name or edition.name, edition.id))] if edition else []),
        (say("Channel"), in_words(campaign.channel)),
        *_about_mail(shown),
        (say("Segment"), named(segment.name, segment.id)),
        (say("Condition"), UNKNOWN if condition is None else Passage(condition)),
        (say("In words"), told(condition)),
        (say("Kind"), in_words(segment.communication_type)),
        *_consent(subject),
    ]


def _consent(subject: Subject) -> list[Line]:
    consent, consent_id = subject.consent, subject.segment.consent_id
    if consent is None:
        return [(say("Consent"), named(UNKNOWN, consent_id))] if consent_id and subject.is_marketing else []
    text = consent.description
    return [
        (say("Consent"), named(consent.name, consent.id)),
        (say("What they agreed to"), Passage(text) if text else NONE),
    ]


async def _changes(preo: Preo, campaign: CampaignDetail, changes: Mapping[str, str | None]) -> list[Line]:
    pairs = await together(
        *(_value(preo, name, value) for name in changes for value in (getattr(campaign, name), changes[name]))
    )
    return [(changed_field(name), change(*pairs[2 * place : 2 * place + 2])) for place, name in enumerate(changes)]


async def _value(preo: Preo, name: str, value: str | None) -> Words | None:
    if is_reference(name):
        return await named_in(preo, name, value)
    if name == "sms_body" and value:
        return Sms(value)
    return in_words(value) if name == "channel" else value


async def _used(preo: Preo, campaign_id: str, **_: Any) -> JsonValue:
    return (await subject_of(preo, campaign_id)).content()


async def _used_of_others(preo: Preo, campaign_id: str, **_: Any) -> JsonValue:
    return (await subject_of(preo, campaign_id)).content_of_others()


async def _stop(preo: Preo, campaign_id: str, **_: Any) -> str | None:
    """Cancel a campaign that goes out, or will, with something other than what was approved."""
    preo.plan_id = None  # the key of a yes belongs to the write that it was given for
    try:
        cancelled = await preo.request(CANCEL_CAMPAIGN, CampaignDetail, id=campaign_id)
    except (ConflictError, ValidationError):  # it is over
        return None
    return f"The campaign was cancelled; {cancelled.sent_count or 0} had been sent by then."


async def _say_how_to_stop(*_: Any, **__: Any) -> str:
    """Leave a change as it is: cancelling is for good, and the campaign has its time ahead of it."""
    return "It goes out by itself at scheduled_at; cancel_campaign stops it."


SEND_AFTERCARE = Aftercare(_used, _stop)
UPDATE_AFTERCARE = Aftercare(_used_of_others, _say_how_to_stop)
