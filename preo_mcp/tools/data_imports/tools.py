"""Data imports as a whole: list, create, look, rename, cancel, start."""

from datetime import datetime
from typing import Annotated

from pydantic import MISSING, Field

from preo_mcp.api.models.base import Page
from preo_mcp.api.models.data_imports import (
    ChangedSettings,
    DataImport,
    DataImportSettings,
    ImportOrdering,
    ImportStep,
    ListDataImportsQuery,
    ListedDataImport,
    Stage,
    StartImportQuery,
)
from preo_mcp.api.models.external_orders import ExternalOrder, ExternalOrdersResult, ImportExternalOrdersRequest
from preo_mcp.api.operations import (
    CANCEL_DATA_IMPORT,
    CREATE_DATA_IMPORT,
    GET_DATA_IMPORT,
    IMPORT_EXTERNAL_ORDERS,
    LIST_DATA_IMPORTS,
    START_IMPORT,
    UPDATE_DATA_IMPORT,
)
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.tool import tool
from preo_mcp.files.sources import read_source
from preo_mcp.replies.listing import Listing
from preo_mcp.reports.cards import Report
from preo_mcp.tools.arguments import (
    CountryCode,
    CountryCodeOrEditions,
    EditionId,
    FileBase64,
    FileName,
    FilePath,
    FileText,
    ImportName,
    PageNumber,
    PageSize,
    ordered_by,
)
from preo_mcp.tools.data_imports.changed import SettingsOf, is_complete
from preo_mcp.tools.data_imports.external_facts import facts_of_external_orders
from preo_mcp.tools.data_imports.facts import facts_of_start
from preo_mcp.tools.data_imports.keeping_layouts import keep_layout
from preo_mcp.tools.data_imports.outcome import StartedImport
from preo_mcp.tools.data_imports.read_back import (
    EXTERNAL_ORDERS_READ_BACK,
    SETTINGS_READ_BACK,
    START_AFTERCARE,
    START_READ_BACK,
)
from preo_mcp.tools.data_imports.running_facts import facts_of_settings
from preo_mcp.tools.data_imports.stages import WORK_SECONDS, call_at_stage, get_import
from preo_mcp.tools.data_imports.uploading import upload
from preo_mcp.tools.edition_clocks import with_clocks_of
from preo_mcp.tools.lists import ListOf
from preo_mcp.tools.workflows.waiting import until_imported

Ordering = Annotated[list[ImportOrdering], ordered_by(ImportOrdering)]
IgnoreWarnings = Annotated[bool, Field(description="Start although products are unmapped; those are skipped.")]


LISTED = ListOf(LIST_DATA_IMPORTS, Page[ListedDataImport], searched=("name", "data_file_name", "id"))


@tool(LIST_DATA_IMPORTS)
async def list_data_imports(
    preo: Preo,
    edition_id: EditionId | MISSING = MISSING,
    stage: list[Stage] | MISSING = MISSING,
    search: str | MISSING = MISSING,
    service: Annotated[str, Field(description="Such as shopify.")] | MISSING = MISSING,
    created_after: datetime | MISSING = MISSING,
    created_before: datetime | MISSING = MISSING,
    include_cancelled: bool = False,  # noqa: FBT001, FBT002 - a tool's arguments are named
    ordering: Ordering | MISSING = MISSING,
    page: PageNumber = 1,
    page_size: PageSize = 25,
) -> Listing[ListedDataImport]:
    """Find data imports (uploaded order files), newest first, to continue one or see how it ended."""
    query = ListDataImportsQuery(
        edition_id=edition_id,
        service=service,
        created_after=created_after,
        created_before=created_before,
        include_cancelled=include_cancelled or (stage is not MISSING and Stage.CANCELLED in stage),
        ordering=ordering,
        page=page,
        page_size=page_size,
    )
    listed = await LISTED.find(preo, query, several={"stage": stage}, search=search)
    listed.results = [with_clocks_of(one.edition and one.edition.timezone, one) for one in listed.results]
    return listed


@tool(CREATE_DATA_IMPORT)
async def create_data_import(
    preo: Preo,
    edition_id: EditionId,
    file_path: FilePath | MISSING = MISSING,
    text: FileText | MISSING = MISSING,
    file_base64: FileBase64 | MISSING = MISSING,
    file_name: FileName | MISSING = MISSING,
    name: ImportName | MISSING = MISSING,
    default_country_code: CountryCode | MISSING = MISSING,
) -> ImportStep:
    """Upload a shop's order export (CSV or Excel) as a new data import; writes no orders.

    prepare_import does this and the steps after it. Give exactly one of file_path, text and file_base64.
    """
    source = await read_source(preo.settings, preo.backend.uploads, file_path, text, file_base64, file_name)
    return await upload(preo, edition_id, source, name, default_country_code)


@tool(GET_DATA_IMPORT, report=Report.IMPORT)
async def get_data_import(preo: Preo, import_id: str) -> DataImport:
    """Show one data import: its stage, and once its file is parsed how many customers, products and orders it holds."""
    found = await get_import(preo, import_id)
    await keep_layout(preo, found)
    if found.product_mappings_complete is False and await is_complete(preo, import_id):
        found = found.model_copy(update={"product_mappings_complete": True})
    return with_clocks_of(found.edition and found.edition.timezone, found)


@tool(UPDATE_DATA_IMPORT, facts=facts_of_settings, read_back=SETTINGS_READ_BACK)
async def update_data_import(
    preo: Preo,
    import_id: str,
    name: ImportName | MISSING = MISSING,
    default_country_code: CountryCodeOrEditions | MISSING = MISSING,
) -> SettingsOf:
    """Rename a data import, or change the country code that its phone numbers are read with.

    A new country code counts when the columns are processed, so set it before process_column_mappings.
    """
    settings = DataImportSettings(name=name, default_country_code=default_country_code)
    changed = await preo.request(UPDATE_DATA_IMPORT, ChangedSettings, body=settings, id=import_id)
    return SettingsOf(**dict(changed), import_id=import_id)


@tool(CANCEL_DATA_IMPORT)
async def cancel_data_import(preo: Preo, import_id: str) -> ImportStep:
    """Stop a data import for good, at any stage but completed and failed.

    Orders that a running import has written already stay. A cancelled import cannot be resumed.
    """
    return await call_at_stage(preo, CANCEL_DATA_IMPORT, ImportStep, import_id)


@tool(
    START_IMPORT,
    facts=facts_of_start,
    read_back=START_READ_BACK,
    aftercare=START_AFTERCARE,
    seconds=WORK_SECONDS,
    follow=until_imported,
)
async def start_import(
    preo: Preo,
    import_id: str,
    ignore_warnings: IgnoreWarnings = False,  # noqa: FBT002 - a tool's arguments are named
) -> StartedImport:
    """Write the orders of a prepared data import into its edition; a person is asked first, with the figures.

    Needs stage needs_product_mapping; preview_import_orders shows the orders before. Waits some seconds for the
    outcome; wait_for_import waits on.
    """
    query = StartImportQuery(ignore_warnings=ignore_warnings or await is_complete(preo, import_id) or False)
    return await call_at_stage(preo, START_IMPORT, StartedImport, import_id, query=query, timeout=WORK_SECONDS)


Orders = Annotated[list[ExternalOrder], Field(min_length=1, description="Prices per unit in the edition's currency.")]


@tool(IMPORT_EXTERNAL_ORDERS, facts=facts_of_external_orders, read_back=EXTERNAL_ORDERS_READ_BACK)
async def import_external_orders(preo: Preo, edition_id: EditionId, orders: Orders) -> ExternalOrdersResult:
    """Queue a few orders of another system for an edition, given one by one; a person is asked first.

    Orders whose order_id is known already are skipped and reported. For a file use prepare_import. Needs the role
    manager or admin.
    """
    request = ImportExternalOrdersRequest(edition_id=edition_id, orders=orders)
    return await preo.request(IMPORT_EXTERNAL_ORDERS, ExternalOrdersResult, body=request)
