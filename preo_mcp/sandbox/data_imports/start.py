"""Start import process: the endpoint, and the job that writes the orders."""

from preo_mcp.api.models.data_imports import DataImport, Stage, StartImportQuery
from preo_mcp.api.operations import START_IMPORT
from preo_mcp.sandbox.data_imports.documents import Import, changeable, find, must_allow, represent, save
from preo_mcp.sandbox.data_imports.endings import complete, failing
from preo_mcp.sandbox.data_imports.running import NOTHING_IMPORTED, Run
from preo_mcp.sandbox.data_imports.warming import readers_loaded
from preo_mcp.sandbox.jobs import Jobs
from preo_mcp.sandbox.problems import Problem, invalid
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.segments.runs import keep_messages_ready
from preo_mcp.sandbox.slices import in_slices
from preo_mcp.sandbox.store import Doc, Store

ENDPOINTS = Endpoints()

RUN_IMPORT = "run_import"
NAMED_PRODUCTS = 5


@ENDPOINTS.endpoint(START_IMPORT, returns=DataImport, query=StartImportQuery)
async def start_import(call: Call[StartImportQuery, Nothing]) -> Doc:
    """Begin to write the orders, in the background.

    With `ignore_warnings` unmapped products are left out; without any mapped product there is nothing to import
    (inferred).

    Raises:
        Problem: 400 that names the unmapped products.
    """
    found = changeable(call)
    must_allow(found, START_IMPORT)
    _must_be_mapped(call.store, found, ignore=call.query.ignore_warnings)
    with call.store.transaction():
        found.stage = Stage.IMPORTING
        found.doc |= {
            "cursor": 0,
            "import_result": dict(NOTHING_IMPORTED),
            "progress": {"done": 0, "total": found.doc["parsed"]["orders_total"]},
        }
        save(call.store, found)
        job = call.jobs.add(RUN_IMPORT, found.id)
    call.jobs.start(job)
    return represent(call.store, found, call.url)


@failing
async def run_import(jobs: Jobs, subject: str) -> None:
    """Write the orders of an import, from where it stopped; a cancelled one stops, and what is written stays."""
    store = jobs.store
    found = find(store, subject)
    if found is None or found.stage is not Stage.IMPORTING:
        return
    await readers_loaded()
    run = Run(store, found)
    if not await in_slices(store, run.orders(), run.write, begin=run.begin_slice, end=run.end_slice):
        return
    with store.transaction():
        found = find(store, subject)
        if found is None or found.stage is not Stage.IMPORTING:
            return
        complete(store, found)
        following = keep_messages_ready(jobs)  # many new customers: the next segment finds them ready
    for job in following:
        jobs.start(job)


def _must_be_mapped(store: Store, found: Import, *, ignore: bool) -> None:
    parse_id = found.doc["parse_id"]
    [(unmapped,)] = store.db.execute(
        "SELECT count(*) FROM product_mappings WHERE parse_id = ? AND product_id IS NULL", (parse_id,)
    ).fetchall()
    if unmapped == found.doc["parsed"]["products_total"]:
        raise invalid(product_mappings="No product of the file is mapped to a product: there is nothing to import.")
    if unmapped and not ignore:
        rows = store.db.execute(
            "SELECT sku FROM product_mappings WHERE parse_id = ? AND product_id IS NULL ORDER BY position LIMIT ?",
            (parse_id, NAMED_PRODUCTS),
        )
        skus = [sku for (sku,) in rows.fetchall()]
        more = f" and {unmapped - len(skus)} more" if unmapped > len(skus) else ""
        message = (
            f"{unmapped} of {found.doc['parsed']['products_total']} products are not mapped: "
            f"{', '.join(skus)}{more}. Map them, or start with ignore_warnings=true to skip them."
        )
        raise Problem(400, {"product_mappings": [message], "unmapped_count": unmapped, "unmapped_skus": skus})
