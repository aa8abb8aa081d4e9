"""What a person is shown before a refund is approved or rejected: asked of the API at that moment."""

from pydantic import JsonValue

from preo_mcp.api.errors import ConflictError, PermissionDeniedError
from preo_mcp.api.models.orders import OrderStatus
from preo_mcp.api.models.refunds import Refund, RefundStatus
from preo_mcp.api.operations import APPROVE_REFUND, GET_REFUND, REJECT_REFUND, Operation
from preo_mcp.approval.facts import Facts, Line, Stakes, Yes
from preo_mcp.approval.wording import Message, Personal, Words, say
from preo_mcp.calls.preo import Preo
from preo_mcp.tools.fact_words import UNKNOWN, at, full_name
from preo_mcp.tools.refunds.stages import must_be_allowed
from preo_mcp.tools.refunds.subjects import Subject, amount_of, exact, refund_subject, scope_and_reason


async def facts_of_approval(preo: Preo, refund_id: str) -> Facts:
    """Return what approving a refund pays to whom, who asked for it and when.

    Raises:
        ConflictError: its status, its order or what is left does not allow it.
        PermissionDeniedError: the token's user may not approve.
        PreoError: refund or order cannot be fetched.
    """
    refund, subject = await payable(preo, refund_id)
    lines = _lines_of_refund(refund, subject)
    question = say("Pay back {amount} to {customer}?", **_headline(refund, subject))
    if refund.status == RefundStatus.FAILED:
        lines.append((say("Tried before"), refund.service_response or say("failed")))
        question = say("Try again to pay back {amount} to {customer}?", **_headline(refund, subject))
    return Facts(
        question,
        tuple(lines),
        stakes=stakes_of(refund, subject, money=True),
        deciding=_deciding(refund, subject),
        content=content_of(refund),
        yes=Yes(say("Pay back {amount}", amount=_headline(refund, subject)["amount"])),
    )


async def payable(preo: Preo, refund_id: str) -> tuple[Refund, Subject]:
    """Return a refund that can be paid now, with what it takes from.

    Raises:
        ConflictError: its status, its order or what is left does not allow it.
        PermissionDeniedError: the token's user may not approve.
        PreoError: refund or order cannot be fetched.
    """
    refund = await _decidable(preo, APPROVE_REFUND, refund_id)
    subject = await refund_subject(preo, refund)
    _must_be_payable(refund, subject)
    return refund, subject


async def facts_of_rejection(preo: Preo, refund_id: str) -> Facts:
    """Return what rejecting a refund keeps from whom, who asked for it and when.

    Raises:
        ConflictError: its status does not allow it.
        PermissionDeniedError: the token's user may not reject.
        PreoError: refund or order cannot be fetched.
    """
    refund = await _decidable(preo, REJECT_REFUND, refund_id)
    subject = await refund_subject(preo, refund)
    question = say(
        "Reject the refund of {amount} to {customer}? Nothing is then paid back.", **_headline(refund, subject)
    )
    return Facts(
        question,
        tuple(_lines_of_refund(refund, subject)),
        stakes=stakes_of(refund, subject, money=False),
        deciding=_deciding(refund, subject),
        content=content_of(refund),
        yes=Yes(say("Reject the refund")),
    )


def content_of(refund: Refund) -> JsonValue:
    """Return what a decision is about: what goes back to whom for what, whatever the refund's status is."""
    return {
        "amount": [None if refund.amount is None else str(exact(refund.amount)), refund.currency],
        "for": [refund.scope, refund.reason, refund.transaction_id, refund.order and refund.order.id],
        "customer": refund.customer and refund.customer.id,
        "purchases": None if refund.purchases is None else [[one.id, one.amount] for one in refund.purchases],
    }


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


def _headline(refund: Refund, subject: Subject) -> dict[str, Words]:
    amount = say("an unknown amount") if refund.amount is None else amount_of(refund, subject)
    return {"amount": amount, "customer": subject.to_whom()}


def _deciding(refund: Refund, subject: Subject) -> tuple[Line, ...]:
    return ((say("Amount to refund"), amount_of(refund, subject)), *subject.who_and_what())


def _lines_of_refund(refund: Refund, subject: Subject) -> list[Line]:
    lines: list[Line] = [
        scope_and_reason(refund.scope, refund.reason),
        (say("Refund"), refund.id),
        (say("Requested"), _requested(refund, subject)),
        *subject.where(),
        *subject.sums(),
        (say("Left"), subject.spelled(subject.left)),
    ]
    if refund.comment:
        lines.append((say("Comment"), Personal(refund.comment)))
    return lines


def _requested(refund: Refund, subject: Subject) -> Message:
    staff = refund.staff_user
    name = staff and (full_name(staff.first_name, staff.last_name) or Personal(staff.email or ""))
    return say("{time}, by {person}", time=at(refund.created, subject.timezone), person=name or UNKNOWN)


def stakes_of(refund: Refund, subject: Subject, *, money: bool) -> Stakes:
    """Return what is at stake in a decision; `money` says whether it pays."""
    return Stakes(
        money=money,
        amount=exact(refund.amount),
        currency=refund.currency or subject.currency or None,
        name=subject.name,
        organization_id=refund.organization and refund.organization.id,
        edition_id=refund.edition_id or (subject.edition and subject.edition.id),
    )
