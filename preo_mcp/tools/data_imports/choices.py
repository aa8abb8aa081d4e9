"""What an edition has for orders to be of: its products and their variants, as the context of conditions names them."""

from collections.abc import Mapping
from dataclasses import dataclass

from preo_mcp.api.errors import NotFoundError
from preo_mcp.api.models.segments import CelContext, CelContextQuery, ContextProduct
from preo_mcp.api.operations import GET_CEL_CONTEXT
from preo_mcp.approval.wording import Series, Words
from preo_mcp.calls.preo import Preo


@dataclass(frozen=True, slots=True)
class Choices:
    """An edition's products by id; none where Preo does not tell them, and then nothing is known to be wrong."""

    products: Mapping[str, ContextProduct]

    @property
    def are_known(self) -> bool:
        """Whether Preo tells them."""
        return bool(self.products)

    def in_words(self, product_id: str, variant_id: str | None = None) -> Words:
        """Return a product, and a variant of it, by name; by id where it has none."""
        product = self.products.get(product_id)
        name = (product and product.name) or product_id
        if variant_id is None:
            return name
        variants = product.variants if product else []
        variant = next((one.name for one in variants if one.id == variant_id), None)
        return Series((name, variant or variant_id), " / ")

    def why_not(self, product_id: str, variant_id: str | None = None) -> str | None:
        """Return why no order can be of a product and a variant; None where one can, or where that is not known."""
        product = self.products.get(product_id)
        if product is None:
            return f"the edition has no product {product_id}" if self.are_known else None
        is_told = "variants" in product.model_fields_set
        if variant_id is None or not is_told or any(one.id == variant_id for one in product.variants):
            return None
        return f"the product {product_id} has no variant {variant_id}"


async def choices_of(preo: Preo, edition_id: str | None) -> Choices:
    """Return what an edition has; nothing where Preo does not tell.

    Raises:
        PreoError: it cannot be had.
    """
    if edition_id is None:
        return Choices({})
    query = CelContextQuery(edition_id=edition_id)
    try:
        context = await preo.request(GET_CEL_CONTEXT, CelContext, query=query)
    except NotFoundError:  # its path is inferred
        return Choices({})
    return Choices({product.id: product for product in context.dynamic_values.products})
