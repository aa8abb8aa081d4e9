"""List and get refund requests."""

from typing import Final

from pydantic import MISSING

from preo_mcp.api.models.base import Page
from preo_mcp.api.models.refunds import ListRefundsQuery, RefundOrdering
from preo_mcp.api.models.refunds import Refund as RefundDetail
from preo_mcp.api.operations import GET_REFUND, LIST_REFUNDS
from preo_mcp.sandbox.lists import Filters, Matches, add_search, paged, sql_order
from preo_mcp.sandbox.refunds.documents import Shown, find_all, visible
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.store import Doc

ENDPOINTS = Endpoints()

FILTERS: Final = ("edition_id", "organization_id", "status", "scope", "reason")
SEARCHABLE: Final = (
    "(SELECT refunds.*, refunds.id || char(10) || orders.searched || char(10) || customers.name AS searched "
    "FROM refunds "
    "JOIN orders ON orders.id = refunds.order_id JOIN customers ON customers.id = refunds.customer_id)"
)
"""Refunds with all that `search` looks into."""


@ENDPOINTS.endpoint(GET_REFUND, returns=RefundDetail)
async def get_refund(call: Call[Nothing, Nothing]) -> Doc:
    """Return one refund."""
    return Shown(call.store, call.member).refund(visible(call))


@ENDPOINTS.endpoint(LIST_REFUNDS, returns=Page[RefundDetail], query=ListRefundsQuery)
async def list_refunds(call: Call[ListRefundsQuery, Nothing]) -> Doc:
    """List the refunds of all editions that the member can see, the newest first unless `ordering` says otherwise.

    `search` looks in the refund's id, the order's number, id and transaction, and the customer's name, e-mail and phone
    number (inferred).
    """
    query, filters = call.query, Filters()
    filters.one_of("organization_id", call.member.organizations)
    for name in FILTERS:
        filters.equal(name, getattr(query, name))
    add_search(filters, "searched", query.search)
    ordering = [RefundOrdering.CREATED_DESC] if query.ordering is MISSING else query.ordering
    source = "refunds" if query.search is MISSING else SEARCHABLE
    count, ids = Matches(call.store.db, source, filters, sql_order(ordering)).page(query)
    shown = Shown(call.store, call.member)
    return paged(call.url, query, count, lambda _limit, _offset: shown.refunds(find_all(call.store, ids)))
