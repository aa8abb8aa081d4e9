"""Literals that are compared with fields of which the values are known: what matches nothing is worth a warning."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

from preo_mcp.cel.context import CONSENT, ORDER, PURCHASE, USER, Context
from preo_mcp.cel.mistakes import Mistake
from preo_mcp.cel.shapes import Scope, scoped, shape_of
from preo_mcp.cel.syntax import Binary, Call, ListOf, Literal, Node, Select
from preo_mcp.cel.tokens import place
from preo_mcp.cel.vacuous import vacuous

LEAST_LIKENESS: Final = 0.6
MOST_WARNINGS: Final = 20

_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_RANGES: Final = {
    "getMonth": (range(12), "0 is January, 11 is December"),
    "getDayOfWeek": (range(7), "0 is Sunday, 6 is Saturday"),
    "getDate": (range(1, 32), "from 1 to 31"),
    "getDayOfMonth": (range(31), "from 0 to 30; getDate counts from 1"),
    "getHours": (range(24), "from 0 to 23"),
}

Owned = tuple[str, str]
"""A field: its type's name and its own."""


@dataclass(frozen=True, slots=True)
class KnownValues:
    """What fields can hold: by field the values, each with the name that people have for it, or with itself."""

    of: Mapping[Owned, Mapping[str, str]] = field(default_factory=dict[Owned, Mapping[str, str]])

    def nearest(self, owned: Owned, value: str) -> str | None:
        """Return the known value that was probably meant: by its name, or the one most like it."""
        known = self.of[owned]
        by_name = {name.casefold(): key for key, name in known.items()} | {key.casefold(): key for key in known}
        exact = by_name.get(value.casefold())
        if exact is not None:
            return exact
        found = get_close_matches(value.casefold(), by_name, n=1, cutoff=LEAST_LIKENESS)
        return by_name[found[0]] if found else None


PRODUCT_TYPE: Final = (PURCHASE.name, "product_type")
PURCHASE_STATUS: Final = (PURCHASE.name, "status")
PRODUCT_ID: Final = (PURCHASE.name, "product_id")
VARIANT_ID: Final = (PURCHASE.name, "variant_id")
CATEGORY_IDS: Final = (PURCHASE.name, "category_ids")
CONSENT_ID: Final = (CONSENT.name, "consent_id")
ORDER_STATUS: Final = (ORDER.name, "status")
ORDER_TYPE: Final = (ORDER.name, "type")


def warnings(condition: str, tree: Node, context: Context, values: KnownValues) -> tuple[Mistake, ...]:
    """Return where a sound condition compares with what matches nothing, or holds for everybody or nobody."""
    found = list(vacuous(condition, tree, context))
    for node, scope in scoped(tree, context):
        if isinstance(node, Binary) and node.operator in ("==", "!=", "in"):
            found += _of_comparison(condition, node, context, scope, values)
    return tuple(found[:MOST_WARNINGS])


def _of_comparison(
    condition: str, node: Binary, context: Context, scope: Scope, values: KnownValues
) -> Iterator[Mistake]:
    for asked, given in ((node.left, node.right), (node.right, node.left)):
        literals = given.items if isinstance(given, ListOf) else (given,)
        for literal in literals:
            if isinstance(literal, Literal) and (told := _told(asked, literal, context, scope, values)):
                message, suggestion = told
                yield Mistake(*place(condition, literal.start), message, suggestion)


def _told(
    asked: Node, literal: Literal, context: Context, scope: Scope, values: KnownValues
) -> tuple[str, str | None] | None:
    """Return what is wrong with a literal beside a field or a function, and what was probably meant."""
    value = literal.value
    if isinstance(asked, Call) and asked.function in _RANGES and isinstance(value, int):
        allowed, explained = _RANGES[asked.function]
        return None if value in allowed else (f"{asked.function} never gives {value}", explained)
    if not isinstance(asked, Select) or not isinstance(value, str):
        return None
    owned = (shape_of(asked.operand, context, scope).rstrip("?"), asked.field)
    if owned == (USER.name, "country") and not _COUNTRY.fullmatch(value):
        return f"'{value}' is not a country code", value.upper() if _COUNTRY.fullmatch(
            value.upper()
        ) else "such as 'DK'"
    if not values.of.get(owned) or value in values.of[owned]:
        return None
    return f"no {owned[1].removesuffix('s') if owned == CATEGORY_IDS else owned[1]} '{value[:80]}' is known", (
        values.nearest(owned, value)
    )
