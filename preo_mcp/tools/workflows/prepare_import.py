"""From a file to an import that is ready to start, as far as that goes without a decision."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

from anyio import to_thread
from pydantic import MISSING, Field

from preo_mcp.api.errors import PreoError, ValidationError
from preo_mcp.api.models.data_imports import ImportStep, Stage
from preo_mcp.api.operations import (
    CANCEL_DATA_IMPORT,
    CREATE_DATA_IMPORT,
    PROCESS_COLUMN_MAPPINGS,
    UPDATE_COLUMN_MAPPINGS,
    UPDATE_PRODUCT_MAPPINGS,
    Risk,
)
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.tool import Workflow, tool
from preo_mcp.files.sources import is_upload, store_source
from preo_mcp.tools.arguments import CountryCode, EditionId, FileBase64, FileName, FilePath, FileText, ImportName
from preo_mcp.tools.data_imports.announced import announcements_of
from preo_mcp.tools.data_imports.stages import call_at_stage, get_import
from preo_mcp.tools.workflows.kept_exports import KeptExport, exports_of
from preo_mcp.tools.workflows.plain_upload import Carried, carry, compared
from preo_mcp.tools.workflows.prepared import PreparedImport, prepared
from preo_mcp.tools.workflows.remembered import settled_as_before
from preo_mcp.tools.workflows.shared_exports import of_handle, of_upload, tell
from preo_mcp.tools.workflows.understood import Settled, wishes_of

SourceHandle = Annotated[str, Field(description="upl_… of receive_file; then src_…, instead of the file.")]
Settle = Annotated[
    list[str],
    Field(
        description='"key: option" each, such as "states: leave_out" or "products.Adult*: var_1"; "remembered: take" '
        "where the user wants it as last time."
    ),
]


@tool(
    Workflow(
        "Prepare import from file",
        Risk.WRITE,
        operations=(
            CREATE_DATA_IMPORT,
            UPDATE_COLUMN_MAPPINGS,
            PROCESS_COLUMN_MAPPINGS,
            UPDATE_PRODUCT_MAPPINGS,
        ),
    )
)
async def prepare_import(
    preo: Preo,
    edition_id: EditionId | MISSING = MISSING,
    file_path: FilePath | MISSING = MISSING,
    text: FileText | MISSING = MISSING,
    file_base64: FileBase64 | MISSING = MISSING,
    source: SourceHandle | MISSING = MISSING,
    settle: Settle | MISSING = MISSING,
    file_name: FileName | MISSING = MISSING,
    name: ImportName | MISSING = MISSING,
    default_country_code: CountryCode | MISSING = MISSING,
) -> PreparedImport:
    """Take any shop's export (CSV or Excel) to an import that is ready to start; writes no orders.

    Reads the whole file and returns decisions with their options and figures, what the file comes to, columns left
    out, products. Uploads it once no decision is open. First edition_id and exactly one of file_path, text and
    file_base64; then source with settle. "encoding: cp850", "delimiter: ;", "header_line: 2" correct how it was read.
    """
    wishes = wishes_of([] if settle is MISSING else settle)
    known = None
    if source is not MISSING:
        _must_be_alone(file_path, text, file_base64)
        known = await _known(preo, source, edition_id)
        file_path = source  # an upload's id stands for a path; where the file is known, none is read
    is_new = known is None
    given = (preo.settings, preo.backend.uploads, file_path, text, file_base64, file_name)
    kept = known or await _newly_kept(preo, edition_id, file_path, partial(store_source, *given))
    async with kept.lock:
        if name is not MISSING:
            kept.import_name = name
        if default_country_code is not MISSING:
            kept.country_code = default_country_code
        try:
            return await _prepared(preo, kept, {**kept.settled, **wishes})
        except BaseException as exc:
            if is_new and isinstance(exc, PreoError) and kept.understood is not None:
                await tell(preo.backend, kept)
                exc.next_step += f" The file is kept: give source={kept.handle} instead of it."
            elif is_new:  # nobody knows of it
                exports_of(preo.backend).forget(kept)
            raise


async def _prepared(preo: Preo, kept: KeptExport, wishes: dict[str, str]) -> PreparedImport:
    holds = await settled_as_before(preo, kept, wishes)
    kept.settled = wishes
    carried = None if holds.open or not holds.settlement.announced.orders else await _carried(preo, kept, holds)
    kept.answer = (holds, carried)
    found = await to_thread.run_sync(partial(prepared, kept, holds, carried, masks=preo.settings.masks))
    await tell(preo.backend, kept)
    return found


async def _carried(preo: Preo, kept: KeptExport, holds: Settled) -> Carried:
    """Upload the file, unless the same table is uploaded already; an earlier one that nobody started is cancelled."""
    earlier = None if kept.import_id is None else await get_import(preo, kept.import_id)
    if earlier is None or earlier.stage in (Stage.FAILED, Stage.CANCELLED):
        return await carry(preo, kept, holds)
    if kept.uploaded_as == (*holds.table, str(kept.import_name)):
        if earlier.stage is Stage.NEEDS_PRODUCT_MAPPING:
            return await compared(preo, earlier, holds)
        if earlier.stage in (Stage.IMPORTING, Stage.COMPLETED):
            return Carried(earlier)
    carried = await carry(preo, kept, holds)
    if earlier.stage in (Stage.IMPORTING, Stage.COMPLETED):
        return replace(carried, note=f"The earlier import {earlier.id} of the file was started; its orders exist.")
    await announcements_of(preo.backend).drop(earlier.id)
    try:
        await call_at_stage(preo, CANCEL_DATA_IMPORT, ImportStep, earlier.id)
    except PreoError as exc:
        return replace(carried, note=f"The earlier import {earlier.id} is not cancelled: {exc.why}.")
    return replace(carried, note=f"The earlier import {earlier.id} of the file was cancelled.")


async def _known(preo: Preo, source: str, edition_id: str | MISSING) -> KeptExport | None:
    """Return the file of a handle, or of an upload for the edition; None for an upload that was not read yet.

    Raises:
        ValidationError: no file is kept under the handle.
        PreoError: what other replicas know of it cannot be asked.
    """
    if is_upload(source):
        return await of_upload(preo.backend, source, None if edition_id is MISSING else edition_id)
    return await of_handle(preo.backend, source)


async def _newly_kept(
    preo: Preo, edition_id: str | MISSING, file_path: str | MISSING, store: Callable[[Path], Awaitable[str]]
) -> KeptExport:
    """Have a file stored for an edition.

    Raises:
        PreoError: no edition is named, or the file cannot be had.
    """
    if edition_id is MISSING:
        raise ValidationError("The import was not prepared", "edition_id is required", "list_editions finds it.")
    kept = await exports_of(preo.backend).keep(edition_id, store)
    kept.upload = file_path if file_path is not MISSING and is_upload(file_path) else None
    return kept


def _must_be_alone(*files: str | MISSING) -> None:
    if any(one is not MISSING for one in files):
        why = "source stands for a file that was given before, and a file is given too"
        raise ValidationError("The import was not prepared", why, "Give source alone, or the file alone.")
