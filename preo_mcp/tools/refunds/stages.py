"""The statuses of a refund as a path: what happens next at each, told in every result and when a call came too late."""

from types import MappingProxyType

from preo_mcp.api.errors import ConflictError, ValidationError
from preo_mcp.api.models.refunds import ALLOWED_STATUSES, Refund, RefundStatus, ShownRefund
from preo_mcp.api.operations import GET_REFUND, Operation
from preo_mcp.calls.preo import Preo
from preo_mcp.tools.edition_clocks import in_edition_clocks

_ON_ITS_WAY = "It is being paid; get_refund tells when it is processed or has failed."

NEXT_STEPS: MappingProxyType[str, str] = MappingProxyType(
    {
        RefundStatus.REQUESTED: (
            "Nothing is paid yet, and it can wait. approve_refund pays it: call it only if the user wants it paid now."
        ),
        RefundStatus.READY: _ON_ITS_WAY,
        RefundStatus.PROCESSING: _ON_ITS_WAY,
        RefundStatus.AWAITING_GATEWAY: _ON_ITS_WAY,
        RefundStatus.PROCESSED: "It is paid; get_order shows what is left.",
        RefundStatus.FAILED: (
            "Nothing was paid; service_response says why. If the user wants: approve_refund tries again, reject_refund "
            "gives it up."
        ),
        RefundStatus.REJECTED: "Nothing is paid; its amount is free for another request.",
        RefundStatus.INVALID: "Nothing is paid; get_order shows what is left for another request.",
    }
)


class RefundResult(ShownRefund):
    """A refund and what happens next."""

    next_step: str | None = None


async def result(preo: Preo, refund: ShownRefund) -> RefundResult:
    """Return a refund with what happens next, where its status is known, and its times by its edition's clocks."""
    [told] = await in_edition_clocks(preo, [refund])
    return RefundResult(**dict(told), next_step=NEXT_STEPS.get(refund.status))


async def decide(preo: Preo, operation: Operation, refund_id: str) -> RefundResult:
    """Approve or reject a refund.

    Raises:
        ConflictError: its status does not allow it; the text names the status and the call that leads on.
        PreoError: anything else.
    """
    try:
        decided = await preo.request(operation, ShownRefund, id=refund_id)
    except (ValidationError, ConflictError):
        must_be_allowed(operation, await preo.request(GET_REFUND, Refund, id=refund_id))
        raise
    return await result(preo, decided)


def must_be_allowed(operation: Operation, refund: Refund) -> None:
    """Refuse a decision that the refund's status does not allow.

    Raises:
        ConflictError: with the status, the allowed ones and the next call.
    """
    allowed = ALLOWED_STATUSES[operation]
    if refund.status in NEXT_STEPS and refund.status not in allowed:
        statuses = " or ".join(status for status in RefundStatus if status in allowed)
        why = f"the refund is {refund.status}, and this needs {statuses}"
        raise ConflictError(f"{operation.title} was not done", why, NEXT_STEPS[refund.status])
