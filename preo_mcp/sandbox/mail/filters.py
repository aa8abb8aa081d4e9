"""The Liquid filters that templates may use, each kept from growing beyond measure.

Limits on output and loops do not hold a filter back: `replace` and `join` multiply, numbers grow with every `times`,
and a range is a list of any length. So what goes in and what comes out is measured, and a product before it is made.
"""

import re
from collections.abc import Callable, Mapping, Sized
from functools import wraps
from types import MappingProxyType
from typing import Any, cast

from liquid import Environment
from liquid.exceptions import FilterArgumentError

MAX_LETTERS = 20_000
MAX_ITEMS = 1_000
MAX_BITS = 256
MAX_PRODUCT = 200_000
"""How large a text, a list and a number in a filter may be, and how long what `replace` and `join` make."""

ALLOWED = (
    *("abs", "at_least", "at_most", "ceil", "divided_by", "floor", "minus", "modulo", "plus", "round", "times"),
    *("append", "capitalize", "downcase", "lstrip", "prepend", "remove", "remove_first", "remove_last", "replace"),
    *("replace_first", "replace_last", "rstrip", "slice", "split", "squish", "strip", "strip_newlines", "truncate"),
    *("truncatewords", "upcase", "url_encode"),
    *("compact", "concat", "first", "join", "last", "map", "reverse", "size", "sort", "sum", "uniq", "where"),
    *("default", "date"),
)
UNCHANGED = ("escape", "escape_once")
"""Known and without effect: all text is escaped where HTML is made of it, and must not be twice."""

DATE_LETTERS = 100
_WIDTH = re.compile(r"%[^A-Za-z%]*\d{2}")
"""A padding of ten or more in a date's format, which some platforms honour to any width."""


def keep_safe_filters(environment: Environment) -> None:
    """Leave an environment the allowed filters only, each with its limits."""
    environment.filters = {
        **{name: _measured(name, environment.filters[name]) for name in ALLOWED},
        **dict.fromkeys(UNCHANGED, _unchanged),
    }


def _measured(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    check = PRODUCTS.get(name)

    @wraps(function)
    def measured(left: Any, *args: Any, **kwargs: Any) -> Any:
        for value in (left, *args):
            _must_be_small(name, value)
        if check is not None and check(left, args) > MAX_PRODUCT:
            raise FilterArgumentError(f"{name}: its result would be too long, or its form is not allowed", token=None)
        result = function(left, *args, **kwargs)
        _must_be_small(name, result)
        return result

    return measured


def _must_be_small(name: str, value: object) -> None:
    match value:
        case str():
            is_small = len(value) <= MAX_LETTERS
        case int():
            is_small = value.bit_length() <= MAX_BITS
        case range():  # its length may be too large for len()
            is_small = abs(value.stop - value.start) <= MAX_ITEMS
        case Sized():
            is_small = len(value) <= MAX_ITEMS
        case _:
            is_small = True
    if not is_small:
        raise FilterArgumentError(f"{name}: a value is too large", token=None)


def _replaced(left: Any, args: tuple[Any, ...]) -> int:
    return (len(str(left)) + 1) * len(str(args[1])) if len(args) > 1 else 0


def _joined(left: Any, args: tuple[Any, ...]) -> int:
    items = cast("list[object]", left) if isinstance(left, list) else []
    return sum(len(str(item)) for item in items) + len(items) * len(str(args[0] if args else " "))


def _dated(left: Any, args: tuple[Any, ...]) -> int:
    form = str(args[0]) if args else ""
    is_plain = len(str(left)) <= DATE_LETTERS and len(form) <= DATE_LETTERS and not _WIDTH.search(form)
    return 0 if is_plain else MAX_PRODUCT + 1


PRODUCTS: Mapping[str, Callable[[Any, tuple[Any, ...]], int]] = MappingProxyType(
    {"replace": _replaced, "join": _joined, "date": _dated}
)
"""How long the result of a filter can become, by name, where that is more than its arguments together."""


def _unchanged(left: object) -> object:
    return left
