"""List, get and retry deliveries."""

import json
from typing import Any, Final

from pydantic import MISSING

from preo_mcp.api.models.base import Page
from preo_mcp.api.models.webhooks import Delivery, DeliveryOrdering, DeliveryRow, DeliveryStatus, ListDeliveriesQuery
from preo_mcp.api.operations import GET_WEBHOOK_DELIVERY, LIST_WEBHOOK_DELIVERIES, RETRY_WEBHOOK_DELIVERY
from preo_mcp.sandbox.lists import Filters, Matches, paged, sql_order
from preo_mcp.sandbox.problems import Problem, not_found, refused
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.store import Doc, Store, dump
from preo_mcp.sandbox.webhooks.documents import changeable_webhook, visible_webhook
from preo_mcp.sandbox.webhooks.queue import try_again

ENDPOINTS = Endpoints()

COLUMNS: Final = "id, webhook_id, event_type, status, created, due, body, doc"

Row = tuple[str, str, str, str, str, str | None, str, str]


@ENDPOINTS.endpoint(LIST_WEBHOOK_DELIVERIES, returns=Page[DeliveryRow], query=ListDeliveriesQuery)
async def list_webhook_deliveries(call: Call[ListDeliveriesQuery, Nothing]) -> Doc:
    """List an endpoint's deliveries, the newest first unless `ordering` says otherwise."""
    store, query, filters = call.store, call.query, Filters()
    filters.equal("webhook_id", visible_webhook(call)["id"])
    filters.equal("status", query.status)
    filters.equal("event_type", query.event_type)
    filters.between("created", query.created_after, query.created_before)
    ordering = [DeliveryOrdering.CREATED_DESC] if query.ordering is MISSING else query.ordering
    count, ids = Matches(store.db, "webhook_deliveries", filters, sql_order(ordering)).page(query)
    found = {row[0]: row for row in _rows(store, ids)}
    return paged(call.url, query, count, lambda _limit, _offset: [_listed(store, found[key]) for key in ids])


@ENDPOINTS.endpoint(GET_WEBHOOK_DELIVERY, returns=Delivery)
async def get_webhook_delivery(call: Call[Nothing, Nothing]) -> Doc:
    """Answer one delivery with what was sent and answered at its last try; before the first, what would be sent."""
    webhook = visible_webhook(call)
    return _detail(call.store, _row_of(call, webhook), webhook)


@ENDPOINTS.endpoint(RETRY_WEBHOOK_DELIVERY, returns=Delivery)
async def retry_webhook_delivery(call: Call[Nothing, Nothing]) -> Doc:
    """Queue a failed delivery anew, to the endpoint's present URL. Managers and admins may (inferred).

    Raises:
        Problem: 400 unless it has failed and the endpoint is active (inferred), 403 for a lesser role, 404.
    """
    webhook = changeable_webhook(call)
    with call.store.transaction():
        key, _, _, status, *_, doc = _row_of(call, webhook)
        if status != DeliveryStatus.FAILED:
            detail = f"Delivery is {status}; only failed ones can be retried."
            raise Problem(400, {"detail": detail, "status": status})
        if not webhook["is_active"]:
            raise refused(400, "The endpoint is not active; update it with is_active=true first.")
        try_again(call.store, key, json.loads(doc))
    return _detail(call.store, _row_of(call, webhook), webhook)


def _rows(store: Store, ids: list[str]) -> list[Row]:
    statement = f"SELECT {COLUMNS} FROM webhook_deliveries WHERE id IN (SELECT value FROM json_each(?))"  # noqa: S608 - our own names
    return store.db.execute(statement, (dump(ids),)).fetchall()


def _row_of(call: Call[Any, Any], webhook: Doc) -> Row:
    """Return the delivery that a call names, if it is the endpoint's.

    Raises:
        Problem: 404.
    """
    for row in _rows(call.store, [call.path["delivery_id"]]):
        if row[1] == webhook["id"]:
            return row
    raise not_found("Delivery")


def _listed(store: Store, row: Row) -> Doc:
    key, _, event_type, status, created, due, body, stored = row
    doc: Doc = json.loads(stored)
    return {
        "id": key,
        "event_id": doc["event_id"],
        "event_type": event_type,
        "status": status,
        "attempts": doc["attempts"],
        "response_status": doc["response"] and doc["response"]["status"],
        "error_kind": doc["error_kind"],
        "order_number": _order_number(store, json.loads(body)["data"]),
        "created": created,
        "last_attempt_at": doc["last_attempt_at"],
        "next_attempt_at": due,
    }


def _order_number(store: Store, data: Doc) -> str | None:
    """Return the number of the order that an event is about, such as a refund of it (inferred)."""
    if "order_number" in data:
        return data["order_number"]
    order = store.doc("orders", data["order_id"]) if data.get("order_id") else None
    return None if order is None else order["order_number"]


def _detail(store: Store, row: Row, webhook: Doc) -> Doc:
    doc: Doc = json.loads(row[-1])
    sent = doc["sent"] or {"url": webhook["url"], "headers": None}
    return {
        **_listed(store, row),
        "webhook_id": webhook["id"],
        "error": doc["error"],
        "duration_ms": doc["duration_ms"],
        "request": {**sent, "body": row[-2]},
        "response": doc["response"],
    }
