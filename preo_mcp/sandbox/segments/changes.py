"""Create, update and delete segments."""

from typing import Any, Final

from preo_mcp.api.models.campaigns import ACTIVE_STATUSES
from preo_mcp.api.models.segments import (
    CommunicationChannel,
    CommunicationType,
    CreateSegmentRequest,
    SegmentDetail,
    SegmentSettings,
    SegmentStatus,
    UpdateSegmentRequest,
)
from preo_mcp.api.operations import CREATE_SEGMENT, DELETE_SEGMENT, UPDATE_SEGMENT
from preo_mcp.sandbox.campaign_uses import campaigns_using
from preo_mcp.sandbox.jobs import Jobs
from preo_mcp.sandbox.problems import Problem, invalid
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.segments.conditions import engine_ready, must_be_sound
from preo_mcp.sandbox.segments.documents import (
    NOT_CALCULATED,
    SEGMENT_PREFIX,
    changeable_segment,
    insert,
    represent,
    save,
)
from preo_mcp.sandbox.segments.runs import forget_result, keep_messages_ready
from preo_mcp.sandbox.store import Doc, Store

ENDPOINTS = Endpoints()

CREATED, NO_CONTENT = 201, 204
"""Statuses of create and delete (inferred)."""

DEFAULTS: Final[dict[str, Any]] = {
    "edition_id": None,
    "consent_id": None,
    "description": None,
    "communication_type": CommunicationType.TRANSACTIONAL,
    "communication_channel": CommunicationChannel.ANY,
}
"""What a new segment has where its body says nothing (inferred)."""

DECIDING: Final = ("condition", "edition_id", "consent_id")
"""What the counts depend on: where one of these changes, a calculated segment is a draft again."""


@ENDPOINTS.endpoint(CREATE_SEGMENT, returns=SegmentDetail, body=CreateSegmentRequest, status=CREATED)
async def create_segment(call: Call[Nothing, CreateSegmentRequest]) -> Doc:
    """Create a draft for an organization of which the member is manager or admin; nobody is counted yet (inferred).

    Raises:
        Problem: 400 by field, for mistakes in the condition with their places; 403 for a lesser role.
    """
    store, body = call.store, call.body
    call.member.must_manage_named(body.organization_id)
    await engine_ready()
    now = store.now()
    blank = {"status": SegmentStatus.DRAFT, **NOT_CALCULATED, "created": now, "modified": now}
    segment = _settled(store, {**DEFAULTS, **blank, "organization_id": body.organization_id}, body)
    with store.transaction():
        segment = {"id": store.new_id(SEGMENT_PREFIX), **segment}
        insert(store, segment)
        jobs = keep_messages_ready(call.jobs)
    _start(call.jobs, jobs)
    return represent(segment)


@ENDPOINTS.endpoint(UPDATE_SEGMENT, returns=SegmentDetail, body=UpdateSegmentRequest)
async def update_segment(call: Call[Nothing, UpdateSegmentRequest]) -> Doc:
    """Change a segment; what is absent stays. Another condition, edition or consent makes it a draft again.

    A calculation on its way stops then.

    Raises:
        Problem: 400 by field, 403 for a lesser role, 404.
    """
    await engine_ready()
    store, before = call.store, changeable_segment(call)
    segment = _settled(store, before, call.body)
    segment["modified"] = store.now()
    jobs: list[int] = []
    with store.transaction():
        if any(segment[name] != before[name] for name in DECIDING):
            segment, jobs = forget_result(call.jobs, segment)
        save(store, segment)
    _start(call.jobs, jobs)
    return represent(segment)


@ENDPOINTS.endpoint(DELETE_SEGMENT, returns=Nothing, status=NO_CONTENT)
async def delete_segment(call: Call[Nothing, Nothing]) -> Doc:
    """Delete a segment; one that a campaign still needs stays (inferred).

    Raises:
        Problem: 400 with the campaigns that need it, 403 for a lesser role, 404.
    """
    store, segment = call.store, changeable_segment(call)
    needing = campaigns_using(store, segment_id=segment["id"], statuses=ACTIVE_STATUSES)
    if needing:
        names = ", ".join(f"{one['name']} ({one['id']}, {one['status']})" for one in needing)
        detail = f"The segment is used by {names}. Cancel campaign frees it, then call again."
        raise Problem(400, {"detail": detail, "campaigns": needing})
    with store.transaction() as db:
        _, jobs = forget_result(call.jobs, segment)
        db.execute("DELETE FROM segments WHERE id = ?", (segment["id"],))
    _start(call.jobs, jobs)
    return {}


def _start(jobs: Jobs, added: list[int]) -> None:
    for job in added:
        jobs.start(job)


def _settled(store: Store, before: Doc, body: CreateSegmentRequest | UpdateSegmentRequest) -> Doc:
    """Return a segment as it becomes.

    Raises:
        Problem: 400 by field.
    """
    segment = {**before, **body.model_dump()}
    segment["name"] = segment["name"].strip()
    if not segment["name"]:
        raise invalid(name="This field may not be blank.")
    _must_belong(store, segment, body)
    if segment["communication_type"] == CommunicationType.MARKETING and segment["consent_id"] is None:
        raise invalid(consent_id="Marketing requires a consent. List consents gives those of the organization.")
    if any(segment[name] != before.get(name) for name in ("condition", "edition_id")):
        must_be_sound(segment["condition"], has_edition=segment["edition_id"] is not None)
    return segment


def _must_belong(store: Store, segment: Doc, body: SegmentSettings) -> None:
    """Refuse an edition or a consent of another organization, without telling whether it exists."""
    given = body.model_dump()
    for name, table in (("edition_id", "editions"), ("consent_id", "consents")):
        key = given.get(name)
        if key is None:
            continue
        row = store.db.execute(f"SELECT organization_id FROM {table} WHERE id = ?", (key,)).fetchone()  # noqa: S608 - our own names
        if row is None or row[0] != segment["organization_id"]:
            raise invalid(**{name: f"The organization has no {table[:-1]} with the id {key[:80]!r}."})
