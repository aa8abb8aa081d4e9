"""Finding the part of a condition where types do not fit, and what to do about it."""

from typing import Final

from preo_mcp.cel.context import Context, Kind
from preo_mcp.cel.mistakes import NO_ADVICE, Advice, Edit
from preo_mcp.cel.shapes import item_of, scoped, shape_of
from preo_mcp.cel.syntax import Binary, Call, Chain, Index, Loop, Node, Select, Unary
from preo_mcp.cel.type_rules import Place, bring_together

LOOK: Final = "exists(x, x.field == ...) looks into the objects of a list"


def advice_on(condition: str, tree: Node, context: Context, operator: str, at: int) -> Advice:
    """Return what to do about an operator or function that stands at a place and does not take what it is given."""
    for node, scope in scoped(tree, context):
        if _is_at(node, condition, operator, at):
            where = Place(condition, context, node, scope)
            return bring_together(where)
    return NO_ADVICE


def advice_on_selection(condition: str, tree: Node, context: Context, at: int) -> Advice:
    """Return how to get at a field, at a place, of something that has none."""
    for node, scope in scoped(tree, context):
        if isinstance(node, Select) and node.operand.end <= at < node.end and node.end - len(node.field) > at:
            return _selection(Place(condition, context, node, scope), node)
    return NO_ADVICE


def asked_in_loop(condition: str, tree: Node, context: Context, at: int) -> tuple[str, Place] | None:
    """Return the loop whose bracket opens at a place: its macro, and what it asks of each."""
    for node, scope in scoped(tree, context):
        if isinstance(node, Loop) and condition[node.over.end : at].strip(" .\n\t") == node.macro:
            inside = {**scope, node.variable: item_of(shape_of(node.over, context, scope))}
            return node.macro, Place(condition, context, node.body, inside)
    return None


def _is_at(node: Node, condition: str, operator: str, at: int) -> bool:
    match node:
        case Binary(operator=own, left=left, right=right):
            return own == operator and left.end <= at < right.start
        case Chain(operator=own, operands=operands):
            return own == operator and operands[0].end <= at < operands[-1].start
        case Unary(operator=own):
            return own == operator and node.start == at
        case Index(operand=operand, key=key):
            return operator == "[ ]" and operand.end <= at < key.start
        case Call(function=function):
            return function == operator and node.start <= at < node.end and condition[:at].rstrip().endswith(function)
        case _:
            return False


def _selection(where: Place, node: Select) -> Advice:
    shape = where.shape(node.operand)
    if node.field in ("size", "length", "count", "len") and (shape.startswith("list<") or shape == Kind.STRING):
        edit = Edit(node.end - len(node.field), node.end, "size()")
        return Advice(f"{where.text(node.operand)}.size()", (edit,))
    if shape.startswith("list<"):
        known = where.context.field(item_of(shape), node.field) is not None
        example = f"{where.text(node.operand)}.exists(x, x.{node.field} == ...)"
        return Advice(example if known else LOOK)
    return NO_ADVICE
