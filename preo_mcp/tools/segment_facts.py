"""What a person is shown before a segment is deleted, or changed while a campaign needs it: its size, what uses it."""

from typing import Any

from pydantic import MISSING

from preo_mcp.errors import ConflictError, ValidationError
from preo_mcp.guardrails.facts import Facts
from preo_mcp.models.base import Page
from preo_mcp.models.campaigns import ACTIVE_STATUSES, Campaign, ListCampaignsQuery
from preo_mcp.models.segments import ShownSegment
from preo_mcp.operations import (
    DELETE_SEGMENT,
    GET_SEGMENT,
    LIST_CAMPAIGNS,
    UPDATE_SEGMENT,
)
from preo_mcp.preo import Preo
from preo_mcp.tools.roles import must_manage

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
    segment = await preo.call(GET_SEGMENT, ShownSegment, id=segment_id)
    await must_manage(preo, segment.organization_id, DELETE_SEGMENT)
    campaigns = await campaigns_using(preo, segment)
    active = [one for one in campaigns if one.status in ACTIVE_STATUSES]
    if active:
        raise ConflictError(
            f"{DELETE_SEGMENT.title} was not done",
            f"it is needed by {', '.join(map(_spelled, active[:NAMED]))}",
            "Agree with the user on cancel_campaign first.",
        )
    used_by = [("Used by", "no campaign")] if not campaigns else _lines(campaigns)
    return Facts("Delete this segment for good?", (*_described(segment), *used_by))


async def facts_of_update(preo: Preo, segment_id: str, **arguments: Any) -> Facts | None:
    """Return what a change means for campaigns that are scheduled or on their way; None where there are none.

    `arguments` are those of update_segment.

    Raises:
        ValidationError: nothing would change.
        PermissionDeniedError: the token's user may only look.
        PreoError: the segment or the campaigns cannot be had.
    """
    segment = await preo.call(GET_SEGMENT, ShownSegment, id=segment_id)
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
        *((name, f"{_shown(getattr(segment, name))} → {_shown(value)}") for name, value in changes.items()),
        *_lines(active),
    )
    return Facts("Change this segment, to which campaigns are about to be sent?", lines)


async def campaigns_using(preo: Preo, segment: ShownSegment) -> list[Campaign]:
    """Return the campaigns that are sent to a segment, the newest first.

    Raises:
        PreoError: they cannot be had; not knowing is no reason to go on.
    """
    query = ListCampaignsQuery(page_size=PAGE)
    if segment.organization_id is not None:
        query = query.model_copy(update={"organization_id": segment.organization_id})
    found = (await preo.call(LIST_CAMPAIGNS, Page[Campaign], query=query)).results
    return [one for one in found if one.segment_id == segment.id]


def _described(segment: ShownSegment) -> list[tuple[str, str]]:
    size = "not calculated" if segment.user_count is None else f"{segment.user_count} customers"
    return [
        ("Segment", f"{segment.name} ({segment.id}), {segment.status}"),
        ("Size", size),
        ("Condition", segment.condition or "unknown"),
    ]


def _lines(campaigns: list[Campaign]) -> list[tuple[str, str]]:
    more = [("And", f"{len(campaigns) - NAMED} more")] if len(campaigns) > NAMED else []
    return [*(("Campaign", _spelled(one)) for one in campaigns[:NAMED]), *more]


def _spelled(campaign: Campaign) -> str:
    moment = f", {campaign.scheduled_at:%Y-%m-%d %H:%M} UTC" if campaign.scheduled_at else ""
    return f"{campaign.name} ({campaign.id}), {campaign.status}{moment}"


def _shown(value: object) -> str:
    return "(none)" if value is None else str(value)
