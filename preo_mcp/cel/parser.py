"""Reading a condition into its tree, and its texts and numbers into values, by CEL's grammar; needs no engine.

The grammar: https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax. What the engine refuses for its form
is refused here too, and nothing else.
"""

import re
from collections.abc import Callable
from typing import Final, TypeVar

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
    Made,
    MapOf,
    Name,
    Node,
    Select,
    Unary,
)
from preo_mcp.cel.tokens import Token, tokens

T = TypeVar("T")

MOST_NESTED: Final = 40
"""Nested expressions; the engine takes fewer."""
MOST_HIGH: Final = 100
"""Nodes above each other; the engine takes fewer."""

RESERVED: Final = frozenset(
    (
        *("as", "break", "const", "continue", "else", "for", "function", "if", "import", "let"),
        *("loop", "package", "namespace", "return", "var", "void", "while"),
    )
)
"""Not allowed as names of variables and functions, though fields may have them."""
WORDS: Final = {"true": True, "false": False, "null": None}

RELATIONS: Final = frozenset(["<", "<=", ">=", ">", "==", "!=", "in"])
SUMS: Final = frozenset("+-")
PRODUCTS: Final = frozenset("*/%")

LOOPS: Final = {"all": (2,), "exists": (2,), "exists_one": (2,), "existsOne": (2,), "filter": (2,), "map": (2, 3)}
"""The macros that run over a list, and how many arguments make them one."""

_ESCAPES: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_ESCAPE: Final = re.compile(r"\\(?:([abfnrtv\"'\\?`])|([0-3][0-7]{2})|[xX]([0-9A-Fa-f]{2})|u(.{4})|U(.{8}))", re.DOTALL)
_STRING: Final = re.compile(r"([bBrR]{0,2})(\"{3}|'{3}|\"|')(.*)\2", re.DOTALL)

_INT: Final = range(-(2**63), 2**63)
_UINT: Final = range(2**64)


class UnreadableError(ValueError):
    """The condition is malformed or nested too deeply; `at` is the place."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


class MalformedLiteralError(ValueError):
    """A number beyond the range of its type, or an escape that is not a character."""


def parse(condition: str) -> Node:
    """Return the tree of a condition.

    Raises:
        UnreadableError: it cannot be read.
    """
    return _Reader(condition).whole()


def value_of(written: str) -> str | bytes | int | float:
    """Return the value of a text or a number as it is written, a minus before it included.

    Raises:
        MalformedLiteralError: it has none.
    """
    if found := _STRING.fullmatch(written):
        return _text(found[1].casefold(), found[3])
    return _number(written)


class _Reader:
    """Reads from left to right; each method reads what its name says, or raises."""

    def __init__(self, condition: str) -> None:
        self._tokens = [*tokens(condition), Token("end", "", len(condition))]
        self._at = 0
        self._nested = 0

    def whole(self) -> Node:
        node = self._expression()
        if self._next.kind != "end":
            raise self._unexpected()
        return node

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    @property
    def _last_end(self) -> int:
        return self._tokens[self._at - 1].end

    def _unexpected(self, at: Token | None = None) -> UnreadableError:
        token = self._next if at is None else at
        return UnreadableError(f"unexpected {token.text or 'end'}", token.start)

    def _take(self) -> Token:
        token = self._next
        self._at += 1
        return token

    def _took(self, text: str) -> bool:
        """Take the next token if it is this sign."""
        if self._next.kind == "sign" and self._next.text == text:
            self._at += 1
            return True
        return False

    def _must_take(self, text: str) -> None:
        if not self._took(text):
            raise self._unexpected()

    def _height(self, *inside: Node) -> int:
        height = 1 + max((one.height for one in inside), default=0)
        if height > MOST_HIGH:
            raise UnreadableError("nested too deeply", self._next.start)
        return height

    def _expression(self) -> Node:
        self._nested += 1
        if self._nested > MOST_NESTED:
            raise UnreadableError("nested too deeply", self._next.start)
        node = self._either()
        if self._took("?"):
            yes = self._either()
            self._must_take(":")
            no = self._expression()
            node = Choice(node.start, no.end, self._height(node, yes, no), node, yes, no)
        self._nested -= 1
        return node

    def _either(self) -> Node:
        return self._chain("||", self._all)

    def _all(self) -> Node:
        return self._chain("&&", self._relation)

    def _chain(self, operator: str, operand: Callable[[], Node]) -> Node:
        operands = [operand()]
        while self._took(operator):
            operands.append(operand())
        if len(operands) == 1:
            return operands[0]
        return Chain(operands[0].start, operands[-1].end, self._height(*operands), operator, tuple(operands))

    def _relation(self) -> Node:
        return self._left_to_right(RELATIONS, self._sum)

    def _sum(self) -> Node:
        return self._left_to_right(SUMS, self._product)

    def _product(self) -> Node:
        return self._left_to_right(PRODUCTS, self._unary)

    def _left_to_right(self, operators: frozenset[str], operand: Callable[[], Node]) -> Node:
        node = operand()
        while self._next.kind in ("sign", "name") and self._next.text in operators:
            operator = self._take().text
            right = operand()
            node = Binary(node.start, right.end, self._height(node, right), operator, node, right)
        return node

    def _unary(self) -> Node:
        start = self._at
        sign = self._next.text if self._next.kind == "sign" else ""
        while sign in ("!", "-") and self._took(sign):
            pass
        signs = self._tokens[start : self._at]
        if len(signs) == 1 and sign == "-" and self._next.kind == "number" and self._next.text[-1] not in "uU":
            # One minus before a number is a part of it: -9223372036854775808 is a number, its negation is not.
            signs.pop()
            self._at -= 1
        node = self._member()
        for token in signs[: len(signs) % 2]:  # two of a kind undo each other, already for the engine's parser
            node = Unary(token.start, node.end, self._height(node), token.text, node)
        return node

    def _member(self) -> Node:
        node, path = self._primary()
        while True:
            if self._took("."):
                node, path = self._selection(node, path)
            elif self._took("["):
                key = self._expression()
                self._must_take("]")
                node, path = Index(node.start, self._last_end, self._height(node, key), node, key), None
            elif path is not None and self._took("{"):
                fields = self._listed("}", self._field)
                height = self._height(*(value for _, value in fields))
                node, path = Made(node.start, self._last_end, height, path, fields), None
            else:
                return node

    def _selection(self, operand: Node, path: str | None) -> tuple[Node, str | None]:
        token = self._take()
        if token.kind not in ("name", "quoted") or token.text in WORDS or token.text == "in":
            raise self._unexpected(token)
        if token.kind == "name" and self._took("("):
            return self._call(operand.start, token, operand), None
        selected = Select(operand.start, token.end, self._height(operand), operand, token.text.strip("`"))
        is_path = path is not None and token.kind == "name"
        return selected, f"{path}.{token.text}" if is_path else None

    def _primary(self) -> tuple[Node, str | None]:
        """Return a primary expression, and its text where it is a name, which may begin a message."""
        token = self._take()
        match token.kind, token.text:
            case ("sign", "("):
                node = self._expression()
                self._must_take(")")
                return node, None
            case ("sign", "["):
                items = self._items("]", may_trail=True)
                return ListOf(token.start, self._last_end, self._height(*items), items), None
            case ("sign", "{"):
                return self._map(token), None
            case ("name", text) if text not in WORDS:
                return self._named(token, token.start, token.text)
            case ("sign", ".") if self._next.kind == "name" and self._next.text not in WORDS:
                name = self._take()
                return self._named(name, token.start, f".{name.text}")
            case ("sign", "-") if self._next.kind == "number":
                return self._literal(token, self._take()), None
            case ("string" | "number" | "name", _):
                return self._literal(token), None
            case _:
                raise self._unexpected(token)

    def _named(self, token: Token, start: int, text: str) -> tuple[Node, str | None]:
        if token.text == "in" or token.text in RESERVED:
            raise self._unexpected(token)
        if self._took("("):
            return self._call(start, token, None), None
        return Name(start, token.end, 1, text), text

    def _literal(self, token: Token, number: Token | None = None) -> Node:
        written = token.text if number is None else token.text + number.text
        if token.kind == "name":
            return Literal(token.start, token.end, 1, WORDS[token.text])
        try:
            value = value_of(written)
        except MalformedLiteralError as exc:
            raise UnreadableError(str(exc), token.start) from None
        return Literal(token.start, self._last_end, 1, value)

    def _call(self, start: int, function: Token, target: Node | None) -> Node:
        arguments = self._items(")", may_trail=False)
        height = self._height(*arguments, *([] if target is None else [target]))
        end = self._last_end
        if target is None and function.text == "has" and len(arguments) == 1:
            if not isinstance(arguments[0], Select):
                raise UnreadableError("has() takes a field", arguments[0].start)
            return Has(start, end, height, arguments[0])
        if target is None or len(arguments) not in LOOPS.get(function.text, ()):
            return Call(start, end, height, function.text, target, arguments)
        variable, *only, body = arguments
        if not isinstance(variable, Name) or variable.name.startswith("."):
            raise UnreadableError("the first argument has to be a name", variable.start)
        return Loop(start, end, height, function.text, target, variable.name, body, next(iter(only), None))

    def _items(self, closing: str, *, may_trail: bool) -> tuple[Node, ...]:
        return self._listed(closing, self._expression, may_trail=may_trail)

    def _map(self, opening: Token) -> Node:
        entries = self._listed("}", self._entry)
        height = self._height(*(one for entry in entries for one in entry))
        return MapOf(opening.start, self._last_end, height, entries)

    def _entry(self) -> tuple[Node, Node]:
        key = self._expression()
        self._must_take(":")
        return key, self._expression()

    def _field(self) -> tuple[str, Node]:
        name = self._take()
        if name.kind not in ("name", "quoted") or name.text in WORDS or name.text == "in":
            raise self._unexpected(name)
        self._must_take(":")
        return name.text.strip("`"), self._expression()

    def _listed(self, closing: str, read: Callable[[], T], *, may_trail: bool = True) -> tuple[T, ...]:
        """Read what stands with commas between, and perhaps a comma at the end, up to the closing bracket."""
        found: list[T] = []
        while not self._took(closing):
            if found:
                self._must_take(",")
            if may_trail and (self._took(closing) if found else self._took(",")):
                if not found:
                    self._must_take(closing)
                break
            found.append(read())
        return tuple(found)


def _text(prefix: str, inner: str) -> str | bytes:
    is_raw, is_bytes = "r" in prefix, "b" in prefix
    if is_raw and inner.endswith("\\"):
        raise MalformedLiteralError("a raw text cannot end with a backslash")
    if not is_bytes:
        return inner if is_raw else _ESCAPE.sub(_character, inner)
    if is_raw:
        return inner.encode()
    pieces: list[bytes] = []
    end = 0
    for found in _ESCAPE.finditer(inner):
        pieces.append(inner[end : found.start()].encode())
        code = found[2] or found[3]
        if found[4] or found[5]:
            raise MalformedLiteralError("bytes have no \\u")
        pieces.append(bytes([int(code, 8 if found[2] else 16)]) if code else _character(found).encode())
        end = found.end()
    return b"".join([*pieces, inner[end:].encode()])


def _character(found: re.Match[str]) -> str:
    if found[1]:
        return _ESCAPES.get(found[1], found[1])
    code = int(found[2], 8) if found[2] else int(found[3] or found[4] or found[5], 16)
    try:
        character = chr(code)
        character.encode()
    except (ValueError, OverflowError):
        raise MalformedLiteralError(f"{found[0]} is not a character") from None
    return character


def _number(written: str) -> int | float:
    plain = written.casefold()
    is_unsigned = plain.endswith("u")
    digits = plain.removesuffix("u")
    if "0x" not in digits and any(sign in digits for sign in ".e"):
        return float(digits)
    value = int(digits, 16 if "0x" in digits else 10)
    if value not in (_UINT if is_unsigned else _INT):
        raise MalformedLiteralError(f"{written} is beyond the range of its type")
    return value
