"""What a person is shown before a campaign goes out, is scheduled, or a scheduled one is changed or deleted."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import MISSING

from preo_mcp.api.errors import ValidationError
from preo_mcp.api.models.campaigns import CampaignDetail, CampaignStatus
from preo_mcp.api.operations import (
    DELETE_CAMPAIGN,
    GET_CAMPAIGN,
    SCHEDULE_CAMPAIGN,
    SEND_CAMPAIGN,
    UPDATE_CAMPAIGN,
    Operation,
)
from preo_mcp.approval.facts import Facts, Line
from preo_mcp.approval.wording import Message, say
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.together import together
from preo_mcp.tools.campaigns.stages import must_be_allowed
from preo_mcp.tools.campaigns.subjects import Subject, spelled, stakes_of, subject_of, subject_with
from preo_mcp.tools.editions.times import in_edition_time
from preo_mcp.tools.fact_words import UNKNOWN, change, changed_field, in_utc, number
from preo_mcp.tools.roles import memberships, must_be_manager, must_manage

NOT_SCHEDULED = f"{SCHEDULE_CAMPAIGN.title} was not done"

CLOCKS_MAY_DIFFER = timedelta(minutes=5)
"""How far in the past a time may lie by this computer's clock before it is refused here and not by the API."""


async def facts_of_send(preo: Preo, campaign_id: str) -> Facts:
    """Return what sending a campaign now sends to whom.

    Raises:
        ConflictError: its status does not allow it, something is missing, nobody knows whom it would reach.
        PermissionDeniedError: the token's user may not send.
        PreoError: something of it cannot be had.
    """
    subject = await _sendable(preo, SEND_CAMPAIGN, campaign_id)
    question = say("Send this campaign to all these people now? It cannot be taken back.")
    return _facts(question, subject, subject.when(None))


async def facts_of_schedule(preo: Preo, campaign_id: str, scheduled_at: datetime) -> Facts:
    """Return what a campaign will send to whom, and when.

    Raises:
        ValidationError: the time is past, or cannot be read without an offset.
        ConflictError: its status does not allow it, something is missing, nobody knows whom it would reach.
        PermissionDeniedError: the token's user may not schedule.
        PreoError: something of it cannot be had.
    """
    subject = await _sendable(preo, SCHEDULE_CAMPAIGN, campaign_id)
    at = moment_of(subject, scheduled_at)
    if at < datetime.now(UTC) - CLOCKS_MAY_DIFFER:
        raise ValidationError(NOT_SCHEDULED, "scheduled_at is in the past", "Give a later one, or use send_campaign.")
    return _facts(say("Send this campaign to all these people at that time?"), subject, subject.when(at))


async def facts_of_update(preo: Preo, campaign_id: str, **arguments: Any) -> Facts | None:
    """Return what changes in a campaign that is scheduled, and whom it then reaches; None for a draft.

    `arguments` are those of update_campaign.

    Raises:
        ValidationError: nothing would change.
        ConflictError: its status does not allow it.
        PermissionDeniedError: the token's user may only look.
        PreoError: something of it cannot be had.
    """
    campaign = await preo.request(GET_CAMPAIGN, CampaignDetail, id=campaign_id)
    must_be_allowed(UPDATE_CAMPAIGN, campaign)
    given = {name: value for name, value in arguments.items() if value is not MISSING}
    changes = {name: value for name, value in given.items() if value != getattr(campaign, name)}
    if not changes:
        why = f"{UPDATE_CAMPAIGN.title} was not done"
        raise ValidationError(why, "nothing would change", "Give a field and its new value; see get_campaign.")
    if campaign.status == CampaignStatus.DRAFT:
        return None
    _, subject = await together(
        must_manage(preo, campaign.organization_id, UPDATE_CAMPAIGN),
        subject_with(preo, campaign.model_copy(update=changes)),
    )
    changed = _changes(campaign, changes)
    return _facts(
        say("Change this campaign, which is scheduled?"), subject, *changed, subject.when(campaign.scheduled_at)
    )


async def facts_of_delete(preo: Preo, campaign_id: str) -> Facts:
    """Return which campaign would be gone.

    Raises:
        ConflictError: its status does not allow it.
        PermissionDeniedError: the token's user may only look.
        PreoError: it cannot be had.
    """
    campaign, members = await together(_deletable(preo, campaign_id), memberships(preo))
    must_be_manager(members, campaign.organization_id, DELETE_CAMPAIGN)
    lines: tuple[Line, ...] = (
        (say("Campaign"), spelled(campaign)),
        (say("Channel"), campaign.channel or UNKNOWN),
        (say("Scheduled"), in_utc(campaign.scheduled_at) if campaign.scheduled_at else say("no")),
        (say("Sent so far"), number(campaign.sent_count)),
    )
    question = say("Delete this campaign for good? It will not be sent.")
    return Facts(question, lines, stakes=stakes_of(campaign, campaign.edition_id))


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
    timezone = subject.edition.timezone if subject.edition else None
    at = in_edition_time("scheduled_at", scheduled_at, timezone, what=NOT_SCHEDULED)
    if not isinstance(at, datetime):
        raise TypeError("a time stays a time")
    return at


async def _sendable(preo: Preo, operation: Operation, campaign_id: str) -> Subject:
    subject, members = await together(_complete(preo, operation, campaign_id), memberships(preo))
    must_be_manager(members, subject.campaign.organization_id, operation)
    return subject


async def _complete(preo: Preo, operation: Operation, campaign_id: str) -> Subject:
    subject = await subject_of(preo, campaign_id)
    must_be_allowed(operation, subject.campaign)
    subject.must_be_sendable(operation)
    return subject


async def _deletable(preo: Preo, campaign_id: str) -> CampaignDetail:
    campaign = await preo.request(GET_CAMPAIGN, CampaignDetail, id=campaign_id)
    must_be_allowed(DELETE_CAMPAIGN, campaign)
    return campaign


def _facts(question: Message, subject: Subject, *more: Line) -> Facts:
    return Facts(question, (*subject.lines(), *more), tuple(subject.counts()), subject.stakes())


def _changes(campaign: CampaignDetail, changes: Mapping[str, str | None]) -> list[Line]:
    return [(changed_field(name), change(getattr(campaign, name), value)) for name, value in changes.items()]
