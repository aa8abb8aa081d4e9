"""List orders: by edition, organization or customer, filtered and searched."""

from collections.abc import Sequence
from typing import Final

from pydantic import MISSING

from preo_mcp.api.models.base import Page
from preo_mcp.api.models.orders import ORDER_SCOPES, ListOrdersQuery, OrderInList, OrderOrdering
from preo_mcp.api.operations import LIST_ORDERS
from preo_mcp.sandbox.lists import Filters, Matches, add_part, add_phone, add_search, paged, sql_order
from preo_mcp.sandbox.members import Member
from preo_mcp.sandbox.orders.documents import listed_orders
from preo_mcp.sandbox.problems import invalid
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.store import Doc, Store

ENDPOINTS = Endpoints()

BY_EDITION: Final = "orders INDEXED BY orders_found"
BY_CUSTOMER: Final = "orders INDEXED BY orders_by_customer"


@ENDPOINTS.endpoint(LIST_ORDERS, returns=Page[OrderInList], query=ListOrdersQuery)
async def list_orders(call: Call[ListOrdersQuery, Nothing]) -> Doc:
    """List orders of the member's organizations, the newest first unless `ordering` says otherwise.

    An edition, organization or customer that the member cannot see has no orders here (inferred).
    """
    query, store = call.query, call.store
    if not query.is_scoped:
        raise invalid(non_field_errors=f"At least one of {', '.join(ORDER_SCOPES)} is required.")
    source = BY_EDITION if query.customer_id is MISSING else BY_CUSTOMER
    orderings = [OrderOrdering.CREATED_DESC] if query.ordering is MISSING else query.ordering
    matches = Matches(store.db, source, _filters(store, call.member, query), sql_order(orderings))
    count, ids = matches.page(query)
    return paged(call.url, query, count, lambda _limit, _offset: listed_orders(store, ids))


def _filters(store: Store, member: Member, query: ListOrdersQuery) -> Filters:
    filters = Filters()
    filters.equal("customer_id", query.customer_id)
    filters.one_of("edition_id", _editions(store, member, query))
    filters.between("created", query.created_after, query.created_before)
    for column in ("status", "type", "transaction_id"):
        filters.equal(column, getattr(query, column))
    add_search(filters, "searched", query.search)
    add_part(filters, "customer_email", query.customer_email)
    add_part(filters, "lower(order_number)", query.order_number)
    add_phone(filters, "customer_phone", query.customer_phone)
    return filters


def _editions(store: Store, member: Member, query: ListOrdersQuery) -> Sequence[str]:
    """Return the editions whose orders are asked for, as far as the member may see them."""
    filters = Filters()
    filters.one_of("organization_id", member.organizations)
    filters.equal("organization_id", query.organization_id)
    filters.equal("id", query.edition_id)
    found = store.db.execute(f"SELECT id FROM editions WHERE {filters.where} ORDER BY id", filters.values)  # noqa: S608 - values are bound
    return [key for (key,) in found]
