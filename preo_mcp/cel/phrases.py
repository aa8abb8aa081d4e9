"""A condition's values in words: "the customer's country", "the number of the customer's orders"."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from preo_mcp.cel.context import EDITION_VARIABLE, NOW_VARIABLE, USER, USER_VARIABLE, Context, Kind
from preo_mcp.cel.moments import NUMBERED, PARTS, moment_in_words, span_in_words
from preo_mcp.cel.shapes import BOOL, DURATION, MAP, Scope, item_of, shape_of
from preo_mcp.cel.syntax import (
    Binary,
    Call,
    Choice,
    Index,
    ListOf,
    Literal,
    Loop,
    Made,
    MapOf,
    Name,
    Node,
    Select,
    Unary,
)

VARIABLES: Final = {
    USER_VARIABLE.name: "the customer",
    NOW_VARIABLE.name: "now",
    EDITION_VARIABLE.name: "the segment's edition",
}
OBJECTS: Final = {USER.name: "customer"}
"""What an object of a type is called, where not as its type."""

ARITHMETIC: Final = {"+": "plus", "-": "minus", "*": "times", "/": "divided by", "%": "modulo"}
FIELD_WORDS: Final = {"created": "time of creation", "at": "time"}
"""What fields are called, where not by their names."""

METHODS: Final = {
    "contains": ("contains", "does not contain"),
    "startsWith": ("starts with", "does not start with"),
    "endsWith": ("ends with", "does not end with"),
    "matches": ("matches the pattern", "does not match the pattern"),
}
CONVERSIONS: Final = {
    "int": "as a whole number",
    "uint": "as a whole number without sign",
    "double": "as a decimal number",
    "string": "as text",
    "bytes": "as bytes",
    "bool": "as true or false",
    "timestamp": "as a moment",
    "duration": "as a span of time",
}
ORDINALS: Final = ("first", "second", "third")


@dataclass
class Phrases(ABC):
    """Names the values of a condition; `labels` are names of ids that may stand in it."""

    condition: str
    context: Context
    labels: Mapping[str, str] = field(default_factory=dict[str, str])

    @abstractmethod
    def clause(self, node: Node, scope: Scope, *, is_so: bool = True) -> str:
        """Return what a part says, or its opposite."""

    def inside(self, node: Loop, scope: Scope) -> Scope:
        """Return the variables inside a loop."""
        return {**scope, node.variable: item_of(shape_of(node.over, self.context, scope))}

    def phrase(self, node: Node, scope: Scope) -> str:
        """Return what a part is."""
        match node:
            case Literal():
                return self._literal(node)
            case Name(name=name):
                return self._name(name, scope)
            case Select():
                return self._select(node, scope)
            case Call():
                return self._called(node, scope)
            case Loop():
                return self._looped(node, scope)
            case Index():
                return self._index(node, scope)
            case _:
                return self._composed(node, scope)

    def _composed(self, node: Node, scope: Scope) -> str:
        match node:
            case Binary():
                return self._binary(node, scope)
            case Unary():
                return self._unary(node, scope)
            case Choice():
                return self._choice(node, scope)
            case ListOf():
                return self._list(node, scope)
            case MapOf():
                return self._map(node, scope)
            case Made():
                return self.source(node)
            case _:
                return f"whether {self.clause(node, scope)}"

    def source(self, node: Node) -> str:
        """Return a part as it is written."""
        return f"`{self.condition[node.start : node.end]}`"

    def _literal(self, node: Literal) -> str:
        match node.value:
            case str() as text:
                label = self.labels.get(text)
                return f"'{text}'" if label in (None, text) else f"'{text}' ({label})"
            case None:
                return "nothing (null)"
            case bytes():
                return f"the bytes {self.source(node)}"
            case _:
                return self.condition[node.start : node.end]

    def _name(self, name: str, scope: Scope) -> str:
        if name not in scope:
            return VARIABLES.get(name.removeprefix("."), f"`{name}`")
        shape = scope[name]
        kind = OBJECTS.get(shape, shape.casefold()) if self.context.fields(shape) else "item"
        is_single = list(scope.values()).count(shape) == 1
        return f"the {kind}" if is_single and kind != "item" else f"the {kind} {name}"

    def _select(self, node: Select, scope: Scope) -> str:
        if shape_of(node, self.context, scope).rstrip("?") == BOOL:
            return f"whether {self.clause(node, scope)}"
        words = FIELD_WORDS.get(node.field, node.field.replace("_", " "))
        owner = self.phrase(node.operand, scope)
        return f"{owner}'s {words}" if isinstance(node.operand, Name) else f"the {words} of {owner}"

    def _called(self, node: Call, scope: Scope) -> str:
        given = node.arguments if node.target is None else (node.target, *node.arguments)
        if node.function in PARTS and node.target is not None and len(given) <= len(("moment", "zone")):
            return self.part_of_moment(node, scope)
        if len(given) != 1:
            is_told = node.function in METHODS and len(given) == len(("text", "part"))
            return f"whether {self.clause(node, scope)}" if is_told else self.source(node)
        return self._of_one(node.function, given[0], node, scope)

    def _of_one(self, function: str, given: Node, node: Node, scope: Scope) -> str:
        match function, given:
            case "timestamp", Literal(value=str() as written):
                return moment_in_words(written)
            case "duration", Literal(value=str() as written):
                return span_in_words(written)
            case "size", _:
                shape = shape_of(given, self.context, scope).rstrip("?")
                kind = {Kind.STRING: "number of characters of", MAP: "number of entries of"}.get(shape, "number of")
                return f"the {kind} {self.phrase(given, scope)}"
            case "dyn", _:
                return self.phrase(given, scope)
            case "type", _:
                return f"the type of {self.phrase(given, scope)}"
            case _ if function in CONVERSIONS:
                return f"({self.phrase(given, scope)} {CONVERSIONS[function]})"
            case _:
                return self.source(node)

    def part_of_moment(self, node: Call, scope: Scope, *, is_named: bool = False) -> str:
        """Return what a function gives of a moment or a span; named where its numbers are told by name."""
        if node.target is None:
            return self.source(node)
        counted = f" ({NUMBERED[node.function][1]})" if node.function in NUMBERED and not is_named else ""
        is_span = shape_of(node.target, self.context, scope) == DURATION
        zone = "" if is_span else " in UTC"
        if node.arguments:
            match node.arguments[0]:
                case Literal(value=str() as name):
                    zone = f" in the time of {name}"
                case other:
                    zone = f" in the time zone {self.phrase(other, scope)}"
        return f"the {PARTS[node.function]}{counted} of {self.phrase(node.target, scope)}{zone}"

    def _looped(self, node: Loop, scope: Scope) -> str:
        over, inside = self.phrase(node.over, scope), self.inside(node, scope)
        if node.macro == "filter":
            return f"{over} for which {self.clause(node.body, inside)}"
        if node.macro != "map":
            return f"whether {self.clause(node, scope)}"
        which = "" if node.only is None else f" for which {self.clause(node.only, inside)}"
        return f"the list of {self.phrase(node.body, inside)}, one for each of {over}{which}"

    def _unary(self, node: Unary, scope: Scope) -> str:
        if node.operator == "-":
            return f"minus {self.phrase(node.operand, scope)}"
        return f"whether {self.clause(node, scope)}"

    def _binary(self, node: Binary, scope: Scope) -> str:
        if node.operator not in ARITHMETIC:
            return f"whether {self.clause(node, scope)}"
        sides = [self.phrase(one, scope) for one in (node.left, node.right)]
        first, second = (
            f"({text})" if isinstance(one, (Binary, Choice)) else text
            for one, text in zip((node.left, node.right), sides, strict=True)
        )
        shapes = [shape_of(one, self.context, scope) for one in (node.left, node.right)]
        match node.operator, *shapes:
            case "-", Kind.TIMESTAMP, "duration":
                return f"{second} before {first}"
            case "+", Kind.TIMESTAMP, "duration":
                return f"{second} after {first}"
            case "-", Kind.TIMESTAMP, Kind.TIMESTAMP:
                return f"the time from {second} to {first}"
            case _:
                return f"{first} {ARITHMETIC[node.operator]} {second}"

    def _choice(self, node: Choice, scope: Scope) -> str:
        yes, no = self.phrase(node.yes, scope), self.phrase(node.no, scope)
        return f"({yes} if {self.clause(node.condition, scope)}, otherwise {no})"

    def _index(self, node: Index, scope: Scope) -> str:
        of = self.phrase(node.operand, scope)
        match node.key:
            case Literal(value=int() as number) if 0 <= number < len(ORDINALS):
                return f"the {ORDINALS[number]} of {of}"
            case key if shape_of(node.operand, self.context, scope) == MAP:
                return f"the entry {self.phrase(key, scope)} of {of}"
            case key:
                return f"item {self.phrase(key, scope)} (counted from 0) of {of}"

    def _list(self, node: ListOf, scope: Scope) -> str:
        items = [self.phrase(one, scope) for one in node.items]
        return f"the list {', '.join(items)}" if items else "an empty list"

    def _map(self, node: MapOf, scope: Scope) -> str:
        told = [f"{self.phrase(key, scope)} to {self.phrase(value, scope)}" for key, value in node.entries]
        return f"the map of {', '.join(told)}" if told else "an empty map"
