"""What a person is shown before a segment is deleted, or changed while a campaign needs it: its size, what uses it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from pydantic import MISSING, JsonValue

from preo_mcp.api.errors import ConflictError, PreoError, ValidationError
from preo_mcp.api.models.base import Page
from preo_mcp.api.models.campaigns import Campaign, CampaignDetail, ListCampaignsQuery
from preo_mcp.api.models.segments import SegmentDetail, SegmentStatus
from preo_mcp.api.operations import (
    DELETE_SEGMENT,
    GET_SEGMENT,
    LIST_CAMPAIGNS,
    UPDATE_SEGMENT,
)
from preo_mcp.approval.ended import Aftercare
from preo_mcp.approval.facts import CHANGES, DELETES, Facts, Line, Stakes
from preo_mcp.approval.quoting import harmless
from preo_mcp.approval.wording import Message, Passage, Words, say
from preo_mcp.calls.preo import Preo, together
from preo_mcp.tools.campaigns.active import NAMED, active_campaigns, campaign_lines, lines_of
from preo_mcp.tools.campaigns.facts import people_of
from preo_mcp.tools.campaigns.names import is_reference, named_in
from preo_mcp.tools.campaigns.subjects import SEGMENT_CONTENT, LabelledCount, Reach, Reaching, part_of
from preo_mcp.tools.fact_words import UNKNOWN, change, changed_field, in_words, named
from preo_mcp.tools.roles import memberships, must_be_manager, must_manage
from preo_mcp.tools.segments.context import asked_context
from preo_mcp.tools.segments.telling import NO_LABELS, Labels, condition_lines, counted, labels_of, told
from preo_mcp.tools.whole_lists import Whole, whole_list

PICKING = ("condition", "edition_id")
"""What decides who meets the condition; what else is changed can only leave some of them out."""


async def facts_of_delete(preo: Preo, segment_id: str) -> Facts:
    """Return what would be deleted, and what uses it.

    Raises:
        ConflictError: a campaign that is scheduled or on its way needs it.
        PermissionDeniedError: the token's user may only look.
        PreoError: the segment or the campaigns cannot be fetched.
    """
    segment, members = await together(_segment(preo, segment_id), memberships(preo))
    must_be_manager(members, segment.organization_id, DELETE_SEGMENT)
    query = ListCampaignsQuery(organization_id=segment.organization_id or MISSING)
    active, every = await together(
        _active(preo, segment),
        whole_list(lambda asked: preo.request(LIST_CAMPAIGNS, Page[Campaign], query=asked), query),
    )
    needing = [one for one in active.rows if one.segment_id == segment.id]
    if needing:
        raise ConflictError(
            f"{DELETE_SEGMENT.title} was not done",
            f"it is needed by {', '.join(map(_spelled, needing[:NAMED]))}",
            "Agree with the user on cancel_campaign first.",
        )
    using = [one for one in every.rows if one.segment_id == segment.id]
    is_known = active.is_whole and every.is_whole and all(one.segment_id for one in (*every.rows, *active.rows))
    used_by = lines_of(using) or ([(say("Used by"), say("no campaign"))] if is_known else [])
    unknown: list[Line] = [] if is_known else [(say("Other campaigns"), UNKNOWN)]
    name = segment.name or segment.id
    return Facts(
        say("Delete the segment {segment} for good?", segment=name),
        (*_described(segment), *condition_lines(segment.condition), *used_by, *unknown),
        _counts(segment),
        stakes=_stakes(segment),
        first_counts=len(_counts(segment)),
        content=part_of(segment, SEGMENT_CONTENT),
        yes=DELETES,
    )


async def facts_of_update(preo: Preo, segment_id: str, **arguments: Any) -> Facts | None:
    """Return what a change means for campaigns that are scheduled or on their way; None where there are none.

    `arguments` are those of update_segment.

    Raises:
        ValidationError: nothing would change.
        PermissionDeniedError: the token's user may only look.
        PreoError: the segment or the campaigns cannot be fetched.
    """
    segment = await _segment(preo, segment_id)
    given = {name: value for name, value in arguments.items() if value is not MISSING}
    changes = {name: value for name, value in given.items() if value != getattr(segment, name)}
    if not changes:
        raise ValidationError(
            f"{UPDATE_SEGMENT.title} was not done", "nothing would change", "Give a field and its new value."
        )
    active = await _active(preo, segment)
    if not active.rows and active.is_whole:
        return None
    after = segment.model_copy(update=changes)
    _, people, labels = await together(
        must_manage(preo, segment.organization_id, UPDATE_SEGMENT),
        _people_then(preo, segment, after),
        _labels(preo, after.edition_id),
    )
    name, reach = segment.name or segment.id, Reach(people)
    return Reaching(
        say(
            "Change the segment {segment}, from which campaigns reach {people}?", segment=name, people=people_of(reach)
        ),
        (*_described(segment), *([] if "condition" in changes else condition_lines(segment.condition, labels))),
        (*_counts(segment), *([] if people is None else [(say("In the segment then, at the most"), people)])),
        replace(_stakes(segment), people=True, recipients=people),
        (*await _changes(preo, segment, after, labels), *campaign_lines(active)),
        _rest_of(segment, given),
        deed=say("Change the segment {segment}, to which campaigns go?", segment=name),
        yes=CHANGES,
    )


async def _used(preo: Preo, segment_id: str, **arguments: Any) -> JsonValue:
    given = {name: value for name, value in arguments.items() if value is not MISSING}
    return _rest_of(await _segment(preo, segment_id), given)


async def _say_how_to_stop(*_: Any, **__: Any) -> str:
    return "The campaigns that use it go out as they are planned; cancel_campaign stops one."


UPDATE_AFTERCARE = Aftercare(_used, _say_how_to_stop)


def _rest_of(segment: SegmentDetail, given: dict[str, Any]) -> JsonValue:
    """Return the part of what chooses a segment's people that a change leaves as it is."""
    return part_of(segment, tuple(name for name in SEGMENT_CONTENT if name not in given))


async def _segment(preo: Preo, segment_id: str) -> SegmentDetail:
    return await preo.request(GET_SEGMENT, SegmentDetail, id=segment_id)


async def _active(preo: Preo, segment: SegmentDetail) -> Whole[CampaignDetail]:
    return await active_campaigns(preo, segment.organization_id, lambda one: one.segment_id in (None, segment.id))


async def _people_then(preo: Preo, before: SegmentDetail, after: SegmentDetail) -> int | None:
    """Return how many customers the segment has then, at the most; None where Preo does not count them."""
    is_counted = before.status in (SegmentStatus.COMPLETED, None) and before.user_count is not None
    if is_counted and all(getattr(before, name) == getattr(after, name) for name in PICKING):
        return before.user_count
    return await counted(preo, after.condition, after.edition_id)


async def _labels(preo: Preo, edition_id: str | None) -> Labels:
    """Return the names of products, variants and consents that a condition can name by id, where Preo tells them."""
    try:
        found = await asked_context(preo, edition_id)
    except PreoError:
        return NO_LABELS
    return labels_of({key: name for values in found.values.of.values() for key, name in values.items()})


async def _changes(preo: Preo, before: SegmentDetail, after: SegmentDetail, labels: Labels) -> list[Line]:
    names = [name for name in type(before).model_fields if getattr(before, name) != getattr(after, name)]
    pairs = await together(*(_value(preo, name, getattr(one, name)) for name in names for one in (before, after)))
    lines: list[Line] = [
        (changed_field(name), change(pairs[2 * place], pairs[2 * place + 1])) for place, name in enumerate(names)
    ]
    return [*lines, (say("In words"), told(after.condition, labels))] if "condition" in names else lines


async def _value(preo: Preo, name: str, value: str | None) -> Words | None:
    """Return a field's value as a person knows it: consents and editions by their names."""
    if is_reference(name):
        return await named_in(preo, name, value)
    if name == "condition":
        return None if value is None else Passage(value)
    return None if value is None else in_words(value)


def _described(segment: SegmentDetail) -> list[Line]:
    name, status = named(segment.name, segment.id), segment.status
    return [
        (say("Segment"), say("{segment}, {status}", segment=name, status=_STATUSES.get(status, status) or UNKNOWN)),
        (say("Kind"), in_words(segment.communication_type)),
        *([(say("Customers in it"), say("not calculated"))] if segment.user_count is None else []),
    ]


def _counts(segment: SegmentDetail) -> tuple[LabelledCount, ...]:
    return () if segment.user_count is None else ((say("Customers in it"), segment.user_count),)


_STATUSES: Final[Mapping[str | None, Message]] = {
    SegmentStatus.DRAFT: say("not calculated"),
    SegmentStatus.PENDING: say("waiting to be calculated"),
    SegmentStatus.PROCESSING: say("being calculated"),
    SegmentStatus.COMPLETED: say("calculated"),
    SegmentStatus.FAILED: say("failed"),
}


def _stakes(segment: SegmentDetail) -> Stakes:
    name = harmless(segment.name or "") or segment.id
    return Stakes(name=name, organization_id=segment.organization_id, edition_id=segment.edition_id)


def _spelled(campaign: Campaign) -> str:
    moment = f", {campaign.scheduled_at:%Y-%m-%d %H:%M} UTC" if campaign.scheduled_at else ""
    return f"{campaign.name} ({campaign.id}), {campaign.status}{moment}"
