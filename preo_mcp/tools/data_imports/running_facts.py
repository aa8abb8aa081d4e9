"""What a person is shown before a running import goes on otherwise than they agreed to."""

from collections.abc import Sequence
from typing import Final

from pydantic import MISSING

from preo_mcp.api.errors import ValidationError
from preo_mcp.api.models.data_imports import DataImport, ProductMapping, ProductMappingChange, Stage
from preo_mcp.api.operations import UPDATE_PRODUCT_MAPPINGS
from preo_mcp.approval.facts import CHANGES, Facts, Line
from preo_mcp.approval.wording import Message, Series, Words, row, say
from preo_mcp.calls.preo import Preo, together
from preo_mcp.tools.data_imports.beside import without_skips
from preo_mcp.tools.data_imports.choices import Choices, choices_of
from preo_mcp.tools.data_imports.facts import (
    all_product_mappings,
    import_lines,
    is_told,
    listed_lines,
    name_in_file,
    stakes_of,
)
from preo_mcp.tools.data_imports.stages import get_import
from preo_mcp.tools.fact_words import BEFORE_AND_AFTER, NONE, UNKNOWN, change, changed_field, named

COLUMNS: Final = (("product", say("In the file")), *BEFORE_AND_AFTER)
Target = tuple[str | None, str | None]
"""A product and its variant, by id."""


async def facts_of_product_mappings(preo: Preo, import_id: str, mappings: list[ProductMappingChange]) -> Facts | None:
    """Return which products the orders that are still to be written will have; None where nothing is written yet.

    Raises:
        ValidationError: nothing would change, or a product is not the import's or the edition's.
        PreoError: the import or its products cannot be had.
    """
    data_import = await get_import(preo, import_id)
    if data_import.stage is not Stage.IMPORTING:
        return None
    edition = data_import.edition
    mapped, choices = await together(all_product_mappings(preo, import_id), choices_of(preo, edition and edition.id))
    known, mappings = {mapping.id: mapping for mapping in mapped}, without_skips(mappings)
    _must_be_possible(mappings, known, choices)
    changes = [_change(known[wish.id], wish, choices) for wish in mappings]
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
    is_code_told = "default_country_code" in data_import.model_fields_set
    if is_code_told and data_import.default_country_code == default_country_code:
        return None
    before = data_import.default_country_code if is_code_told else UNKNOWN
    lines: list[Line] = [(changed_field("default_country_code"), change(before, default_country_code))]
    if name is not MISSING:
        lines.append((changed_field("name"), change(data_import.name, name)))
    return _facts(data_import, lines)


def _facts(data_import: DataImport, changes: Sequence[Line]) -> Facts:
    question = say(
        "Change the import {name}, which is running? It counts for the orders that are not written yet.",
        name=named(data_import.name, data_import.id),
    )
    return Facts(
        question, tuple(import_lines(data_import)), stakes=stakes_of(data_import), deciding=tuple(changes), yes=CHANGES
    )


def _must_be_possible(
    mappings: Sequence[ProductMappingChange], known: dict[str, ProductMapping], choices: Choices
) -> None:
    what = f"{UPDATE_PRODUCT_MAPPINGS.title} was not done"
    look = "Look with list_product_mappings; get_cel_context shows the edition's products and variants."
    for place, wish in enumerate(mappings):
        if wish.id not in known:
            raise ValidationError(what, f"mappings.{place}.id: the import has no product {wish.id}", look)
        product, variant = _after(known[wish.id], wish)
        if product is not None and (why := choices.why_not(product, variant)):
            raise ValidationError(what, f"mappings.{place}: {why}", look)
    if all(is_told(known[wish.id]) and _before(known[wish.id]) == _after(known[wish.id], wish) for wish in mappings):
        raise ValidationError(what, "nothing would change", look)


def _before(mapping: ProductMapping) -> Target:
    return mapping.product and mapping.product.api_id, mapping.variant and mapping.variant.api_id


def _after(mapping: ProductMapping, wish: ProductMappingChange) -> Target:
    product, variant = _before(mapping)
    wished = product if wish.product_id is MISSING else wish.product_id
    kept = variant if wished == product else None  # Preo drops the variant of another product
    return wished, kept if wish.variant_id is MISSING else wish.variant_id


def _change(mapping: ProductMapping, wish: ProductMappingChange, choices: Choices) -> Message:
    before = _target(_before(mapping), choices) if is_told(mapping) else UNKNOWN
    after = _target(_after(mapping, wish), choices)
    if not is_told(mapping) and wish.product_id is MISSING:
        after = UNKNOWN
    values = {"before": before or NONE, "after": after or NONE}
    return row(say("{product}: {before} → {after}", product=name_in_file(mapping), **values), *COLUMNS)


def _target(target: Target, choices: Choices) -> Words | None:
    product, variant = target
    if product is None:
        return None if variant is None else variant
    ids = Series(tuple(key for key in target if key is not None), " / ")
    return say("{name} ({id})", name=choices.in_words(product, variant), id=ids)
