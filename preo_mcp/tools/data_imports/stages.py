"""The stages of a data import as a way: which call leads on from each, told when a call came at the wrong one."""

from types import MappingProxyType
from typing import TypeVar

from pydantic import BaseModel

from preo_mcp.api.errors import ConflictError, ValidationError
from preo_mcp.api.models.base import Request
from preo_mcp.api.models.data_imports import ALLOWED_STAGES, DataImport, Stage
from preo_mcp.api.operations import GET_DATA_IMPORT, Operation
from preo_mcp.calls.preo import Preo

R = TypeVar("R", bound=BaseModel)

WORK_SECONDS = 600.0
"""How long the operations that read or write the whole file may take."""

NEXT_CALLS = MappingProxyType(
    {
        Stage.UPLOADED: "Its columns are being read: wait_for_import, then validate_column_mappings.",
        Stage.NEEDS_COLUMN_MAPPING: (
            "Settle the columns: list_column_mappings, update_column_mappings, validate_column_mappings; "
            "then process_column_mappings."
        ),
        Stage.NEEDS_PRODUCT_MAPPING: (
            "Settle the products: propose_product_mappings, update_product_mappings; look with preview_import_orders; "
            "then start_import. To change columns again: update_column_mappings."
        ),
        Stage.IMPORTING: "It is running: wait_for_import; cancel_data_import stops it.",
        Stage.COMPLETED: "It is finished. For another file make a new one: prepare_import.",
        Stage.FAILED: "It has failed. Look at get_data_import, correct the file and make a new one: prepare_import.",
        Stage.CANCELLED: "It was cancelled. Make a new one: prepare_import.",
    }
)


async def get_import(preo: Preo, import_id: str) -> DataImport:
    """Return a data import as it stands now.

    Raises:
        PreoError: it cannot be had.
    """
    return await preo.request(GET_DATA_IMPORT, DataImport, id=import_id)


async def call_at_stage(
    preo: Preo,
    operation: Operation,
    returns: type[R],
    import_id: str,
    *,
    query: Request | None = None,
    body: Request | None = None,
    timeout: float | None = None,  # noqa: ASYNC109 - handed to the HTTP client
) -> R:
    """Call an operation that is allowed in some stages only.

    Raises:
        ConflictError: the import is in another stage; the text names the stage and the call that leads on.
        PreoError: anything else.
    """
    try:
        return await preo.request(operation, returns, query=query, body=body, timeout=timeout, id=import_id)
    except (ValidationError, ConflictError):
        must_be_allowed(operation, await get_import(preo, import_id))
        raise


def must_be_allowed(operation: Operation, data_import: DataImport) -> None:
    """Refuse an operation that the import's stage does not allow.

    Raises:
        ConflictError: with the stage, the allowed ones and the next call.
    """
    allowed = ALLOWED_STAGES[operation]
    if data_import.stage not in allowed:
        stages = ", ".join(stage for stage in Stage if stage in allowed)
        why = f"the import is in stage {data_import.stage}, and this needs {stages}"
        raise ConflictError(f"{operation.title} was not done", why, NEXT_CALLS[data_import.stage])
