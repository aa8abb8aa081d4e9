"""The context of an edition's CEL expressions: so far the dynamic values, which name its products."""

import json

from preo_mcp.models.segments import CelContext, CelContextQuery
from preo_mcp.operations import GET_CEL_CONTEXT
from preo_mcp.sandbox.editions import visible_edition
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.store import Doc

PURCHASE_STATUSES = ("completed", "confirmed", "pending", "cancelled", "refunded")
"""Inferred."""

ENDPOINTS = Endpoints()


@ENDPOINTS.endpoint(GET_CEL_CONTEXT, query=CelContextQuery, returns=CelContext)
async def get_cel_context(call: Call[CelContextQuery, Nothing]) -> Doc:
    """Answer what expressions about an edition can name; `code` and `variants` of products are inferred."""
    edition = visible_edition(call.store, call.member, call.query.edition_id)
    rows = call.store.db.execute("SELECT doc FROM products WHERE edition_id = ? ORDER BY id", (edition["id"],))
    products = [json.loads(doc) for (doc,) in rows]
    return {
        "dynamic_values": {
            "products": [_product(product) for product in products],
            "product_types": sorted({product["type"] for product in products}),
            "purchase_statuses": list(PURCHASE_STATUSES),
        }
    }


def _product(product: Doc) -> Doc:
    variants = [{"id": one["api_id"], "name": one["name"], "code": one["code"]} for one in product["variants"]]
    fields = {name: product[name] for name in ("id", "name", "category_ids", "code")}
    return {**fields, "variants": variants}
