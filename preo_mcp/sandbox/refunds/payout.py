"""The payout of an approved refund: a job that takes one step per transaction and can be taken up after any of them.

Each step is chosen by the status that the one before it wrote, so none is taken twice; the gateway's ledger keeps the
one that pays from paying twice.
"""

from collections.abc import Callable
from types import MappingProxyType

from anyio.lowlevel import checkpoint

from preo_mcp.api.models.refunds import RefundStatus
from preo_mcp.api.models.webhooks import WebhookEvent
from preo_mcp.sandbox.jobs import Jobs
from preo_mcp.sandbox.money import on_wire
from preo_mcp.sandbox.refunds import gateway
from preo_mcp.sandbox.refunds.amounts import balances, full_amount, refunded_minor
from preo_mcp.sandbox.refunds.documents import Refund, find, save
from preo_mcp.sandbox.refunds.targets import order_target
from preo_mcp.sandbox.store import Store
from preo_mcp.sandbox.webhooks.events import record_event

PAY_REFUND = "pay_refund"
NO_LONGER_POSSIBLE = "The order can no longer be refunded, or less is left of it than this refund."
REFUNDED = "refunded"
"""The status of a purchase of which everything went back (inferred)."""


async def pay_refund(jobs: Jobs, subject: str) -> None:
    """Take a refund from where it stands to its end."""
    while _step(jobs.store, subject):
        await checkpoint()


def _step(store: Store, refund_id: str) -> bool:
    """Take the next step in a transaction; return whether there was one to take."""
    with store.transaction():
        refund = find(store, refund_id)
        step = None if refund is None else STEPS.get(refund.status)
        if refund is None or step is None:
            return False
        step(store, refund)
    return True


def _begin(store: Store, refund: Refund) -> None:
    target = order_target(store, refund.order_id, refund.doc["purchase_id"])
    each = balances(store, target.order, target.concerned(refund.scope))
    if all(balance.is_sound for balance in each.values()):
        refund.status = RefundStatus.PROCESSING
    else:
        refund.status, refund.doc["service_response"] = RefundStatus.INVALID, NO_LONGER_POSSIBLE
    save(store, refund)


def _submit(store: Store, refund: Refund) -> None:
    """Hand the refund in; found handed in already, go on. So the ledger's row and the status are two transactions."""
    attempt = refund.doc["attempt"]
    if gateway.outcome(store, refund.id, attempt) is None:
        submission = gateway.Submission(refund.id, attempt, refund.amount, refund.doc["currency"])
        gateway.submit(store, submission)
    else:
        refund.status = RefundStatus.AWAITING_GATEWAY
        save(store, refund)


def _finish(store: Store, refund: Refund) -> None:
    decided = gateway.outcome(store, refund.id, refund.doc["attempt"])
    if decided is None:
        raise LookupError("the gateway was not asked")
    refund.doc["service_response"] = decided.response
    if decided.succeeded:
        refund.status, refund.doc["refund_date"] = RefundStatus.PROCESSED, store.now()
    else:
        refund.status = RefundStatus.FAILED
    save(store, refund)
    if decided.succeeded:
        show_in_order(store, refund)
    kind = WebhookEvent.REFUND_PROCESSED if decided.succeeded else WebhookEvent.REFUND_FAILED
    record_end(store, kind, refund)


STEPS: MappingProxyType[RefundStatus, Callable[[Store, Refund], None]] = MappingProxyType(
    {RefundStatus.READY: _begin, RefundStatus.PROCESSING: _submit, RefundStatus.AWAITING_GATEWAY: _finish}
)
"""What is done next at each status that moves by itself."""


def show_in_order(store: Store, refund: Refund) -> None:
    """Give the purchases of which nothing is left the status `refunded`, and touch purchases and order."""
    now = refund.modified
    target = order_target(store, refund.order_id, refund.doc["purchase_id"])
    concerned = target.concerned(refund.scope)
    refunded = refunded_minor(store, [purchase["id"] for purchase in concerned])
    for purchase in concerned:
        is_empty = refunded[purchase["id"]] == full_amount(purchase) > 0
        status = REFUNDED if is_empty else purchase["status"]
        store.update("purchases", purchase["id"], purchase | {"status": status, "modified": now})
    store.update("orders", refund.order_id, target.order | {"modified": now}, modified=now)


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
