"""What a person is shown before a segment is deleted, or changed while a campaign needs it: its size, what uses it."""

from dataclasses import replace
from typing import Any

from pydantic import MISSING

from preo_mcp.api.errors import ConflictError, ValidationError
from preo_mcp.api.models.base import Page
from preo_mcp.api.models.campaigns import ACTIVE_STATUSES, Campaign, ListCampaignsQuery
from preo_mcp.api.models.segments import ShownSegment
from preo_mcp.api.operations import DELETE_SEGMENT, GET_SEGMENT, LIST_CAMPAIGNS, UPDATE_SEGMENT
from preo_mcp.approval.facts import Facts, Line, Stakes
from preo_mcp.approval.quoting import harmless
from preo_mcp.approval.wording import Figure, Message, Series, say
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.together import together
from preo_mcp.tools.campaigns.subjects import spelled
from preo_mcp.tools.fact_words import UNKNOWN, change, changed_field, in_utc, named
from preo_mcp.tools.roles import memberships, must_be_manager, must_manage

NAMED = 5
"""Campaigns with a line of their own; the others are counted."""
PAGE = 1000
"""Campaigns that are looked through, the newest first."""


async def facts_of_delete(preo: Preo, segment_id: str) -> Facts:
    """Return what would be deleted, and what uses it.

    Raises:
        ConflictError: a campaign that is scheduled or on its way needs it.
        PermissionDeniedError: the token's user may only look.
        PreoError: the segment or the campaigns cannot be had.
    """
    segment, members = await together(preo.request(GET_SEGMENT, ShownSegment, id=segment_id), memberships(preo))
    must_be_manager(members, segment.organization_id, DELETE_SEGMENT)
    campaigns = await campaigns_using(preo, segment)
    active = [one for one in campaigns if one.status in ACTIVE_STATUSES]
    if active:
        raise ConflictError(
            f"{DELETE_SEGMENT.title} was not done",
            f"it is needed by {', '.join(map(_spelled, active[:NAMED]))}",
            "Agree with the user on cancel_campaign first.",
        )
    used_by = _lines(campaigns) or [(say("Used by"), say("no campaign"))]
    return Facts(say("Delete this segment for good?"), (*_described(segment), *used_by), stakes=_stakes(segment))


async def facts_of_update(preo: Preo, segment_id: str, **arguments: Any) -> Facts | None:
    """Return what a change means for campaigns that are scheduled or on their way; None where there are none.

    `arguments` are those of update_segment.

    Raises:
        ValidationError: nothing would change.
        PermissionDeniedError: the token's user may only look.
        PreoError: the segment or the campaigns cannot be had.
    """
    segment = await preo.request(GET_SEGMENT, ShownSegment, id=segment_id)
    given = {name: value for name, value in arguments.items() if value is not MISSING}
    changes = {name: value for name, value in given.items() if value != getattr(segment, name)}
    if not changes:
        raise ValidationError(
            f"{UPDATE_SEGMENT.title} was not done", "nothing would change", "Give a field and its new value."
        )
    active = [one for one in await campaigns_using(preo, segment) if one.status in ACTIVE_STATUSES]
    if not active:
        return None
    await must_manage(preo, segment.organization_id, UPDATE_SEGMENT)
    lines = (
        *_described(segment),
        *((changed_field(name), change(getattr(segment, name), value)) for name, value in changes.items()),
        *_lines(active),
    )
    question = say("Change this segment, to which campaigns are about to be sent?")
    # What another condition comes to is not known before the segment is calculated: its size now stands for it.
    return Facts(question, lines, stakes=replace(_stakes(segment), recipients=segment.user_count))


async def campaigns_using(preo: Preo, segment: ShownSegment) -> list[Campaign]:
    """Return the campaigns that are sent to a segment, the newest first.

    Raises:
        PreoError: they cannot be had; not knowing is no reason to go on.
    """
    query = ListCampaignsQuery(page_size=PAGE)
    if segment.organization_id is not None:
        query = query.model_copy(update={"organization_id": segment.organization_id})
    found = (await preo.request(LIST_CAMPAIGNS, Page[Campaign], query=query)).results
    return [one for one in found if one.segment_id == segment.id]


def _described(segment: ShownSegment) -> list[Line]:
    name = named(segment.name, segment.id)
    size = say("not calculated") if segment.user_count is None else Figure(segment.user_count)
    return [
        (say("Segment"), say("{segment}, {status}", segment=name, status=segment.status or UNKNOWN)),
        (say("Customers in it"), size),
        (say("Condition"), segment.condition or UNKNOWN),
    ]


def _stakes(segment: ShownSegment) -> Stakes:
    name = harmless(segment.name or "") or segment.id
    return Stakes(name=name, organization_id=segment.organization_id, edition_id=segment.edition_id)


def _lines(campaigns: list[Campaign]) -> list[Line]:
    lines: list[Line] = [(say("Campaign"), _described_campaign(one)) for one in campaigns[:NAMED]]
    rest = campaigns[NAMED:]
    if rest:
        lines.append((say("And {count} more", count=Figure(len(rest))), Series(tuple(one.id for one in rest))))
    return lines


def _described_campaign(campaign: Campaign) -> Message:
    what = spelled(campaign)
    at = campaign.scheduled_at
    return what if at is None else say("{campaign}, {time}", campaign=what, time=in_utc(at))


def _spelled(campaign: Campaign) -> str:
    moment = f", {campaign.scheduled_at:%Y-%m-%d %H:%M} UTC" if campaign.scheduled_at else ""
    return f"{campaign.name} ({campaign.id}), {campaign.status}{moment}"
