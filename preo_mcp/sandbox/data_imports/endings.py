"""How an import ends: its last stage, the event that says so, and what a fault of the sandbox leaves behind."""

from functools import wraps

from preo_mcp.api.models.data_imports import FINAL_STAGES, Stage
from preo_mcp.api.models.webhooks import WebhookEvent
from preo_mcp.sandbox.data_imports.documents import Import, find, save
from preo_mcp.sandbox.jobs import JobHandler, Jobs
from preo_mcp.sandbox.store import Store
from preo_mcp.sandbox.webhooks.events import record_event

FAULT = (
    "The import stopped · a fault in the sandbox, not in the file · create the import again; "
    "where it happens again, report it with the sandbox's log."
)


def fail(store: Store, failed: Import, message: str) -> None:
    """Bring an import to its end as failed; call it inside a transaction.

    Nothing is announced of one whose file never became a table: its creator is told so.
    """
    announced = failed.stage is not Stage.UPLOADED
    failed.stage = Stage.FAILED
    failed.doc["error_message"] = message
    failed.doc["processing"] = failed.doc["progress"] = None
    save(store, failed)
    if announced:
        data = {"data_import_id": failed.id, "error_message": message}
        record_event(store, WebhookEvent.DATA_IMPORT_FAILED, failed.organization_id, failed.edition_id, data)


def complete(store: Store, done: Import) -> None:
    """Bring an import to its end as completed; call it inside a transaction."""
    done.stage = Stage.COMPLETED
    done.doc["progress"] = None
    save(store, done)
    data = {"data_import_id": done.id, "import_result": done.doc["import_result"]}
    record_event(store, WebhookEvent.DATA_IMPORT_COMPLETED, done.organization_id, done.edition_id, data)


def failing(handler: JobHandler) -> JobHandler:
    """Wrap a job of an import so that a fault in it ends the import as failed instead of leaving it waiting."""

    @wraps(handler)
    async def guarded(jobs: Jobs, subject: str) -> None:
        try:
            await handler(jobs, subject)
        except Exception:
            with jobs.store.transaction():
                found = find(jobs.store, subject)
                if found is not None and found.stage not in FINAL_STAGES:
                    fail(jobs.store, found, FAULT)
            raise

    return guarded
