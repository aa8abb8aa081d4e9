"""Uploading a file as a new data import."""

import base64

from pydantic import MISSING

from preo_mcp.models.data_imports import CreateDataImportRequest, ImportStep
from preo_mcp.operations import CREATE_DATA_IMPORT
from preo_mcp.preo import Preo
from preo_mcp.sources import Source
from preo_mcp.tools.import_stages import WORK_SECONDS


async def upload(
    preo: Preo, edition_id: str, source: Source, name: str | MISSING, default_country_code: str | MISSING
) -> ImportStep:
    """Return the new import of a file.

    Raises:
        PreoError: the file or the edition is refused, or the upload failed.
    """
    request = CreateDataImportRequest(
        edition_id=edition_id,
        data_file_base64=base64.b64encode(source.content).decode(),
        data_file_name=source.name,
        name=name,
        default_country_code=default_country_code,
    )
    return await preo.call(CREATE_DATA_IMPORT, ImportStep, body=request, timeout=WORK_SECONDS)
