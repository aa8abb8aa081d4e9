"""Checking a campaign before it goes out: what would go wrong, gravest first; nothing is sent and no link opened."""

from collections.abc import Iterator
from typing import Annotated, Final

from pydantic import BaseModel, WithJsonSchema

from preo_mcp.api.errors import PreoError
from preo_mcp.api.models.campaigns import NOT_BEGUN, CampaignDetail, CampaignStatus
from preo_mcp.api.operations import Risk
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.tool import Workflow, tool
from preo_mcp.replies.privacy.floor import FEWEST
from preo_mcp.reports.cards import Report
from preo_mcp.tools.campaigns.audience import Audience, audience_told
from preo_mcp.tools.campaigns.checked_content import (
    findings_of_content,
    findings_of_size,
    in_lines,
    links_of,
    rendered,
    size_of,
)
from preo_mcp.tools.campaigns.checked_time import findings_of_time, when
from preo_mcp.tools.campaigns.gravity import Finding, Gravity, gravest_first
from preo_mcp.tools.campaigns.links import judged
from preo_mcp.tools.campaigns.parts import get_campaign_detail, shown_with
from preo_mcp.tools.campaigns.stages import FIRST_CHECKED, NEXT_STEPS
from preo_mcp.tools.campaigns.subjects import Subject

FEW: Final = 0.5
"""The share of a segment below which those who get the campaign are conspicuously few."""


class CheckedCampaign(BaseModel):
    """What was found of a campaign, gravest first, and what was looked at; what is absent is not known.

    `findings` begin with error, warning or unknown; none means that nothing was found, of what can be looked at from
    here. `subject` and the beginning of `text` are as they come out for a sample customer. `leads_to` was not opened.
    """

    id: str
    name: str | None = None
    status: str | None = None
    findings: list[str]
    audience: Annotated[Audience | None, WithJsonSchema({"type": "object"})] = None
    when: str | None = None
    size: str | None = None
    subject: str | None = None
    text: str | None = None
    sampled: list[str] | None = None
    undefined_variables: list[str] | None = None
    leads_to: list[str] | None = None
    next_step: str | None = None


@tool(Workflow("Check campaign", Risk.READ), report=Report.CHECK)
async def check_campaign(preo: Preo, campaign_id: str) -> CheckedCampaign:
    """Check before a send what would go wrong: audience, who is left out, links, variables, rendering, size, time.

    Gravest first; nothing is sent, no link opened.
    """
    campaign = await get_campaign_detail(preo, campaign_id)
    try:
        shown = await shown_with(preo, campaign)
    except PreoError as exc:
        return _told(campaign, [*_of_status(campaign), Finding(Gravity.ERROR, f"it cannot be read whole: {exc.why}")])
    subject = shown.subject
    links, now = links_of(shown), preo.backend.clock.moment()
    findings = [
        *_of_status(campaign),
        *_of_audience(subject, masks=preo.settings.masks),
        *findings_of_content(shown),
        *(judged(link, reserved_are_fine=preo.settings.sandbox) for link in links),
        *findings_of_size(shown),
        *findings_of_time(subject, now),
    ]
    return _told(
        campaign,
        [one for one in findings if one is not None],
        audience=audience_told(subject).model_copy(update={"lacks": None}),  # that is a finding
        when=when(subject, now),
        size=size_of(shown),
        **rendered(shown),
        leads_to=in_lines(links),
    )


def _told(campaign: CampaignDetail, findings: list[Finding], **parts: object) -> CheckedCampaign:
    found = [str(one) for one in gravest_first(findings)]
    next_step = NEXT_STEPS.get(campaign.status or "")
    if campaign.status == CampaignStatus.DRAFT and next_step:
        next_step = next_step.replace(f", {FIRST_CHECKED}", "")
        if any(one.gravity is Gravity.ERROR for one in findings):
            next_step = "Settle the errors, then check again."
    told = {"id": campaign.id, "name": campaign.name, "status": campaign.status, "findings": found, **parts}
    return CheckedCampaign.model_validate({**told, "next_step": next_step})


def _of_status(campaign: CampaignDetail) -> Iterator[Finding]:
    if campaign.status not in NOT_BEGUN:
        gravity = Gravity.UNKNOWN if campaign.status not in set(CampaignStatus) else Gravity.ERROR
        yield Finding(gravity, f"it is {campaign.status or 'in no status that Preo tells'}, and no draft any more")


def _of_audience(subject: Subject, *, masks: bool) -> Iterator[Finding]:
    reach, size = subject.reach, subject.segment.user_count
    if (lacks := subject.lacks()) is not None:
        yield Finding(Gravity.ERROR, " · ".join(lacks))
    if reach.people is None and lacks is None:
        yield Finding(Gravity.UNKNOWN, "how many it would reach")
    elif not reach.is_exact and lacks is None:
        yield Finding(Gravity.UNKNOWN, "how many of its segment it would reach by its channel")
    elif reach.people and size and reach.people < FEW * size and not (masks and size < FEWEST):
        few = masks and reach.people < FEWEST
        yield Finding(Gravity.WARNING, f"only {'few' if few else reach.people} of {size} in its segment would get it")
    if not subject.is_marketing:
        kind = subject.segment.communication_type
        gravity = Gravity.WARNING if kind else Gravity.UNKNOWN
        why = f"its segment is {kind}, so it goes to people who consented to nothing" if kind else "its kind of segment"
        yield Finding(gravity, f"{why}: advertising needs a marketing segment")
