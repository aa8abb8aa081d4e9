"""Sums, which CEL has not: the first items of a list, added one by one as far as there are some.

Where no item is negative, such a sum is never too large: a condition that asks for more than something is not true of
anybody wrongly, and misses at most who has more items than are added.
"""

from typing import Final

from preo_mcp.cel.mistakes import Advice
from preo_mcp.cel.shapes import item_of
from preo_mcp.cel.syntax import Call, Loop, Name, Node, Select
from preo_mcp.cel.type_rules import Place

ADDED: Final = 5
"""Items; the engine takes chains of 32 operators, and a longer sum is hardly read."""
SPENT: Final = ("user.orders", "total")
"""The sum that is asked for most: what a customer ordered for."""


def summed(items: str, field: str, count: int = ADDED) -> str:
    """Return the sum of a field of the first items of a list, in CEL."""
    parts = (f"(size({items}) > {place} ? {items}[{place}].{field} : 0.0)" for place in range(count))
    return f"({' + '.join(parts)})"


def sum_of(where: Place) -> Advice | None:
    """Return how to write a sum that was asked for as `sum(list.map(x, x.field))`, `list.sum(x, x.field)` and the like.

    None where it is not known what is summed.
    """
    node = where.node
    if not isinstance(node, Call):
        return None
    given = (node.target, *node.arguments)
    found = next((part for one in given if one is not None and (part := _listed(where, one))), None)
    if found is None and node.target is not None and where.shape(node.target).startswith("list<"):
        fields = [one.field for one in node.arguments if isinstance(one, Select) and isinstance(one.operand, Name)]
        found = (where.text(node.target), fields[0]) if fields else None
    if found is None:
        return None
    return Advice(f"there are no sums; of the first {ADDED} items it is {summed(*found)}")


def _listed(where: Place, node: Node) -> tuple[str, str] | None:
    """Return the list and the field of `list.map(x, x.field)`, or of `list.field`, where it has such a field."""
    match node:
        case Loop(macro="map", over=over, body=Select(operand=Name(), field=field), only=None):
            return where.text(over), field
        case Select(operand=operand, field=field) if where.context.field(item_of(where.shape(operand)), field):
            return where.text(operand), field
        case _:
            return None
