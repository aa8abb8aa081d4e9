"""Orders and purchases: find, look."""

from datetime import datetime
from typing import Annotated

from pydantic import MISSING, WithJsonSchema

from preo_mcp.api.errors import PreoError, ValidationError
from preo_mcp.api.models.base import Page
from preo_mcp.api.models.orders import (
    ORDER_SCOPES,
    ListedOrder,
    ListOrdersQuery,
    OrderOrdering,
    OrderStatus,
    OrderType,
    ShownOrder,
)
from preo_mcp.api.models.purchases import ShownPurchase
from preo_mcp.api.models.users import UserInfo
from preo_mcp.api.operations import GET_ORDER, GET_PURCHASE, GET_USER_INFO, LIST_ORDERS
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.tool import tool
from preo_mcp.replies.listing import Listing, listing
from preo_mcp.tools.arguments import OrderId, PageNumber, PageSize, PurchaseId

FIELDS = ", ".join(one for one in OrderOrdering if one[0] != "-")
Ordering = Annotated[
    list[OrderOrdering],
    WithJsonSchema({"type": "array", "items": {"type": "string"}, "description": f"{FIELDS}, -…"}),
]
"""Checked against the enum, and described shorter than by its twelve members."""


@tool(LIST_ORDERS)
async def list_orders(
    preo: Preo,
    edition_id: str | MISSING = MISSING,
    organization_id: str | MISSING = MISSING,
    customer_id: str | MISSING = MISSING,
    search: str | MISSING = MISSING,
    customer_email: str | MISSING = MISSING,
    customer_phone: str | MISSING = MISSING,
    order_number: str | MISSING = MISSING,
    transaction_id: str | MISSING = MISSING,
    status: OrderStatus | MISSING = MISSING,
    type: OrderType | MISSING = MISSING,  # noqa: A002 - the API's name
    created_after: datetime | MISSING = MISSING,
    created_before: datetime | MISSING = MISSING,
    ordering: Ordering | MISSING = MISSING,
    page: PageNumber = 1,
    page_size: PageSize = 25,
) -> Listing[ListedOrder]:
    """Find orders by parts of numbers, e-mail or phone, newest first; needs one of the first three ids."""
    query = ListOrdersQuery(
        edition_id=edition_id,
        organization_id=organization_id,
        customer_id=customer_id,
        search=search,
        customer_email=customer_email,
        customer_phone=customer_phone,
        order_number=order_number,
        transaction_id=transaction_id,
        status=status,
        type=type,
        created_after=created_after,
        created_before=created_before,
        ordering=ordering,
        page=page,
        page_size=page_size,
    )
    if not query.is_scoped:
        raise await _unscoped(preo)
    return listing(await preo.request(LIST_ORDERS, Page[ListedOrder], query=query), query)


@tool(GET_ORDER)
async def get_order(preo: Preo, order_id: OrderId) -> ShownOrder:
    """Show one order: customer, payment, and its purchases with prices and what is left to refund."""
    return await preo.request(GET_ORDER, ShownOrder, id=order_id)


@tool(GET_PURCHASE)
async def get_purchase(preo: Preo, purchase_id: PurchaseId) -> ShownPurchase:
    """Show one purchase (one unit of a product), its order and customer, and what is left to refund."""
    return await preo.request(GET_PURCHASE, ShownPurchase, id=purchase_id)


async def _unscoped(preo: Preo) -> ValidationError:
    """The refusal of a list without a scope; it names the organizations to choose from, where they can be fetched."""
    try:
        organizations = (await preo.request(GET_USER_INFO, UserInfo)).organizations
    except PreoError:  # the refusal stands without them too
        organizations = []
    known = ", ".join(f"{one.id} ({one.name})" if one.name else one.id for one in organizations)
    return ValidationError(
        "List orders was not done",
        f"it needs one of {', '.join(ORDER_SCOPES)}",
        f"Add organization_id, one of {known}." if known else "Add one: list_editions and list_users give ids.",
    )
