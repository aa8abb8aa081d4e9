"""Import external orders: the endpoint that checks and queues them, and the job that writes them.

Each refusal stands under the place in the body that it is about.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import MISSING

from preo_mcp.api.models.external_orders import (
    ExternalOrder,
    ExternalOrderItem,
    ExternalOrdersResult,
    ImportExternalOrdersRequest,
)
from preo_mcp.api.models.webhooks import WebhookEvent
from preo_mcp.api.operations import IMPORT_EXTERNAL_ORDERS
from preo_mcp.sandbox.customers import CUSTOMER_FIELDS
from preo_mcp.sandbox.data_imports.catalogue import Catalogue
from preo_mcp.sandbox.data_imports.records import MAX_ORDER_UNITS, Books, Buyer, Sold
from preo_mcp.sandbox.data_imports.rows import KEY_MAX_LENGTH
from preo_mcp.sandbox.importing.emails import read_email
from preo_mcp.sandbox.importing.phones import read_phone
from preo_mcp.sandbox.importing.prices import MAX_WHOLE_DIGITS
from preo_mcp.sandbox.importing.quantities import MAX_QUANTITY
from preo_mcp.sandbox.importing.unreadable import Unreadable
from preo_mcp.sandbox.importing.warming import readers_loaded
from preo_mcp.sandbox.jobs import Jobs
from preo_mcp.sandbox.money import nearest, on_wire
from preo_mcp.sandbox.problems import Problem, invalid
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.slices import in_slices
from preo_mcp.sandbox.store import Doc, Store
from preo_mcp.sandbox.webhooks.events import record_event

ENDPOINTS = Endpoints()

IMPORT_EXTERNAL = "import_external_orders"
QUEUED, DONE, SKIPPED = "queued", "done", "skipped"

MAX_PRICE = 10**MAX_WHOLE_DIGITS - 1
"""Per unit, in units of the currency, as in files (a limit of this sandbox)."""

QueuedOrder = tuple[int, str]
"""Sequence number and document of an external order."""

Faults = dict[str, Any]
"""Reasons by field, in Django REST Framework's nesting; empty where all is well."""


@ENDPOINTS.endpoint(IMPORT_EXTERNAL_ORDERS, returns=ExternalOrdersResult, body=ImportExternalOrdersRequest)
async def import_external_orders(call: Call[Nothing, ImportExternalOrdersRequest]) -> Doc:
    """Queue the orders of another system.

    An order whose id the edition has, was sent before, or stands earlier in the call is skipped and reported (the
    first one wins; within one call inferred).

    Raises:
        Problem: 400 for an unknown edition (inferred) and for invalid orders, 403 for a lesser role.
    """
    edition = call.store.doc("editions", call.body.edition_id)
    if edition is None or edition["organization_id"] not in call.member.organizations:
        raise invalid(edition_id=f"No edition with the id {call.body.edition_id[:80]!r} is accessible.")
    call.member.must_manage(edition["organization_id"])
    await readers_loaded()
    orders = checked_orders(Catalogue(call.store, edition["id"]), call.body.orders, edition["currency"])
    skipped: list[str] = []

    def queue(order: Doc) -> None:
        if not _queue(call.store, edition, order):
            skipped.append(order["order_id"])

    jobs: list[int] = []
    # A job per slice: whatever was queued before a crash is written after it.
    await in_slices(call.store, orders, queue, end=lambda: jobs.append(call.jobs.add(IMPORT_EXTERNAL, edition["id"])))
    for job in jobs:
        call.jobs.start(job)
    return {
        "status": QUEUED,
        "queued_count": len(orders) - len(skipped),
        "skipped_count": len(skipped),
        "skipped_order_ids": skipped,
    }


async def write_external_orders(jobs: Jobs, subject: str) -> None:
    """Write the queued orders of an edition, each with its customer, purchases and event in one transaction."""
    store = jobs.store
    edition = store.doc("editions", subject)
    if edition is not None:
        await readers_loaded()
        await in_slices(store, _queued(store, subject), lambda row: _write(store, edition, *row))


def checked_orders(catalogue: Catalogue, orders: Sequence[ExternalOrder], currency: str) -> list[Doc]:
    """Return the orders as they are stored, with prices in minor units of `currency`.

    Raises:
        Problem: 400 with the reasons by place: an e-mail address, an unknown product, variant or option, a limit.
    """
    faults = [_order_faults(catalogue, order) for order in orders]
    if any(faults):
        raise Problem(400, {"orders": faults})
    return [_stored_order(order, currency) for order in orders]


def _order_faults(catalogue: Catalogue, order: ExternalOrder) -> Faults:
    faults: Faults = {}
    try:
        read_email(order.email)
    except Unreadable as exc:
        faults["email"] = [f"Enter a valid email address: {exc.reason}."]
    order_id = order.order_id.strip()
    if not order_id:
        faults["order_id"] = ["This field may not be blank."]
    elif len(order_id) > KEY_MAX_LENGTH:
        faults["order_id"] = [f"Ensure this field has no more than {KEY_MAX_LENGTH} characters."]
    if order.order_metadata is not MISSING and not _is_plain(order.order_metadata):
        faults["order_metadata"] = ["Numbers must be finite."]
    items = [_item_faults(catalogue, item) for item in order.items]
    if any(items):
        faults["items"] = items
    elif sum(item.quantity for item in order.items) > MAX_ORDER_UNITS:
        faults["items"] = [f"An order holds at most {MAX_ORDER_UNITS} units."]
    return faults


def _item_faults(catalogue: Catalogue, item: ExternalOrderItem) -> Faults:
    faults: Faults = {}
    if item.quantity > MAX_QUANTITY:
        faults["quantity"] = [f"Ensure this value is less than or equal to {MAX_QUANTITY}."]
    if item.price is not MISSING and item.price is not None and item.price > MAX_PRICE:
        faults["price"] = [f"Ensure this value is less than or equal to {MAX_PRICE}."]
    if item.purchase_metadata is not MISSING and not _is_plain(item.purchase_metadata):
        faults["purchase_metadata"] = ["Numbers must be finite."]
    if catalogue.product(item.product_id) is None:
        return {**faults, "product_id": [f"The edition has no product with the id {item.product_id[:80]!r}."]}
    variant_id = _given(item.variant_id, None)
    if variant_id is not None and catalogue.variant(item.product_id, variant_id) is None:
        faults["variant_id"] = [f"The product has no variant with the id {variant_id[:80]!r}."]
    unknown = [key for key in _given(item.option_ids, []) if catalogue.option(item.product_id, key) is None]
    if unknown:
        faults["option_ids"] = [f"The product has no option with the id {key[:80]!r}." for key in unknown]
    return faults


def _stored_order(order: ExternalOrder, currency: str) -> Doc:
    return {
        "email": read_email(order.email),
        "phone_number": _given(order.phone_number, None) or "",
        "first_name": (_given(order.first_name, None) or "").strip(),
        "last_name": (_given(order.last_name, None) or "").strip(),
        "order_id": order.order_id.strip(),
        "items": [_stored_item(item, currency) for item in order.items],
        "order_metadata": _given(order.order_metadata, {}),
    }


def _stored_item(item: ExternalOrderItem, currency: str) -> Doc:
    price = _given(item.price, None)
    return {
        "product_id": item.product_id,
        "variant_id": _given(item.variant_id, None),
        "option_ids": _given(item.option_ids, []),
        "quantity": item.quantity,
        "price": None if price is None else nearest(price, currency),
        "metadata": _given(item.purchase_metadata, {}),
    }


def _given(value: Any, default: Any) -> Any:
    return default if value is MISSING else value


def _is_plain(metadata: Mapping[str, Any]) -> bool:
    """Whether JSON can express it: 1e999 is read as infinity, which it cannot."""
    try:
        json.dumps(metadata, allow_nan=False)
    except ValueError:
        return False
    return True


def _queue(store: Store, edition: Doc, order: Doc) -> bool:
    """Queue an order; return whether it is new to the edition."""
    if Books(store, edition).has(order["order_id"]):
        return False
    added = store.db.execute(
        "INSERT INTO external_orders (edition_id, order_id, status, doc) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (edition["id"], order["order_id"], QUEUED, json.dumps(order, ensure_ascii=False)),
    )
    return added.rowcount == 1


def _queued(store: Store, edition_id: str) -> Iterator[QueuedOrder]:
    """Yield what is queued at that moment, so that two jobs can share a queue."""
    statement = (
        "SELECT sequence, doc FROM external_orders WHERE edition_id = ? AND status = 'queued' ORDER BY sequence LIMIT 1"
    )
    while row := store.db.execute(statement, (edition_id,)).fetchone():
        yield row


def _write(store: Store, edition: Doc, sequence: int, stored: str) -> None:
    order: Doc = json.loads(stored)
    books, catalogue = Books(store, edition), Catalogue(store, edition["id"])
    status = SKIPPED
    # An import may have written an order with the same id since this one was queued.
    if not books.has(order["order_id"]):
        number = read_phone(order["phone_number"], edition["default_country_code"]).number
        buyer = Buyer(order["email"], number, order["first_name"], order["last_name"])
        lines = [_sold(catalogue, item) for item in order["items"]]
        written = books.write(buyer, order["order_id"], lines, order["order_metadata"])
        data = {"order": _announced(store, written.order)}
        record_event(store, WebhookEvent.ORDER_COMPLETED, edition["organization_id"], edition["id"], data)
        status = DONE
    store.db.execute("UPDATE external_orders SET status = ? WHERE sequence = ?", (status, sequence))


def _announced(store: Store, order: Doc) -> Doc:
    """Return an order as its event tells of it: the amount as it travels, with its customer (inferred)."""
    customer = store.doc("customers", order["customer_id"]) or {}
    return {
        **order,
        "amount": on_wire(order["amount"], order["currency"]),
        "customer": {name: customer.get(name) for name in CUSTOMER_FIELDS},
    }


def _sold(catalogue: Catalogue, item: dict[str, Any]) -> Sold:
    product = catalogue.product(item["product_id"])
    if product is None:
        raise LookupError("a queued order's product is gone")
    variant = catalogue.variant(item["product_id"], item["variant_id"]) if item["variant_id"] else None
    chosen = [catalogue.option(item["product_id"], key) for key in item["option_ids"]]
    options = [option for option in chosen if option is not None]
    return Sold(product, variant, item["quantity"], item["price"], options, None, item["metadata"])
