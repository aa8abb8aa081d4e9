"""List, get, update and cancel data imports."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import MISSING
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route

from preo_mcp.api.models.base import Page
from preo_mcp.api.models.data_imports import DataImport, DataImportSettings, ImportOrdering, ListDataImportsQuery, Stage
from preo_mcp.api.operations import CANCEL_DATA_IMPORT, GET_DATA_IMPORT, LIST_DATA_IMPORTS, UPDATE_DATA_IMPORT
from preo_mcp.sandbox.data_imports.documents import (
    COLUMNS,
    FILE_PATH,
    changeable,
    check_country_code,
    from_row,
    must_allow,
    represent,
    save,
    visible,
    visible_to,
)
from preo_mcp.sandbox.data_imports.parsed import forget_parsed
from preo_mcp.sandbox.lists import paged, sql_order, stored_time
from preo_mcp.sandbox.members import authenticate
from preo_mcp.sandbox.problems import invalid
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.store import Doc, Store

ENDPOINTS = Endpoints()

STAGE_POSITION = "CASE stage " + " ".join(f"WHEN '{stage}' THEN {at}" for at, stage in enumerate(Stage)) + " END"
SORT_COLUMNS = {"stage": STAGE_POSITION}


@ENDPOINTS.endpoint(LIST_DATA_IMPORTS, returns=Page[DataImport], query=ListDataImportsQuery)
async def list_data_imports(call: Call[ListDataImportsQuery, Nothing]) -> Doc:
    """List the imports of the member's organizations, the newest first unless `ordering` says otherwise.

    Cancelled ones are left out unless `include_cancelled` or `stage=cancelled` asks for them (the latter inferred). An
    edition that the member cannot see has no imports here.
    """
    where, values = _conditions(call.query, call.member.organizations)
    [(count,)] = call.store.db.execute(f"SELECT count(*) FROM data_imports WHERE {where}", values).fetchall()  # noqa: S608 - values are bound

    def fetch(limit: int, offset: int) -> Sequence[Doc]:
        rows = call.store.db.execute(
            f"SELECT {COLUMNS} FROM data_imports WHERE {where} ORDER BY {_order(call.query)} LIMIT ? OFFSET ?",  # noqa: S608 - values are bound
            [*values, limit, offset],
        )
        return [represent(call.store, from_row(row), call.url) for row in rows.fetchall()]

    return paged(call.url, call.query, count, fetch)


@ENDPOINTS.endpoint(GET_DATA_IMPORT, returns=DataImport)
async def get_data_import(call: Call[Nothing, Nothing]) -> Doc:
    """Return one import."""
    return represent(call.store, visible(call), call.url)


@ENDPOINTS.endpoint(UPDATE_DATA_IMPORT, returns=DataImportSettings, body=DataImportSettings)
async def update_data_import(call: Call[Nothing, DataImportSettings]) -> Doc:
    """Change name and country code, in any stage (inferred); what is absent stays.

    Numbers are normalised when they are shown or imported, so a new country code counts for those not yet imported.
    """
    found, wanted = changeable(call), call.body
    if wanted.name is not MISSING and not wanted.name.strip():
        raise invalid(name="This field may not be blank.")
    if wanted.default_country_code is not MISSING:
        found.doc["default_country_code"] = check_country_code(wanted.default_country_code)
    if wanted.name is not MISSING:
        found.doc["name"] = wanted.name.strip()
    with call.store.transaction():
        save(call.store, found)
    return {"name": found.doc["name"], "default_country_code": found.doc["default_country_code"]}


@ENDPOINTS.endpoint(CANCEL_DATA_IMPORT, returns=DataImport)
async def cancel_data_import(call: Call[Nothing, Nothing]) -> Doc:
    """Cancel an import. Orders that it has written by then stay (inferred)."""
    found = changeable(call)
    must_allow(found, CANCEL_DATA_IMPORT)
    with call.store.transaction():
        job = forget_parsed(call.jobs, found)
        found.stage = Stage.CANCELLED
        found.doc["processing"] = found.doc["progress"] = None
        save(call.store, found)
    if job is not None:
        call.jobs.start(job)
    return represent(call.store, found, call.url)


def _conditions(query: ListDataImportsQuery, organizations: Sequence[str]) -> tuple[str, list[str]]:
    """Return the WHERE clause and its values."""
    clauses = [f"organization_id IN ({', '.join('?' * len(organizations))})"]
    values = list(organizations)
    equal = {"edition_id": query.edition_id, "service": query.service, "stage": query.stage}
    bounds = {"created >= ?": query.created_after, "created <= ?": query.created_before}
    for column, value in equal.items():
        if isinstance(value, str):
            clauses.append(f"{column} = ?")
            values.append(value)
    for clause, moment in bounds.items():
        if isinstance(moment, datetime):
            clauses.append(clause)
            values.append(stored_time(moment))
    if not query.include_cancelled and query.stage is not Stage.CANCELLED:
        clauses.append("stage <> ?")
        values.append(Stage.CANCELLED)
    return " AND ".join(clauses), values


def _order(query: ListDataImportsQuery) -> str:
    orderings = [ImportOrdering.CREATED_DESC] if query.ordering is MISSING else query.ordering
    return sql_order(orderings, SORT_COLUMNS)


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
