"""Serving a file's content from its `file_url`, so that nothing in it can act in the browser that shows it."""

import json

from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route

from preo_mcp.sandbox.files.content import SHOWN_INLINE
from preo_mcp.sandbox.files.documents import CONTENT_PATH, content_path
from preo_mcp.sandbox.problems import not_found
from preo_mcp.sandbox.store import Store


async def _content(request: Request) -> FileResponse:
    """Answer with the file whose address this is; no token is asked for."""
    store: Store = request.app.state.store
    row = store.db.execute("SELECT doc FROM files WHERE key = ?", (request.path_params["key"],)).fetchone()
    if row is None:
        raise not_found("File")
    doc = json.loads(row[0])
    path = content_path(store, doc["api_id"])
    if request.path_params["file_name"] != doc["file_name"] or not path.is_file():
        raise not_found("File")
    kind = doc["content_type"]
    return FileResponse(
        path,
        media_type=kind,
        filename=doc["file_name"],
        content_disposition_type="inline" if kind in SHOWN_INLINE else "attachment",
        headers={"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"},
    )


DOWNLOADS = (Route(CONTENT_PATH, _content),)
