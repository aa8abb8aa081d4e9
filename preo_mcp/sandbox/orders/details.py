"""Retrieve order details: the order with its purchases, its payment, and what went back of it (inferred)."""

from preo_mcp.api.models.orders import Order
from preo_mcp.api.operations import GET_ORDER
from preo_mcp.sandbox.data_imports.catalogue import Catalogue
from preo_mcp.sandbox.orders.documents import (
    purchases_of,
    shown_balance,
    shown_order,
    shown_purchase,
    visible_order,
    wire_amounts,
)
from preo_mcp.sandbox.refunds.amounts import balances, total
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.store import Doc, Store

ENDPOINTS = Endpoints()


@ENDPOINTS.endpoint(GET_ORDER, returns=Order)
async def get_order(call: Call[Nothing, Nothing]) -> Doc:
    """Answer one order of the member's organizations."""
    store = call.store
    order = visible_order(store, call.member, call.path["id"])
    purchases = purchases_of(store, order["id"])
    each = balances(store, order, purchases)
    catalogue = Catalogue(store, order["edition_id"])
    currency = order["currency"]
    parts = {
        "fees": sum(purchase["fee"] for purchase in purchases),
        "deposits": sum(purchase["deposit"] for purchase in purchases),
    }
    return {
        **shown_order(order, related(store, "customers", order), related(store, "editions", order)),
        **wire_amounts(parts, currency),
        **shown_balance(total(list(each.values())), currency),
        "transaction": _transaction(store, order["transaction_id"]),
        "purchases": [shown_purchase(one, catalogue, each[one["id"]]) for one in purchases],
    }


def related(store: Store, table: str, order: Doc) -> Doc:
    """Return the customer or the edition of an order."""
    doc = store.doc(table, order[{"customers": "customer_id", "editions": "edition_id"}[table]])
    if doc is None:
        raise LookupError(f"an order refers to {table} that are gone")
    return doc


def _transaction(store: Store, transaction_id: str | None) -> Doc | None:
    doc = store.doc("transactions", transaction_id) if transaction_id else None
    if doc is None:
        return None
    amounts = {name: doc[name] for name in ("amount", "fees", "deposits")}
    return {**doc, **wire_amounts(amounts, doc["currency"])}
