"""The meaning of a data import's columns and products: list, correct, check, process."""

from typing import Annotated, TypeVar

from pydantic import MISSING, Field

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
from preo_mcp.replies.listing import Listing
from preo_mcp.tools.arguments import PageNumber, PageSize
from preo_mcp.tools.data_imports.beside import without_skips
from preo_mcp.tools.data_imports.changed import ChangedColumns, ChangedProducts, changed_columns, changed_products
from preo_mcp.tools.data_imports.read_back import MAPPINGS_READ_BACK
from preo_mcp.tools.data_imports.running_facts import facts_of_product_mappings
from preo_mcp.tools.data_imports.stages import WORK_SECONDS, call_at_stage
from preo_mcp.tools.lists import ListOf

ColumnChanges = Annotated[list[ColumnMappingChange], Field(min_length=1, description="Only the columns to change.")]
ProductChanges = Annotated[
    list[ProductMappingChange],
    Field(
        min_length=1,
        description="Only those to change; product_id skip leaves one out, clear unassigns it.",
    ),
]

COLUMNS = ListOf(LIST_COLUMN_MAPPINGS, Page[ColumnMapping], searched=("column", "column_type", "metadata_key"))
PRODUCTS = ListOf(LIST_PRODUCT_MAPPINGS, Page[ProductMapping], searched=("product_name", "product_sku"))

R = TypeVar("R", ColumnMapping, ProductMapping)


@tool(LIST_COLUMN_MAPPINGS)
async def list_column_mappings(
    preo: Preo, import_id: str, search: str | MISSING = MISSING, page: PageNumber = 1, page_size: PageSize = 100
) -> Listing[ColumnMapping]:
    """Show what each column of an uploaded file was guessed or set to mean; the ids are for update_column_mappings."""
    return await _found(COLUMNS, preo, import_id, search, PageQuery(page=page, page_size=page_size))


@tool(UPDATE_COLUMN_MAPPINGS)
async def update_column_mappings(preo: Preo, import_id: str, mappings: ColumnChanges) -> ChangedColumns:
    """Set what columns of the file mean; customer_email, product_code and quantity are required once each.

    Metadata columns need a metadata_key. After processing, this discards what was parsed and goes back a stage.
    Answers what was changed, and the validation.
    """
    body = UpdateColumnMappingsRequest(mappings=mappings)
    page = await call_at_stage(preo, UPDATE_COLUMN_MAPPINGS, Page[ColumnMapping], import_id, body=body)
    return await changed_columns(preo, import_id, mappings, page)


@tool(VALIDATE_COLUMN_MAPPINGS)
async def validate_column_mappings(preo: Preo, import_id: str) -> MappingValidation:
    """Check whether the column mappings can be processed: errors stand in the way, warnings deserve a look."""
    return await call_at_stage(preo, VALIDATE_COLUMN_MAPPINGS, MappingValidation, import_id)


@tool(PROCESS_COLUMN_MAPPINGS)
async def process_column_mappings(preo: Preo, import_id: str) -> ImportStep:
    """Parse the whole file with its column mappings and list its distinct products; writes no orders.

    Products that the edition knows by code are mapped. Afterwards propose_product_mappings for the rest.
    """
    return await call_at_stage(preo, PROCESS_COLUMN_MAPPINGS, ImportStep, import_id, timeout=WORK_SECONDS)


@tool(LIST_PRODUCT_MAPPINGS)
async def list_product_mappings(
    preo: Preo, import_id: str, search: str | MISSING = MISSING, page: PageNumber = 1, page_size: PageSize = 100
) -> Listing[ProductMapping]:
    """Show the distinct products of a parsed file, their quantities, and what each stands for in the edition."""
    return await _found(PRODUCTS, preo, import_id, search, PageQuery(page=page, page_size=page_size))


@tool(UPDATE_PRODUCT_MAPPINGS, facts=facts_of_product_mappings, read_back=MAPPINGS_READ_BACK)
async def update_product_mappings(preo: Preo, import_id: str, mappings: ProductChanges) -> ChangedProducts:
    """Set which product and variant of the edition each product of the file stands for.

    propose_product_mappings suggests them. While the import runs, a change counts for orders not yet written.
    """
    body = UpdateProductMappingsRequest(mappings=without_skips(mappings))
    await call_at_stage(preo, UPDATE_PRODUCT_MAPPINGS, Page[ProductMapping], import_id, body=body)
    return await changed_products(preo, import_id, mappings)


async def _found(
    mappings: ListOf[R], preo: Preo, import_id: str, search: str | MISSING, query: PageQuery
) -> Listing[R]:
    async def read(asked: PageQuery) -> Page[R]:
        return await preo.request(mappings.operation, mappings.page, query=asked, id=import_id)

    return (await mappings.found_by(read, query, search=search)).listed(query)
