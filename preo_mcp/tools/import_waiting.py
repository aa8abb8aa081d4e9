"""Waiting for a data import, with progress for the host and a limit of time."""

from typing import Annotated

import anyio
from pydantic import MISSING, Field

from preo_mcp.models.data_imports import DataImport, Stage
from preo_mcp.operations import Risk
from preo_mcp.preo import Preo
from preo_mcp.tool import Workflow, tool
from preo_mcp.tools.arguments import ImportId
from preo_mcp.tools.import_stages import NEXT_CALLS, get_import

BUSY_STAGES = frozenset({Stage.UPLOADED, Stage.IMPORTING})
"""The stages that end by themselves; in every other one the next step is somebody's."""

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 2.0


class WaitedImport(DataImport):
    """A data import after a wait."""

    reached: bool
    next_step: str


@tool(Workflow("Wait for data import", Risk.READ))
async def wait_for_import(
    preo: Preo,
    import_id: ImportId,
    until: Annotated[list[Stage], Field(min_length=1, description="Default: any but uploaded and importing.")]
    | MISSING = MISSING,
    seconds: Annotated[int, Field(ge=1, le=600)] = 50,
) -> WaitedImport:
    """Wait until a data import has finished (or reached one of the stages in until), at most the given seconds.

    Where reached is false it goes on by itself: call again.
    """
    wanted = frozenset(Stage) - BUSY_STAGES if until is MISSING else frozenset(until)
    found = await wait_until(preo, import_id, wanted, seconds)
    return WaitedImport(**dict(found), reached=found.stage in wanted, next_step=NEXT_CALLS[found.stage])


async def wait_until(preo: Preo, import_id: str, wanted: frozenset[Stage], seconds: float) -> DataImport:
    """Return the import once it is in one of the `wanted` stages, or as it stands after `seconds`.

    Raises:
        PreoError: it cannot be had.
    """
    found = await get_import(preo, import_id)
    pause = FIRST_PAUSE
    with anyio.move_on_after(seconds):
        while found.stage not in wanted:
            await _report(preo, found)
            await anyio.sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE)
            found = await get_import(preo, import_id)
    await _report(preo, found)
    return found


async def _report(preo: Preo, found: DataImport) -> None:
    progress = found.progress
    if progress is None:
        step = list(Stage).index(found.stage)
        await preo.report(step, list(Stage).index(Stage.COMPLETED), f"{found.name}: {found.stage}")
    else:
        await preo.report(progress.done, progress.total, f"{found.name}: {found.stage}")
