"""The events at the end of a refund."""

from preo_mcp.models.webhooks import WebhookEvent
from preo_mcp.sandbox.money import on_wire
from preo_mcp.sandbox.refunds.documents import Refund
from preo_mcp.sandbox.store import Store
from preo_mcp.sandbox.webhooks.events import record_event


def record_end(store: Store, kind: WebhookEvent, refund: Refund) -> None:
    """Record that a refund ended; call it in the transaction in which it does."""
    data = {
        "refund_id": refund.id,
        "status": refund.status,
        "amount": on_wire(refund.amount, refund.doc["currency"]),
        "currency": refund.doc["currency"],
        "scope": refund.scope,
        "reason": refund.reason,
        "order_id": refund.order_id,
        "customer_id": refund.customer_id,
        "service_response": refund.doc["service_response"],
    }
    record_event(store, kind, refund.organization_id, refund.edition_id, data)
