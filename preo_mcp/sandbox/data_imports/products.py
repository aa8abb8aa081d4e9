"""List and update product mappings."""

from collections.abc import Sequence
from typing import Any

from pydantic import MISSING

from preo_mcp.api.models.base import Page, PageQuery
from preo_mcp.api.models.data_imports import (
    ListDataImportsQuery,
    ProductMapping,
    ProductMappingChange,
    UpdateProductMappingsRequest,
)
from preo_mcp.api.operations import LIST_PRODUCT_MAPPINGS, UPDATE_PRODUCT_MAPPINGS
from preo_mcp.sandbox.data_imports.bulk_changes import refuse_changes, rows_to_change
from preo_mcp.sandbox.data_imports.catalogue import Catalogue
from preo_mcp.sandbox.data_imports.documents import Import, changeable, must_allow, save, visible
from preo_mcp.sandbox.lists import paged
from preo_mcp.sandbox.routing import B, Call, Endpoints, Nothing
from preo_mcp.sandbox.store import Doc, Store

ENDPOINTS = Endpoints()

COLUMNS = "id, sku, name, quantity, product_id, variant_id"
PRODUCT_FIELDS = ("api_id", "name", "is_draft", "images")
VARIANT_FIELDS = ("api_id", "name")


@ENDPOINTS.endpoint(LIST_PRODUCT_MAPPINGS, returns=Page[ProductMapping], query=ListDataImportsQuery, honoured=PageQuery)
async def list_product_mappings(call: Call[PageQuery, Nothing]) -> Doc:
    """List the distinct products of the file in the order in which they appear; of the query only the page counts."""
    return _page(call, visible(call))


@ENDPOINTS.endpoint(
    UPDATE_PRODUCT_MAPPINGS,
    returns=Page[ProductMapping],
    query=ListDataImportsQuery,
    honoured=PageQuery,
    body=UpdateProductMappingsRequest,
)
async def update_product_mappings(call: Call[PageQuery, UpdateProductMappingsRequest]) -> Doc:
    """Assign products of the edition, all or nothing; null takes an assignment away.

    Another product drops the variant unless the call names one. While importing, a change counts for the orders that
    are not written yet.

    Raises:
        Problem: 400 by place in the list: an unknown id, one given twice, a product that is not the edition's, a
            variant that is not the product's.
    """
    found = changeable(call)
    must_allow(found, UPDATE_PRODUCT_MAPPINGS)
    changes = call.body.mappings
    rows = rows_to_change(
        _stored(call.store, found, [change.id for change in changes]), [change.id for change in changes]
    )
    catalogue = Catalogue(call.store, found.edition_id)
    wanted = [_wanted(change, row) for change, row in zip(changes, rows, strict=True)]
    refuse_changes([_problem(catalogue, *pair) for pair in wanted])
    if changes:
        with call.store.transaction() as db:
            db.executemany(
                "UPDATE product_mappings SET product_id = ?, variant_id = ? WHERE id = ?",
                [(*pair, row["id"]) for pair, row in zip(wanted, rows, strict=True)],
            )
            save(call.store, found)
    return _page(call, found)


def _stored(store: Store, found: Import, ids: Sequence[str]) -> dict[str, Doc]:
    """Return those of the rows that belong to the import."""
    stored: dict[str, Doc] = {}
    for key in ids:
        row = store.db.execute(
            "SELECT id, product_id, variant_id FROM product_mappings WHERE id = ? AND parse_id = ?",
            (key, found.doc["parse_id"]),
        ).fetchone()
        if row is not None:
            stored[key] = {"id": row[0], "product_id": row[1], "variant_id": row[2]}
    return stored


def _wanted(change: ProductMappingChange, row: Doc) -> tuple[str | None, str | None]:
    """Return product and variant as they would be after a change."""
    product = row["product_id"] if change.product_id is MISSING else change.product_id
    if change.variant_id is not MISSING:
        return product, change.variant_id
    return product, row["variant_id"] if product is not None and product == row["product_id"] else None


def _problem(catalogue: Catalogue, product_id: str | None, variant_id: str | None) -> dict[str, Any]:
    if product_id is None:
        return {} if variant_id is None else {"variant_id": ["A variant needs its product: give product_id too."]}
    if catalogue.product(product_id) is None:
        return {"product_id": [f"The edition has no product with the id {product_id[:80]!r}."]}
    if variant_id is not None and catalogue.variant(product_id, variant_id) is None:
        return {"variant_id": [f"The product {product_id} has no variant with the id {variant_id[:80]!r}."]}
    return {}


def _page(call: Call[PageQuery, B], found: Import) -> Doc:
    parse_id = found.doc["parse_id"]
    count = 0 if parse_id is None else found.doc["parsed"]["products_total"]
    catalogue = Catalogue(call.store, found.edition_id)

    def fetch(limit: int, offset: int) -> Sequence[Doc]:
        rows = call.store.db.execute(
            f"SELECT {COLUMNS} FROM product_mappings WHERE parse_id = ? AND position >= ? ORDER BY position LIMIT ?",  # noqa: S608 - our own names
            (parse_id, offset, limit),
        )
        return [_represent(catalogue, *row) for row in rows.fetchall()]

    return paged(call.url, call.query, count, fetch)


def _represent(
    catalogue: Catalogue,
    key: str,
    sku: str,
    name: str | None,
    quantity: int,
    product_id: str | None,
    variant_id: str | None,
) -> Doc:
    """Return a mapping in the documented shape; the quantity is a string, as the documentation declares it."""
    product = product_id and catalogue.product(product_id)
    variant = product_id and variant_id and catalogue.variant(product_id, variant_id)
    return {
        "id": key,
        "product_sku": sku,
        "product_name": name,
        "product": {field: product[field] for field in PRODUCT_FIELDS} if product else None,
        "variant": {field: variant[field] for field in VARIANT_FIELDS} if variant else None,
        "quantity_in_import": str(quantity),
    }
