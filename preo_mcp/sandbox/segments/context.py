"""The context of an edition's conditions, and checking an expression against it."""

import json
from collections.abc import Iterator
from typing import Final

from pydantic import MISSING

from preo_mcp.api.models.segments import CelContext, CelContextQuery, CelValidation, ValidateCelRequest
from preo_mcp.api.operations import GET_CEL_CONTEXT, VALIDATE_CEL_EXPRESSION
from preo_mcp.cel.condition import check_condition
from preo_mcp.cel.context import TYPES, VARIABLES
from preo_mcp.cel.functions import FUNCTIONS
from preo_mcp.sandbox.editions import visible_edition
from preo_mcp.sandbox.money import on_wire
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.segments.conditions import compiled_for, engine_ready, shown
from preo_mcp.sandbox.segments.user_messages import refresh_messages
from preo_mcp.sandbox.slices import in_slices
from preo_mcp.sandbox.store import Doc, Store, docs_by_id

ENDPOINTS = Endpoints()

PURCHASE_STATUSES: Final = ("completed", "confirmed", "pending", "cancelled", "refunded")
"""Inferred."""

SAMPLES: Final = 3
NOT_COUNTED: Final[Doc] = {"matching_count": None, "error_count": None, "first_error": None, "samples": []}
"""What is answered of a condition that is not counted."""
FETCHED: Final = 100
"""Customers that are read together."""

Person = tuple[int, str, bytes]
"""Number, customer, message."""


@ENDPOINTS.endpoint(GET_CEL_CONTEXT, query=CelContextQuery, returns=CelContext)
async def get_cel_context(call: Call[CelContextQuery, Nothing]) -> Doc:
    """Answer what conditions are made of, and what those about an edition can compare with.

    `code`, `price` and `variants` of products, and the consents, are inferred.
    """
    edition = visible_edition(call.store, call.member, call.query.edition_id)
    products = _docs(call.store, "products", "edition_id", edition["id"])
    consents = _docs(call.store, "consents", "organization_id", edition["organization_id"])
    return {
        "variables": [{"name": one.name, "type": one.type, "description": one.description} for one in VARIABLES],
        "types": [
            {
                "name": one.name,
                "fields": [
                    {"name": field.name, "type": field.shown_type, "description": field.description}
                    for field in one.fields
                ],
            }
            for one in reversed(tuple(TYPES.values()))
        ],
        "functions": [
            {"name": one.name, "syntax": one.syntax, "description": one.description, "example": one.example}
            for one in FUNCTIONS
        ],
        "dynamic_values": {
            "products": [_product(product, edition["currency"]) for product in products],
            "product_types": sorted({product["type"] for product in products}),
            "purchase_statuses": list(PURCHASE_STATUSES),
            "consents": [{"id": consent["id"], "name": consent["name"]} for consent in consents],
        },
    }


@ENDPOINTS.endpoint(VALIDATE_CEL_EXPRESSION, body=ValidateCelRequest, returns=CelValidation)
async def validate_cel_expression(call: Call[Nothing, ValidateCelRequest]) -> Doc:
    """Answer every mistake of an expression; with `edition_id` it can name `edition`, with `count` it is counted.

    Raises:
        Problem: 404 for an edition that the member cannot see.
    """
    body = call.body
    edition: Doc | None = None
    if body.edition_id is not MISSING and body.edition_id is not None:
        edition = visible_edition(call.store, call.member, body.edition_id)
    await engine_ready()
    mistakes = check_condition(body.expression, has_edition=edition is not None)
    answer = {"valid": not mistakes, "errors": shown(mistakes)}
    if mistakes or body.count is not True:
        return answer | NOT_COUNTED
    organizations = call.member.organizations if edition is None else (edition["organization_id"],)
    return answer | await counted(call.store, body.expression, edition, organizations)


async def counted(store: Store, condition: str, edition: Doc | None, organizations: tuple[str, ...]) -> Doc:
    """Return how many customers of organizations meet a sound condition, and the first few of them by name.

    Raises:
        InvalidConditionError: the condition has mistakes.
    """
    await refresh_messages(store)
    asked = compiled_for(condition, edition, store.now())
    found: list[str] = []
    counts = {"matching_count": 0, "error_count": 0}

    def ask(person: Person) -> None:
        holds = asked.holds(person[2])
        if holds and len(found) < SAMPLES:
            found.append(person[1])
        counts["matching_count"] += holds is True
        counts["error_count"] += holds is None

    await in_slices(store, _customers(store, organizations), ask)
    return {**counts, "first_error": asked.first_error, "samples": _samples(store, found)}


def _docs(store: Store, table: str, column: str, key: str) -> list[Doc]:
    rows = store.db.execute(f"SELECT doc FROM {table} WHERE {column} = ? ORDER BY id", (key,))  # noqa: S608 - our own names
    return [json.loads(doc) for (doc,) in rows]


def _product(product: Doc, currency: str) -> Doc:
    def shown(one: Doc, *names: str) -> Doc:
        return {**{name: one[name] for name in ("name", "code", *names)}, "price": on_wire(one["price"], currency)}

    variants = [{"id": one["api_id"], **shown(one)} for one in product["variants"]]
    return {"id": product["id"], **shown(product, "category_ids"), "variants": variants}


def _customers(store: Store, organizations: tuple[str, ...]) -> Iterator[Person]:
    after = 0
    while rows := store.db.execute(
        "SELECT number, customer_id, message FROM user_messages "
        "WHERE organization_id IN (SELECT value FROM json_each(?)) AND number > ? ORDER BY number LIMIT ?",
        (json.dumps(organizations), after, FETCHED),
    ).fetchall():
        yield from rows
        after = rows[-1][0]


def _samples(store: Store, ids: list[str]) -> list[Doc]:
    customers = docs_by_id(store, "customers", ids)
    names = {key: (one["first_name"], one["last_name"]) for key, one in customers.items()}
    return [{"id": key, "name": " ".join(part for part in names[key] if part) or None} for key in ids if key in names]
