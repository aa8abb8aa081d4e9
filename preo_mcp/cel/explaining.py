"""A condition in plain English, from its tree: every construct of the language, the source where nothing is known."""

from collections.abc import Iterator, Mapping
from typing import Final

from preo_mcp.cel.clauses import Clauses
from preo_mcp.cel.context import Context
from preo_mcp.cel.shapes import NO_SCOPE, scoped, shape_of
from preo_mcp.cel.syntax import Chain, Node, Select

HEADS: Final = {"&&": "all of these are so", "||": "at least one of these is so"}


def explain(condition: str, tree: Node, context: Context, labels: Mapping[str, str] | None = None) -> str:
    """Return what a condition asks of a customer; `labels` are names of ids that may stand in it."""
    teller = Clauses(condition, context, labels or {})
    if isinstance(tree, Chain):
        return f"A customer is in the segment if {HEADS[tree.operator]}:\n{_listed(teller, tree, 0)}"
    return f"A customer is in the segment if {teller.clause(tree, NO_SCOPE)}."


def fields_named(tree: Node, context: Context) -> list[str]:
    """Return the fields that a condition names, with what is said of them: `User.country: of the phone number`."""
    found: dict[str, None] = {}
    for node, scope in scoped(tree, context):
        if isinstance(node, Select):
            owner = shape_of(node.operand, context, scope)
            known = context.field(owner, node.field)
            if known is not None and known.description:
                found[f"{owner}.{known.name}: {known.description}"] = None
    return list(found)


def _listed(teller: Clauses, chain: Chain, depth: int) -> str:
    return "\n".join(_lines(teller, chain, "  " * depth))


def _lines(teller: Clauses, chain: Chain, indent: str) -> Iterator[str]:
    for operand in chain.operands:
        if isinstance(operand, Chain):
            yield f"{indent}- {HEADS[operand.operator]}:"
            yield from _lines(teller, operand, f"{indent}  ")
        else:
            yield f"{indent}- {teller.clause(operand, NO_SCOPE)}"
