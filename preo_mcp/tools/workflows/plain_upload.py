"""A settled export carried to an import that is ready to start: written, uploaded once, mapped, processed, compared."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

from anyio import to_thread
from pydantic import MISSING

from preo_mcp.api.errors import PreoError
from preo_mcp.api.models.base import Page
from preo_mcp.api.models.data_imports import (
    PARSED_STAGES,
    PREVIEW_MAX_LIMIT,
    ColumnMapping,
    ColumnMappingChange,
    DataImport,
    ImportPreview,
    ImportStep,
    PreviewQuery,
    ProductMapping,
    ProductMappingChange,
    Stage,
    UpdateColumnMappingsRequest,
    UpdateProductMappingsRequest,
)
from preo_mcp.api.operations import (
    PREVIEW_IMPORT_ORDERS,
    PROCESS_COLUMN_MAPPINGS,
    UPDATE_COLUMN_MAPPINGS,
    UPDATE_PRODUCT_MAPPINGS,
)
from preo_mcp.calls.preo import Preo, together
from preo_mcp.files.exports import SKIP, PlainColumn, Settlement, Written
from preo_mcp.files.exports.amounts import decimals, spelled
from preo_mcp.files.private_files import open_private
from preo_mcp.files.sources import Source
from preo_mcp.tools.data_imports.announced import Announced, announcements_of, contradiction
from preo_mcp.tools.data_imports.facts import all_product_mappings, columns_of, is_told
from preo_mcp.tools.data_imports.stages import WORK_SECONDS, call_at_stage
from preo_mcp.tools.data_imports.uploading import upload
from preo_mcp.tools.workflows.destination import targets
from preo_mcp.tools.workflows.kept_exports import NEW, KeptExport
from preo_mcp.tools.workflows.remembered import layout_of, taken_from
from preo_mcp.tools.workflows.understood import Settled
from preo_mcp.tools.workflows.waiting import is_busy, wait_while_busy

READ_SECONDS: Final = 120
CHANGED_AT_ONCE: Final = 500
"""Products of the file that are mapped by one request."""
WRITTEN_SHARE: Final = 65.0


@dataclass(frozen=True, slots=True)
class Carried:
    """An import that a settled export was made into.

    Attributes:
        data_import: As it stands.
        unmapped: The products that stand for none of the edition's, where Preo tells.
        differences: Where Preo reads something else than was announced; empty where it reads the same.
        note: What else has to be told.
    """

    data_import: DataImport
    unmapped: tuple[ProductMapping, ...] = ()
    differences: tuple[str, ...] = ()
    note: str = ""


async def carry(preo: Preo, kept: KeptExport, settled: Settled) -> Carried:
    """Write the plain table, and take it as far as an import goes without a yes; `kept` remembers the import.

    Raises:
        PreoError: a step failed; the text names the import where there is one.
    """
    await preo.report(WRITTEN_SHARE, 100, "writing the table")
    written, source = await to_thread.run_sync(_written, kept, settled.settlement)
    name = MISSING if kept.import_name is None else kept.import_name
    country = MISSING if kept.country_code is None else kept.country_code
    created = await upload(preo, kept.edition_id, source, name, country)
    kept.import_id, kept.uploaded_as = created.id, (*settled.table, str(kept.import_name))
    columns = {one.heading: (str(one.column_type), one.metadata_key) for one in written.columns}
    announced = Announced(written.figures, settled.settlement.reconciliation, written.phones, columns)
    announced.settled_as, announced.layout = taken_from(kept, settled), await layout_of(preo, kept, settled)
    await announcements_of(preo.backend).put(created.id, announced)
    try:
        return await _processed(preo, created, settled, written)
    except PreoError as exc:
        exc.next_step += f" The import {created.id} was made: get_data_import shows how far it came."
        raise


async def _processed(preo: Preo, created: ImportStep, settled: Settled, written: Written) -> Carried:
    if created.stage is not Stage.NEEDS_COLUMN_MAPPING:
        read = await wait_while_busy(preo, created.id, READ_SECONDS)
        if read.stage is not Stage.NEEDS_COLUMN_MAPPING:
            return Carried(read)
    columns = await columns_of(preo, created.id)
    if changes := list(_column_changes(columns.rows, written.columns)):
        body = UpdateColumnMappingsRequest(mappings=changes)
        await call_at_stage(preo, UPDATE_COLUMN_MAPPINGS, Page[ColumnMapping], created.id, body=body)
    parsed = await call_at_stage(preo, PROCESS_COLUMN_MAPPINGS, DataImport, created.id, timeout=WORK_SECONDS)
    if is_busy(parsed):
        parsed = await wait_while_busy(preo, created.id, READ_SECONDS)
    if parsed.stage not in PARSED_STAGES:
        return Carried(parsed)
    return await compared(preo, parsed, settled)


async def compared(preo: Preo, parsed: DataImport, settled: Settled) -> Carried:
    """Compare what Preo read with what was announced, and map products as they were settled.

    Raises:
        PreoError: something cannot be had or mapped.
    """
    query = PreviewQuery(limit=PREVIEW_MAX_LIMIT)
    mappings, preview = await together(
        all_product_mappings(preo, parsed.id),
        call_at_stage(preo, PREVIEW_IMPORT_ORDERS, ImportPreview, parsed.id, query=query),
    )
    changes = await to_thread.run_sync(_product_changes, mappings, settled)
    for start in range(0, len(changes), CHANGED_AT_ONCE):
        body = UpdateProductMappingsRequest(mappings=list(changes.values())[start : start + CHANGED_AT_ONCE])
        await call_at_stage(preo, UPDATE_PRODUCT_MAPPINGS, Page[ProductMapping], parsed.id, body=body)
    unmapped = tuple(one for one in mappings if one.product is None and is_told(one) and one.id not in changes)
    return Carried(parsed, unmapped, tuple(_differences(parsed, mappings, preview, settled.settlement)))


def _written(kept: KeptExport, settlement: Settlement) -> tuple[Written, Source]:
    path = kept.folder / "plain.csv"
    try:
        with open(open_private(path, NEW), "w", encoding="utf-8", newline="") as file:  # noqa: PTH123 - a descriptor
            written = settlement.write(file)
        return written, Source(f"{PurePath(kept.name).stem or 'orders'}.csv", path.read_bytes())
    finally:
        path.unlink(missing_ok=True)


def _column_changes(known: list[ColumnMapping], wanted: Sequence[PlainColumn]) -> Iterator[ColumnMappingChange]:
    """Yield what Preo guesses otherwise than the table means; columns of one heading are told apart by their order."""
    left = list(wanted)
    for mapping in known:
        found = next((column for column in left if column.heading == mapping.column), None)
        if found is None:
            continue
        left.remove(found)
        if (mapping.column_type, mapping.metadata_key) != (found.column_type, found.metadata_key):
            key = MISSING if found.metadata_key is None else found.metadata_key
            yield ColumnMappingChange(id=mapping.id, column_type=found.column_type, metadata_key=key)


def _product_changes(mappings: list[ProductMapping], settled: Settled) -> dict[str, ProductMappingChange]:
    """Return what has to be mapped otherwise than Preo mapped it by code, by mapping."""
    meant, by_id = _meant(settled), targets(settled.destination.products)
    changes = dict[str, ProductMappingChange]()
    for mapping in mappings:
        names = (mapping.product_sku or "", mapping.product_name or "")
        target = next((meant[name.casefold()] for name in names if name.casefold() in meant), None)
        if target is None:
            continue
        product, variant = by_id.get(target, (target, None))
        now = (mapping.product and mapping.product.api_id, mapping.variant and mapping.variant.api_id)
        if now != (product, variant):
            change = ProductMappingChange(id=mapping.id, product_id=product, variant_id=variant)
            changes[mapping.id] = change
    return changes


def _meant(settled: Settled) -> dict[str, str]:
    """Return the ids that codes and names of the file stand for, casefolded."""
    found = dict[str, str]()
    for one in settled.settlement.products:
        if one.stands_for not in (None, SKIP):
            found |= dict.fromkeys((text.casefold() for text in (one.code, one.name) if text), one.stands_for or "")
    only = next((decision.chosen for decision in settled.decisions if decision.key == "product"), "")
    edition = settled.destination.edition
    if only and (target := only if only in edition.ids() else edition.targets().get(only.casefold())):
        found[only.casefold()] = target
    return found


def _differences(
    parsed: DataImport, mappings: list[ProductMapping], preview: ImportPreview, settlement: Settlement
) -> Iterator[str]:
    told = settlement.announced
    counts = parsed.parsed_data
    orders = preview.total if counts is None or counts.orders_total is None else counts.orders_total
    if orders != told.orders:
        yield f"Preo reads {orders} orders, {told.orders} were announced."
    pieces = [one.quantity_in_import for one in mappings]
    known = [count for count in pieces if count is not None]
    if len(known) == len(pieces) and sum(known) != told.pieces:
        yield f"Preo reads {sum(known)} pieces, {told.pieces} were announced."
    if preview.total == len(preview.orders) and len(told.sums) <= 1 and not told.unpriced:
        yield from _other_sum(preview, told.sums)
    if (doubt := contradiction(counts)) is not None:
        yield str(doubt)


def _other_sum(preview: ImportPreview, sums: dict[str, int]) -> Iterator[str]:
    code = next(iter(sums), "")
    lines = [line for order in preview.orders for line in order.products]
    if not code or any(line.unit_price is None or line.quantity is None for line in lines):
        return
    unit = 10 ** decimals(code)
    read = sum(round((line.unit_price or 0) * unit) * (line.quantity or 0) for line in lines)
    if read != sums[code]:
        yield f"Preo reads {spelled(read, code)}, {spelled(sums[code], code)} was announced."
