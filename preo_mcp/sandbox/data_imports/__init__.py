"""The 14 operations of data imports, and the work that goes on in the background."""

from types import MappingProxyType

from preo_mcp.sandbox.data_imports import columns, create, external_orders, lists, preview, processing, products, start
from preo_mcp.sandbox.data_imports.external_orders import IMPORT_EXTERNAL, write_external_orders
from preo_mcp.sandbox.data_imports.extraction import EXTRACT_COLUMNS, extract_columns
from preo_mcp.sandbox.data_imports.lists import DOWNLOADS
from preo_mcp.sandbox.data_imports.parsed import PURGE_PARSE, purge_parse
from preo_mcp.sandbox.data_imports.processing import PARSE_IMPORT, parse_import
from preo_mcp.sandbox.data_imports.start import RUN_IMPORT, run_import
from preo_mcp.sandbox.data_imports.upload import remove_unfinished
from preo_mcp.sandbox.jobs import JobHandler
from preo_mcp.sandbox.routing import Endpoint

ENDPOINTS: tuple[Endpoint, ...] = (
    *lists.ENDPOINTS,
    *create.ENDPOINTS,
    *columns.ENDPOINTS,
    *processing.ENDPOINTS,
    *preview.ENDPOINTS,
    *products.ENDPOINTS,
    *start.ENDPOINTS,
    *external_orders.ENDPOINTS,
)
JOB_HANDLERS: MappingProxyType[str, JobHandler] = MappingProxyType(
    {
        EXTRACT_COLUMNS: extract_columns,
        PARSE_IMPORT: parse_import,
        RUN_IMPORT: run_import,
        PURGE_PARSE: purge_parse,
        IMPORT_EXTERNAL: write_external_orders,
    }
)
"""What does each kind of job."""

__all__ = ["DOWNLOADS", "ENDPOINTS", "JOB_HANDLERS", "remove_unfinished"]
