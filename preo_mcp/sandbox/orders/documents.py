"""Orders and purchases as they are answered: amounts in the order's currency, related objects inside (inferred)."""

import json
from collections.abc import Sequence
from typing import Final

from preo_mcp.sandbox.customers import CUSTOMER_FIELDS
from preo_mcp.sandbox.data_imports.catalogue import Catalogue
from preo_mcp.sandbox.data_imports.documents import EDITION_FIELDS
from preo_mcp.sandbox.members import Member, visible_doc
from preo_mcp.sandbox.money import on_wire
from preo_mcp.sandbox.refunds.amounts import Balance, refunded_minor, reserved_minor
from preo_mcp.sandbox.store import Doc, Store, docs_by_id, dump

OPTION_FIELDS: Final = ("api_id", "name", "group")


def visible_order(store: Store, member: Member, order_id: str) -> Doc:
    """Return the stored order, if it is of one of the member's organizations.

    Raises:
        Problem: 404.
    """
    return visible_doc(store, member, "orders", order_id, "Order")


def purchases_of(store: Store, order_id: str) -> list[Doc]:
    """Return an order's stored purchases, in the order in which they were bought."""
    found = store.db.execute("SELECT doc FROM purchases WHERE order_id = ? ORDER BY rowid", (order_id,))
    return [json.loads(doc) for (doc,) in found]


def listed_orders(store: Store, ids: Sequence[str]) -> list[Doc]:
    """Return orders as rows of a list, by their ids: with what was bought and what went back (inferred)."""
    orders = docs_by_id(store, "orders", ids)
    customers = docs_by_id(store, "customers", {order["customer_id"] for order in orders.values()})
    editions = docs_by_id(store, "editions", {order["edition_id"] for order in orders.values()})
    purchases = _purchases_by_order(store, ids)
    keys = [one["id"] for bought in purchases.values() for one in bought]
    went_back = {"refunded": refunded_minor(store, keys), "refund_pending": reserved_minor(store, keys)}
    rows: list[Doc] = []
    for order in (orders[key] for key in ids):
        bought = purchases.get(order["id"], [])
        sums = {name: sum(each[one["id"]] for one in bought) for name, each in went_back.items()}
        rows.append(
            {
                **shown_order(order, customers[order["customer_id"]], editions[order["edition_id"]]),
                **wire_amounts(sums, order["currency"]),
                "purchases": [_listed_purchase(one) for one in bought],
            }
        )
    return rows


def _purchases_by_order(store: Store, ids: Sequence[str]) -> dict[str, list[Doc]]:
    found = store.db.execute(
        "SELECT order_id, doc FROM purchases WHERE order_id IN (SELECT value FROM json_each(?)) ORDER BY rowid",
        (dump(list(ids)),),
    )
    by_order: dict[str, list[Doc]] = {}
    for order_id, doc in found:
        by_order.setdefault(order_id, []).append(json.loads(doc))
    return by_order


def _listed_purchase(purchase: Doc) -> Doc:
    variant_id = purchase["variant_id"]
    return {
        "id": purchase["id"],
        "product": {"api_id": purchase["product_id"], "name": purchase["product_name"]},
        "variant": {"api_id": variant_id, "name": purchase["variant_name"]} if variant_id else None,
        "status": purchase["status"],
    }


def shown_order(order: Doc, customer: Doc, edition: Doc) -> Doc:
    """Return an order as it is answered, with its customer and edition inside."""
    return {
        **{name: order[name] for name in ("id", "order_number", "status", "type")},
        "amount": on_wire(order["amount"], order["currency"]),
        "currency": order["currency"],
        "customer": shown_customer(customer),
        "edition": shown_edition(edition),
        **{name: order[name] for name in ("organization_id", "transaction_id", "external_id", "metadata")},
        "created": order["created"],
        "modified": order["modified"],
    }


def shown_customer(customer: Doc) -> Doc:
    """Return a customer as they stand inside other objects."""
    return {name: customer[name] for name in CUSTOMER_FIELDS}


def shown_edition(edition: Doc) -> Doc:
    """Return an edition as it stands inside other objects (observed)."""
    return {name: edition[name] for name in EDITION_FIELDS}


def shown_purchase(purchase: Doc, catalogue: Catalogue, balance: Balance) -> Doc:
    """Return what an order, and a purchase's own page, say of a purchase.

    A product that is gone from the catalogue is named as it was when it was bought.
    """
    product_id, variant_id = purchase["product_id"], purchase["variant_id"]
    product = catalogue.product(product_id) or {"type": None}
    variant = {"api_id": variant_id, "name": purchase["variant_name"]} if variant_id else None
    options = (catalogue.option(product_id, key) for key in purchase["option_ids"])
    return {
        "id": purchase["id"],
        "product": {"api_id": product_id, "name": purchase["product_name"], "type": product["type"]},
        "variant": variant,
        "options": [{name: option[name] for name in OPTION_FIELDS} for option in options if option is not None],
        **wire_amounts({name: purchase[name] for name in ("price", "fee", "deposit")}, purchase["currency"]),
        "currency": purchase["currency"],
        "status": purchase["status"],
        **shown_balance(balance, purchase["currency"]),
        **{name: purchase[name] for name in ("item_id", "metadata", "created", "modified")},
    }


def shown_balance(balance: Balance, currency: str) -> Doc:
    """Return what went back, what is about to, and what can still be refunded."""
    return wire_amounts(
        {"refunded": balance.refunded, "refund_pending": balance.reserved, "refundable": balance.left}, currency
    )


def wire_amounts(amounts: dict[str, int], currency: str) -> Doc:
    """Return amounts in minor units as they travel."""
    return {name: on_wire(minor, currency) for name, minor in amounts.items()}
