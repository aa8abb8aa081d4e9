"""Conditions of segments: what they are made of, and whether one is sound."""

from collections.abc import Iterator

from pydantic import MISSING, BaseModel

from preo_mcp.models.base import Embedded
from preo_mcp.models.segments import (
    CelContext,
    CelContextQuery,
    CelValidation,
    ContextField,
    ContextFunction,
    ValidateCelRequest,
)
from preo_mcp.operations import GET_CEL_CONTEXT, VALIDATE_CEL_EXPRESSION
from preo_mcp.preo import Preo
from preo_mcp.tool import tool
from preo_mcp.tools.arguments import EditionId


class ShownProduct(Embedded):
    """A product that a condition can name."""

    id: str
    name: str | None = None
    category_ids: list[str] | None = None


class ShownContext(BaseModel):
    """The context of conditions in lines: `user: User`, `User: id string, email string?, …`."""

    variables: list[str]
    types: list[str]
    functions: list[str]
    product_types: list[str]
    purchase_statuses: list[str]
    consents: list[str]
    products: list[ShownProduct]


@tool(GET_CEL_CONTEXT)
async def get_cel_context(preo: Preo, edition_id: EditionId) -> ShownContext:
    """Show what CEL conditions can name: fields, functions with examples, an edition's products."""
    context = await preo.call(GET_CEL_CONTEXT, CelContext, query=CelContextQuery(edition_id=edition_id))
    values = context.dynamic_values
    return ShownContext(
        variables=[f"{one.name}: {_field(one, ' – ')}" for one in context.variables],
        types=[f"{one.name}: {', '.join(_fields(one.fields))}" for one in context.types],
        functions=[_function(one) for one in context.functions],
        product_types=values.product_types,
        purchase_statuses=values.purchase_statuses,
        consents=[f"{one.id}: {one.name}" for one in values.consents],
        products=[ShownProduct.model_validate(one.model_dump()) for one in values.products],
    )


@tool(VALIDATE_CEL_EXPRESSION)
async def validate_cel_expression(preo: Preo, expression: str, edition_id: str | MISSING = MISSING) -> CelValidation:
    """Check a condition: every mistake with its place and a suggestion."""
    request = ValidateCelRequest(expression=expression, edition_id=edition_id)
    return await preo.call(VALIDATE_CEL_EXPRESSION, CelValidation, body=request)


def _fields(fields: list[ContextField]) -> Iterator[str]:
    return (f"{field.name} {_field(field, ' (', ')')}" for field in fields)


def _field(field: ContextField, before: str, after: str = "") -> str:
    return f"{field.type}{before}{field.description}{after}" if field.description else str(field.type)


def _function(function: ContextFunction) -> str:
    parts = (function.description, f"e.g. {function.example}" if function.example else None)
    return ": ".join([function.syntax or function.name, "; ".join(part for part in parts if part)])
