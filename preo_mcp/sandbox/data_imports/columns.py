"""List, update and validate column mappings."""

import json
from collections.abc import Sequence
from typing import Any

from pydantic import MISSING

from preo_mcp.api.models.base import Page, PageQuery
from preo_mcp.api.models.data_imports import (
    METADATA_COLUMN_TYPES,
    ColumnMapping,
    ColumnMappingChange,
    ListDataImportsQuery,
    MappingValidation,
    Stage,
    UpdateColumnMappingsRequest,
)
from preo_mcp.api.operations import LIST_COLUMN_MAPPINGS, UPDATE_COLUMN_MAPPINGS, VALIDATE_COLUMN_MAPPINGS
from preo_mcp.sandbox.data_imports.bulk_changes import refuse_changes, rows_to_change
from preo_mcp.sandbox.data_imports.documents import Import, changeable, must_allow, must_be_idle, save, visible
from preo_mcp.sandbox.data_imports.mapping_rules import judge
from preo_mcp.sandbox.data_imports.parsed import forget_parsed
from preo_mcp.sandbox.lists import paged
from preo_mcp.sandbox.routing import B, Call, Endpoints, Nothing
from preo_mcp.sandbox.store import Doc, Store, dump

ENDPOINTS = Endpoints()

METADATA_KEY_MAX_LENGTH = 255
"""(inferred)"""


@ENDPOINTS.endpoint(LIST_COLUMN_MAPPINGS, returns=Page[ColumnMapping], query=ListDataImportsQuery, honoured=PageQuery)
async def list_column_mappings(call: Call[PageQuery, Nothing]) -> Doc:
    """List what the file's columns mean, in the order of the file; of the query only the page counts."""
    return _page(call, visible(call))


@ENDPOINTS.endpoint(
    UPDATE_COLUMN_MAPPINGS,
    returns=Page[ColumnMapping],
    query=ListDataImportsQuery,
    honoured=PageQuery,
    body=UpdateColumnMappingsRequest,
)
async def update_column_mappings(call: Call[PageQuery, UpdateColumnMappingsRequest]) -> Doc:
    """Change what columns mean, all or nothing. A call without any change changes nothing (inferred).

    After processing this clears what was parsed and the product mappings, and the import goes back a stage. A key stays
    while a column holds metadata and is dropped with that meaning.

    Raises:
        Problem: 400 by place in the list: an unknown id, one given twice, a key on what is not metadata.
    """
    found = changeable(call)
    must_allow(found, UPDATE_COLUMN_MAPPINGS)
    must_be_idle(found, UPDATE_COLUMN_MAPPINGS)
    stored = {row["id"]: row for row in column_mappings(call.store, found)}
    changed = _changed(stored, call.body.mappings)
    if changed:
        with call.store.transaction():
            call.store.db.executemany(
                "UPDATE column_mappings SET doc = ? WHERE id = ?", [(dump(doc), key) for key, doc in changed.items()]
            )
            job = forget_parsed(call.jobs, found)
            found.stage = Stage.NEEDS_COLUMN_MAPPING
            save(call.store, found)
        if job is not None:
            call.jobs.start(job)
    return _page(call, found)


@ENDPOINTS.endpoint(VALIDATE_COLUMN_MAPPINGS, returns=MappingValidation)
async def validate_column_mappings(call: Call[Nothing, Nothing]) -> Doc:
    """Tell whether the column mappings can be processed. Nothing changes, so every member may ask (inferred)."""
    found = visible(call)
    must_allow(found, VALIDATE_COLUMN_MAPPINGS)
    must_be_idle(found, VALIDATE_COLUMN_MAPPINGS)
    return judge(column_mappings(call.store, found))


def column_mappings(store: Store, found: Import) -> list[Doc]:
    """Return all column mappings of an import in the documented shape."""
    return _rows(store, found.id, -1, 0)


def _rows(store: Store, import_id: str, limit: int, offset: int) -> list[Doc]:
    rows = store.db.execute(
        "SELECT id, position, doc FROM column_mappings WHERE import_id = ? ORDER BY position LIMIT ? OFFSET ?",
        (import_id, limit, offset),
    )
    return [{"id": key, **json.loads(doc), "order": str(position)} for key, position, doc in rows.fetchall()]


def _page(call: Call[PageQuery, B], found: Import) -> Doc:
    count = len(found.doc["table"]["header"]) if found.doc["table"] else 0

    def fetch(limit: int, offset: int) -> Sequence[Doc]:
        return _rows(call.store, found.id, limit, offset)

    return paged(call.url, call.query, count, fetch)


def _changed(stored: dict[str, Doc], changes: Sequence[ColumnMappingChange]) -> dict[str, Doc]:
    """Return the new documents by id."""
    rows = rows_to_change(stored, [change.id for change in changes])
    problems = [_problem(change, row) for change, row in zip(changes, rows, strict=True)]
    refuse_changes(problems)
    return {row["id"]: _applied(change, row) for change, row in zip(changes, rows, strict=True)}


def _problem(change: ColumnMappingChange, row: Doc) -> dict[str, Any]:
    if change.metadata_key is MISSING or not (change.metadata_key or "").strip():
        return {}
    if _type_after(change, row) not in METADATA_COLUMN_TYPES:
        kinds = " and ".join(sorted(METADATA_COLUMN_TYPES))
        return {"metadata_key": [f"Only columns of the types {kinds} have a metadata_key."]}
    if len(change.metadata_key or "") > METADATA_KEY_MAX_LENGTH:
        return {"metadata_key": [f"Ensure this field has no more than {METADATA_KEY_MAX_LENGTH} characters."]}
    return {}


def _type_after(change: ColumnMappingChange, row: Doc) -> str | None:
    return row["column_type"] if change.column_type is MISSING else change.column_type


def _applied(change: ColumnMappingChange, row: Doc) -> Doc:
    kind = _type_after(change, row)
    key = row["metadata_key"] if change.metadata_key is MISSING else (change.metadata_key or "").strip() or None
    return {
        "column": row["column"],
        "column_type": kind,
        "metadata_key": key if kind in METADATA_COLUMN_TYPES else None,
    }
