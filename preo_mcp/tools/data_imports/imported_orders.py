"""An edition's orders of other systems, by the numbers that those gave them."""

from datetime import datetime
from typing import Final

from preo_mcp.api.errors import PermissionDeniedError, PreoError
from preo_mcp.api.models.base import Embedded, Page
from preo_mcp.api.models.orders import ListOrdersQuery, OrderOrdering, OrderType
from preo_mcp.api.operations import LIST_ORDERS
from preo_mcp.calls.preo import Preo
from preo_mcp.tools.whole_lists import Whole, whole_list

MOST_PAGES: Final = 3
"""That are read of them, the newest first."""


class ImportedOrder(Embedded):
    """An imported order; `external_id` is the number that the other system gave it (inferred, as its figures)."""

    id: str
    external_id: str | None = None
    amount: float | None = None
    currency: str | None = None
    created: datetime | None = None


async def imported_orders(preo: Preo, edition_id: str, most_pages: int = MOST_PAGES) -> Whole[ImportedOrder] | None:
    """Return an edition's orders of other systems, the newest; None where they may not be looked at."""
    ordering = [OrderOrdering.CREATED_DESC]
    query = ListOrdersQuery(edition_id=edition_id, type=OrderType.IMPORTED, ordering=ordering)
    try:
        return await whole_list(
            lambda page: preo.request(LIST_ORDERS, Page[ImportedOrder], query=page), query, most_pages
        )
    except PermissionDeniedError:
        return None


async def count_imported(preo: Preo, edition_id: str | None) -> int | None:
    """Return how many orders of other systems an edition has; None where that cannot be told."""
    if edition_id is None:
        return None
    query = ListOrdersQuery(edition_id=edition_id, type=OrderType.IMPORTED, page_size=1)
    try:
        return (await preo.request(LIST_ORDERS, Page[ImportedOrder], query=query)).count
    except PreoError:
        return None
