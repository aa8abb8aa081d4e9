"""Data imports to read."""

from preo_mcp.models.data_imports import DataImport
from preo_mcp.preo import Preo
from preo_mcp.tools.import_stages import get_import


async def read_data_import(preo: Preo, import_id: str) -> DataImport:
    """Return a data import as it stands now."""
    return await get_import(preo, import_id)
