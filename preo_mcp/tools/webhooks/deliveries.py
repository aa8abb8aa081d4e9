"""Deliveries of webhooks: find, look."""

from datetime import datetime
from typing import Annotated

from pydantic import MISSING, Field

from preo_mcp.api.errors import PreoError
from preo_mcp.api.models.base import Page
from preo_mcp.api.models.webhooks import (
    DeliveryOrdering,
    DeliveryStatus,
    ListDeliveriesQuery,
    ListedDelivery,
    ShownDelivery,
    ShownWebhook,
)
from preo_mcp.api.operations import GET_WEBHOOK, GET_WEBHOOK_DELIVERY, LIST_WEBHOOK_DELIVERIES
from preo_mcp.calls.preo import Preo, together
from preo_mcp.calls.tool import tool
from preo_mcp.replies.listing import Listing
from preo_mcp.reports.cards import Report
from preo_mcp.tools.arguments import PageNumber, PageSize, ordered_by
from preo_mcp.tools.edition_clocks import with_clocks_of, zone_of
from preo_mcp.tools.lists import ListOf

Ordering = Annotated[list[DeliveryOrdering], ordered_by(DeliveryOrdering)]


LISTED = ListOf(
    LIST_WEBHOOK_DELIVERIES,
    Page[ListedDelivery],
    searched=("order_number", "event_type", "error_kind", "event_id", "id"),
)


@tool(LIST_WEBHOOK_DELIVERIES, report=Report.WEBHOOK)
async def list_webhook_deliveries(
    preo: Preo,
    webhook_id: str,
    search: Annotated[str, Field(description="In order number, event and error.")] | MISSING = MISSING,
    status: list[DeliveryStatus] | MISSING = MISSING,
    event_type: str | MISSING = MISSING,
    created_after: datetime | MISSING = MISSING,
    ordering: Ordering | MISSING = MISSING,
    page: PageNumber = 1,
    page_size: PageSize = 25,
) -> Listing[ListedDelivery]:
    """List what was sent to a webhook, newest first; pending ones retry by themselves."""
    query = ListDeliveriesQuery(
        event_type=event_type,
        created_after=created_after,
        ordering=ordering,
        page=page,
        page_size=page_size,
    )

    async def read(asked: ListDeliveriesQuery) -> Page[ListedDelivery]:
        return await preo.request(LIST_WEBHOOK_DELIVERIES, Page[ListedDelivery], query=asked, id=webhook_id)

    found, timezone = await together(
        LISTED.found_by(read, query, several={"status": status}, search=search), _timezone_of(preo, webhook_id)
    )
    listed = found.listed(query)
    listed.results = [with_clocks_of(timezone, row) for row in listed.results]
    return listed


@tool(GET_WEBHOOK_DELIVERY)
async def get_webhook_delivery(preo: Preo, webhook_id: str, delivery_id: str) -> ShownDelivery:
    """Show a delivery: what was sent and answered, and why it failed."""
    delivery, timezone = await together(
        preo.request(GET_WEBHOOK_DELIVERY, ShownDelivery, id=webhook_id, delivery_id=delivery_id),
        _timezone_of(preo, webhook_id),
    )
    return with_clocks_of(timezone, delivery)


async def _timezone_of(preo: Preo, webhook_id: str) -> str | None:
    """Return the zone of the edition that a webhook is of; None for one of a whole organization, or where untold."""
    try:
        webhook = await preo.request(GET_WEBHOOK, ShownWebhook, id=webhook_id)
    except PreoError:  # the deliveries stand without it, in UTC
        return None
    return await zone_of(preo, webhook.edition_id)
