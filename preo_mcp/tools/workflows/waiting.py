"""Waiting for a data import, with progress for the host and a limit of time."""

from types import MappingProxyType
from typing import Annotated, Any, Final

from pydantic import MISSING, Field, WithJsonSchema

from preo_mcp.api.errors import PreoError
from preo_mcp.api.models.data_imports import DataImport, Stage
from preo_mcp.api.operations import Risk
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.tool import Workflow, tool
from preo_mcp.reports.cards import Report
from preo_mcp.tools.data_imports.announced import announcements_of
from preo_mcp.tools.data_imports.keeping_layouts import keep_layout
from preo_mcp.tools.data_imports.outcome import Outcome, StartedImport, outcome_of
from preo_mcp.tools.data_imports.stages import NEXT_CALLS, get_import
from preo_mcp.tools.edition_clocks import with_clocks_of
from preo_mcp.tools.watching import WHILE_CALLED, WHOLE, watched
from preo_mcp.tools.workflows.kept_exports import exports_of

BUSY_STAGES = frozenset({Stage.UPLOADED, Stage.IMPORTING})
"""The stages that end by themselves; in every other one the next step is somebody's."""

RAN_STAGES = frozenset({Stage.COMPLETED, Stage.FAILED, Stage.CANCELLED})
"""The stages of an import that may have written orders, and writes no more."""

ROWS = " export_import_rows writes the rows that stayed out to a file, to be put right, or those that came in."

PERCENT = MappingProxyType(
    {Stage.UPLOADED: 0.0, Stage.NEEDS_COLUMN_MAPPING: 20.0, Stage.NEEDS_PRODUCT_MAPPING: 40.0, Stage.IMPORTING: 50.0}
)
"""How far an import is that has just come to a stage; in the others it is at its end."""


class WaitedImport(DataImport):
    """A data import after a wait."""

    reached: bool
    outcome: Outcome | None = None
    next_step: str


STAGES: Final = {
    "type": "array",
    "items": {"type": "string"},
    "description": "Default: any but uploaded and importing.",
}
"""Checked against the enum, which list_data_imports names."""


@tool(Workflow("Wait for data import", Risk.READ), report=Report.OUTCOME)
async def wait_for_import(
    preo: Preo,
    import_id: str,
    until: Annotated[list[Stage], Field(min_length=1), WithJsonSchema(STAGES)] | MISSING = MISSING,
    seconds: Annotated[int, Field(ge=1, le=600)] = 50,
) -> WaitedImport:
    """Wait for a data import that works by itself, at most the given seconds, or until one of the stages in until.

    Where reached is false, next_step says whether to call again or what to do. Once it is over, what Preo now has
    stands beside what prepare_import announced, with the orders that stayed out.
    """
    return await _waited(preo, import_id, seconds, None if until is MISSING else frozenset(until))


async def until_imported(preo: Preo, content: dict[str, Any]) -> StartedImport:
    """Wait some seconds while an import runs, and return where it stands.

    Raises:
        PreoError: it cannot be read.
    """
    waited = await _waited(preo, content["id"], WHILE_CALLED, None)
    return StartedImport.model_validate({name: getattr(waited, name) for name in StartedImport.model_fields})


async def _waited(preo: Preo, import_id: str, seconds: float, wanted: frozenset[Stage] | None) -> WaitedImport:
    found = await wait_while_busy(preo, import_id, seconds, wanted)
    reached = found.stage in wanted if wanted else not is_busy(found)
    announced = await announcements_of(preo.backend).get(import_id) if found.stage in RAN_STAGES else None
    try:
        outcome = await outcome_of(preo, found, announced) if announced else None
    except PreoError as exc:  # the import is over all the same
        outcome = Outcome(announced=str(announced and announced.figures), written=f"unknown: {exc.why}")
    next_step = NEXT_CALLS[found.stage]
    if found.stage in RAN_STAGES and preo.settings.allowed_folders and exports_of(preo.backend).of_import(import_id):
        next_step += ROWS
    await keep_layout(preo, found)
    told = with_clocks_of(found.edition and found.edition.timezone, found)
    return WaitedImport(**dict(told), reached=reached, outcome=outcome, next_step=next_step)


def is_busy(found: DataImport) -> bool:
    """Whether an import goes on by itself: the file is read, parsed or imported."""
    return found.stage in BUSY_STAGES or bool(found.processing)


async def wait_while_busy(
    preo: Preo, import_id: str, seconds: float, wanted: frozenset[Stage] | None = None
) -> DataImport:
    """Return the import once it works no more or is in a `wanted` stage, or as it stands after `seconds`.

    Raises:
        PreoError: it cannot be had.
    """

    async def look() -> DataImport:
        return await get_import(preo, import_id)

    def goes_on(found: DataImport) -> bool:
        return is_busy(found) and not (wanted and found.stage in wanted)

    return await watched(preo, look, goes_on, _told, seconds)


def _told(found: DataImport) -> tuple[float, str]:
    percent = PERCENT.get(found.stage, WHOLE)
    if found.progress is not None and found.progress.total:
        share = min(found.progress.done / found.progress.total, 1)
        percent += share * (WHOLE - percent) * 0.9
    return percent, f"{found.name}: {found.stage}"
