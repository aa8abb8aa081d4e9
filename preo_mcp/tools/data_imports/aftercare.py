"""After an import was started: are its orders written as a person was shown them, and can the rest be stopped?"""

from typing import Any

from pydantic import JsonValue

from preo_mcp.api.errors import PreoError
from preo_mcp.api.models.data_imports import ImportStep
from preo_mcp.api.operations import CANCEL_DATA_IMPORT
from preo_mcp.approval.ended import Aftercare
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.together import together
from preo_mcp.tools.data_imports.facts import Prepared, columns_of, products_of
from preo_mcp.tools.data_imports.stages import call_at_stage, get_import


async def _content(preo: Preo, import_id: str, **_: Any) -> JsonValue:
    found = await together(get_import(preo, import_id), columns_of(preo, import_id), products_of(preo, import_id))
    return Prepared(*found).content


async def _cancel(preo: Preo, import_id: str, **_: Any) -> str | None:
    """Cancel the import, unless it is over by now."""
    preo.plan_id = None  # what is sent now is no repetition of the plan's write
    try:
        await call_at_stage(preo, CANCEL_DATA_IMPORT, ImportStep, import_id)
    except PreoError as exc:
        return f"The import could not be cancelled: {exc.why}. {await _so_far(preo, import_id)}"
    return f"The import was cancelled. {await _so_far(preo, import_id)}"


async def _so_far(preo: Preo, import_id: str) -> str:
    try:
        result = (await get_import(preo, import_id)).import_result
    except PreoError:
        result = None
    written = result and result.orders_imported
    count = "Orders that were written by then stay" if written is None else f"{written} orders were written and stay"
    return f"{count}; list_orders shows them."


START_AFTERCARE = Aftercare(content=_content, stop=_cancel)
