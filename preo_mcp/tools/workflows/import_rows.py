"""The rows of an imported file given back as a file: those that stayed out, to be put right, or those that came in."""

import io
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

from anyio import to_thread
from pydantic import BaseModel, Field

from preo_mcp.api.errors import ConflictError, ValidationError
from preo_mcp.api.models.data_imports import FINAL_STAGES, PARSED_STAGES, DataImport, ProductMapping, Stage
from preo_mcp.api.operations import Risk
from preo_mcp.calls.preo import Preo, together
from preo_mcp.calls.tool import Workflow, tool
from preo_mcp.files.destinations import CSV_SUFFIX, destination, save
from preo_mcp.files.exports import Fates, Missing, RowsBack, Settlement
from preo_mcp.files.exports.rows_back import ENCODING
from preo_mcp.tools.data_imports.announced import announcements_of
from preo_mcp.tools.data_imports.facts import all_product_mappings, is_told
from preo_mcp.tools.data_imports.imported_orders import ImportedOrder, count_imported, imported_orders
from preo_mcp.tools.data_imports.stages import NEXT_CALLS, get_import
from preo_mcp.tools.whole_lists import MOST_PAGES, Whole
from preo_mcp.tools.workflows.kept_exports import KeptExport, exports_of
from preo_mcp.tools.workflows.remembered import settled_as_before
from preo_mcp.tools.workflows.shared_exports import of_handle, of_import
from preo_mcp.tools.workflows.understood import Settled

NOT_WRITTEN: Final = "The rows were not written"
MOST_REASONS: Final = 12


class Which(StrEnum):
    """Which rows of a file."""

    LEFT_OUT = "left_out"
    CAME_IN = "came_in"


class Reasoned(BaseModel):
    """How many rows stayed out for a reason."""

    rows: int
    reason: str


class WrittenRows(BaseModel):
    """A file with rows of the export."""

    saved_to: str | None = Field(default=None, description="absent: there were none, and no file was written")
    rows: int
    orders: int
    reasons: list[Reasoned] | None = None
    next_step: str


@tool(Workflow("Export import rows", Risk.WRITE))
async def export_import_rows(
    preo: Preo,
    import_id: Annotated[str, Field(description="Or src_….")],
    save_to: Annotated[str, Field(description="New .csv in an allowed folder.")],
    rows: Which = Which.LEFT_OUT,
) -> WrittenRows:
    """Write the rows of an import that stay out to a CSV with the reasons, to be put right and imported again as it is.

    Or those that came in, with Preo's order ids.
    """
    is_own = exports_of(preo.backend).own_place(Path(save_to))  # where a person settles it by hand, who downloads it
    path = Path(save_to) if is_own else destination(preo.settings, save_to, CSV_SUFFIX)
    kept = await _kept(preo, import_id)
    async with kept.lock:
        holds = await settled_as_before(preo, kept, kept.settled)
        if holds.open:
            why = f"not settled: {', '.join(one.key for one in holds.open)}"
            raise ConflictError(NOT_WRITTEN, why, f"First prepare_import(source={kept.handle}, settle=[…]).")
        fates = await _fates(preo, kept, holds, rows)
        text, found = await to_thread.run_sync(_written, holds.settlement, fates, rows is Which.CAME_IN)
    if found.rows:
        await save(path, text.encode(ENCODING))
    return _told(path, kept, rows, found)


async def _kept(preo: Preo, name: str) -> KeptExport:
    if name.startswith("src_"):
        return await of_handle(preo.backend, name)
    kept = await of_import(preo.backend, name)
    if kept is None:
        why = f"the file of {name[:40]} is not kept any more, or it was not prepared by prepare_import"
        next_step = (
            "Give prepare_import the same file and settle once more: Preo leaves the orders that it has as they are, "
            "and this tool works with the new import."
        )
        raise ValidationError(NOT_WRITTEN, why, next_step)
    return kept


def _written(settlement: Settlement, fates: Fates, came_in: bool) -> tuple[str, RowsBack]:  # noqa: FBT001 - in a thread
    out = io.StringIO(newline="")
    found = settlement.rows_back(out, fates, came_in=came_in)
    return out.getvalue(), found


async def _fates(preo: Preo, kept: KeptExport, holds: Settled, rows: Which) -> Fates:
    """Find out what Preo has of a file.

    Raises:
        ConflictError: the import is running, or Preo does not tell what it has.
        PreoError: something cannot be had.
    """
    if kept.import_id is None:
        if rows is Which.CAME_IN:
            raise ConflictError(NOT_WRITTEN, "the file is not imported yet", "First prepare_import, then start_import.")
        return Fates()
    found = await get_import(preo, kept.import_id)
    if found.stage is Stage.IMPORTING:
        raise ConflictError(NOT_WRITTEN, "the import is running", NEXT_CALLS[found.stage])
    there, mappings, are_all_there = await together(
        imported_orders(preo, kept.edition_id, MOST_PAGES), _mappings(preo, found), _are_all_there(preo, found)
    )
    problems = found.row_problems.listed if found.row_problems else []
    return Fates(
        orders=_orders(found, there, rows),
        others=None if are_all_there and rows is Which.LEFT_OUT else _others(found, there, holds),
        products=dict(_unmapped(mappings)),
        lines={one.line: one.reason for one in problems},
    )


async def _are_all_there(preo: Preo, found: DataImport) -> bool:
    """Whether Preo has every order of an import, by its own count (inferred) or by that of the edition's orders."""
    if found.stage is not Stage.COMPLETED:
        return False
    total, result = found.parsed_data and found.parsed_data.orders_total, found.import_result
    if result is not None and total is not None:
        return (result.orders_imported or 0) + (result.orders_skipped_existing or 0) >= total
    announced = await announcements_of(preo.backend).get(found.id)
    if announced is None or announced.imported_before is None:
        return False
    count = await count_imported(preo, found.edition and found.edition.id)
    return count is not None and count - announced.imported_before == announced.figures.orders


async def _mappings(preo: Preo, found: DataImport) -> list[ProductMapping]:
    return await all_product_mappings(preo, found.id) if found.stage in PARSED_STAGES else []


def _unmapped(mappings: list[ProductMapping]) -> Iterator[tuple[str, str]]:
    for one in mappings:
        if one.product is None and is_told(one) and one.product_sku:
            yield one.product_sku.casefold(), "its product stands for none of the edition's"


def _orders(found: DataImport, there: Whole[ImportedOrder] | None, rows: Which) -> dict[str, str | Missing]:
    """What Preo has, by number; an order that the edition had before is no part of what came in."""
    out = dict[str, str | Missing]()
    for one in there.rows if there else []:
        is_old = one.created is not None and found.created is not None and one.created < found.created
        if one.external_id:
            out[one.external_id] = Missing("the edition had it before") if is_old and rows is Which.CAME_IN else one.id
    return out


def _others(found: DataImport, there: Whole[ImportedOrder] | None, holds: Settled) -> Missing | None:
    """What became of an order that is not among those that Preo told; given back without a number, it might double."""
    if found.stage not in FINAL_STAGES:
        return None
    why = "orders may not be looked at" if there is None else _why_unknown(there, holds)
    if there is None or why:
        raise ConflictError(NOT_WRITTEN, f"{why}, so it is not known which came in", "Look at them with list_orders.")
    if not there.is_whole:
        return Missing(f"not among the newest {len(there.rows)} imported orders")
    return Missing(f"not written ({found.error_message or f'import {found.stage}'})")


def _why_unknown(there: Whole[ImportedOrder], holds: Settled) -> str:
    if there.rows and not any(one.external_id for one in there.rows):
        return "Preo does not tell the numbers of imported orders"
    unnumbered = any((one.key, one.chosen) == ("order_numbers", "none") for one in holds.decisions)
    return "orders came in without a number" if unnumbered else ""


def _told(path: Path, kept: KeptExport, rows: Which, found: RowsBack) -> WrittenRows:
    reasons = [Reasoned(rows=count, reason=reason) for reason, count in found.counts.most_common(MOST_REASONS)]
    if not found.rows:
        next_step = "No file was written: there is no such row."
    elif rows is Which.CAME_IN:
        next_step = "The first column has Preo's order ids."
    else:
        held = ", ".join(f'"{key}: {option}"' for key, option in kept.settled.items())
        again = f", settle=[{held}]" if held else ""
        next_step = (
            "Once it is put right, import it as it is, with the reasons in it or without: "
            f'prepare_import(edition_id="{kept.edition_id}", file_path="{path}"{again}). '
            "Preo leaves orders that it has as they are."
        )
    return WrittenRows(
        saved_to=str(path) if found.rows else None,
        rows=found.rows,
        orders=found.orders,
        reasons=reasons or None,
        next_step=next_step,
    )
