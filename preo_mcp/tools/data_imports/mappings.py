"""The meaning of a data import's columns and products: list, correct, check, process."""

from typing import Annotated

from pydantic import Field

from preo_mcp.api.models.base import Page, PageQuery
from preo_mcp.api.models.data_imports import (
    ColumnMapping,
    ColumnMappingChange,
    ImportStep,
    MappingValidation,
    ProductMapping,
    ProductMappingChange,
    UpdateColumnMappingsRequest,
    UpdateProductMappingsRequest,
)
from preo_mcp.api.operations import (
    LIST_COLUMN_MAPPINGS,
    LIST_PRODUCT_MAPPINGS,
    PROCESS_COLUMN_MAPPINGS,
    UPDATE_COLUMN_MAPPINGS,
    UPDATE_PRODUCT_MAPPINGS,
    VALIDATE_COLUMN_MAPPINGS,
)
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.tool import tool
from preo_mcp.replies.listing import Listing, listing
from preo_mcp.tools.arguments import ImportId, PageNumber, PageSize
from preo_mcp.tools.data_imports.beside import without_skips
from preo_mcp.tools.data_imports.changed import ChangedColumns, ChangedProducts, changed_columns, changed_products
from preo_mcp.tools.data_imports.read_back import MAPPINGS_READ_BACK
from preo_mcp.tools.data_imports.running_facts import facts_of_product_mappings
from preo_mcp.tools.data_imports.stages import WORK_SECONDS, call_at_stage

ColumnChanges = Annotated[list[ColumnMappingChange], Field(min_length=1, description="Only the columns to change.")]
ProductChanges = Annotated[
    list[ProductMappingChange],
    Field(
        min_length=1,
        description="Only those to change; product_id skip leaves one out, clear unassigns it.",
    ),
]


@tool(LIST_COLUMN_MAPPINGS)
async def list_column_mappings(
    preo: Preo, import_id: ImportId, page: PageNumber = 1, page_size: PageSize = 100
) -> Listing[ColumnMapping]:
    """Show what each column of an uploaded file was guessed or set to mean; the ids are for update_column_mappings."""
    query = PageQuery(page=page, page_size=page_size)
    return listing(await preo.request(LIST_COLUMN_MAPPINGS, Page[ColumnMapping], query=query, id=import_id), query)


@tool(UPDATE_COLUMN_MAPPINGS)
async def update_column_mappings(preo: Preo, import_id: ImportId, mappings: ColumnChanges) -> ChangedColumns:
    """Set what columns of the file mean; customer_email, product_code and quantity are required once each.

    Metadata columns need a metadata_key. After processing, this discards what was parsed and goes back a stage.
    Answers what was changed, and the validation.
    """
    body = UpdateColumnMappingsRequest(mappings=mappings)
    page = await call_at_stage(preo, UPDATE_COLUMN_MAPPINGS, Page[ColumnMapping], import_id, body=body)
    return await changed_columns(preo, import_id, mappings, page)


@tool(VALIDATE_COLUMN_MAPPINGS)
async def validate_column_mappings(preo: Preo, import_id: ImportId) -> MappingValidation:
    """Check whether the column mappings can be processed: errors stand in the way, warnings deserve a look."""
    return await call_at_stage(preo, VALIDATE_COLUMN_MAPPINGS, MappingValidation, import_id)


@tool(PROCESS_COLUMN_MAPPINGS)
async def process_column_mappings(preo: Preo, import_id: ImportId) -> ImportStep:
    """Parse the whole file with its column mappings and list its distinct products; writes no orders.

    Products that the edition knows by code are mapped. Afterwards propose_product_mappings for the rest.
    """
    return await call_at_stage(preo, PROCESS_COLUMN_MAPPINGS, ImportStep, import_id, timeout=WORK_SECONDS)


@tool(LIST_PRODUCT_MAPPINGS)
async def list_product_mappings(
    preo: Preo, import_id: ImportId, page: PageNumber = 1, page_size: PageSize = 100
) -> Listing[ProductMapping]:
    """Show the distinct products of a parsed file, their quantities, and what each stands for in the edition."""
    query = PageQuery(page=page, page_size=page_size)
    return listing(await preo.request(LIST_PRODUCT_MAPPINGS, Page[ProductMapping], query=query, id=import_id), query)


@tool(UPDATE_PRODUCT_MAPPINGS, facts=facts_of_product_mappings, read_back=MAPPINGS_READ_BACK)
async def update_product_mappings(preo: Preo, import_id: ImportId, mappings: ProductChanges) -> ChangedProducts:
    """Set which product and variant of the edition each product of the file stands for.

    propose_product_mappings suggests them. While the import runs, a change counts for orders not yet written.
    """
    body = UpdateProductMappingsRequest(mappings=without_skips(mappings))
    await call_at_stage(preo, UPDATE_PRODUCT_MAPPINGS, Page[ProductMapping], import_id, body=body)
    return await changed_products(preo, import_id, mappings)
