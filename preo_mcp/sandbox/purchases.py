"""Retrieve purchase details: one unit of a product, its order, and what is left to refund (inferred)."""

from preo_mcp.api.models.purchases import Purchase
from preo_mcp.api.operations import GET_PURCHASE
from preo_mcp.sandbox.data_imports.catalogue import Catalogue
from preo_mcp.sandbox.members import Member
from preo_mcp.sandbox.money import on_wire
from preo_mcp.sandbox.orders.details import related
from preo_mcp.sandbox.orders.documents import shown_customer, shown_edition, shown_purchase
from preo_mcp.sandbox.problems import not_found
from preo_mcp.sandbox.refunds.amounts import balances, full_amount
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.store import Doc, Store

ENDPOINTS = Endpoints()

ORDER_FIELDS = ("id", "order_number", "status", "type")


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
