"""List and get campaigns, and the figures of one."""

from pydantic import MISSING

from preo_mcp.api.models.base import Page
from preo_mcp.api.models.campaigns import (
    Campaign,
    CampaignDetail,
    CampaignOrdering,
    CampaignStats,
    Channel,
    ListCampaignsQuery,
)
from preo_mcp.api.operations import GET_CAMPAIGN, GET_CAMPAIGN_STATS, LIST_CAMPAIGNS
from preo_mcp.sandbox.campaigns.documents import in_detail, in_list, visible
from preo_mcp.sandbox.lists import Filters, Matches, add_search, paged, sql_order
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.store import Doc, Store, docs_by_id

ENDPOINTS = Endpoints()

FILTERS = ("channel", "edition_id", "organization_id", "status")

COUNTED = ("delivered", "bounced", "opened", "clicked", "unsubscribed")
NOT_OF_SMS = ("opened", "clicked", "unsubscribed", "open_rate", "click_rate", "unsubscribe_rate")
"""What a text message does not tell: null (inferred)."""

RATE_DIGITS = 4


@ENDPOINTS.endpoint(LIST_CAMPAIGNS, query=ListCampaignsQuery, returns=Page[Campaign])
async def list_campaigns(call: Call[ListCampaignsQuery, Nothing]) -> Doc:
    """List the campaigns of the member's organizations, the newest first unless `ordering` says otherwise."""
    query, filters = call.query, Filters()
    filters.one_of("organization_id", call.member.organizations)
    for name in FILTERS:
        filters.equal(name, getattr(query, name))
    add_search(filters, "searched", query.search)
    ordering = [CampaignOrdering.CREATED_DESC] if query.ordering is MISSING else query.ordering
    count, ids = Matches(call.store.db, "campaigns", filters, sql_order(ordering, {"name": "searched"})).page(query)
    found = docs_by_id(call.store, "campaigns", ids)
    return paged(call.url, query, count, lambda _limit, _offset: [in_list(found[key]) for key in ids])


@ENDPOINTS.endpoint(GET_CAMPAIGN, returns=CampaignDetail)
async def get_campaign(call: Call[Nothing, Nothing]) -> Doc:
    """Answer one campaign."""
    return in_detail(visible(call))


@ENDPOINTS.endpoint(GET_CAMPAIGN_STATS, returns=CampaignStats)
async def get_campaign_stats(call: Call[Nothing, Nothing]) -> Doc:
    """Answer what came of a campaign's messages so far; before the send everything is 0."""
    return stats_of(call.store, visible(call))


def stats_of(store: Store, campaign: Doc) -> Doc:
    """Return the answer of Get campaign stats."""
    columns = ", ".join(f"count(*) FILTER (WHERE {name} <= :now)" for name in COUNTED)
    [row] = store.db.execute(
        f"SELECT {columns} FROM reactions WHERE campaign_id = :id",  # noqa: S608 - our own names
        {"now": int(store.clock().timestamp()), "id": campaign["id"]},
    ).fetchall()
    counts: dict[str, int] = dict(zip(COUNTED, row, strict=True))
    sent, delivered = campaign["sent_count"], counts["delivered"]
    figures: Doc = {
        "total_recipients": campaign["total_recipients"],
        "sent": sent,
        "failed": campaign["failed_count"],
        **counts,
        "delivery_rate": _rate(delivered, sent),
        "open_rate": _rate(counts["opened"], delivered),
        "click_rate": _rate(counts["clicked"], delivered),
        "unsubscribe_rate": _rate(counts["unsubscribed"], delivered),
    }
    return figures | (dict.fromkeys(NOT_OF_SMS) if campaign["channel"] == Channel.SMS else {})


def _rate(part: int, whole: int) -> float:
    return round(part / whole, RATE_DIGITS) if whole else 0.0
