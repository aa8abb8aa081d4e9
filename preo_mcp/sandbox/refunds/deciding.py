"""Approve and reject refund requests: managers and admins of the organization may (inferred)."""

from preo_mcp.api.models.refunds import ALLOWED_STATUSES, RefundStatus
from preo_mcp.api.models.refunds import Refund as RefundDetail
from preo_mcp.api.operations import APPROVE_REFUND, REJECT_REFUND, Operation
from preo_mcp.sandbox.problems import Problem
from preo_mcp.sandbox.refunds.amounts import why_not_refundable
from preo_mcp.sandbox.refunds.documents import Refund, Shown, save, set_parts, visible
from preo_mcp.sandbox.refunds.payout import NO_LONGER_POSSIBLE, PAY_REFUND
from preo_mcp.sandbox.refunds.requesting import split
from preo_mcp.sandbox.refunds.targets import order_target
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.store import Doc, Store

ENDPOINTS = Endpoints()


@ENDPOINTS.endpoint(APPROVE_REFUND, returns=RefundDetail)
async def approve_refund(call: Call[Nothing, Nothing]) -> Doc:
    """Approve a request, or try a failed refund again; it is then paid in the background.

    A request whose order was cancelled becomes invalid, and so does a failed one of which less is left (inferred).
    """
    _may_decide(call)
    job = None
    with call.store.transaction():
        refund = visible(call)
        _must_allow(refund, APPROVE_REFUND)
        if _is_possible(call.store, refund):
            refund.status = RefundStatus.READY
            refund.doc["attempt"] += 1
            refund.doc["service_response"] = None
            job = call.jobs.add(PAY_REFUND, refund.id)
        else:
            refund.status, refund.doc["service_response"] = RefundStatus.INVALID, NO_LONGER_POSSIBLE
        save(call.store, refund)
    if job is not None:
        call.jobs.start(job)
    return Shown(call.store, call.member).refund(refund)


@ENDPOINTS.endpoint(REJECT_REFUND, returns=RefundDetail)
async def reject_refund(call: Call[Nothing, Nothing]) -> Doc:
    """Reject a request, or give up a failed refund; its amount is free for others."""
    _may_decide(call)
    with call.store.transaction():
        refund = visible(call)
        _must_allow(refund, REJECT_REFUND)
        refund.status = RefundStatus.REJECTED
        save(call.store, refund)
    return Shown(call.store, call.member).refund(refund)


def _may_decide(call: Call[Nothing, Nothing]) -> None:
    call.member.must_manage(visible(call).organization_id)


def _must_allow(refund: Refund, operation: Operation) -> None:
    allowed = [status for status in RefundStatus if status in ALLOWED_STATUSES[operation]]
    if refund.status not in allowed:
        detail = f"Refund is {refund.status}; {operation.title} is allowed when it is: {', '.join(allowed)}."
        raise Problem(400, {"detail": detail, "status": refund.status, "allowed_statuses": allowed})


def _is_possible(store: Store, refund: Refund) -> bool:
    """Whether a refund can be paid; the amount of a failed one, which was free, is reserved again."""
    target = order_target(store, refund.order_id, refund.doc["purchase_id"])
    if why_not_refundable(target.order):
        return False
    if refund.status is RefundStatus.FAILED:
        try:
            set_parts(store, refund, split(store, target, refund.scope, refund.amount))
        except Problem:
            return False
    return True
