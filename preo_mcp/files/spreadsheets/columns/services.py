"""Which service wrote a file, and what its headings and states mean there, from `services.json`.

A heading stands for one of Preo's column types, surely or less so, for metadata with its key, or for what Preo's types
cannot say (`line_total`, `state`, `attendee_email`), which an import of orders uses.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

from preo_mcp.api.models.data_imports import ColumnType
from preo_mcp.files.spreadsheets.columns.headings import heading_key, snake_case
from preo_mcp.files.spreadsheets.columns.meanings import Meaning

_DATA: Final[dict[str, dict[str, Any]]] = json.loads(
    files("preo_mcp.files.spreadsheets.columns").joinpath("services.json").read_text(encoding="utf-8")
)
NAMES: Final[dict[str, str]] = {service: said["name"] for service, said in _DATA.items()}
SIGNATURES: Final[tuple[tuple[str, str], ...]] = tuple(
    (service, signature) for service, said in _DATA.items() for signature in said["signatures"]
)
"""Headings that together prove a service; of several the one of most headings, then the first, holds."""
NAMED_IN_HEADINGS: Final = (
    "eventbrite",
    "billetto",
    "ticketmaster",
    "pretix",
    "humanitix",
    "tickettailor",
    "helloasso",
    "weezevent",
    "ticketco",
)
"""Services that write their own name into headings, and that other services' exports do not name."""

_FORM_PREFIXES: Final = (
    ("Checkout Form:", ColumnType.ORDER_METADATA),
    ("Product Form:", ColumnType.PURCHASE_METADATA),
)
"""How Squarespace begins the headings of custom questions."""
STRIPE_METADATA: Final = " (metadata)"
_FORM_CONFIDENCE: Final = 0.6
_USUAL: Final = 0.98
_TYPES: Final = frozenset(column_type.value for column_type in ColumnType)


def recognised_service(header: Sequence[str]) -> str | None:
    """Which service wrote a file, told by its header alone.

    Args:
        header: The headings in order.

    Returns:
        A key of `NAMES`, None when no service's headings are complete enough.
    """
    keys = {heading_key(heading) for heading in header}
    proving = [(service, signature.split()) for service, signature in SIGNATURES]
    found = max((one for one in proving if keys.issuperset(one[1])), key=lambda one: len(one[1]), default=None)
    if found is not None:
        return found[0]
    return next((service for service in NAMED_IN_HEADINGS if any(service in key for key in keys)), None)


def meanings_in(service: str, heading: str) -> list[Meaning]:
    """What a heading means in the export of one service; none when that service says nothing special about it."""
    key = heading_key(heading)
    if (found := _by_heading()[service].get(key)) is not None:
        return found
    if key in roles_in(service):
        return [Meaning(ColumnType.IGNORE, _USUAL, f"heading of {NAMES[service]}'s export")]
    answer = _answer(service, heading)
    return [answer] if answer is not None else []


@cache
def roles_in(service: str) -> Mapping[str, tuple[str, float]]:
    """Return what no column type says: for a heading the role of an import of orders, and how sure that is."""
    found: dict[str, tuple[str, float]] = {}
    for heading, said in _DATA[service]["columns"].items():
        for role, sure, _ in map(_parts, _listed(said)):
            if role not in _TYPES or role == ColumnType.IGNORE:
                found.setdefault(heading, (role, sure))
    return MappingProxyType(found)


@cache
def states_in(service: str) -> Mapping[str, str]:
    """Return the service's own words for states with their kind: `sold`, `part`, `open` or `gone`."""
    listed = _DATA[service].get("states", {}).items()
    return MappingProxyType({word: kind for kind, words in listed for word in words.split()})


def is_list_of_guests(service: str) -> bool:
    """Whether each row of the service's export is one guest, and no column counts pieces."""
    return bool(_DATA[service].get("one_row_one_piece"))


def _listed(said: str | list[str]) -> list[str]:
    return [said] if isinstance(said, str) else said


def _parts(said: str) -> tuple[str, float, str | None]:
    """What `customer_email 0.99`, `order_metadata 0.8 note` or `line_total` say."""
    role, *more = said.split()
    return role, float(more[0]) if more else _USUAL, more[1] if len(more) > 1 else None


@cache
def _by_heading() -> dict[str, dict[str, list[Meaning]]]:
    tables: dict[str, dict[str, list[Meaning]]] = {service: {} for service in NAMES}
    for service, table in _DATA.items():
        reason = f"heading of {NAMES[service]}'s export"
        for heading, said in table["columns"].items():
            for role, sure, key in map(_parts, _listed(said)):
                if role in _TYPES:
                    tables[service].setdefault(heading, []).append(Meaning(ColumnType(role), sure, reason, key))
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
