"""What a person is shown before a refund is approved or rejected: asked of the API at that moment."""

from preo_mcp.api.errors import ConflictError, PermissionDeniedError
from preo_mcp.api.models.orders import OrderStatus
from preo_mcp.api.models.refunds import Refund, RefundStatus
from preo_mcp.api.operations import APPROVE_REFUND, GET_REFUND, REJECT_REFUND, Operation
from preo_mcp.approval.facts import Facts, Line, Stakes
from preo_mcp.approval.quoting import harmless
from preo_mcp.approval.wording import Personal, say
from preo_mcp.calls.preo import Preo
from preo_mcp.tools.fact_words import UNKNOWN, full_name, in_utc
from preo_mcp.tools.refunds.stages import must_be_allowed
from preo_mcp.tools.refunds.subjects import Subject, amount_of, exact, refund_subject, scope_and_reason


async def facts_of_approval(preo: Preo, refund_id: str) -> Facts:
    """Return what approving a refund pays to whom, who asked for it and when.

    Raises:
        ConflictError: its status, its order or what is left does not allow it.
        PermissionDeniedError: the token's user may not approve.
        PreoError: refund or order cannot be had.
    """
    refund = await _decidable(preo, APPROVE_REFUND, refund_id)
    subject = await refund_subject(preo, refund)
    if subject is not None:
        _must_be_payable(refund, subject)
    lines = _lines_of_refund(refund, subject)
    if refund.status == RefundStatus.FAILED:
        lines.append((say("Tried before"), refund.service_response or say("failed")))
    question = say("Approve this refund? The money is then paid back.")
    return Facts(question, tuple(lines), stakes=_stakes(refund, subject, money=True))


async def facts_of_rejection(preo: Preo, refund_id: str) -> Facts:
    """Return what rejecting a refund keeps from whom, who asked for it and when.

    Raises:
        ConflictError: its status does not allow it.
        PermissionDeniedError: the token's user may not reject.
        PreoError: refund or order cannot be had.
    """
    refund = await _decidable(preo, REJECT_REFUND, refund_id)
    subject = await refund_subject(preo, refund)
    question = say("Reject this refund? Nothing is then paid back.")
    return Facts(question, tuple(_lines_of_refund(refund, subject)), stakes=_stakes(refund, subject, money=False))


async def _decidable(preo: Preo, operation: Operation, refund_id: str) -> Refund:
    refund = await preo.request(GET_REFUND, Refund, id=refund_id)
    must_be_allowed(operation, refund)
    may = refund.can_approve if operation is APPROVE_REFUND else refund.can_reject
    if may is False:
        raise PermissionDeniedError(
            f"{operation.title} was not done",
            "the token's user may not decide on this refund",
            "A manager or admin of the organization has to; calling again does not help.",
        )
    return refund


def _must_be_payable(refund: Refund, subject: Subject) -> None:
    what, reject = f"{APPROVE_REFUND.title} was not done", "Turn it down with reject_refund."
    if subject.order_status == OrderStatus.CANCELLED:
        raise ConflictError(what, "its order is cancelled", reject)
    amount, is_free = exact(refund.amount), refund.status == RefundStatus.FAILED
    if is_free and amount is not None and subject.left is not None and amount > subject.left:
        why = f"{subject.spelled(amount)} is more than what is left by now: {subject.spelled(subject.left)}"
        raise ConflictError(what, why, reject)


def _lines_of_refund(refund: Refund, subject: Subject | None) -> list[Line]:
    staff = refund.staff_user
    name = staff and (full_name(staff.first_name, staff.last_name) or Personal(staff.email or ""))
    requested = say("{time}, by {person}", time=in_utc(refund.created), person=name or UNKNOWN)
    lines: list[Line] = [
        (say("Refund"), refund.id),
        *(subject.who_and_what() if subject else []),
        (say("Amount to refund"), amount_of(refund)),
        scope_and_reason(refund.scope, refund.reason),
        (say("Requested"), requested),
        *(subject.sums() if subject else []),
    ]
    if subject is not None:
        lines.append((say("Left"), subject.spelled(subject.left)))
    if refund.comment:
        lines.append((say("Comment"), Personal(refund.comment)))
    return lines


def _stakes(refund: Refund, subject: Subject | None, *, money: bool) -> Stakes:
    edition, order = subject and subject.edition, subject and subject.order_number
    return Stakes(
        money=money,
        amount=exact(refund.amount),
        currency=refund.currency,
        name=harmless(order or "") or refund.id,
        organization_id=refund.organization and refund.organization.id,
        edition_id=refund.edition_id or (edition and edition.id),
    )
