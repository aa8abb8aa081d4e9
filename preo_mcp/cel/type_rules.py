"""What to do where an operator, a function or a field does not fit the types that it is asked of.

The rules are tried in turn; the first that knows the case says how the operands can be brought together.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from preo_mcp.cel.context import Context, Kind
from preo_mcp.cel.mistakes import NO_ADVICE, Advice, Edit
from preo_mcp.cel.moments import span_of, whole_moment
from preo_mcp.cel.shapes import BOOL, DURATION, Scope, item_of, scoped, shape_of
from preo_mcp.cel.syntax import Binary, Call, Chain, Index, Literal, Loop, Node, Select, Unary

EQUALITIES: Final = ("==", "!=")
ORDERINGS: Final = ("<", "<=", ">", ">=")
ARITHMETIC: Final = ("+", "-", "*", "/", "%")
YEARS: Final = range(1900, 2101)

SIZES: Final = "size(...) for how many there are, exists(x, ...) for whether there is one"
QUOTES: Final = "put text in quotes, and numbers and true or false without"
SPAN: Final = "duration('720h') for 30 days"

LOOK: Final = "exists(x, x.field == ...) looks into the objects of a list"

TEXTUAL: Final = ("contains", "startsWith", "endsWith", "matches")

_NUMBER: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Place:
    """A condition, its tree, and a part of it where types do not fit; `shapes` are the types of its operands."""

    condition: str
    context: Context
    node: Node
    scope: Scope

    def text(self, node: Node) -> str:
        """Return how a part is written."""
        return self.condition[node.start : node.end]

    def shape(self, node: Node) -> str:
        """Return the type of a part, null or not."""
        return shape_of(node, self.context, self.scope).rstrip("?")


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


def bring_together(where: Place) -> Advice:
    """Return what the first rule says that knows the case."""
    return next((advice for rule in _RULES if (advice := rule(where)) is not None), NO_ADVICE)


def as_condition(where: Place, node: Node) -> Advice:
    """Return how a part that is not a condition becomes one."""
    shape, text = shape_of(node, where.context, where.scope), where.text(node)
    if shape.startswith("list<"):
        return Advice(f"size({text}) > 0", (Edit(node.start, node.end, f"size({text}) > 0"),))
    if isinstance(node, Select) and shape.endswith("?"):
        return Advice(f"has({text})", (Edit(node.start, node.end, f"has({text})"),))
    return Advice("compare it with something")


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


def _moments(where: Place) -> Advice | None:
    """A moment beside a text or a number."""
    match where.node:
        case Binary(operator=operator, left=left, right=right) if operator in (*EQUALITIES, *ORDERINGS, *ARITHMETIC):
            for one, other in ((left, right), (right, left)):
                shape = where.shape(one)
                if shape == Kind.TIMESTAMP and isinstance(other, Literal):
                    return _beside_moment(where, operator, one, other)
                if shape == DURATION:
                    return Advice(SPAN)
        case _:
            pass
    return None


def _beside_moment(where: Place, operator: str, one: Node, other: Literal) -> Advice | None:
    value = other.value
    if isinstance(value, str):
        moment = whole_moment(value)
        if moment is not None:
            shown = f"timestamp('{moment}')"
            return Advice(shown, (Edit(other.start, other.end, shown),))
        span = span_of(value)
        if span is not None and operator in ("+", "-"):
            return Advice(f"duration('{span}')", (Edit(other.start, other.end, f"duration('{span}')"),))
        return Advice("timestamp('2026-01-31T00:00:00Z')")
    if isinstance(value, int) and operator in (*EQUALITIES, *ORDERINGS) and value in YEARS:
        return Advice(f"{where.text(one)}.getFullYear()", (Edit(one.end, one.end, ".getFullYear()"),))
    return Advice(SPAN if operator in ("+", "-") else "timestamp('2026-01-31T00:00:00Z')")


def _lists(where: Place) -> Advice | None:
    """A list where something else belongs."""
    match where.node:
        case Binary(operator="in", left=left, right=right):
            if where.shape(right) == Kind.STRING:
                return _in_text(where, left, right)
            return Advice(f"{where.text(right)}.exists(x, x.field == ...)") if isinstance(right, Select) else None
        case Binary(operator=operator, left=left, right=right) if operator in (*EQUALITIES, *ORDERINGS):
            pairs = ((left, right), (right, left))
            lists = ((one, other) for one, other in pairs if where.shape(one).startswith("list<"))
            return next((_list_compared(where, operator, one, other) for one, other in lists), None)
        case Call() as call:
            return _called_with_list(where, call)
        case Index(operand=operand, key=Literal(value=str() as name)):
            known = where.context.field(where.shape(operand), name)
            return None if known is None else _instead(where.node, f"{where.text(operand)}.{name}")
        case _:
            return None


def _called_with_list(where: Place, call: Call) -> Advice | None:
    given = call.arguments if call.target is None else (call.target, *call.arguments)
    if not any(where.shape(one).startswith("list<") for one in given):
        return None
    if call.function == "contains" and call.target is not None and len(call.arguments) == 1:
        return _instead(call, f"{where.text(call.arguments[0])} in {where.text(call.target)}")
    return Advice(SIZES)


def _instead(node: Node, text: str) -> Advice:
    return Advice(text, (Edit(node.start, node.end, text),))


def _in_text(where: Place, left: Node, right: Node) -> Advice:
    if isinstance(right, Literal):
        text = f"[{where.text(right)}]"
        is_one_value = not re.search(r"[\s,;]", str(right.value))
        return Advice(f"in {text}", (Edit(right.start, right.end, text),) if is_one_value else ())
    text = f"{where.text(right)}.contains({where.text(left)})"
    return Advice(text, (Edit(left.start, right.end, text),))


def _list_compared(where: Place, operator: str, one: Node, other: Node) -> Advice:
    text = where.text(one)
    if where.shape(other) in (Kind.INT, Kind.DOUBLE):
        if isinstance(one, Loop) and one.macro == "map":
            return Advice(SIZES)
        return Advice(f"size({text})", (Edit(one.start, one.end, f"size({text})"),))
    if item_of(where.shape(one)) == where.shape(other) == Kind.STRING and operator == "==":
        shown = f"{where.text(other)} in {text}"
        return Advice(shown, (Edit(where.node.start, where.node.end, shown),))
    return Advice(SIZES)


def _literals(where: Place) -> Advice | None:
    """A literal of another type than what it is compared with."""
    match where.node:
        case Binary(operator=operator, left=left, right=right) if operator in (*EQUALITIES, *ORDERINGS):
            for one, other in ((left, right), (right, left)):
                if isinstance(other, Literal) and not isinstance(one, Literal):
                    return _compared(where, operator, one, other)
        case Binary(operator=operator, left=left, right=right) if operator in ARITHMETIC:
            return _modulo(where, left, right) if operator == "%" else _mixed(where, left, right)
        case _:
            pass
    return None


def _compared(where: Place, operator: str, one: Node, other: Literal) -> Advice | None:
    shape, value = where.shape(one), other.value
    right: str | None = None
    if shape == Kind.STRING and isinstance(value, bool):
        return Advice(f"has({where.text(one)})")
    if shape == Kind.STRING and isinstance(value, int) and operator in EQUALITIES:
        right = f"'{where.text(other)}'"
    elif shape in (Kind.INT, Kind.DOUBLE) and isinstance(value, str) and _NUMBER.fullmatch(value):
        right = value
    elif shape == BOOL:
        right = _truth(value)
    elif isinstance(value, str) and where.context.field(shape, "id") is not None:
        return Advice(f"{where.text(one)}.id", (Edit(one.end, one.end, ".id"),))
    return None if right is None else Advice(right, (Edit(other.start, other.end, right),))


def _truth(value: object) -> str | None:
    words = {"true": "true", "yes": "true", "1": "true", "false": "false", "no": "false", "0": "false"}
    return words.get(str(value).casefold())


def _modulo(where: Place, left: Node, right: Node) -> Advice | None:
    """`o.total % 2`: the rest is of whole numbers alone."""
    edits: list[Edit] = []
    for node in (left, right):
        if where.shape(node) == Kind.INT:
            continue
        if where.shape(node) != Kind.DOUBLE:
            return Advice("% takes whole numbers: int(value) % 2")
        text = where.text(node)
        whole = isinstance(node, Literal) and text.endswith(".0") and text[:-2].isdecimal()
        edits.append(Edit(node.start, node.end, text[:-2] if whole else f"int({text})"))
    return Advice(edits[0].text, tuple(edits)) if edits else None


def _mixed(where: Place, left: Node, right: Node) -> Advice | None:
    """Arithmetic of a decimal and a whole number, or of text and something else."""
    shapes = {where.shape(left), where.shape(right)}
    if shapes != {Kind.DOUBLE, Kind.INT}:
        return Advice("string(...) makes text of a value") if Kind.STRING in shapes else None
    whole = left if where.shape(left) == Kind.INT else right
    text = where.text(whole)
    shown = f"{text}.0" if text.isdecimal() else f"double({text})"
    return Advice(shown, (Edit(whole.start, whole.end, shown),))


def _between(where: Place) -> Advice | None:
    """`1 < x < 3`, which compares true or false with a number."""
    match where.node:
        case Binary(operator=operator, left=Binary(operator=inner, right=middle)) if {operator, inner} <= {*ORDERINGS}:
            shown = f" && {where.text(middle)}"
            return Advice(f"a {inner} b && b {operator} c", (Edit(middle.end, middle.end, shown),))
        case Index(operand=operand) if where.shape(operand).startswith("list<"):
            return Advice("items of a list are numbered from 0")
        case _:
            return None


def _conditions(where: Place) -> Advice | None:
    """What is not a condition next to `&&`, `||` or `!`."""
    match where.node:
        case Chain(operands=operands):
            wrong = [one for one in operands if where.shape(one) not in (BOOL, Kind.ANY)]
            return as_condition(where, wrong[0]) if wrong else None
        case Unary(operator="!", operand=operand):
            return as_condition(where, operand)
        case _:
            return None


def _texts(where: Place) -> Advice | None:
    """Text where something else belongs, or the other way round."""
    match where.node:
        case Binary(left=left, right=right):
            return Advice(QUOTES) if Kind.STRING in (where.shape(left), where.shape(right)) else None
        case Call(function=function, arguments=[Literal(value=int() | float()) as item]) if function in TEXTUAL:
            return Advice(f"'{where.text(item)}'", (Edit(item.start, item.end, f"'{where.text(item)}'"),))
        case _:
            return None


Rule = Callable[[Place], Advice | None]
_RULES: Final[tuple[Rule, ...]] = (_moments, _between, _lists, _literals, _conditions, _texts)
