"""Create, update and delete campaigns; send, schedule and cancel them."""

from datetime import timedelta
from typing import Final

from pydantic import MISSING

from preo_mcp.api.models.campaigns import (
    CampaignDetail,
    CampaignStatus,
    CreateCampaignRequest,
    ScheduleCampaignRequest,
    Skipped,
    UpdateCampaignRequest,
)
from preo_mcp.api.operations import (
    CANCEL_CAMPAIGN,
    CREATE_CAMPAIGN,
    DELETE_CAMPAIGN,
    SCHEDULE_CAMPAIGN,
    SEND_CAMPAIGN,
    UPDATE_CAMPAIGN,
)
from preo_mcp.sandbox.campaigns.documents import CAMPAIGN_PREFIX, changeable, in_detail, insert, save
from preo_mcp.sandbox.campaigns.rules import CONTENT, check, must_be_sendable
from preo_mcp.sandbox.campaigns.runs import SEND, Run, begin
from preo_mcp.sandbox.clock import iso
from preo_mcp.sandbox.problems import invalid
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.store import Doc

ENDPOINTS = Endpoints()

CREATED, NO_CONTENT = 201, 204
"""Statuses of create and delete (inferred)."""

FURTHEST_AHEAD: Final = timedelta(days=366)
"""How far ahead a campaign can be scheduled (inferred)."""


@ENDPOINTS.endpoint(CREATE_CAMPAIGN, returns=CampaignDetail, body=CreateCampaignRequest, status=CREATED)
async def create_campaign(call: Call[Nothing, CreateCampaignRequest]) -> Doc:
    """Create a draft in an organization of which the member is manager or admin.

    Raises:
        Problem: 400 by field, 403 for a lesser role.
    """
    store, body = call.store, call.body
    call.member.must_manage_named(body.organization_id)
    with store.transaction():
        now = store.now()
        campaign = blank_campaign() | _given(body) | {"created": now, "modified": now}
        if body.edition_id is MISSING:
            segment = store.doc("segments", body.segment_id)
            campaign["edition_id"] = segment and segment["edition_id"]
        check(store, campaign)
        campaign["id"] = store.new_id(CAMPAIGN_PREFIX)
        insert(store, campaign)
    return in_detail(campaign)


@ENDPOINTS.endpoint(UPDATE_CAMPAIGN, returns=CampaignDetail, body=UpdateCampaignRequest)
async def update_campaign(call: Call[Nothing, UpdateCampaignRequest]) -> Doc:
    """Change a draft, or a scheduled campaign, which stays scheduled and so has to stay sendable (inferred).

    Another channel drops the content of the one before, unless it is refused for being given.

    Raises:
        Problem: 400 by field or for its status, 403 for a lesser role, 404.
    """
    store = call.store
    with store.transaction():
        campaign = changeable(call, UPDATE_CAMPAIGN)
        given = _given(call.body)
        if given.get("channel", campaign["channel"]) != campaign["channel"]:
            campaign |= dict.fromkeys(CONTENT.values())
        campaign |= given
        if campaign["status"] == CampaignStatus.SCHEDULED:
            must_be_sendable(store, campaign)
        else:
            check(store, campaign)
        save(store, campaign)
    return in_detail(campaign)


@ENDPOINTS.endpoint(DELETE_CAMPAIGN, returns=Nothing, status=NO_CONTENT)
async def delete_campaign(call: Call[Nothing, Nothing]) -> Doc:
    """Delete a campaign that is not sending and was not sent (inferred); what it sent stays in the outbox.

    Raises:
        Problem: 400 for its status, 403 for a lesser role, 404.
    """
    with call.store.transaction():
        campaign = changeable(call, DELETE_CAMPAIGN)
        call.store.db.execute("DELETE FROM campaigns WHERE id = ?", (campaign["id"],))
    return {}


@ENDPOINTS.endpoint(SEND_CAMPAIGN, returns=CampaignDetail)
async def send_campaign(call: Call[Nothing, Nothing]) -> Doc:
    """Send a draft now, or a scheduled campaign before its time; the work goes on after the answer.

    Raises:
        Problem: 400 by field or for its status, 403 for a lesser role, 404.
    """
    with call.store.transaction():
        campaign = changeable(call, SEND_CAMPAIGN)
        must_be_sendable(call.store, campaign)
        campaign["scheduled_at"] = None
        begin(call.store, campaign)
        job = call.jobs.add(SEND, Run.of(campaign).subject)
    call.jobs.start(job)
    return in_detail(campaign)


@ENDPOINTS.endpoint(SCHEDULE_CAMPAIGN, returns=CampaignDetail, body=ScheduleCampaignRequest)
async def schedule_campaign(call: Call[Nothing, ScheduleCampaignRequest]) -> Doc:
    """Let a draft be sent at a time, or a scheduled campaign at another one (inferred).

    Raises:
        Problem: 400 by field or for its status, 403 for a lesser role, 404.
    """
    at, now = call.body.scheduled_at, call.store.clock()
    with call.store.transaction():
        campaign = changeable(call, SCHEDULE_CAMPAIGN)
        if not now < at <= now + FURTHEST_AHEAD:
            raise invalid(scheduled_at=f"Give a time after {iso(now)}, at most {FURTHEST_AHEAD.days} days later.")
        must_be_sendable(call.store, campaign)
        campaign |= {
            "status": CampaignStatus.SCHEDULED,
            "scheduled_at": iso(at),
            "run": campaign["run"] + 1,
        }
        save(call.store, campaign)
        job = call.jobs.add(SEND, Run.of(campaign).subject, due=at)
    call.jobs.start(job)
    return in_detail(campaign)


@ENDPOINTS.endpoint(CANCEL_CAMPAIGN, returns=CampaignDetail)
async def cancel_campaign(call: Call[Nothing, Nothing]) -> Doc:
    """Stop a campaign for good; of one that is being sent, whoever was not reached yet gets nothing (inferred).

    Raises:
        Problem: 400 for its status, 403 for a lesser role, 404.
    """
    with call.store.transaction():
        campaign = changeable(call, CANCEL_CAMPAIGN)
        campaign |= {"status": CampaignStatus.CANCELLED, "completed_at": call.store.now()}
        save(call.store, campaign)
    return in_detail(campaign)


def blank_campaign() -> Doc:
    """Return what a draft has before anything is said of it."""
    return {
        "edition_id": None,
        "email_message_id": None,
        "sms_body": None,
        "status": CampaignStatus.DRAFT,
        "scheduled_at": None,
        "total_recipients": 0,
        "sent_count": 0,
        "failed_count": 0,
        "user_count": None,
        "skipped": Skipped().model_dump(),
        "failures": {},
        "error_message": None,
        "started_at": None,
        "completed_at": None,
        "run": 0,
        "calculation": None,
        "position": "",
    }


def _given(body: CreateCampaignRequest | UpdateCampaignRequest) -> Doc:
    given = body.model_dump(mode="json")
    return given | ({"name": given["name"].strip()} if "name" in given else {})
