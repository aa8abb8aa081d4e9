"""What an edition answers about its conditions, as the local check takes it: types, variables, functions, values."""

import re
from dataclasses import dataclass, field
from typing import Final

from preo_mcp.api.errors import NetworkError, NotFoundError, ServerError
from preo_mcp.api.models.base import Page
from preo_mcp.api.models.editions import ListedEdition, ListEditionsQuery
from preo_mcp.api.models.orders import OrderStatus, OrderType
from preo_mcp.api.models.segments import CelContext, CelContextQuery, ContextField, DynamicValues
from preo_mcp.api.operations import GET_CEL_CONTEXT, LIST_EDITIONS
from preo_mcp.calls.preo import Preo, together
from preo_mcp.cel.context import KNOWN, Context, Field, Kind, ObjectType, Variable
from preo_mcp.cel.functions import FUNCTIONS, OTHER_FUNCTIONS
from preo_mcp.cel.known_values import (
    CATEGORY_IDS,
    CONSENT_ID,
    ORDER_STATUS,
    ORDER_TYPE,
    PRODUCT_ID,
    PRODUCT_TYPE,
    PURCHASE_STATUS,
    VARIANT_ID,
    KnownValues,
    Owned,
)

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ALIASES: Final = {
    **dict.fromkeys(("str", "text", "uuid"), Kind.STRING),
    **dict.fromkeys(("boolean",), Kind.BOOL),
    **dict.fromkeys(("float", "number", "decimal"), Kind.DOUBLE),
    **dict.fromkeys(("integer", "int64"), Kind.INT),
    **dict.fromkeys(("datetime", "date-time", "google.protobuf.Timestamp"), Kind.TIMESTAMP),
}
"""How else plain types are called."""

EVERYWHERE: Final = KnownValues(
    {
        ORDER_STATUS: {one.value: one.value for one in OrderStatus},
        ORDER_TYPE: {one.value: one.value for one in OrderType},
    }
)
"""What fields can hold in every edition."""


@dataclass(frozen=True)
class AskedContext:
    """What conditions of an edition, or of none, can name and compare with; notes on what could not be asked."""

    context: Context = KNOWN
    values: KnownValues = EVERYWHERE
    notes: list[str] = field(default_factory=list[str])


async def asked_context(preo: Preo, edition_id: str | None) -> AskedContext:
    """Ask Preo what conditions of an edition are made of; where it does not answer, this version's own will do."""
    if edition_id is None:
        return AskedContext()
    query = CelContextQuery(edition_id=edition_id)
    try:
        answer = await preo.request(GET_CEL_CONTEXT, CelContext, query=query)
    except (NetworkError, ServerError, NotFoundError) as exc:
        return AskedContext(notes=[f"Done without the edition's own fields and values: {exc}"])
    return AskedContext(context_of(answer), values_of(answer.dynamic_values))


OF_EDITIONS: Final = (PRODUCT_ID, VARIANT_ID, CATEGORY_IDS, PRODUCT_TYPE, PURCHASE_STATUS)
"""Fields whose values each edition has its own of."""
MOST_EDITIONS: Final = 16
"""Of an organization, the newest, whose values are read to tell whether one is known anywhere."""


@dataclass(frozen=True)
class OrganizationValues:
    """What fields can hold in an organization's editions; `editions` were read, which `is_whole` says are all."""

    values: KnownValues
    editions: int
    is_whole: bool


async def values_of_organization(preo: Preo, organization_id: str, but: str | None) -> OrganizationValues:
    """Return what fields can hold in the editions of an organization, `but` one.

    Raises:
        PreoError: the editions cannot be listed.
    """
    left_out = len(preo.left_out)
    query = ListEditionsQuery(organization_id=organization_id, page_size=MOST_EDITIONS)
    listed = await preo.request(LIST_EDITIONS, Page[ListedEdition], query=query)
    asked = await together(*(asked_context(preo, one.id) for one in listed.results if one.id != but))
    merged: dict[Owned, dict[str, str]] = {}
    for found in asked:
        for owned, known in found.values.of.items():
            merged.setdefault(owned, {}).update(known)
    is_whole = listed.next is None and len(preo.left_out) == left_out and not any(one.notes for one in asked)
    return OrganizationValues(KnownValues(merged), len(listed.results), is_whole)


def context_of(answer: CelContext) -> Context:
    """Return what the edition's conditions can name; what this version knows where the answer describes no types."""
    described = {one.name: one.fields for one in answer.types if _NAME.fullmatch(one.name)}
    variables = [one for one in answer.variables if _NAME.fullmatch(one.name)]
    if not described or not variables:
        return KNOWN
    names = set(described)
    types = tuple(
        ObjectType(name, tuple(_field(one, names) for one in fields if _NAME.fullmatch(one.name)))
        for name, fields in described.items()
    )
    offered = tuple(Variable(one.name, _field(one, names).type, one.description or "") for one in variables)
    known = {one.name for one in FUNCTIONS} | set(OTHER_FUNCTIONS)
    functions = (one.name for one in answer.functions if _NAME.fullmatch(one.name) and one.name not in known)
    return Context(types, offered, tuple(dict.fromkeys(functions)))


def values_of(answer: DynamicValues) -> KnownValues:
    """Return what an edition's fields can hold; of a list that the answer leaves empty nothing is known."""
    products = answer.products
    return KnownValues(
        {
            **EVERYWHERE.of,
            PRODUCT_ID: {one.id: one.name or one.id for one in products},
            VARIANT_ID: {one.id: one.name or one.id for product in products for one in product.variants},
            CATEGORY_IDS: {key: key for product in products for key in product.category_ids},
            PRODUCT_TYPE: {key: key for key in answer.product_types},
            PURCHASE_STATUS: {key: key for key in answer.purchase_statuses},
            CONSENT_ID: {one.id: one.name or one.id for one in answer.consents},
        }
    )


def _field(shown: ContextField, names: set[str]) -> Field:
    written = (shown.type or "").strip()
    is_nullable = written.endswith("?")
    plain = written.removesuffix("?")
    is_list = plain.startswith("list<") and plain.endswith(">")
    kind = _kind(plain[len("list<") : -1] if is_list else plain, names)
    may_be_null = is_nullable and not is_list and kind not in (Kind.ANY, Kind.TIMESTAMP, *names)
    return Field(shown.name, kind, shown.description or "", is_nullable=may_be_null, is_list=is_list)


def _kind(written: str, names: set[str]) -> str:
    if written in names or written in tuple(Kind):
        return written
    return _ALIASES.get(written, Kind.ANY)
