"""After a refund was requested or approved: is it what a person was shown, and can it still be stopped?"""

from typing import Any, Final

from pydantic import MISSING, JsonValue

from preo_mcp.api.errors import PreoError
from preo_mcp.api.models.base import NoContent, Page
from preo_mcp.api.models.refunds import (
    ListRefundsQuery,
    Refund,
    RefundOrdering,
    RefundReason,
    RefundScope,
    RefundStatus,
    default_scope,
)
from preo_mcp.api.operations import GET_REFUND, LIST_REFUNDS, REJECT_REFUND
from preo_mcp.approval.ended import Aftercare
from preo_mcp.calls.preo import Preo
from preo_mcp.tools.refunds.decision_facts import content_of
from preo_mcp.tools.refunds.read_back import asked_by_and_for, is_of_call
from preo_mcp.tools.refunds.subjects import subject_in_scope, transaction_subject

NEWEST_REQUESTS: Final = ListRefundsQuery(
    status=RefundStatus.REQUESTED, ordering=[RefundOrdering.CREATED_DESC], page_size=25
)
"""The one of this call was made a moment ago, while no other one of this account was on its way."""


async def _requested_content(preo: Preo, reason: RefundReason, **arguments: Any) -> JsonValue:
    purchase_id, scope = arguments.get("purchase_id", MISSING), arguments["scope"]
    if purchase_id is MISSING:
        return (await transaction_subject(preo, arguments["transaction_id"])).content
    chosen = default_scope(reason, of_transaction=False) if scope is MISSING else scope
    return (await subject_in_scope(preo, purchase_id, RefundScope(chosen))).content


async def _reject_request(preo: Preo, **arguments: Any) -> str | None:
    """Reject the request that this call made, where it is certain which one that is."""
    preo.plan_id = None  # what is sent now is no repetition of the plan's write
    try:
        email, order_id = await asked_by_and_for(preo, arguments)
        page = await preo.request(LIST_REFUNDS, Page[Refund], query=NEWEST_REQUESTS)
        found = next((one for one in page.results if is_of_call(one, arguments, order_id, email)), None)
        if found is None or found.status != RefundStatus.REQUESTED:
            return None
        await preo.request(REJECT_REFUND, NoContent, id=found.id)
    except PreoError as exc:
        return f"The request could not be rejected: {exc.why}. Nothing is paid before approve_refund."
    return f"The request {found.id} was rejected; nothing of it is paid."


async def _decided_content(preo: Preo, refund_id: str) -> JsonValue:
    return content_of(await preo.request(GET_REFUND, Refund, id=refund_id))


async def _cannot_be_called_back(_: Preo, **__: Any) -> None:
    """Preo has no operation that stops a refund which is being paid."""


REQUEST_AFTERCARE = Aftercare(content=_requested_content, stop=_reject_request)
APPROVAL_AFTERCARE = Aftercare(content=_decided_content, stop=_cannot_be_called_back)
