"""The products of an edition, as the context of its conditions tells them: Preo has no list of products."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

from pydantic import MISSING, Field

from preo_mcp.api.errors import PreoError
from preo_mcp.api.models.base import Embedded, Page, PageQuery
from preo_mcp.api.models.segments import CelContext, CelContextQuery, ContextProduct
from preo_mcp.api.operations import GET_CEL_CONTEXT, Risk
from preo_mcp.calls.preo import Preo, together
from preo_mcp.calls.tool import Workflow, tool
from preo_mcp.replies.listing import Listing, listing
from preo_mcp.text.folding import folded
from preo_mcp.tools.arguments import EditionId, PageNumber, PageSize
from preo_mcp.tools.editions.facts import get_edition_detail

NOT_TOLD: Final = "Preo does not tell stock, sold numbers, taxes, fees or options of products."
UNDOCUMENTED: Final = {"price": "prices", "code": "codes", "variants": "variants"}
"""Fields of products that are inferred: they may be missing from every answer."""


class ShownVariant(Embedded):
    """A variant of a product."""

    id: str
    name: str | None = None
    code: str | None = None
    price: float | None = None


class ShownProduct(Embedded):
    """A product with its variants."""

    id: str
    name: str | None = None
    code: str | None = None
    price: float | None = None
    category_ids: list[str] | None = None
    variants: list[ShownVariant] | None = None


class ProductListing(Listing[ShownProduct]):
    """A list of an edition's products, with what their prices are in and what is not known of them."""

    currency: str | None = None
    notes: list[str] = Field(default_factory=list[str])

    @classmethod
    def of(cls, rows: Sequence[ShownProduct], query: PageQuery, filters: Mapping[str, str], **more: Any) -> Self:
        """Return the page of `rows` that a query asks for; `more` are the fields beside the rows."""
        start, end = (query.page - 1) * query.page_size, query.page * query.page_size
        following = "here" if end < len(rows) else None
        page = Page[ShownProduct](count=len(rows), next=following, results=list(rows[start:end]))
        listed = cls(**dict(listing(page, query, filtered_here=filters)), **more)
        listed._query = query
        return listed


@tool(Workflow("List products", Risk.READ))
async def list_products(
    preo: Preo,
    edition_id: EditionId,
    search: str | MISSING = MISSING,
    page: PageNumber = 1,
    page_size: PageSize = 100,
) -> ProductListing:
    """List an edition's products with variants, prices, codes and ids, for refunds, imports and conditions."""
    context, currency = await together(
        preo.request(GET_CEL_CONTEXT, CelContext, query=CelContextQuery(edition_id=edition_id)),
        _currency(preo, edition_id),
    )
    products = context.dynamic_values.products
    words = folded(search).split() if isinstance(search, str) else []
    found = [one for one in products if _holds(one, words)]
    rows = [ShownProduct.model_validate(one.model_dump()) for one in found]
    filters = {"edition_id": edition_id, **({"search": search} if isinstance(search, str) and words else {})}
    query = PageQuery(page=page, page_size=page_size)
    return ProductListing.of(rows, query, filters, currency=currency, notes=[*_absent(products), NOT_TOLD])


async def _currency(preo: Preo, edition_id: str) -> str | None:
    """Return what an edition's prices are in; None where it does not tell, which keeps no product from being listed."""
    try:
        return (await get_edition_detail(preo, edition_id)).currency
    except PreoError:
        return None


def _holds(product: ContextProduct, words: list[str]) -> bool:
    """Whether each word is in a name, a code or an id of a product or of its variants."""
    parts = [product, *product.variants]
    text = folded("\n".join(filter(None, (field for one in parts for field in (one.id, one.name, one.code)))))
    return all(word in text for word in words)


def _absent(products: list[ContextProduct]) -> list[str]:
    """Say which fields came with none of the products: whether they have any is unknown then."""
    missing = [told for name, told in UNDOCUMENTED.items() if not any(name in one.model_fields_set for one in products)]
    return [f"Preo sent no {', '.join(missing)}: whether there are any is unknown."] if products and missing else []
