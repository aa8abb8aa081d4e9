"""Conditions of segments: what they are made of, and whether one is sound."""

from collections.abc import Iterator
from typing import Annotated, Final
from unicodedata import combining, east_asian_width

from pydantic import MISSING, BaseModel, Field, WithJsonSchema

from preo_mcp.api.errors import ValidationError
from preo_mcp.api.models.base import Embedded
from preo_mcp.api.models.segments import CelContext, CelContextQuery, CelSample, ContextField, ContextFunction
from preo_mcp.api.operations import GET_CEL_CONTEXT, VALIDATE_CEL_EXPRESSION, Risk
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.tool import Workflow, tool
from preo_mcp.cel.clauses import explain, fields_named
from preo_mcp.cel.limits import excesses
from preo_mcp.cel.mistakes import Mistake
from preo_mcp.cel.parser import UnreadableError, parse
from preo_mcp.cel.sums import SPENT, summed
from preo_mcp.cel.synonyms import SUMS
from preo_mcp.cel.tokens import place
from preo_mcp.tools.arguments import EditionId
from preo_mcp.tools.segments.checking import Checker
from preo_mcp.tools.segments.context import asked_context

SAMPLES: Final = 3
"""Customers who are shown of those who match."""

ANY_OBJECT: Final = {"type": "object"}
"""What an object looks like is seen when it comes; spelled out, it would cost every session its tokens."""

MOBILES: Final = "has(user.phone_number) && user.phone_number.matches('^[+]491[567]')"
LACKING: Final = (
    (SUMS, f"There are no sums: add the first items, as in {summed(*SPENT, 3)} > 5000; further ones are not counted."),
    (frozenset({"ismobile"}), f"A mobile number shows by its prefix alone, such as Germany's: {MOBILES}."),
)
"""What is often asked for and not there, unless a function is called so, and what stands for it."""


class ShownVariant(Embedded):
    """A variant that a condition can name."""

    id: str
    name: str | None = None


class ShownProduct(Embedded):
    """A product that a condition can name."""

    id: str
    name: str | None = None
    category_ids: list[str] | None = None
    variants: list[ShownVariant] | None = None


class ShownContext(BaseModel):
    """The context of an edition's conditions in lines: `user: User`, `User: id string, email string?, …`.

    Notes say what it lacks.
    """

    edition_id: str
    variables: list[str]
    types: list[str]
    functions: list[str]
    product_types: list[str]
    purchase_statuses: list[str]
    consents: list[str]
    products: list[ShownProduct]
    notes: list[str]


@tool(GET_CEL_CONTEXT)
async def get_cel_context(preo: Preo, edition_id: EditionId) -> ShownContext:
    """Show what CEL conditions can name: fields, functions with examples, an edition's products and variants."""
    context = await preo.request(GET_CEL_CONTEXT, CelContext, query=CelContextQuery(edition_id=edition_id))
    values = context.dynamic_values
    return ShownContext(
        edition_id=edition_id,
        variables=[f"{one.name}: {_field(one, ' – ')}" for one in context.variables],
        types=[f"{one.name}: {', '.join(_fields(one.fields))}" for one in context.types],
        functions=[_function(one) for one in context.functions],
        product_types=values.product_types,
        purchase_statuses=values.purchase_statuses,
        consents=[f"{one.id}: {one.name}" for one in values.consents],
        products=[ShownProduct.model_validate(one.model_dump()) for one in values.products],
        notes=[note for names, note in LACKING if not names & {one.name.casefold() for one in context.functions}],
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
    organization_id: Annotated[str, Field(description="Knows ids of all its editions.")] | MISSING = MISSING,
    count: bool | MISSING = MISSING,  # noqa: FBT001 - a tool's arguments are named
) -> ShownValidation:
    """Check a condition: mistakes, places, a correction; count adds matches and samples."""
    edition, organization = (None if one is MISSING else one for one in (edition_id, organization_id))
    checker = Checker(preo, edition, organization)
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


WHAT = "Explain CEL expression"
NEXT_STEP = "Ask validate_cel_expression for all mistakes and a correction."


class Explanation(BaseModel):
    """What a condition asks of a customer, and below it what is said of the fields that it names."""

    explanation: str
    notes: list[str]


@tool(Workflow(WHAT, Risk.READ))
async def explain_cel_expression(preo: Preo, expression: str, edition_id: str | MISSING = MISSING) -> Explanation:
    """Say in words what a condition asks; edition_id names its ids."""
    found = await asked_context(preo, None if edition_id is MISSING else edition_id)
    if excess := next(iter(excesses(expression)), None):
        raise _refused(excess.message, excess.line, excess.column)
    try:
        tree = parse(expression)
    except UnreadableError as exc:
        raise _refused(str(exc), *place(expression, exc.at)) from None
    labels = {key: name for values in found.values.of.values() for key, name in values.items()}
    words = explain(expression, tree, found.context, labels)
    fields = "; ".join(fields_named(tree, found.context))
    return Explanation(
        explanation=f"{words}\nFields: {fields}" if fields else words,
        notes=found.notes,
    )


def _refused(why: str, line: int, column: int) -> ValidationError:
    return ValidationError(f"{WHAT} failed", f"line {line}, column {column}: {why}", NEXT_STEP)


WIDEST: Final = 100
"""Characters of a line that are shown."""
BEFORE: Final = 60
"""Of these, at most, before the place."""
CUT: Final = "…"


def caret(condition: str, line: int, column: int) -> str:
    """Return a line of a condition, cut around the place where it is long, and a line with ^ under the character.

    Line and column count from 1; the column after a line's end is where something is missing.
    """
    lines = condition.split("\n")
    shown = lines[line - 1].rstrip("\r").replace("\t", " ") if line <= len(lines) else ""
    at = min(column - 1, len(shown))
    start = max(0, at - BEFORE)
    head, tail = (CUT if start else ""), (CUT if len(shown) > start + WIDEST else "")
    before = head + shown[start:at]
    return f"{before}{shown[at : start + WIDEST]}{tail}\n{''.join(map(_dots, before))}^"


def _dots(character: str) -> str:
    """Return dots as wide as a character."""
    if combining(character):
        return ""
    return ".." if east_asian_width(character) in "WF" else "."
