"""The context of CEL expressions: what an edition offers to name in them (observed in fragments)."""

from pydantic import Field

from preo_mcp.models.base import Embedded, Request, Response


class ContextVariant(Embedded):
    """A variant of a product (inferred)."""

    id: str
    name: str | None = None
    code: str | None = None


class ContextProduct(Embedded):
    """A product of an edition; `code` and `variants` are inferred."""

    id: str
    name: str | None = None
    category_ids: list[str] = Field(default_factory=list[str])
    code: str | None = None
    variants: list[ContextVariant] = Field(default_factory=list[ContextVariant])


class DynamicValues(Response):
    """The values of one edition that expressions can name."""

    products: list[ContextProduct] = Field(default_factory=list[ContextProduct])
    product_types: list[str] = Field(default_factory=list[str])
    purchase_statuses: list[str] = Field(default_factory=list[str])


class CelContextQuery(Request):
    """The query of Get CEL context schema and dynamic values (inferred)."""

    edition_id: str


class CelContext(Response):
    """The context of an edition's expressions."""

    dynamic_values: DynamicValues
