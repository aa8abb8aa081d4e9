"""List, get, update and delete files."""

import json
from collections.abc import Sequence

from pydantic import MISSING
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route

from preo_mcp.api.models.files import (
    DeleteFileQuery,
    FileDetail,
    FileOrdering,
    FilesPage,
    ListFilesQuery,
    UpdateFileRequest,
)
from preo_mcp.api.operations import DELETE_FILE, GET_FILE, LIST_FILES, UPDATE_FILE
from preo_mcp.sandbox.files.documents import CONTENT_PATH, SHOWN_INLINE, content_path, represent, visible_file
from preo_mcp.sandbox.files.tags import available_tags, checked_tags, split, store_tags
from preo_mcp.sandbox.files.usages import Usages, forget
from preo_mcp.sandbox.lists import paged
from preo_mcp.sandbox.problems import Problem, not_found
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.store import Doc, Store
from preo_mcp.text.folding import folded

ENDPOINTS = Endpoints()

NO_CONTENT = 204


@ENDPOINTS.endpoint(LIST_FILES, returns=FilesPage, query=ListFilesQuery)
async def list_files(call: Call[ListFilesQuery, Nothing]) -> Doc:
    """List the files of the member's organizations, the newest first unless `ordering` says otherwise.

    `available_tags` are those of all files of the organizations asked for, whatever else is filtered (inferred).
    """
    store, query = call.store, call.query
    wanted = query.organization_id
    organizations = [one for one in call.member.organizations if wanted is MISSING or one == wanted]
    tags = available_tags(store, organizations)
    where, values = _conditions(query, organizations, tags)
    [(count,)] = store.db.execute(f"SELECT count(*) FROM files WHERE {where}", values).fetchall()  # noqa: S608 - values are bound

    def fetch(limit: int, offset: int) -> Sequence[Doc]:
        rows = store.db.execute(
            f"SELECT doc FROM files WHERE {where} ORDER BY {_order(query)} LIMIT ? OFFSET ?",  # noqa: S608 - values are bound
            [*values, limit, offset],
        )
        usages = Usages(store, organizations)
        return [represent(store, json.loads(doc), call.url, usages) for (doc,) in rows.fetchall()]

    return {**paged(call.url, query, count, fetch), "available_tags": tags}


@ENDPOINTS.endpoint(GET_FILE, returns=FileDetail)
async def get_file(call: Call[Nothing, Nothing]) -> Doc:
    """Return one file."""
    return represent(call.store, visible_file(call.store, call.member, call.path["id"]), call.url)


@ENDPOINTS.endpoint(UPDATE_FILE, returns=FileDetail, body=UpdateFileRequest)
async def update_file(call: Call[Nothing, UpdateFileRequest]) -> Doc:
    """Change texts and tags; what is absent stays. Managers and admins may (inferred)."""
    store = call.store
    doc = visible_file(store, call.member, call.path["id"])
    call.member.must_manage(doc["organization_id"])
    changes = call.body.model_dump()
    if "tags" in changes:
        changes["tags"] = checked_tags(changes["tags"])
    changed = {**doc, **changes, "updated_at": store.now()}
    with store.transaction():
        store.update("files", doc["api_id"], changed, updated_at=changed["updated_at"])
        store_tags(store, changed, changed["tags"])
    return represent(store, changed, call.url)


@ENDPOINTS.endpoint(DELETE_FILE, returns=Nothing, query=DeleteFileQuery, status=NO_CONTENT)
async def delete_file(call: Call[DeleteFileQuery, Nothing]) -> Doc:
    """Delete a file and its content. Managers and admins may (inferred).

    With `force` it is taken out of the editions and products that use it; e-mails keep an address that leads nowhere
    (inferred).

    Raises:
        Problem: 400 while it is in use and `force` is not set, with what uses it; 403 for a lesser role; 404.
    """
    store = call.store
    doc = visible_file(store, call.member, call.path["id"])
    call.member.must_manage(doc["organization_id"])
    used = represent(store, doc, call.url)["usages"]
    if used and not call.query.force:
        names = ", ".join(f"{one['type']} {one['name']} ({one['id']})" for one in used)
        detail = f"The file is in use by {names}. Delete it with force=true all the same, or take it out there first."
        raise Problem(400, {"detail": detail, "usages": used})
    with store.transaction():
        forget(store, doc["api_id"])
        store_tags(store, doc, [])
        store.db.execute("DELETE FROM files WHERE id = ?", (doc["api_id"],))
    content_path(store, doc["api_id"]).unlink(missing_ok=True)
    return {}


def _conditions(query: ListFilesQuery, organizations: Sequence[str], available: Sequence[str]) -> tuple[str, list[str]]:
    """Return the WHERE clause and its values."""
    clauses = [f"organization_id IN ({', '.join('?' * len(organizations))})"]
    values = list(organizations)
    if query.file_name is not MISSING:
        clauses.append("instr(file_name, ?)")
        values.append(folded(query.file_name))
    wanted: set[str] = set() if query.tags is MISSING else {folded(tag) for tag in split(query.tags)}
    if wanted:
        tags = [tag for tag in available if folded(tag) in wanted]
        marks = ", ".join("?" * len(tags))
        theirs = f"organization_id IN ({', '.join('?' * len(organizations))})"
        clauses.append(f"id IN (SELECT file_id FROM file_tags WHERE {theirs} AND tag IN ({marks}))")  # noqa: S608 - values are bound
        values += [*organizations, *tags]
    return " AND ".join(clauses), values


def _order(query: ListFilesQuery) -> str:
    orderings = [FileOrdering.CREATED_AT_DESC] if query.ordering is MISSING else query.ordering
    keys = [f"{ordering.lstrip('-')} {'DESC' if ordering.startswith('-') else 'ASC'}" for ordering in orderings]
    return ", ".join([*keys, "id"])


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
