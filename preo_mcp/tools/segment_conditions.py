"""Conditions of segments: what they are made of, and whether one is sound."""

from collections.abc import Iterator
from typing import Annotated, Final

from pydantic import MISSING, BaseModel, WithJsonSchema

from preo_mcp.cel.carets import caret
from preo_mcp.cel.mistakes import Mistake
from preo_mcp.models.base import Embedded
from preo_mcp.models.segments import (
    CelContext,
    CelContextQuery,
    CelSample,
    ContextField,
    ContextFunction,
)
from preo_mcp.operations import GET_CEL_CONTEXT, VALIDATE_CEL_EXPRESSION
from preo_mcp.preo import Preo
from preo_mcp.tool import tool
from preo_mcp.tools.arguments import EditionId
from preo_mcp.tools.condition_checking import Checker

SAMPLES: Final = 3
"""Customers who are shown of those who match."""

ANY_OBJECT: Final = {"type": "object"}
"""What an object looks like is seen when it comes; spelled out, it would cost every session its tokens."""


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


class ShownMistake(BaseModel):
    """A mistake with its place, both counted from 1, and a caret below its line; `found_by` where only one finds it."""

    line: int
    column: int
    message: str
    suggestion: str | None
    caret: str
    found_by: str | None


class ShownValidation(BaseModel):
    """What is said of a condition, and by whom; `samples` are customers who meet it."""

    valid: bool
    checked_by: str
    errors: list[Annotated[ShownMistake, WithJsonSchema(ANY_OBJECT)]]
    warnings: list[Annotated[ShownMistake, WithJsonSchema(ANY_OBJECT)]] | None
    corrected: str | None
    matching: int | None
    samples: list[Annotated[CelSample, WithJsonSchema(ANY_OBJECT)]] | None
    notes: list[str]


@tool(VALIDATE_CEL_EXPRESSION)
async def validate_cel_expression(
    preo: Preo,
    expression: str,
    edition_id: str | MISSING = MISSING,
    count: bool | MISSING = MISSING,  # noqa: FBT001 - a tool's arguments are named
) -> ShownValidation:
    """Check a condition: mistakes, places, a correction; count adds matches and samples."""
    checker = Checker(preo, None if edition_id is MISSING else edition_id)
    verdict = await checker.check(expression, count=count is True)
    answer = verdict.preo
    return ShownValidation(
        valid=verdict.valid,
        checked_by=verdict.checked_by,
        errors=[_mistake(expression, one, found_by) for one, found_by in verdict.mistakes()],
        warnings=[_mistake(expression, one, None) for one in verdict.warnings] or None,
        corrected=verdict.corrected,
        matching=None if answer is None else answer.matching_count,
        samples=answer.samples[:SAMPLES] or None if answer is not None else None,
        notes=verdict.notes,
    )


def _mistake(expression: str, mistake: Mistake, found_by: str | None) -> ShownMistake:
    return ShownMistake(
        line=mistake.line,
        column=mistake.column,
        message=mistake.message,
        suggestion=mistake.suggestion,
        caret=caret(expression, mistake.line, mistake.column),
        found_by=found_by,
    )


def _fields(fields: list[ContextField]) -> Iterator[str]:
    return (f"{field.name} {_field(field, ' (', ')')}" for field in fields)


def _field(field: ContextField, before: str, after: str = "") -> str:
    return f"{field.type}{before}{field.description}{after}" if field.description else str(field.type)


def _function(function: ContextFunction) -> str:
    parts = (function.description, f"e.g. {function.example}" if function.example else None)
    return ": ".join([function.syntax or function.name, "; ".join(part for part in parts if part)])
