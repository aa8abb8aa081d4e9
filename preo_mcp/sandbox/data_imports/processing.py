"""Process column mappings: the endpoint, and the job that parses the file into orders and products."""

from collections.abc import Iterator
from functools import partial

from anyio import to_thread

from preo_mcp.api.models.data_imports import DataImport, Stage
from preo_mcp.api.operations import PROCESS_COLUMN_MAPPINGS
from preo_mcp.files.spreadsheets import Row, Table, UnreadableTable, blocks, sample
from preo_mcp.sandbox.data_imports.columns import column_mappings
from preo_mcp.sandbox.data_imports.documents import (
    Import,
    changeable,
    edition_of,
    find,
    must_allow,
    must_be_idle,
    represent,
    save,
)
from preo_mcp.sandbox.data_imports.endings import fail, failing
from preo_mcp.sandbox.data_imports.extraction import SAMPLED_ROWS, opened_table
from preo_mcp.sandbox.data_imports.grouping import Grouping
from preo_mcp.sandbox.data_imports.layout import Layout
from preo_mcp.sandbox.data_imports.mapping_rules import judge
from preo_mcp.sandbox.data_imports.parsed import PURGE_PARSE, new_parse_id, parse_under_way
from preo_mcp.sandbox.jobs import Jobs
from preo_mcp.sandbox.money import decimals
from preo_mcp.sandbox.problems import Problem
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.slices import in_slices
from preo_mcp.sandbox.store import Doc, Store

ENDPOINTS = Endpoints()

PARSE_IMPORT = "parse_import"


@ENDPOINTS.endpoint(PROCESS_COLUMN_MAPPINGS, returns=DataImport)
async def process_column_mappings(call: Call[Nothing, Nothing]) -> Doc:
    """Parse the file by its column mappings and wait until that is done.

    A caller that stops waiting stops nothing: the import shows `processing` until it moves on.

    Raises:
        Problem: 400 with the errors of Validate column mappings where there are any.
    """
    found = changeable(call)
    must_allow(found, PROCESS_COLUMN_MAPPINGS)
    must_be_idle(found, PROCESS_COLUMN_MAPPINGS)
    verdict = judge(column_mappings(call.store, found))
    if not verdict["valid"]:
        raise Problem(400, verdict["errors"])
    with call.store.transaction():
        _begin_anew(call.store, found)
        save(call.store, found)
        job = call.jobs.add(PARSE_IMPORT, found.id)
    call.jobs.start(job)
    await call.jobs.finished(job)
    return represent(call.store, find(call.store, found.id) or found, call.url)


@failing
async def parse_import(jobs: Jobs, subject: str) -> None:
    """Parse a file from its beginning under a new number; what an interrupted try wrote is deleted by another job."""
    store = jobs.store
    begun = _take_up(jobs, subject)
    if begun is None:
        return
    table = opened_table(store, begun.doc["table"])
    try:
        samples = await to_thread.run_sync(partial(sample, table, SAMPLED_ROWS))
        minor_units = decimals(edition_of(store, begun)["currency"])
        layout = Layout.of(column_mappings(store, begun), samples, minor_units)
        parse = _Parse(store, begun, table, layout)
        done = await in_slices(store, parse.rows(), parse.grouping.add, begin=parse.is_wanted, end=parse.end_slice)
    except UnreadableTable as exc:
        _fail(store, subject, begun, str(exc))
        return
    if done:
        _finish(store, subject, parse)


class _Parse:
    """A run through the file."""

    def __init__(self, store: Store, begun: Import, table: Table, layout: Layout) -> None:
        self.id: int = begun.doc["processing"]["parse_id"]
        self.grouping = Grouping(store, edition_of(store, begun), self.id, layout)
        self._store = store
        self._import_id = begun.id
        self._table = table
        self._offset = 0

    def rows(self) -> Iterator[Row]:
        """Yield the file's rows and note how far they were read."""
        for block in blocks(self._table):
            yield from block.rows
            self._offset = block.next.offset

    def is_wanted(self) -> bool:
        """Whether the import still waits for this run."""
        return _wanted(self._store, self._import_id, self.id) is not None

    def end_slice(self) -> None:
        """Write what the slice collected, and the progress in bytes of the file."""
        self.grouping.flush()
        if found := find(self._store, self._import_id):
            found.doc["progress"] = {"done": self._offset, "total": self._table.size}
            save(self._store, found, touch=False)


def _wanted(store: Store, import_id: str, parse_id: int) -> Import | None:
    """Return the import if it is being processed under this number: it may have been cancelled."""
    found = find(store, import_id)
    if found is None or found.stage is not Stage.NEEDS_COLUMN_MAPPING:
        return None
    return found if parse_under_way(found) == parse_id else None


def _begin_anew(store: Store, found: Import) -> None:
    found.doc["processing"] = {"parse_id": new_parse_id(store), "taken_up": False}
    found.doc["progress"] = {"done": 0, "total": found.doc["table"]["size"]}


def _take_up(jobs: Jobs, import_id: str) -> Import | None:
    """Begin, under a new number where an earlier try was interrupted; return None where nothing is to be processed."""
    store, purge = jobs.store, None
    with store.transaction():
        found = find(store, import_id)
        if found is None or found.stage is not Stage.NEEDS_COLUMN_MAPPING or not found.doc["processing"]:
            return None
        if found.doc["processing"]["taken_up"]:
            purge = jobs.add(PURGE_PARSE, str(found.doc["processing"]["parse_id"]))
            _begin_anew(store, found)
        found.doc["processing"]["taken_up"] = True
        save(store, found, touch=False)
    if purge is not None:
        jobs.start(purge)
    return found


def _finish(store: Store, import_id: str, parse: _Parse) -> None:
    with store.transaction():
        found = _wanted(store, import_id, parse.id)
        if found is None:
            return
        grouping = parse.grouping
        found.stage = Stage.NEEDS_PRODUCT_MAPPING
        found.doc |= {
            "parse_id": parse.id,
            "parsed": grouping.parsed_data(),
            "order_metadata_keys": sorted(grouping.order_metadata_keys),
            "purchase_metadata_keys": sorted(grouping.purchase_metadata_keys),
            "row_problems": grouping.problems.as_doc(),
            "cursor": 0,
            "processing": None,
            "progress": None,
        }
        save(store, found)


def _fail(store: Store, import_id: str, begun: Import, message: str) -> None:
    with store.transaction():
        if found := _wanted(store, import_id, begun.doc["processing"]["parse_id"]):
            fail(store, found, message)
