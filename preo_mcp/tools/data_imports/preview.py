"""The orders of a file as they were read, a slice at a time; or only those with which something is wrong."""

from collections.abc import Iterator
from typing import Annotated, Final

from pydantic import BaseModel, Field

from preo_mcp.api.models.data_imports import (
    PREVIEW_DEFAULT_LIMIT,
    PREVIEW_MAX_LIMIT,
    ImportPreview,
    PreviewOrder,
    PreviewQuery,
    RowProblems,
)
from preo_mcp.api.operations import PREVIEW_IMPORT_ORDERS
from preo_mcp.calls.preo import Preo, together
from preo_mcp.calls.tool import tool
from preo_mcp.tools.data_imports.beside import skipped_of
from preo_mcp.tools.data_imports.changed import open_products
from preo_mcp.tools.data_imports.facts import all_product_mappings
from preo_mcp.tools.data_imports.stages import call_at_stage, get_import

MOST_READ: Final = 20 * PREVIEW_MAX_LIMIT
"""Orders that are looked through for problems."""


class ShownOrder(PreviewOrder):
    """An order as it was read, and what is wrong with it, where that was asked for."""

    problems: list[str] | None = None


class OrdersPreview(BaseModel):
    """A slice of the orders in a file, and how to get the next."""

    returned: int
    total: int
    offset: int
    next: str | None = Field(default=None, description="arguments that get what follows")
    looked_through: str | None = None
    row_problems: RowProblems | None = Field(default=None, description="rows of the uploaded table that are no part")
    order_metadata_keys: list[str]
    purchase_metadata_keys: list[str]
    orders: list[ShownOrder]

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
            orders=[ShownOrder(**dict(order)) for order in preview.orders],
        )

    def rest_after(self, field: str, kept: int) -> tuple[int, str] | None:
        """Return the offset behind `kept` orders."""
        same = ", only_problems=true" if self.looked_through else ""
        return (kept, f"offset={self.offset + kept}{same}") if field == "orders" and kept else None


@tool(PREVIEW_IMPORT_ORDERS)
async def preview_import_orders(
    preo: Preo,
    import_id: str,
    limit: Annotated[int, Field(ge=1, le=PREVIEW_MAX_LIMIT)] = PREVIEW_DEFAULT_LIMIT,
    offset: Annotated[int, Field(ge=0, description="Orders to pass over.")] = 0,
    only_problems: bool = False,  # noqa: FBT001, FBT002 - a tool's arguments are named
) -> OrdersPreview:
    """Look at the orders as they were read from the file, or only at those with problems, before or after the import.

    Shows normalised phone numbers with the original and whether each is valid, line items and metadata.
    """
    if only_problems:
        return await _problems(preo, import_id, limit, offset)
    return OrdersPreview.of(await _read(preo, import_id, limit, offset))


async def _read(preo: Preo, import_id: str, limit: int, offset: int) -> ImportPreview:
    query = PreviewQuery(limit=limit, offset=offset)
    return await call_at_stage(preo, PREVIEW_IMPORT_ORDERS, ImportPreview, import_id, query=query)


async def _problems(preo: Preo, import_id: str, limit: int, offset: int) -> OrdersPreview:
    """Look through all orders, and return a slice of those with which something is wrong."""
    first = await _read(preo, import_id, PREVIEW_MAX_LIMIT, 0)
    starts = range(PREVIEW_MAX_LIMIT, min(first.total, MOST_READ), PREVIEW_MAX_LIMIT)
    found, mappings, others = await together(
        get_import(preo, import_id),
        all_product_mappings(preo, import_id),
        together(*(_read(preo, import_id, PREVIEW_MAX_LIMIT, start) for start in starts)),
    )
    skipped = await skipped_of(preo.backend).get(import_id) or frozenset[str]()
    unmapped = frozenset(one.product_sku or "" for one in open_products(mappings, skipped))
    orders = [order for preview in (first, *others) for order in preview.orders]
    wrong = [
        ShownOrder(**dict(order), problems=problems) for order in orders if (problems := list(_of(order, unmapped)))
    ]
    shown = wrong[offset : offset + limit]
    return OrdersPreview(
        returned=len(shown),
        total=len(wrong),
        offset=offset,
        next=f"offset={offset + limit}, only_problems=true" if offset + limit < len(wrong) else None,
        looked_through=f"{len(orders)} of {first.total} orders",
        row_problems=found.row_problems,
        order_metadata_keys=first.order_metadata_keys,
        purchase_metadata_keys=first.purchase_metadata_keys,
        orders=shown,
    )


def _of(order: PreviewOrder, unmapped: frozenset[str]) -> Iterator[str]:
    """Yield what is wrong with an order."""
    if not order.email:
        yield "no e-mail address"
    if order.phone_number_original and order.phone_number_valid is False:
        yield "the phone number is none; for a number without its country, the country code may be missing"
    if not order.products:
        yield "no products"
    for sku in dict.fromkeys(line.product_sku or "" for line in order.products):
        if sku in unmapped:
            yield f"{sku} stands for no product of the edition"
    if any((line.quantity or 0) < 1 for line in order.products):
        yield "no quantity"
