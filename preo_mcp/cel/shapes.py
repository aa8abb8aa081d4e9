"""The types of a condition's parts, as documentation writes them: `string?`, `list<Order>`; `dyn` where unknown."""

from collections.abc import Iterator, Mapping
from typing import Final

from preo_mcp.cel.context import Context, Kind
from preo_mcp.cel.syntax import (
    Binary,
    Call,
    Chain,
    Choice,
    Has,
    Index,
    ListOf,
    Literal,
    Loop,
    MapOf,
    Name,
    Node,
    Select,
    Unary,
    children,
)

Scope = Mapping[str, str]
"""The types of the variables of the loops around a part."""
NO_SCOPE: Final[Scope] = {}

DYN: Final = "dyn"
BOOL: Final = "bool"
DURATION: Final = "duration"
MAP: Final = "map"

_CALLS: Final = {
    **dict.fromkeys(("size", "int"), "int"),
    **dict.fromkeys(("contains", "startsWith", "endsWith", "matches", "bool"), BOOL),
    **dict.fromkeys(("timestamp",), "timestamp"),
    **{name: name for name in ("string", "double", "uint", "bytes", "duration")},
}
_VALUES: Final[dict[type, str]] = {str: "string", bytes: "bytes", bool: BOOL, int: "int", float: "double"}
_LOOPS: Final = {"all": BOOL, "exists": BOOL, "exists_one": BOOL, "existsOne": BOOL}
_COMPARISONS: Final = frozenset(["<", "<=", ">", ">=", "==", "!=", "in"])


def item_of(shape: str) -> str:
    """Return the type of a list's items."""
    return shape[len("list<") : -1] if shape.startswith("list<") else DYN


def scoped(node: Node, context: Context, scope: Scope = NO_SCOPE) -> Iterator[tuple[Node, Scope]]:
    """Yield a part and all parts inside it, each with the variables of the loops around it."""
    yield node, scope
    if isinstance(node, Loop):
        inside = {**scope, node.variable: item_of(shape_of(node.over, context, scope))}
        yield from scoped(node.over, context, scope)
        for one in (node.only, node.body):
            if one is not None:
                yield from scoped(one, context, inside)
        return
    for child in children(node):
        yield from scoped(child, context, scope)


def shape_of(node: Node, context: Context, scope: Scope) -> str:
    """Return the type of a part."""
    match node:
        case Name(name=name):
            return _shape_of_name(name, context, scope)
        case Select(operand=operand, field=name):
            field = context.field(shape_of(operand, context, scope), name)
            return DYN if field is None else field.shown_type
        case Loop():
            return _shape_of_loop(node, context, scope)
        case Binary():
            return _shape_of_binary(node, context, scope)
        case Choice(yes=node) | Unary(operator="-", operand=node):
            return shape_of(node, context, scope)
        case Index(operand=operand):
            return item_of(shape_of(operand, context, scope))
        case ListOf(items=items):
            return f"list<{shape_of(items[0], context, scope) if items else DYN}>"
        case _:
            return _plain_shape(node)


def _plain_shape(node: Node) -> str:
    """Return the type of what has the same whatever it is made of."""
    match node:
        case Literal(value=value):
            return _VALUES.get(type(value), "null")
        case Has() | Chain() | Unary():
            return BOOL
        case Call(function=function):
            return "int" if function.startswith("get") else _CALLS.get(function, DYN)
        case MapOf():
            return MAP
        case _:
            return DYN


def _shape_of_name(name: str, context: Context, scope: Scope) -> str:
    if name in scope:
        return scope[name]
    variable = context.variable(name)
    return DYN if variable is None else variable.type


def _shape_of_loop(node: Loop, context: Context, scope: Scope) -> str:
    over = shape_of(node.over, context, scope)
    if node.macro == "filter":
        return over
    if node.macro == "map":
        return f"list<{shape_of(node.body, context, {**scope, node.variable: item_of(over)})}>"
    return _LOOPS[node.macro]


def _shape_of_binary(node: Binary, context: Context, scope: Scope) -> str:
    if node.operator in _COMPARISONS:
        return BOOL
    left, right = (shape_of(one, context, scope).rstrip("?") for one in (node.left, node.right))
    if Kind.TIMESTAMP in (left, right):
        return DURATION if left == right else Kind.TIMESTAMP
    return left if left != DYN else right
