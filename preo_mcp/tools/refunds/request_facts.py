"""What a person is shown before a refund is requested: asked of the API at that moment.

What the API would refuse is refused here first, with the figure that is left, so that nobody is asked in vain.
"""

from decimal import Decimal
from typing import Final

from pydantic import MISSING

from preo_mcp.api.errors import ValidationError
from preo_mcp.api.models.base import Page
from preo_mcp.api.models.orders import ListedOrder, ListOrdersQuery
from preo_mcp.api.models.refunds import (
    CUSTOM_SCOPES,
    RELEASING_STATUSES,
    TRANSACTION_SCOPES,
    ListRefundsQuery,
    Refund,
    RefundReason,
    RefundScope,
    default_scope,
)
from preo_mcp.api.models.users import UserInfo
from preo_mcp.api.operations import CREATE_REFUND, GET_USER_INFO, LIST_ORDERS, LIST_REFUNDS
from preo_mcp.approval.facts import Facts, Line, Stakes
from preo_mcp.approval.quoting import harmless
from preo_mcp.approval.wording import Figure, Message, Personal, Series, Words, say
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.together import together
from preo_mcp.tools.fact_words import UNKNOWN
from preo_mcp.tools.refunds.subjects import Subject, amount_of, exact, order_subject, purchase_subject, scope_and_reason

LISTED: Final = 5
"""Earlier refunds with a line of their own."""
ONCE: Final = frozenset({RefundScope.PURCHASE_PRICE, RefundScope.PURCHASE_DEPOSIT})
"""The scopes that a purchase has one refund of (inferred)."""


async def facts_of_purchase_refund(
    preo: Preo,
    purchase_id: str,
    reason: RefundReason,
    scope: RefundScope | MISSING,
    amount: float | MISSING,
    comment: str | MISSING,
    pickup_point_id: str | MISSING,
) -> Facts:
    """Return what a refund of a purchase would give back to whom.

    Raises:
        ValidationError: the API would refuse it.
        PreoError: the purchase cannot be had.
    """
    chosen = default_scope(reason, of_transaction=False) if scope is MISSING else scope
    subject = await purchase_subject(preo, purchase_id)
    if chosen in TRANSACTION_SCOPES and subject.order_id is not None:
        subject, earlier = await _order_with_refunds(preo, subject.order_id)
    else:
        earlier = await _refunds_of(preo, subject.order_id)
    if chosen in ONCE:
        _must_be_first(earlier, purchase_id, chosen)
    return _facts_of_request(subject, reason, chosen, amount, _texts(comment, pickup_point_id), earlier)


async def facts_of_refund(
    preo: Preo,
    reason: RefundReason,
    purchase_id: str | MISSING,
    transaction_id: str | MISSING,
    scope: RefundScope | MISSING,
    amount: float | MISSING,
    comment: str | MISSING,
    pickup_point_id: str | MISSING,
) -> Facts:
    """Return what a refund of a purchase or a transaction would give back to whom.

    Raises:
        ValidationError: the API would refuse it.
        PreoError: purchase or order cannot be had.
    """
    if (purchase_id is MISSING) == (transaction_id is MISSING):
        raise _refused("it needs exactly one of purchase_id and transaction_id", "get_order shows both.")
    if purchase_id is not MISSING:
        return await facts_of_purchase_refund(preo, purchase_id, reason, scope, amount, comment, pickup_point_id)
    chosen = default_scope(reason, of_transaction=True) if scope is MISSING else scope
    if chosen not in TRANSACTION_SCOPES:
        raise _refused(f"{chosen} is a purchase's scope", "Give purchase_id, or choose transaction_full or _custom.")
    subject, earlier = await _order_with_refunds(preo, await order_of_transaction(preo, str(transaction_id)))
    return _facts_of_request(subject, reason, chosen, amount, _texts(comment, pickup_point_id), earlier)


def _facts_of_request(
    subject: Subject,
    reason: RefundReason,
    scope: RefundScope,
    given: float | MISSING,
    texts: list[Line],
    earlier: list[Refund],
) -> Facts:
    amount = _amount(subject, scope, given)
    _must_be_left(subject, scope, amount)
    after = None if subject.left is None or amount is None else subject.left - amount
    left, then = subject.spelled(subject.left), subject.spelled(after)
    lines = (
        *subject.who_and_what(),
        (say("Amount to refund"), subject.spelled(amount)),
        scope_and_reason(scope, reason),
        *subject.sums(),
        (say("Left"), say("{left}, after this refund {after}", left=left, after=then)),
        *_earlier_lines(earlier),
        *texts,
    )
    question = say("Request this refund? It is paid once it is approved.")
    return Facts(question, lines, stakes=_stakes(subject, amount))


def _stakes(subject: Subject, amount: Decimal | None) -> Stakes:
    return Stakes(
        money=True,
        amount=amount,
        currency=subject.currency or None,
        name=harmless(subject.order_number or "") or subject.order_id or "",
        edition_id=subject.edition and subject.edition.id,
    )


def _amount(subject: Subject, scope: RefundScope, given: float | MISSING) -> Decimal | None:
    if scope in CUSTOM_SCOPES:
        if given is MISSING:
            raise _refused(f"the scope {scope} needs an amount", "Ask the user how much, and give it as amount.")
        return exact(given)
    amount = subject.amount_of(scope)
    if given is not MISSING:
        raise _refused(
            f"the scope {scope} sets the amount itself ({subject.spelled(amount)})",
            f"Leave amount out, or choose scope {_custom(scope)}.",
        )
    return amount


def _must_be_left(subject: Subject, scope: RefundScope, amount: Decimal | None) -> None:
    if amount == 0:
        raise _refused(f"there is nothing to refund in the scope {scope}", "Choose another scope; see get_purchase.")
    if subject.left is None or amount is None or amount <= subject.left:
        return
    sums = ", ".join(f"{str(label).lower()} {figure}" for label, figure in subject.sums())
    raise _refused(
        f"{subject.spelled(amount)} is more than what is left: {subject.spelled(subject.left)} ({sums})",
        f"{_way_out(subject, scope)} list_refunds shows the order's refunds.",
    )


def _way_out(subject: Subject, scope: RefundScope) -> str:
    if not subject.left:
        return f"Nothing more can go back; the order is {subject.order}."
    custom = _custom(scope)
    most = f"an amount up to {subject.spelled(subject.left)}"
    return f"Give {most}." if scope is custom else f"Choose scope {custom} with {most}."


def _custom(scope: RefundScope) -> RefundScope:
    return RefundScope.TRANSACTION_CUSTOM if scope in TRANSACTION_SCOPES else RefundScope.PURCHASE_CUSTOM


def _must_be_first(earlier: list[Refund], purchase_id: str, scope: RefundScope) -> None:
    for refund in earlier:
        concerned = {part.id for part in refund.purchases or ()}
        if refund.scope == scope and purchase_id in concerned and refund.status not in RELEASING_STATUSES:
            raise _refused(
                f"{refund.id} ({refund.status}) is for the same scope {scope} of this purchase",
                "Look at it with get_refund; for another amount choose scope purchase_custom.",
            )


async def order_of_transaction(preo: Preo, transaction_id: str) -> str:
    """Return the id of the order that a transaction paid.

    Raises:
        ValidationError: no organization of the token's user has such an order.
        PreoError: they cannot be had.
    """
    info = await preo.request(GET_USER_INFO, UserInfo)
    for organization in info.organizations:
        query = ListOrdersQuery(organization_id=organization.id, transaction_id=transaction_id)
        for order in (await preo.request(LIST_ORDERS, Page[ListedOrder], query=query)).results:
            return order.id
    raise _refused(f"no order of {transaction_id} is accessible", "get_order shows an order's transaction.")


async def _order_with_refunds(preo: Preo, order_id: str) -> tuple[Subject, list[Refund]]:
    return await together(order_subject(preo, order_id), _refunds_of(preo, order_id))


async def _refunds_of(preo: Preo, order_id: str | None) -> list[Refund]:
    """The refunds of an order; an API that does not search them gives others, which are left out."""
    if order_id is None:
        return []
    query = ListRefundsQuery(search=order_id)
    found = (await preo.request(LIST_REFUNDS, Page[Refund], query=query)).results
    return [refund for refund in found if refund.order is not None and refund.order.id == order_id]


def _earlier_lines(earlier: list[Refund]) -> list[Line]:
    lines: list[Line] = [(say("Earlier refund"), _earlier(one)) for one in earlier[:LISTED]]
    rest = earlier[LISTED:]
    if rest:
        lines.append((say("And {count} more", count=Figure(len(rest))), Series(tuple(one.id for one in rest))))
    return lines


def _earlier(refund: Refund) -> Message:
    about = tuple(part or UNKNOWN for part in (refund.scope, refund.reason, refund.status))
    return say("{refund}: {amount}, {about}", refund=refund.id, amount=amount_of(refund), about=Series(about))


def _texts(comment: str | MISSING, pickup_point_id: str | MISSING) -> list[Line]:
    given: list[tuple[Message, Words | MISSING]] = [
        (say("Comment"), MISSING if comment is MISSING else Personal(comment)),
        (say("Pickup point"), pickup_point_id),
    ]
    return [(label, value) for label, value in given if value is not MISSING]


def _refused(why: str, next_step: str) -> ValidationError:
    """A request that the API would refuse."""
    return ValidationError(f"{CREATE_REFUND.title} was not done", why, next_step)
