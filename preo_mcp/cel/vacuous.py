"""Parts of a sound condition that hold for everybody or for nobody, whatever the customer: mostly a slip.

What is missing is null and not empty text; a time that is missing is 1970 and not null; one value is not two values at
once, and differs from one of two always.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from preo_mcp.cel.context import Context, Kind
from preo_mcp.cel.mistakes import Mistake
from preo_mcp.cel.moments import whole_moment
from preo_mcp.cel.shapes import BOOL, Scope, scoped, shape_of
from preo_mcp.cel.syntax import Binary, Call, Chain, ListOf, Literal, Name, Node, Select, Unary
from preo_mcp.cel.tokens import place

EVERYBODY: Final = {"==": False, "!=": True}
"""Whether a comparison holds where both sides never are the same."""
OPPOSITE: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
NEVER_NULL: Final = frozenset((Kind.STRING, Kind.DOUBLE, Kind.INT, BOOL))
EITHER: Final = "write || for either of them"
BOTH_ITEMS: Final = f"{EITHER}; for an item of each, write two exists(...)"
BOTH: Final = "write && for neither of them"

Point = tuple[str, str | float]
"""A literal that compares: what it is, and its value; a moment's is in seconds."""
TEXT, NUMBER, MOMENT = "text", "number", "moment"
Said = tuple[str, str | None]
"""What is wrong, and what was probably meant."""


@dataclass(frozen=True, slots=True)
class Bound:
    """Where values begin or end; whether the value itself is one of them."""

    point: Point
    is_in: bool

    @property
    def place(self) -> float | None:
        """Where it stands in the order of its kind; text has none here."""
        value = self.point[1]
        return None if isinstance(value, str) else value


def vacuous(condition: str, tree: Node, context: Context) -> Iterator[Mistake]:
    """Yield the parts of a condition that hold for everybody, or for nobody."""
    for node, scope in scoped(tree, context):
        found = _said(_Part(condition, context, scope), node)
        if found is not None:
            yield Mistake(*place(condition, node.start), *found)


@dataclass(frozen=True, slots=True)
class _Part:
    condition: str
    context: Context
    scope: Scope

    def text(self, node: Node) -> str:
        return self.condition[node.start : node.end]

    def shape(self, node: Node) -> str:
        return shape_of(node, self.context, self.scope)


def _said(part: _Part, node: Node) -> Said | None:
    match node:
        case Binary(operator="in", right=ListOf(items=())):
            return "true of nobody: the list is empty", None
        case Binary(operator="==" | "!=") as comparison:
            return _equality(part, comparison)
        case Binary(operator="<" | ">=" as operator, left=Call(function="size"), right=Literal(value=0)):
            return f"true of {_whom(operator == '>=')}: no size is below 0", "size(...) > 0"
        case Call(function="contains" | "startsWith" | "endsWith" | "matches", arguments=[Literal(value="")]):
            return "true of every text: the text that is looked for is empty", None
        case Chain(operator=operator, operands=operands):
            return _chain(part, operator, operands)
        case _:
            return None


def _whom(is_everybody: bool) -> str:  # noqa: FBT001 - what a comparison comes to
    return "everybody" if is_everybody else "nobody"


def _equality(part: _Part, node: Binary) -> Said | None:
    if isinstance(node.left, Select | Name) and part.text(node.left) == part.text(node.right):
        return f"true of {_whom(node.operator == '==')}: both sides are the same", None
    for asked, given in ((node.left, node.right), (node.right, node.left)):
        if isinstance(asked, Select) and isinstance(given, Literal):
            return _beside_literal(part, node.operator, asked, given)
    return None


def _beside_literal(part: _Part, operator: str, asked: Select, given: Literal) -> Said | None:
    whom, shape, text = _whom(EVERYBODY[operator]), part.shape(asked), part.text(asked)
    has = f"has({text})" if operator == "!=" else f"!has({text})"
    if given.value == "" and shape == f"{Kind.STRING}?":
        return f"true of {whom}: a {asked.field} that is missing is null, not ''", has
    if given.value is not None:
        return None
    if shape == Kind.TIMESTAMP:
        return f"true of {whom}: a time that is missing is 1970, not null", has
    return (f"true of {whom}: {asked.field} is never null", None) if shape in NEVER_NULL else None


@dataclass(slots=True)
class _Asked:
    """What the operands of a chain ask of one subject: of which values, of which not, from where to where."""

    among: list[frozenset[Point]] = field(default_factory=list[frozenset[Point]])
    other_than: set[Point] = field(default_factory=set[Point])
    above: list[Bound] = field(default_factory=list[Bound])
    below: list[Bound] = field(default_factory=list[Bound])

    def excludes_all(self) -> bool:
        """Whether no value fits, where all has to hold."""
        if self.among:
            values = set(self.among[0]).intersection(*self.among[1:]) - self.other_than
            return not any(self._lies_within(one) for one in values)
        return any(_is_apart(low, high) for low in self.above for high in self.below)

    def takes_all(self) -> bool:
        """Whether every value fits, where one of it has to hold."""
        if len(self.other_than) > 1 or any(self.other_than & values for values in self.among):
            return True
        return any(_covers(low, high) for low in self.above for high in self.below)

    def _lies_within(self, value: Point) -> bool:
        point = Bound(value, is_in=True)
        return not any(_is_apart(low, point) for low in self.above) and not any(
            _is_apart(point, high) for high in self.below
        )


def _is_apart(low: Bound, high: Bound) -> bool:
    """Whether nothing lies above the one and below the other; what does not compare may."""
    ours, theirs = low.place, high.place
    if ours is None or theirs is None or low.point[0] != high.point[0]:
        return False
    return ours > theirs or (ours == theirs and not (low.is_in and high.is_in))


def _covers(low: Bound, high: Bound) -> bool:
    """Whether everything lies above the one or below the other."""
    ours, theirs = low.place, high.place
    if ours is None or theirs is None or low.point[0] != high.point[0]:
        return False
    return ours < theirs or (ours == theirs and (low.is_in or high.is_in))


def _chain(part: _Part, operator: str, operands: Sequence[Node]) -> Said | None:
    for one in operands:
        if isinstance(one, Literal) and one.value is (operator == "||"):
            return f"true of {_whom(operator == '||')}: {part.text(one)} decides alone", None
    asked: dict[str, _Asked] = {}
    for one in operands:
        _note(part, one, asked)
    for subject, of_it in asked.items():
        if operator == "&&" and of_it.excludes_all():
            either = None if of_it.above or of_it.below else BOTH_ITEMS if part.scope else EITHER
            return f"never true: no {subject} is all of that at once", either
        if operator == "||" and of_it.takes_all():
            return f"always true: any {subject} is one of that", BOTH if of_it.other_than else None
    return None


def _note(part: _Part, node: Node, asked: dict[str, _Asked]) -> None:
    """Note what an operand asks of its subject, where it compares one with literals."""
    match node:
        case Binary(operator="in", left=left, right=ListOf(items=items)):
            points = [_point(one) for one in items]
            if points and all(point is not None for point in points):
                _of(part, left, asked).among.append(frozenset(point for point in points if point is not None))
        case Binary(operator=operator, left=left, right=right):
            for subject, given, sign in ((left, right, operator), (right, left, OPPOSITE.get(operator, operator))):
                point = _point(given)
                if point is not None and isinstance(subject, Select | Name | Call) and _point(subject) is None:
                    _add(_of(part, subject, asked), sign, point)
                    return
        case _:
            return


def _of(part: _Part, subject: Node, asked: dict[str, _Asked]) -> _Asked:
    return asked.setdefault(part.text(subject), _Asked())


def _add(of_it: _Asked, sign: str, point: Point) -> None:
    if sign == "==":
        of_it.among.append(frozenset((point,)))
    elif sign == "!=":
        of_it.other_than.add(point)
    elif sign in (">", ">="):
        of_it.above.append(Bound(point, is_in=sign == ">="))
    elif sign in ("<", "<="):
        of_it.below.append(Bound(point, is_in=sign == "<="))


def _point(node: Node) -> Point | None:
    """Return a text, a number, or `timestamp('...')` as what compares."""
    match node:
        case Literal(value=bool()):
            return None
        case Literal(value=str() as text):
            return TEXT, text
        case Literal(value=int() | float() as number):
            return NUMBER, float(number)
        case Unary(operator="-", operand=Literal(value=int() | float() as number)):
            return NUMBER, -float(number)
        case Call(function="timestamp", target=None, arguments=[Literal(value=str() as written)]):
            moment = whole_moment(written)
            return None if moment is None else (MOMENT, datetime.fromisoformat(moment).timestamp())
        case _:
            return None
