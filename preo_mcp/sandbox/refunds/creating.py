"""Create refund requests: every member of the organization may, staff included (inferred)."""

from pydantic import MISSING

from preo_mcp.api.models.refunds import CreatePurchaseRefundRequest, CreateRefundRequest
from preo_mcp.api.models.refunds import Refund as RefundDetail
from preo_mcp.api.operations import CREATE_PURCHASE_REFUND, CREATE_REFUND
from preo_mcp.sandbox.problems import invalid, not_found
from preo_mcp.sandbox.refunds.documents import Shown
from preo_mcp.sandbox.refunds.requesting import request_refund
from preo_mcp.sandbox.refunds.targets import Target, purchase_target, transaction_target
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.store import Doc

ENDPOINTS = Endpoints()

CREATED = 201
"""The status of create (inferred)."""


@ENDPOINTS.endpoint(CREATE_PURCHASE_REFUND, returns=RefundDetail, body=CreatePurchaseRefundRequest, status=CREATED)
async def create_purchase_refund(call: Call[Nothing, CreatePurchaseRefundRequest]) -> Doc:
    """Request a refund of a purchase, or by a transaction's scope of all that was paid with it.

    Raises:
        Problem: 404 for the purchase, 400 for what does not do.
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
        Problem: 400 for what does not do.
    """
    with call.store.transaction():
        refund = request_refund(call.store, call.member, _target(call), call.body)
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
