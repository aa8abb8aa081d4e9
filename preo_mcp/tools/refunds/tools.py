"""Refunds: find, look, request, decide."""

from typing import Annotated

from pydantic import MISSING, Field, WithJsonSchema

from preo_mcp.api.models.base import Page
from preo_mcp.api.models.refunds import (
    COMMENT_MAX_LENGTH,
    CreatePurchaseRefundRequest,
    CreateRefundRequest,
    ListedRefund,
    ListRefundsQuery,
    RefundAmount,
    RefundOrdering,
    RefundReason,
    RefundScope,
    RefundStatus,
    ShownRefund,
)
from preo_mcp.api.operations import (
    APPROVE_REFUND,
    CREATE_PURCHASE_REFUND,
    CREATE_REFUND,
    GET_REFUND,
    LIST_REFUNDS,
    REJECT_REFUND,
)
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.tool import tool
from preo_mcp.replies.listing import Listing
from preo_mcp.tools.arguments import PageNumber, PageSize, PurchaseId, ordered_by
from preo_mcp.tools.edition_clocks import in_edition_clocks
from preo_mcp.tools.lists import ListOf
from preo_mcp.tools.refunds.decision_facts import facts_of_approval, facts_of_rejection
from preo_mcp.tools.refunds.paying import wait_for_gateway
from preo_mcp.tools.refunds.read_back import (
    APPROVAL_AFTERCARE,
    APPROVAL_READ_BACK,
    REJECTION_READ_BACK,
    REQUEST_AFTERCARE,
    REQUEST_READ_BACK,
)
from preo_mcp.tools.refunds.request_facts import facts_of_purchase_refund, facts_of_refund
from preo_mcp.tools.refunds.stages import RefundResult, decide, result

PRICE, FULL, DEPOSIT = "purchase_price (no fee)", "purchase_full (with fee)", "purchase_deposit"
Scope = Annotated[
    RefundScope,
    Field(
        description=f"Default by reason: {PRICE} for customer_request, product_defect; {FULL} for sold_out, "
        f"event_cancelled, duplicate_purchase; {DEPOSIT} for deposit_reclaim, rental_return; else purchase_custom."
    ),
]
ScopeOfEither = Annotated[
    RefundScope,
    Field(description="Default: as create_purchase_refund; of a transaction full where that is full, else custom."),
]
Amount = Annotated[RefundAmount, Field(description="Needed by custom scopes only.")]
Comment = Annotated[str, Field(max_length=COMMENT_MAX_LENGTH)]
Ordering = Annotated[list[RefundOrdering], ordered_by(RefundOrdering)]
ScopeFilter = Annotated[RefundScope, WithJsonSchema({"type": "string"})]
ReasonFilter = Annotated[RefundReason, WithJsonSchema({"type": "string"})]
"""Checked against the enums, whose members create_purchase_refund names."""


REFUNDS = ListOf(LIST_REFUNDS, Page[ListedRefund])


@tool(LIST_REFUNDS)
async def list_refunds(
    preo: Preo,
    edition_id: str | MISSING = MISSING,
    organization_id: str | MISSING = MISSING,
    status: list[RefundStatus] | MISSING = MISSING,
    scope: ScopeFilter | MISSING = MISSING,
    reason: ReasonFilter | MISSING = MISSING,
    search: Annotated[str, Field(description="In customer, order number and ids.")] | MISSING = MISSING,
    ordering: Ordering | MISSING = MISSING,
    page: PageNumber = 1,
    page_size: PageSize = 25,
) -> Listing[ListedRefund]:
    """Find refunds, newest first: whose, of what, why one failed; requested ones wait for a decision."""
    query = ListRefundsQuery(
        edition_id=edition_id,
        organization_id=organization_id,
        scope=scope,
        reason=reason,
        search=search,
        ordering=ordering,
        page=page,
        page_size=page_size,
    )
    listed = await REFUNDS.find(preo, query, several={"status": status})
    listed.results = await in_edition_clocks(preo, listed.results)
    return listed


@tool(CREATE_REFUND, facts=facts_of_refund, read_back=REQUEST_READ_BACK, aftercare=REQUEST_AFTERCARE)
async def create_refund(
    preo: Preo,
    reason: RefundReason,
    purchase_id: str | MISSING = MISSING,
    transaction_id: str | MISSING = MISSING,
    scope: ScopeOfEither | MISSING = MISSING,
    amount: Amount | MISSING = MISSING,
    comment: Comment | MISSING = MISSING,
    pickup_point_id: str | MISSING = MISSING,
) -> RefundResult:
    """Request a refund of a transaction (a whole order) or of one purchase; a person is asked first."""
    body = CreateRefundRequest(
        purchase_id=purchase_id,
        transaction_id=transaction_id,
        reason=reason,
        scope=scope,
        amount=amount,
        comment=comment,
        pickup_point_id=pickup_point_id,
    )
    return await result(preo, await preo.request(CREATE_REFUND, ShownRefund, body=body))


@tool(GET_REFUND)
async def get_refund(preo: Preo, refund_id: str) -> RefundResult:
    """Show one refund: status, amount, who requested it, the gateway's answer, what happens next."""
    return await result(preo, await preo.request(GET_REFUND, ShownRefund, id=refund_id))


@tool(
    APPROVE_REFUND,
    facts=facts_of_approval,
    read_back=APPROVAL_READ_BACK,
    aftercare=APPROVAL_AFTERCARE,
    follow=wait_for_gateway,
)
async def approve_refund(preo: Preo, refund_id: str) -> RefundResult:
    """Pay a requested refund, or retry a failed one, where the user wants it paid now; a person is asked first."""
    return await decide(preo, APPROVE_REFUND, refund_id)


@tool(REJECT_REFUND, facts=facts_of_rejection, read_back=REJECTION_READ_BACK)
async def reject_refund(preo: Preo, refund_id: str) -> RefundResult:
    """Turn down a requested refund, or give up a failed one; a person is asked first. Preo takes no reason."""
    return await decide(preo, REJECT_REFUND, refund_id)


@tool(CREATE_PURCHASE_REFUND, facts=facts_of_purchase_refund, read_back=REQUEST_READ_BACK, aftercare=REQUEST_AFTERCARE)
async def create_purchase_refund(
    preo: Preo,
    purchase_id: PurchaseId,
    reason: RefundReason,
    scope: Scope | MISSING = MISSING,
    amount: Amount | MISSING = MISSING,
    comment: Comment | MISSING = MISSING,
    pickup_point_id: str | MISSING = MISSING,
) -> RefundResult:
    """Request a refund of one purchase, such as one of two tickets; a person is asked first.

    Nothing is paid before approve_refund.
    """
    body = CreatePurchaseRefundRequest(
        reason=reason, scope=scope, amount=amount, comment=comment, pickup_point_id=pickup_point_id
    )
    return await result(preo, await preo.request(CREATE_PURCHASE_REFUND, ShownRefund, body=body, id=purchase_id))
