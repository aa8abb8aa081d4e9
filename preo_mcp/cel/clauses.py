"""What a condition says in words: "the customer's country is 'DK'", "for none of the customer's orders, ...".

And the fields that it names, with what is said of them.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from preo_mcp.cel.context import Context, Kind
from preo_mcp.cel.moments import NUMBERED
from preo_mcp.cel.phrases import ARITHMETIC, METHODS, Phrases
from preo_mcp.cel.shapes import BOOL, MAP, NO_SCOPE, Scope, scoped, shape_of
from preo_mcp.cel.syntax import Binary, Call, Chain, Choice, Has, ListOf, Literal, Loop, Node, Select, Unary

JOINTS: Final = {"&&": " and ", "||": " or "}
LOOPS: Final = {
    "exists": ("for at least one of {over}, {body}", "for none of {over}, {body}"),
    "all": ("for every one of {over}, even if there are none, {body}", "not for every one of {over}, {body}"),
    "exists_one": ("for exactly one of {over}, {body}", "for none or for several of {over}, {body}"),
}
LOOPS["existsOne"] = LOOPS["exists_one"]
"""What a loop says, and what its opposite says."""

MOMENTS: Final = {"<": "earlier than", "<=": "no later than", ">": "later than", ">=": "no earlier than"}
TEXTS: Final = {"<": "before", "<=": "no later than", ">": "after", ">=": "no earlier than"}
NUMBERS: Final = {"<": "less than", "<=": "at most", ">": "more than", ">=": "at least"}

UNKNOWN_TOO: Final = " (or is not known)"
KNOWN_ONLY: Final = " (and is known)"
"""Of a value that can be null: `!=` holds of null, a function of text fails on it and leaves the customer out."""

HEADS: Final = {"&&": "all of these hold", "||": "at least one of these holds"}


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


class Clauses(Phrases):
    """Says what the parts of a condition that are true or false say."""

    def clause(self, node: Node, scope: Scope, *, is_so: bool = True) -> str:
        """Return what a part says, or its opposite."""
        match node:
            case Unary(operator="!", operand=operand):
                return self.clause(operand, scope, is_so=not is_so)
            case Chain():
                return self._chain(node, scope, is_so=is_so)
            case Loop(macro=macro) if macro in LOOPS:
                return self._loop(node, scope, is_so=is_so)
            case Has(selection=selection):
                return f"{self.phrase(selection, scope)} {'is' if is_so else 'is not'} known"
            case Binary(operator=operator) if operator not in ARITHMETIC:
                return self._comparison(node, scope, is_so=is_so)
            case Choice(condition=condition, yes=yes, no=no):
                first, second = (self.clause(one, scope, is_so=is_so) for one in (yes, no))
                return f"(if {self.clause(condition, scope)}: {first}; otherwise: {second})"
            case _:
                return self._plain_clause(node, scope, is_so=is_so)

    def _plain_clause(self, node: Node, scope: Scope, *, is_so: bool) -> str:
        match node:
            case Literal(value=bool() as value):
                return "it is true of everybody" if value is is_so else "it is true of nobody"
            case Call(function="dyn", target=None, arguments=[inner]):
                return self.clause(inner, scope, is_so=is_so)
            case Call(function=function, target=Node() as target, arguments=[argument]) if function in METHODS:
                return self._method(function, target, argument, scope, is_so=is_so)
            case Call(function="matches", target=None, arguments=[target, argument]):
                return self._method("matches", target, argument, scope, is_so=is_so)
            case Select(operand=operand, field=name) if shape_of(node, self.context, scope).rstrip("?") == BOOL:
                return f"{self.phrase(operand, scope)} {_quality(name, is_so=is_so)}"
            case _:
                return f"{self.phrase(node, scope)} is {'true' if is_so else 'false'}"

    def _method(self, function: str, target: Node, argument: Node, scope: Scope, *, is_so: bool) -> str:
        told = f"{self.phrase(target, scope)} {METHODS[function][not is_so]} {self.phrase(argument, scope)}"
        is_nullable = shape_of(target, self.context, scope).endswith("?")
        return told if is_so or not is_nullable else f"{told}{KNOWN_ONLY}"

    def _chain(self, node: Chain, scope: Scope, *, is_so: bool) -> str:
        told = [self.clause(one, scope) for one in node.operands]
        loose = (Chain, Loop, Choice)
        parts = [f"({text})" if isinstance(one, loose) else text for one, text in zip(node.operands, told, strict=True)]
        joined = JOINTS[node.operator].join(parts)
        return joined if is_so else f"it is not the case that ({joined})"

    def _loop(self, node: Loop, scope: Scope, *, is_so: bool) -> str:
        body = self.clause(node.body, self.inside(node, scope))
        return LOOPS[node.macro][not is_so].format(over=self.phrase(node.over, scope), body=body)

    def _comparison(self, node: Binary, scope: Scope, *, is_so: bool) -> str:
        operator, left, right = node.operator, node.left, node.right
        if operator == "in":
            return self._membership(left, right, scope, is_so=is_so)
        if operator in ("==", "!="):
            return self._equality(left, right, scope, is_so=is_so == (operator == "=="))
        shapes = [shape_of(one, self.context, scope).rstrip("?") for one in (left, right)]
        words = MOMENTS if Kind.TIMESTAMP in shapes else NUMBERS
        if Kind.STRING in shapes:
            words = {sign: f"{word} (in the order of letters)" for sign, word in TEXTS.items()}
        is_ = "is" if is_so else "is not"
        return f"{self.phrase(left, scope)} {is_} {words[operator]} {self.phrase(right, scope)}"

    def _equality(self, left: Node, right: Node, scope: Scope, *, is_so: bool) -> str:
        for one, other in ((left, right), (right, left)):
            match one, other:
                case asked, Literal(value=None):
                    return f"{self.phrase(asked, scope)} is {'not known' if is_so else 'known'}"
                case asked, Literal(value=bool() as value):
                    return self.clause(asked, scope, is_so=is_so is value)
                case Call(function=function), Literal(value=int() as value) if function in NUMBERED:
                    names, _ = NUMBERED[function]
                    shown = names[value] if 0 <= value < len(names) else f"{value}, which never is"
                    return f"{self.part_of_moment(one, scope, is_named=True)} {'is' if is_so else 'is not'} {shown}"
                case _:
                    pass
        told = f"{self.phrase(left, scope)} {'is' if is_so else 'is not'} {self.phrase(right, scope)}"
        is_nullable = any(shape_of(one, self.context, scope).endswith("?") for one in (left, right))
        return told if is_so or not is_nullable else f"{told}{UNKNOWN_TOO}"

    def _membership(self, left: Node, right: Node, scope: Scope, *, is_so: bool) -> str:
        item = self.phrase(left, scope)
        if isinstance(right, ListOf):
            items = ", ".join(self.phrase(one, scope) for one in right.items)
            may_be_unknown = not is_so and shape_of(left, self.context, scope).endswith("?") and not _has_null(right)
            return f"{item} is {'one' if is_so else 'none'} of {items or 'nothing'}{UNKNOWN_TOO * may_be_unknown}"
        if shape_of(right, self.context, scope) == MAP:
            return f"{item} is {'' if is_so else 'not '}a key of {self.phrase(right, scope)}"
        return f"{item} is {'' if is_so else 'not '}among {self.phrase(right, scope)}"


def _has_null(items: ListOf) -> bool:
    return any(isinstance(one, Literal) and one.value is None for one in items.items)


def _quality(name: str, *, is_so: bool) -> str:
    """Return what a field that is true or false says of its object: `has a valid email`, `is granted`."""
    verb, _, rest = name.partition("_")
    if verb == "has" and rest:
        words = rest.replace("_", " ")
        article = "an" if words[0] in "aeiou" else "a"
        return f"{'has' if is_so else 'does not have'} {article} {words}"
    words = (rest if verb == "is" and rest else name).replace("_", " ")
    return f"is {'' if is_so else 'not '}{words}"


def _listed(teller: Clauses, chain: Chain, depth: int) -> str:
    return "\n".join(_lines(teller, chain, "  " * depth))


def _lines(teller: Clauses, chain: Chain, indent: str) -> Iterator[str]:
    for operand in chain.operands:
        if isinstance(operand, Chain):
            yield f"{indent}- {HEADS[operand.operator]}:"
            yield from _lines(teller, operand, f"{indent}  ")
        else:
            yield f"{indent}- {teller.clause(operand, NO_SCOPE)}"
