"""Create, approve and reject refund requests.

Every member of the organization may create one, staff included; managers and admins decide (inferred).
"""

from pydantic import MISSING

from preo_mcp.api.models.refunds import ALLOWED_STATUSES, CreatePurchaseRefundRequest, CreateRefundRequest, RefundStatus
from preo_mcp.api.models.refunds import Refund as RefundDetail
from preo_mcp.api.operations import APPROVE_REFUND, CREATE_PURCHASE_REFUND, CREATE_REFUND, REJECT_REFUND, Operation
from preo_mcp.sandbox.problems import Problem, invalid, not_found
from preo_mcp.sandbox.refunds.amounts import why_not_refundable
from preo_mcp.sandbox.refunds.documents import Refund, Shown, save, set_parts, visible
from preo_mcp.sandbox.refunds.payout import NO_LONGER_POSSIBLE, PAY_REFUND
from preo_mcp.sandbox.refunds.requesting import request_refund, split
from preo_mcp.sandbox.refunds.targets import Target, order_target, purchase_target, transaction_target
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.store import Doc, Store

ENDPOINTS = Endpoints()

CREATED = 201
"""The status of create (inferred)."""


@ENDPOINTS.endpoint(CREATE_PURCHASE_REFUND, returns=RefundDetail, body=CreatePurchaseRefundRequest, status=CREATED)
async def create_purchase_refund(call: Call[Nothing, CreatePurchaseRefundRequest]) -> Doc:
    """Request a refund of a purchase, or by a transaction's scope of all that was paid with it.

    Raises:
        Problem: 404 for the purchase, 400 for invalid fields.
    """
    with call.store.transaction():
        target = purchase_target(call.store, call.member, call.path["id"])
        if target is None:
            raise not_found("Purchase")
        refund = request_refund(call.store, call.member, target, call.body)
    return Shown(call.store, call.member).refund(refund)


@ENDPOINTS.endpoint(CREATE_REFUND, returns=RefundDetail, body=CreateRefundRequest, status=CREATED)
async def create_refund(call: Call[Nothing, CreateRefundRequest]) -> Doc:
    """Request a refund of exactly one purchase or transaction (the body is inferred).

    Raises:
        Problem: 400 for invalid fields.
    """
    with call.store.transaction():
        refund = request_refund(call.store, call.member, _target(call), call.body)
    return Shown(call.store, call.member).refund(refund)


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


def _target(call: Call[Nothing, CreateRefundRequest]) -> Target:
    """Return what is to be refunded.

    Raises:
        Problem: 400 for none, both, or one that does not exist for the member.
    """
    purchase_id = None if call.body.purchase_id is MISSING else call.body.purchase_id
    transaction_id = None if call.body.transaction_id is MISSING else call.body.transaction_id
    if bool(purchase_id) == bool(transaction_id):
        raise invalid(non_field_errors="Give exactly one of purchase_id and transaction_id.")
    if purchase_id:
        target = purchase_target(call.store, call.member, purchase_id)
        if target is None:
            raise invalid(purchase_id=f"No purchase with the id {purchase_id[:80]!r} is accessible.")
        return target
    target = transaction_target(call.store, call.member, transaction_id or "")
    if target is None:
        raise invalid(transaction_id=f"No transaction with the id {(transaction_id or '')[:80]!r} is accessible.")
    return target


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
