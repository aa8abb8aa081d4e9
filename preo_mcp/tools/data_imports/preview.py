"""The orders of a file as they were read, a slice at a time."""

from typing import Annotated

from pydantic import BaseModel, Field

from preo_mcp.api.models.data_imports import (
    PREVIEW_DEFAULT_LIMIT,
    PREVIEW_MAX_LIMIT,
    ImportPreview,
    PreviewOrder,
    PreviewQuery,
)
from preo_mcp.api.operations import PREVIEW_IMPORT_ORDERS
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.tool import tool
from preo_mcp.tools.arguments import ImportId
from preo_mcp.tools.data_imports.stages import call_at_stage


class OrdersPreview(BaseModel):
    """A slice of the orders in a file, and how to get the next."""

    returned: int
    total: int
    offset: int
    next: str | None = Field(default=None, description="arguments that get what follows")
    order_metadata_keys: list[str]
    purchase_metadata_keys: list[str]
    orders: list[PreviewOrder]

    @classmethod
    def of(cls, preview: ImportPreview) -> "OrdersPreview":
        """Return Preo's preview as the tool shows it."""
        end = preview.offset + len(preview.orders)
        return cls(
            returned=len(preview.orders),
            total=preview.total,
            offset=preview.offset,
            next=f"offset={end}" if end < preview.total else None,
            order_metadata_keys=preview.order_metadata_keys,
            purchase_metadata_keys=preview.purchase_metadata_keys,
            orders=preview.orders,
        )

    def rest_after(self, field: str, kept: int) -> tuple[int, str] | None:
        """Return the offset behind `kept` orders."""
        return (kept, f"offset={self.offset + kept}") if field == "orders" and kept else None


@tool(PREVIEW_IMPORT_ORDERS)
async def preview_import_orders(
    preo: Preo,
    import_id: ImportId,
    limit: Annotated[int, Field(ge=1, le=PREVIEW_MAX_LIMIT)] = PREVIEW_DEFAULT_LIMIT,
    offset: Annotated[int, Field(ge=0, description="Orders to pass over.")] = 0,
) -> OrdersPreview:
    """Look at the orders as they were read from the file, before or after they are imported.

    Shows normalised phone numbers with the original and whether each is valid, line items and metadata.
    """
    query = PreviewQuery(limit=limit, offset=offset)
    return OrdersPreview.of(await call_at_stage(preo, PREVIEW_IMPORT_ORDERS, ImportPreview, import_id, query=query))
