"""What a change of an import comes to: its settings, or the rows of its mappings, and what is left to do."""

from collections.abc import Sequence

from pydantic import BaseModel, Field

from preo_mcp.api.models.base import Page
from preo_mcp.api.models.data_imports import (
    ChangedSettings,
    ColumnMapping,
    ColumnMappingChange,
    MappingValidation,
    ProductMapping,
    ProductMappingChange,
    Stage,
)
from preo_mcp.api.operations import VALIDATE_COLUMN_MAPPINGS
from preo_mcp.calls.preo import Preo
from preo_mcp.files.exports import SKIP
from preo_mcp.tools.data_imports.beside import skipped_of
from preo_mcp.tools.data_imports.facts import all_product_mappings, columns_of, is_told
from preo_mcp.tools.data_imports.stages import get_import


class SettingsOf(ChangedSettings):
    """The settings of an import, as they are now."""

    import_id: str


class ChangedColumns(BaseModel):
    """The columns that were changed, and whether all can be processed now."""

    results: list[ColumnMapping]
    valid: bool | None = Field(default=None, description="absent: the import is processed, and nothing changed")
    errors: dict[str, list[str]] | None = None
    warnings: dict[str, list[str]] | None = None
    next_step: str


class ChangedProducts(BaseModel):
    """The products that were changed, and whether any still stands for nothing."""

    results: list[ProductMapping]
    skipped: int = Field(description="products of the file that are left out for good")
    unmapped: int
    product_mappings_complete: bool
    next_step: str


async def changed_columns(
    preo: Preo, import_id: str, changes: Sequence[ColumnMappingChange], page: Page[ColumnMapping]
) -> ChangedColumns:
    """Return the columns of some changes and the validation of all.

    Raises:
        PreoError: they cannot be had.
    """
    wanted = {one.id for one in changes}
    found = [one for one in page.results if one.id in wanted]
    if len(found) < len(wanted) and page.next:
        found = [one for one in (await columns_of(preo, import_id)).rows if one.id in wanted]
    if (await get_import(preo, import_id)).stage is not Stage.NEEDS_COLUMN_MAPPING:
        return ChangedColumns(results=found, next_step="Nothing was changed, so it stays processed.")
    checked = await preo.request(VALIDATE_COLUMN_MAPPINGS, MappingValidation, id=import_id)
    return ChangedColumns(
        results=found,
        valid=checked.valid,
        errors=checked.errors or None,
        warnings=checked.warnings or None,
        next_step="process_column_mappings." if checked.valid else "Correct what errors name with the same tool.",
    )


async def changed_products(preo: Preo, import_id: str, changes: Sequence[ProductMappingChange]) -> ChangedProducts:
    """Note which products are left out for good, and return what became of those that were changed.

    Raises:
        PreoError: the products cannot be had.
    """
    known, kept = await all_product_mappings(preo, import_id), skipped_of(preo.backend)
    said = {one.id: one.product_id == SKIP for one in changes}
    before = await kept.get(import_id) or frozenset()
    skipped = {one for one in before if said.get(one, True)} | {one for one, is_skipped in said.items() if is_skipped}
    skipped = still_skipped(frozenset(skipped), known)
    if skipped != before:
        await kept.put(import_id, skipped)
    unmapped = len(open_products(known, skipped))
    settle = "propose_product_mappings helps with those that are left; product_id skip leaves one out."
    return ChangedProducts(
        results=[one for one in known if one.id in said],
        skipped=len(skipped),
        unmapped=unmapped,
        product_mappings_complete=not unmapped,
        next_step=settle if unmapped else "start_import; preview_import_orders shows the orders before.",
    )


def still_skipped(skipped: frozenset[str], known: Sequence[ProductMapping]) -> frozenset[str]:
    """Return those of the products that were left out for good that still stand for nothing."""
    return skipped & {one.id for one in known if one.product is None}


def open_products(known: Sequence[ProductMapping], skipped: frozenset[str]) -> list[ProductMapping]:
    """Return the products that stand for nothing, where Preo tells, and of which nobody said that they are left out."""
    return [one for one in known if one.product is None and is_told(one) and one.id not in skipped]


async def is_complete(preo: Preo, import_id: str) -> bool | None:
    """Whether every product stands for one of the edition's or is left out for good; None where nothing was left out.

    Raises:
        PreoError: the products cannot be had.
    """
    skipped = await skipped_of(preo.backend).get(import_id)
    return None if not skipped else not open_products(await all_product_mappings(preo, import_id), skipped)
