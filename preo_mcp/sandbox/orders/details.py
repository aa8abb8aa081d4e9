"""Retrieve order details and purchase details (inferred).

An order is answered with its purchases, its payment and what went back of it; a purchase, one unit of a product, with
its order and what is left to refund.
"""

from preo_mcp.api.models.orders import Order
from preo_mcp.api.models.purchases import Purchase
from preo_mcp.api.operations import GET_ORDER, GET_PURCHASE
from preo_mcp.sandbox.data_imports.catalogue import Catalogue
from preo_mcp.sandbox.members import Member
from preo_mcp.sandbox.money import on_wire
from preo_mcp.sandbox.orders.documents import (
    purchases_of,
    shown_balance,
    shown_customer,
    shown_edition,
    shown_order,
    shown_purchase,
    visible_order,
    wire_amounts,
)
from preo_mcp.sandbox.problems import not_found
from preo_mcp.sandbox.refunds.amounts import balances, full_amount, total
from preo_mcp.sandbox.refunds.documents import of_order
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.store import Doc, Store

ENDPOINTS = Endpoints()

ORDER_FIELDS = ("id", "order_number", "status", "type")


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
        "refunds": of_order(store, order["id"]),
    }


@ENDPOINTS.endpoint(GET_PURCHASE, returns=Purchase)
async def get_purchase(call: Call[Nothing, Nothing]) -> Doc:
    """Answer one purchase of the member's organizations."""
    store = call.store
    purchase, order = visible_purchase(store, call.member, call.path["id"])
    balance = balances(store, order, [purchase])[purchase["id"]]
    return {
        **shown_purchase(purchase, Catalogue(store, order["edition_id"]), balance),
        "amount": on_wire(full_amount(purchase), purchase["currency"]),
        "order": {name: order[name] for name in ORDER_FIELDS},
        "customer": shown_customer(related(store, "customers", order)),
        "edition": shown_edition(related(store, "editions", order)),
        "transaction_id": order["transaction_id"],
    }


def visible_purchase(store: Store, member: Member, purchase_id: str) -> tuple[Doc, Doc]:
    """Return the stored purchase and its order, if they are of one of the member's organizations.

    Raises:
        Problem: 404.
    """
    purchase = store.doc("purchases", purchase_id)
    order = store.doc("orders", purchase["order_id"]) if purchase else None
    if purchase is None or order is None or order["organization_id"] not in member.organizations:
        raise not_found("Purchase")
    return purchase, order


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
