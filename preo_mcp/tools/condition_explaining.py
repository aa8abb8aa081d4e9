"""Conditions of segments in words, for a person who has to agree to one."""

from pydantic import MISSING, BaseModel

from preo_mcp.cel.explaining import explain, fields_named
from preo_mcp.cel.limits import excesses
from preo_mcp.cel.parser import UnreadableError, parse
from preo_mcp.cel.tokens import place
from preo_mcp.errors import ValidationError
from preo_mcp.operations import Risk
from preo_mcp.preo import Preo
from preo_mcp.tool import Workflow, tool
from preo_mcp.tools.condition_context import asked_context

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
