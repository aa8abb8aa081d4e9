"""Send now, schedule and cancel campaigns."""

from datetime import timedelta
from typing import Final

from preo_mcp.api.models.campaigns import CampaignDetail, CampaignStatus, ScheduleCampaignRequest
from preo_mcp.api.operations import CANCEL_CAMPAIGN, SCHEDULE_CAMPAIGN, SEND_CAMPAIGN
from preo_mcp.sandbox.campaigns.documents import changeable, in_detail, save
from preo_mcp.sandbox.campaigns.rules import must_be_sendable
from preo_mcp.sandbox.campaigns.runs import SEND, Run, begin
from preo_mcp.sandbox.clock import iso
from preo_mcp.sandbox.problems import invalid
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.store import Doc

ENDPOINTS = Endpoints()

FURTHEST_AHEAD: Final = timedelta(days=366)
"""How far ahead a campaign can be scheduled (inferred)."""


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
