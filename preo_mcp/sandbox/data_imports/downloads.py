"""Downloading an uploaded file again, from the address that an import shows as `data_file_url`."""

from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route

from preo_mcp.sandbox.data_imports.documents import FILE_PATH, visible_to
from preo_mcp.sandbox.members import authenticate
from preo_mcp.sandbox.store import Store


async def _download(request: Request) -> FileResponse:
    """Answer with the file, to whom the import is visible: it may hold customers."""
    store: Store = request.app.state.store
    member = authenticate(store, request.headers.get("authorization"))
    found = visible_to(store, member, request.path_params["id"])
    return FileResponse(
        store.files / found.doc["file"],
        media_type="application/octet-stream",
        filename=found.doc["data_file_name"],
    )


DOWNLOADS = (Route(FILE_PATH, _download),)
