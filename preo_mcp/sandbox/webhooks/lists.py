"""List and get endpoints."""

from pydantic import MISSING

from preo_mcp.api.models.base import Page
from preo_mcp.api.models.webhooks import ListWebhooksQuery, Webhook, WebhookOrdering
from preo_mcp.api.operations import GET_WEBHOOK, LIST_WEBHOOKS
from preo_mcp.sandbox.filters import Filters, Matches, sql_order
from preo_mcp.sandbox.lookup import docs_by_id
from preo_mcp.sandbox.paging import paged
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.store import Doc
from preo_mcp.sandbox.webhooks.documents import represent, visible_webhook

ENDPOINTS = Endpoints()


@ENDPOINTS.endpoint(LIST_WEBHOOKS, returns=Page[Webhook], query=ListWebhooksQuery)
async def list_webhooks(call: Call[ListWebhooksQuery, Nothing]) -> Doc:
    """List the endpoints of the member's organizations, the newest first unless `ordering` says otherwise.

    `edition_id` finds those limited to that edition, not those of all editions (inferred).
    """
    store, query, filters = call.store, call.query, Filters()
    filters.one_of("organization_id", call.member.organizations)
    filters.equal("organization_id", query.organization_id)
    filters.equal("edition_id", query.edition_id)
    if query.is_active is not MISSING:
        filters.add("is_active = ?", int(query.is_active))
    ordering = [WebhookOrdering.CREATED_DESC] if query.ordering is MISSING else query.ordering
    count, ids = Matches(store.db, "webhooks", filters, sql_order(ordering)).page(query)
    docs = docs_by_id(store, "webhooks", ids)
    return paged(call.url, query, count, lambda _limit, _offset: [represent(store, docs[key]) for key in ids])


@ENDPOINTS.endpoint(GET_WEBHOOK, returns=Webhook)
async def get_webhook(call: Call[Nothing, Nothing]) -> Doc:
    """Answer one endpoint, its secret masked."""
    return represent(call.store, visible_webhook(call))
