"""The job that finds the table in an uploaded file and guesses what its columns mean."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from anyio import to_thread

from preo_mcp.api.models.data_imports import ColumnType, Stage
from preo_mcp.files.spreadsheets import Table, UnreadableTable, open_table_async, sample
from preo_mcp.files.spreadsheets.columns import Guess, guess_columns, recognised_service
from preo_mcp.sandbox.data_imports.documents import Import, find, save
from preo_mcp.sandbox.data_imports.endings import fail, failing
from preo_mcp.sandbox.jobs import Jobs
from preo_mcp.sandbox.store import Doc, Store

EXTRACT_COLUMNS = "extract_columns"
MAPPING_PREFIX = "cmap"
SAMPLED_ROWS = 200
SURE_TO_IGNORE = 0.6
"""A column is only ignored on a guess at least this sure; below it, it is undecided."""


@failing
async def extract_columns(jobs: Jobs, subject: str) -> None:
    """Open the file of an uploaded import and write its column mappings; where there is no table the import fails."""
    store = jobs.store
    found = find(store, subject)
    if found is None or found.stage is not Stage.UPLOADED:
        return
    path = store.files / found.doc["file"]
    try:
        table = await open_table_async(path, found.doc["data_file_name"], table_folder(store, found))
        samples = await to_thread.run_sync(partial(sample, table, SAMPLED_ROWS))
    except UnreadableTable as exc:
        _settle(store, subject, partial(fail, store, message=str(exc)))
        return
    guesses = await to_thread.run_sync(guess_columns, table.header, samples)
    _settle(store, subject, partial(_take, store, table=table, guesses=guesses))


def table_folder(store: Store, found: Import) -> Path:
    """Return where a workbook's sheet is kept as text."""
    return store.files / f"{found.id}.table"


def stored_table(store: Store, table: Table) -> Doc:
    """Return a table as an import keeps it: with its path inside the store's folder, which may be moved."""
    return {**table.as_json(), "path": table.path.relative_to(store.files).as_posix()}


def opened_table(store: Store, stored: Doc) -> Table:
    """Return the table that `stored_table` made a document of."""
    return Table.from_json({**stored, "path": str(store.files / stored["path"])})


def _settle(store: Store, import_id: str, change: Callable[[Import], None]) -> None:
    """Change an import that is still uploaded: it may have been cancelled meanwhile."""
    with store.transaction():
        found = find(store, import_id)
        if found is not None and found.stage is Stage.UPLOADED:
            change(found)


def _take(store: Store, read: Import, *, table: Table, guesses: list[Guess]) -> None:
    read.doc["table"] = stored_table(store, table)
    read.stage = Stage.NEEDS_COLUMN_MAPPING
    read.service = recognised_service(table.header)
    for position, guess in enumerate(guesses):
        store.insert(
            "column_mappings",
            _mapping(guess),
            id=store.new_id(MAPPING_PREFIX),
            import_id=read.id,
            position=position,
        )
    save(store, read)


def _mapping(guess: Guess) -> Doc:
    undecided = guess.column_type is ColumnType.IGNORE and guess.confidence < SURE_TO_IGNORE
    return {
        "column": guess.column,
        "column_type": None if undecided else guess.column_type,
        "metadata_key": guess.metadata_key,
    }
