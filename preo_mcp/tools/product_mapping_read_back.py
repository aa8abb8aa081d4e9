"""Whether a change of product mappings happened: what they stand for now, against the wish and as it was."""

from typing import Any

from pydantic import MISSING, BaseModel

from preo_mcp.guardrails.read_back import DidNotHappen, ReadBack, Unknown
from preo_mcp.models.base import Page, PageQuery
from preo_mcp.models.data_imports import ProductMapping, ProductMappingChange
from preo_mcp.operations import LIST_PRODUCT_MAPPINGS
from preo_mcp.preo import Preo
from preo_mcp.replies.listing import listing
from preo_mcp.tools.import_facts import all_product_mappings

Targets = dict[str, list[str | None]]
"""Product and variant by mapping."""


async def _targets(preo: Preo, import_id: str, mappings: list[ProductMappingChange]) -> Targets:
    concerned = {change.id for change in mappings}
    found = [one for one in await all_product_mappings(preo, import_id) if one.id in concerned]
    return {one.id: [one.product and one.product.api_id, one.variant and one.variant.api_id] for one in found}


async def _before(preo: Preo, import_id: str, mappings: list[ProductMappingChange]) -> dict[str, Any]:
    return {"targets": await _targets(preo, import_id, mappings)}


async def _after(
    preo: Preo, remembered: dict[str, Any], import_id: str, mappings: list[ProductMappingChange]
) -> BaseModel | DidNotHappen | Unknown:
    now = await _targets(preo, import_id, mappings)
    if all(_is_met(change, now.get(change.id, [None, None])) for change in mappings):
        query = PageQuery()
        page = await preo.call(LIST_PRODUCT_MAPPINGS, Page[ProductMapping], query=query, id=import_id)
        return listing(page, query, "list_product_mappings")
    if now == remembered["targets"]:
        return DidNotHappen("the products stand for what they stood for before the call")
    return Unknown("the products were changed otherwise meanwhile", "Look with list_product_mappings.")


def _is_met(change: ProductMappingChange, target: list[str | None]) -> bool:
    wished = (change.product_id, change.variant_id)
    return all(wish is MISSING or wish == now for wish, now in zip(wished, target, strict=True))


MAPPINGS_READ_BACK = ReadBack(after=_after, before=_before)
