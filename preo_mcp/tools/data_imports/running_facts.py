"""What a person is shown before a running import goes on otherwise than they agreed to."""

from collections.abc import Iterable

from pydantic import MISSING

from preo_mcp.api.models.data_imports import DataImport, ProductMapping, ProductMappingChange, Stage
from preo_mcp.api.models.segments import CelContext, CelContextQuery
from preo_mcp.api.operations import GET_CEL_CONTEXT
from preo_mcp.approval.facts import Facts, Line
from preo_mcp.approval.wording import Message, Series, Words, say
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.together import together
from preo_mcp.tools.data_imports.facts import all_product_mappings, import_lines, listed_lines, name_in_file, stakes_of
from preo_mcp.tools.data_imports.stages import get_import
from preo_mcp.tools.fact_words import change, changed_field, named

QUESTION = say("Change this import, which is running? It counts for the orders that are not written yet.")

Names = dict[str, str | None]
"""Of the edition's products and variants, by id."""


async def facts_of_product_mappings(preo: Preo, import_id: str, mappings: list[ProductMappingChange]) -> Facts | None:
    """Return which products the orders that are still to be written will have; None where nothing is written yet.

    Raises:
        PreoError: the import or its products cannot be had.
    """
    data_import = await get_import(preo, import_id)
    if data_import.stage is not Stage.IMPORTING:
        return None
    mapped, names = await together(all_product_mappings(preo, import_id), _names(preo, data_import))
    known = {mapping.id: mapping for mapping in mapped}
    changes = [_change(known.get(wish.id), wish, names) for wish in mappings]
    return _facts(data_import, listed_lines(say("Product"), changes))


async def facts_of_settings(
    preo: Preo, import_id: str, name: str | MISSING, default_country_code: str | MISSING | None
) -> Facts | None:
    """Return how the phone numbers still to be written will be read; None where nothing is said or written yet.

    Raises:
        PreoError: the import cannot be had.
    """
    if default_country_code is MISSING:
        return None
    data_import = await get_import(preo, import_id)
    if data_import.stage is not Stage.IMPORTING:
        return None
    code = change(data_import.default_country_code, default_country_code)
    lines: list[Line] = [(changed_field("default_country_code"), code)]
    if name is not MISSING:
        lines.append((changed_field("name"), change(data_import.name, name)))
    return _facts(data_import, lines)


def _facts(data_import: DataImport, lines: Iterable[Line]) -> Facts:
    moving = data_import.model_copy(update={"modified": None})  # the run itself may change it while a person reads
    return Facts(QUESTION, (*import_lines(moving), *lines), stakes=stakes_of(data_import))


async def _names(preo: Preo, data_import: DataImport) -> Names:
    if data_import.edition is None:
        return {}
    query = CelContextQuery(edition_id=data_import.edition.id)
    products = (await preo.request(GET_CEL_CONTEXT, CelContext, query=query)).dynamic_values.products
    return {one.id: one.name for product in products for one in (product, *product.variants)}


def _change(mapping: ProductMapping | None, wish: ProductMappingChange, names: Names) -> Message:
    product = mapping and mapping.product and mapping.product.api_id
    variant = mapping and mapping.variant and mapping.variant.api_id
    wished = product if wish.product_id is MISSING else wish.product_id
    kept = variant if wished == product else None  # Preo drops the variant of another product
    before = _target(product, variant, names)
    after = _target(wished, kept if wish.variant_id is MISSING else wish.variant_id, names)
    what = wish.id if mapping is None else name_in_file(mapping)
    return say("{product}: {change}", product=what, change=change(before, after))


def _target(product_id: str | None, variant_id: str | None, names: Names) -> Words | None:
    parts = tuple(named(names.get(key), key) for key in (product_id, variant_id) if key is not None)
    return Series(parts, " / ") if parts else None
