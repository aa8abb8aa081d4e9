"""What a condition is made of once it is read: a tree of nodes that know where they stand in its text."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a condition: from `start` to `end` in its text, `height` nodes high."""

    start: int
    end: int
    height: int


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A value that stands as it is: text, bytes, a number, true, false or null."""

    value: str | bytes | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A variable."""

    name: str


@dataclass(frozen=True, slots=True)
class Select(Node):
    """`operand.field`."""

    operand: Node
    field: str


@dataclass(frozen=True, slots=True)
class Has(Node):
    """`has(operand.field)`."""

    selection: Select


@dataclass(frozen=True, slots=True)
class Call(Node):
    """`function(arguments)` or `target.function(arguments)`."""

    function: str
    target: Node | None
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Loop(Node):
    """`over.macro(variable, body)`; `only` is the condition of a `map` that has one."""

    macro: str
    over: Node
    variable: str
    body: Node
    only: Node | None = None


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """`!operand` or `-operand`."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """Arithmetic, comparison or `in`."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Chain(Node):
    """Two or more operands, all joined by `&&` or all by `||`."""

    operator: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice(Node):
    """`condition ? yes : no`."""

    condition: Node
    yes: Node
    no: Node


@dataclass(frozen=True, slots=True)
class Index(Node):
    """`operand[key]`."""

    operand: Node
    key: Node


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    """`[items]`."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class MapOf(Node):
    """`{key: value}`."""

    entries: tuple[tuple[Node, Node], ...]


@dataclass(frozen=True, slots=True)
class Made(Node):
    """`Type{field: value}`."""

    type: str
    fields: tuple[tuple[str, Node], ...]


def children(node: Node) -> tuple[Node, ...]:
    """Return the nodes directly inside a node, in the order of the text."""
    match node:
        case Select(operand=inner) | Unary(operand=inner) | Has(selection=inner):
            return (inner,)
        case Binary(left=left, right=right) | Index(operand=left, key=right):
            return (left, right)
        case Chain(operands=inside) | ListOf(items=inside):
            return inside
        case Choice(condition=condition, yes=yes, no=no):
            return (condition, yes, no)
        case _:
            return _named_children(node)


def _named_children(node: Node) -> tuple[Node, ...]:
    match node:
        case Call(target=target, arguments=arguments):
            return arguments if target is None else (target, *arguments)
        case Loop(over=over, only=only, body=body):
            return (over, body) if only is None else (over, only, body)
        case MapOf(entries=entries):
            return tuple(one for entry in entries for one in entry)
        case Made(fields=fields):
            return tuple(value for _, value in fields)
        case _:
            return ()
