"""A campaign as it is stored, who may see and change it, and how it is answered.

The row's `doc` holds every field of the answer and, beside them, `run` (how often it was scheduled or sent: the job of
an earlier run does nothing), `calculation` and `position` (how far the snapshot of its segment came).
"""

from typing import Final

from preo_mcp.api.models.campaigns import ALLOWED_STATUSES, Campaign, CampaignDetail, CampaignStatus
from preo_mcp.api.operations import Operation
from preo_mcp.sandbox.members import visible_doc
from preo_mcp.sandbox.problems import Problem
from preo_mcp.sandbox.routing import B, Call, Q
from preo_mcp.sandbox.store import Doc, Store
from preo_mcp.text.folding import folded

CAMPAIGN_PREFIX: Final = "cmp"

COLUMN_NAMES: Final = (
    *("id", "organization_id", "edition_id", "segment_id", "email_message_id", "name", "channel", "status"),
    *("scheduled_at", "total_recipients", "created", "modified"),
)
DETAIL_FIELDS: Final = tuple(CampaignDetail.model_fields)
LIST_FIELDS: Final = tuple(Campaign.model_fields)


def insert(store: Store, campaign: Doc) -> None:
    """Write a new campaign."""
    store.insert("campaigns", campaign, **_columns(campaign))


def save(store: Store, campaign: Doc, *, touch: bool = True) -> None:
    """Write a campaign back; `touch` says that it was modified, which counting what is sent does not."""
    if touch:
        campaign["modified"] = store.now()
    store.update("campaigns", campaign["id"], campaign, **_columns(campaign))


def _columns(campaign: Doc) -> Doc:
    return {**{name: campaign[name] for name in COLUMN_NAMES}, "searched": folded(campaign["name"])}


def find(store: Store, campaign_id: str) -> Doc | None:
    """Return a campaign, or None where there is none."""
    return store.doc("campaigns", campaign_id)


def visible(call: Call[Q, B]) -> Doc:
    """Return the campaign that a call names, if it is of one of the member's organizations.

    Raises:
        Problem: 404.
    """
    return visible_doc(call.store, call.member, "campaigns", call.path["id"], "Campaign")


def changeable(call: Call[Q, B], operation: Operation) -> Doc:
    """Return the campaign that a call names, if its member and its status allow the operation.

    Managers and admins may (inferred).

    Raises:
        Problem: 404, 403, or 400 with the status and those that are allowed.
    """
    campaign = visible(call)
    call.member.must_manage(campaign["organization_id"])
    allowed = [status for status in CampaignStatus if status in ALLOWED_STATUSES[operation]]
    if campaign["status"] not in allowed:
        detail = f"Campaign is {campaign['status']}; {operation.title} is allowed when it is: {', '.join(allowed)}."
        raise Problem(400, {"detail": detail, "status": campaign["status"], "allowed_statuses": allowed})
    return campaign


def in_detail(campaign: Doc) -> Doc:
    """Return a campaign as it is answered."""
    return {name: campaign.get(name) for name in DETAIL_FIELDS}


def in_list(campaign: Doc) -> Doc:
    """Return a campaign as it stands in lists, which omit some of what its detail has."""
    return {name: campaign[name] for name in LIST_FIELDS}
