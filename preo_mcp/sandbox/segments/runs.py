"""What surrounds a calculation: giving up results, removing their rows, and making messages before they are needed."""

from typing import Final

from preo_mcp.api.models.segments import SegmentStatus
from preo_mcp.sandbox.importing.warming import readers_loaded
from preo_mcp.sandbox.jobs import Jobs
from preo_mcp.sandbox.segments.conditions import NoEngineError, engine_ready
from preo_mcp.sandbox.segments.documents import NOT_CALCULATED
from preo_mcp.sandbox.segments.user_messages import forget_other_shapes, refresh_messages
from preo_mcp.sandbox.slices import in_slices
from preo_mcp.sandbox.store import Doc

PURGE_RUN: Final = "purge_segment_run"
REFRESH_MESSAGES: Final = "refresh_user_messages"
"""The kinds of jobs."""

PURGED: Final = 500
"""Rows that are removed together."""

WORTH_PREPARING: Final = 5_000
"""Changed customers from which on their messages are made before somebody waits for them."""


def forget_result(jobs: Jobs, segment: Doc) -> tuple[Doc, list[int]]:
    """Return a segment as a draft, and the jobs to start that remove what was found; call it inside a transaction."""
    way: Doc = segment["calculation"] or {}
    runs: list[int | None] = [segment["run"], way.get("run")]
    added = [jobs.add(PURGE_RUN, str(run)) for run in runs if run is not None]
    return {**segment, **NOT_CALCULATED, "status": SegmentStatus.DRAFT}, added


async def purge_run(jobs: Jobs, subject: str) -> None:
    """Remove the customers whom a calculation found."""
    store, run = jobs.store, int(subject)

    def remove(after: str) -> None:
        store.db.execute("DELETE FROM segment_users WHERE run = ? AND customer_id <= ?", (run, after))

    def ends() -> "list[str]":
        row = store.db.execute(
            "SELECT max(customer_id) FROM (SELECT customer_id FROM segment_users WHERE run = ? "
            "ORDER BY customer_id LIMIT ?)",
            (run, PURGED),
        ).fetchone()
        return [key for (key,) in [row] if key is not None]

    await in_slices(store, (end for ending in iter(ends, []) for end in ending), remove)


def prepare_messages(jobs: Jobs) -> None:
    """Get a store ready when its sandbox starts: messages of another shape are noted as changed, many are made."""
    forget_other_shapes(jobs.store)
    with jobs.store.transaction():
        keep_messages_ready(jobs)


def keep_messages_ready(jobs: Jobs) -> list[int]:
    """Have messages made anew where many customers changed and it is not under way; call it inside a transaction.

    Returns:
        The jobs to start.
    """
    many = jobs.store.db.execute("SELECT 1 FROM stale_users LIMIT 1 OFFSET ?", (WORTH_PREPARING - 1,)).fetchone()
    if many is None:
        return []
    under_way = jobs.store.db.execute("SELECT 1 FROM jobs WHERE status = 'queued' AND kind = ?", (REFRESH_MESSAGES,))
    return [] if under_way.fetchone() else [jobs.add(REFRESH_MESSAGES, "")]


async def refresh_user_messages(jobs: Jobs, subject: str) -> None:  # noqa: ARG001 - it is about all customers
    """Make messages anew, so that the next calculation finds them ready."""
    await readers_loaded()
    try:
        await engine_ready()
    except NoEngineError:
        return  # nobody will ask for them
    await refresh_messages(jobs.store)
