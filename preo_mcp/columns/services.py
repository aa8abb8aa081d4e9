"""Which service wrote a file, and what its headings mean there."""

from collections.abc import Sequence
from functools import cache
from typing import Final

from preo_mcp.columns.folding import folded, snake_case
from preo_mcp.columns.meanings import Meaning
from preo_mcp.columns.service_headings import NAMED_IN_HEADINGS, NAMES, SIGNATURES, TABLES
from preo_mcp.models.data_imports import ColumnType

_FORM_PREFIXES: Final = (
    ("Checkout Form:", ColumnType.ORDER_METADATA),
    ("Product Form:", ColumnType.PURCHASE_METADATA),
)
"""How Squarespace begins the headings of custom questions."""
STRIPE_METADATA: Final = " (metadata)"
_FORM_CONFIDENCE: Final = 0.6


def recognised_service(header: Sequence[str]) -> str | None:
    """Which service wrote a file, told by its header alone.

    Args:
        header: The headings in order.

    Returns:
        A key of `NAMES`, None when no service's headings are complete enough.
    """
    keys = {folded(heading) for heading in header}
    for service, signature in SIGNATURES:
        if keys.issuperset(signature.split()):
            return service
    return next((service for service in NAMED_IN_HEADINGS if any(service in key for key in keys)), None)


def meanings_in(service: str, heading: str) -> list[Meaning]:
    """What a heading means in the export of one service; none when that service says nothing special about it."""
    if (found := _by_heading()[service].get(folded(heading))) is not None:
        return found
    answer = _answer(service, heading)
    return [answer] if answer is not None else []


@cache
def _by_heading() -> dict[str, dict[str, list[Meaning]]]:
    tables: dict[str, dict[str, list[Meaning]]] = {service: {} for service in NAMES}
    for service, rows in TABLES.items():
        reason = f"heading of {NAMES[service]}'s export"
        for heading, column_type, confidence, *key in rows:
            meaning = Meaning(column_type, confidence, reason, key[0] if key else None)
            tables[service].setdefault(heading, []).append(meaning)
    return tables


def _answer(service: str, heading: str) -> Meaning | None:
    """A question that the shop itself asked, which these services mark in the heading."""
    reason = f"a custom field of {NAMES[service]}"
    if service == "squarespace":
        for prefix, column_type in _FORM_PREFIXES:
            if heading.strip().startswith(prefix) and (key := snake_case(heading.strip().removeprefix(prefix))):
                return Meaning(column_type, _FORM_CONFIDENCE, reason, key)
    if service == "stripe" and heading.endswith(STRIPE_METADATA):
        key = snake_case(heading.removesuffix(STRIPE_METADATA))
        return Meaning(ColumnType.ORDER_METADATA, _FORM_CONFIDENCE, reason, key) if key else None
    return None
