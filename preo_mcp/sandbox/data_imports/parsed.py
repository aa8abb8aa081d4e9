"""What a file was parsed into: rows under a `parse_id` of their own, all forgotten at once with that number.

The rows of a number that no import has any longer are deleted by a job, a few at a time.
"""

from anyio.lowlevel import checkpoint

from preo_mcp.sandbox.data_imports.documents import Import
from preo_mcp.sandbox.jobs import Jobs
from preo_mcp.sandbox.store import Doc, Store

PURGE_PARSE = "purge_parse"
PARSE_KEYS = {"product_mappings": "position", "import_orders": "position", "import_customers": "email"}
"""The tables of parsed rows, and what tells the rows of one parse apart."""
PURGED_AT_ONCE = 500
NOTHING_PARSED: Doc = {
    "parse_id": None,
    "parsed": None,
    "order_metadata_keys": [],
    "purchase_metadata_keys": [],
    "row_problems": None,
    "cursor": 0,
}
"""What an import's document says before its file is parsed."""


def new_parse_id(store: Store) -> int:
    """Return a number under which nothing is parsed yet; call it inside a transaction."""
    [(number,)] = store.db.execute(
        "INSERT INTO counters VALUES ('parse', 1) ON CONFLICT DO UPDATE SET value = value + 1 RETURNING value"
    ).fetchall()
    return number


def forget_parsed(jobs: Jobs, found: Import) -> int | None:
    """Take everything parsed from an import, at once; call it inside a transaction and save the import after it.

    Returns:
        The job that deletes the rows, to be started after the transaction; None where nothing was parsed.
    """
    parse_id = found.doc["parse_id"] or parse_under_way(found)
    found.doc.update(NOTHING_PARSED)
    return None if parse_id is None else jobs.add(PURGE_PARSE, str(parse_id))


def parse_under_way(found: Import) -> int | None:
    """Return the number under which the import is being processed, None when it is not."""
    processing: Doc | None = found.doc["processing"]
    return processing["parse_id"] if processing else None


async def purge_parse(jobs: Jobs, subject: str) -> None:
    """Delete the rows of a parse."""
    for table, key in PARSE_KEYS.items():
        statement = (
            f"DELETE FROM {table} WHERE parse_id = :parse AND {key} IN "  # noqa: S608 - our own names
            f"(SELECT {key} FROM {table} WHERE parse_id = :parse LIMIT {PURGED_AT_ONCE})"
        )
        while jobs.store.db.execute(statement, {"parse": int(subject)}).rowcount:
            await checkpoint()
