"""A file becomes a data import: the first step of every way to one."""

from pydantic import MISSING

from preo_mcp.api.models.data_imports import CreateDataImportRequest, ImportStep
from preo_mcp.api.operations import CREATE_DATA_IMPORT
from preo_mcp.calls.preo import Preo
from preo_mcp.client.addresses import FileContent
from preo_mcp.files.sources import Source
from preo_mcp.tools.data_imports.stages import WORK_SECONDS


async def upload(
    preo: Preo, edition_id: str, source: Source, name: str | MISSING, default_country_code: str | MISSING
) -> ImportStep:
    """Return the new import of a file.

    Raises:
        PreoError: the file or the edition is refused, or the upload failed.
    """
    request = CreateDataImportRequest(
        edition_id=edition_id,
        data_file_base64="",
        data_file_name=source.name,
        name=name,
        default_country_code=default_country_code,
    )
    files = {"data_file_base64": FileContent(source.content)}
    return await preo.request(CREATE_DATA_IMPORT, ImportStep, body=request, files=files, timeout=WORK_SECONDS)
