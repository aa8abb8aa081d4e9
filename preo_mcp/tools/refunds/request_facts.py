"""What a person is shown before a refund is requested: asked of the API at that moment, earlier refunds included.

What the API would refuse is refused here first, with the figure that is left, so that nobody is asked in vain.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from pydantic import MISSING

from preo_mcp.api.errors import ValidationError
from preo_mcp.api.models.base import Page
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
from preo_mcp.api.operations import CREATE_REFUND, LIST_REFUNDS
from preo_mcp.approval.facts import Facts, Line, Stakes, Yes
from preo_mcp.approval.wording import Amount, Count, Message, Personal, Series, Words, say
from preo_mcp.calls.preo import Preo
from preo_mcp.tools.fact_words import UNKNOWN
from preo_mcp.tools.refunds.subjects import Subject, amount_of, scope_and_reason, subject_in_scope, transaction_subject
from preo_mcp.tools.refunds.words import REASONS, SCOPES, STATUSES, in_words
from preo_mcp.tools.whole_lists import whole_list

LISTED: Final = 5
"""Earlier refunds with a line of their own."""
MOST_PAGES: Final = 10


@dataclass(frozen=True, slots=True)
class Earlier:
    """The refunds of an order.

    Attributes:
        refunds: Those that are for it.
        unclear: How many do not say which order they are for; it may be this one.
        is_whole: Whether all were looked at.
    """

    refunds: list[Refund]
    unclear: int
    is_whole: bool

    def lines(self) -> list[Line]:
        """Return the lines that tell of them, and of what is not known."""
        lines: list[Line] = [(say("Earlier refund"), _earlier(one)) for one in self.refunds[:LISTED]]
        if rest := self.refunds[LISTED:]:
            lines.append((say("And {count} more", count=Count(len(rest))), Series(tuple(one.id for one in rest))))
        if not self.is_whole:
            lines.append((say("Further refunds of this order"), UNKNOWN))
        elif self.unclear:
            lines.append((say("Refunds that may be of this order too"), Count(self.unclear)))
        return lines


async def earlier_refunds(preo: Preo, subject: Subject) -> Earlier:
    """Return the refunds of a subject's order; an API that does not search returns others too, which are left out.

    Raises:
        PreoError: they cannot be fetched.
    """
    query = ListRefundsQuery(search=subject.order_id or subject.transaction_id or subject.key)
    found = await whole_list(lambda page: preo.request(LIST_REFUNDS, Page[Refund], query=page), query, MOST_PAGES)
    verdicts = [(refund, _is_of(refund, subject)) for refund in found.rows]
    ours = [refund for refund, verdict in verdicts if verdict]
    return Earlier(ours, sum(verdict is None for _, verdict in verdicts), found.is_whole)


def _is_of(refund: Refund, subject: Subject) -> bool | None:
    """Whether a refund is of the subject's order; None where neither that nor the opposite is known."""
    parts = {part.id for part in refund.purchases or ()}
    if parts & set(subject.purchase_ids or ()):
        return True
    pairs = ((refund.order and refund.order.id, subject.order_id), (refund.transaction_id, subject.transaction_id))
    known = [theirs == ours for theirs, ours in pairs if theirs is not None and ours is not None]
    return any(known) if known else None


def _earlier(refund: Refund) -> Message:
    return say(
        "{amount}, {status}; {scope}: {reason} ({refund})",
        refund=refund.id,
        amount=amount_of(refund),
        scope=in_words(SCOPES, refund.scope),
        reason=in_words(REASONS, refund.reason),
        status=in_words(STATUSES, refund.status),
    )


ONCE: Final = frozenset({RefundScope.PURCHASE_PRICE, RefundScope.PURCHASE_DEPOSIT})
"""The scopes that a purchase has one refund of (inferred)."""
MOST_DECIMALS: Final = 3
"""Of an amount whose currency is not known."""


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
        PreoError: the purchase cannot be fetched.
    """
    chosen = default_scope(reason, of_transaction=False) if scope is MISSING else scope
    subject = await subject_in_scope(preo, purchase_id, chosen)
    earlier = await earlier_refunds(preo, subject)
    return _facts_of_request(subject, reason, chosen, amount, texts(comment, pickup_point_id), earlier)


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
        PreoError: purchase or order cannot be fetched.
    """
    if (purchase_id is MISSING) == (transaction_id is MISSING):
        raise _refused("it needs exactly one of purchase_id and transaction_id", "get_order shows both.")
    if purchase_id is not MISSING:
        return await facts_of_purchase_refund(preo, purchase_id, reason, scope, amount, comment, pickup_point_id)
    chosen = default_scope(reason, of_transaction=True) if scope is MISSING else scope
    if chosen not in TRANSACTION_SCOPES:
        raise _refused(f"{chosen} is a purchase's scope", "Give purchase_id, or choose transaction_full or _custom.")
    subject = await transaction_subject(preo, str(transaction_id))
    earlier = await earlier_refunds(preo, subject)
    return _facts_of_request(subject, reason, chosen, amount, texts(comment, pickup_point_id), earlier)


def _facts_of_request(
    subject: Subject,
    reason: RefundReason,
    scope: RefundScope,
    given: float | MISSING,
    said: list[Line],
    earlier: Earlier,
) -> Facts:
    amount = asked_amount(subject, scope, given, earlier)
    after = None if subject.left is None or amount is None else subject.left - amount
    left, then = subject.spelled(subject.left), subject.spelled(after)
    sum_of_it = say("an unknown amount") if amount is None else subject.spelled(amount)
    lines = (
        scope_and_reason(scope, reason),
        *said,
        *subject.where(),
        *subject.sums(),
        (say("Left"), say("{left}, after this refund {after}", left=left, after=then)),
        *earlier.lines(),
    )
    return Facts(
        say(
            "Request a refund of {amount} to {customer}? It is paid once it is approved.",
            amount=sum_of_it,
            customer=subject.to_whom(),
        ),
        lines,
        stakes=stakes_of(subject, amount),
        deciding=((say("Amount to refund"), subject.spelled(amount)), *subject.who_and_what()),
        content=subject.content,
        yes=Yes(say("Request refund of {amount}", amount=sum_of_it)),
    )


def stakes_of(subject: Subject, amount: Decimal | None) -> Stakes:
    """Return what is at stake where `amount` of a subject goes back."""
    return Stakes(
        money=True,
        amount=amount,
        currency=subject.currency or None,
        name=subject.name,
        edition_id=subject.edition and subject.edition.id,
    )


def asked_amount(subject: Subject, scope: RefundScope, given: float | MISSING, earlier: Earlier) -> Decimal | None:
    """Return what a request gives back; None where nobody knows.

    Raises:
        ValidationError: the API would refuse the request.
    """
    if scope in ONCE:
        _must_be_first(earlier.refunds, subject.key, scope)
    amount = _amount(subject, scope, given)
    _must_be_left(subject, scope, amount)
    return amount


def _amount(subject: Subject, scope: RefundScope, given: float | MISSING) -> Decimal | None:
    if scope in CUSTOM_SCOPES:
        if given is MISSING:
            raise _refused(f"the scope {scope} needs an amount", "Ask the user how much, and give it as amount.")
        return _exactly(Decimal(str(given)), subject.currency)
    amount = subject.amount_of(scope)
    if given is not MISSING:
        raise _refused(
            f"the scope {scope} sets the amount itself ({subject.spelled(amount)})",
            f"Leave amount out, or choose scope {_custom(scope)}.",
        )
    return amount


def _exactly(amount: Decimal, currency: str) -> Decimal:
    """Return an amount that its currency can express: one that is finer would be shown as another than is paid."""
    from babel.numbers import get_currency_precision

    most = get_currency_precision(currency) if currency else MOST_DECIMALS
    if Amount(amount).decimals > most:
        why = f"{amount:f} has more decimals than {currency or 'any currency'} has ({most})"
        raise _refused(why, "Give an amount that can be paid.")
    return amount


def _must_be_left(subject: Subject, scope: RefundScope, amount: Decimal | None) -> None:
    if amount is not None and amount <= 0:
        raise _refused(f"there is nothing to refund in the scope {scope}", "Choose another scope; see get_purchase.")
    if subject.left is None or (subject.left > 0 and (amount is None or amount <= subject.left)):
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


def texts(comment: str | MISSING, pickup_point_id: str | MISSING) -> list[Line]:
    """Return the lines of what is written down with a request."""
    given: list[tuple[Message, Words | MISSING]] = [
        (say("Comment"), MISSING if comment is MISSING else Personal(comment)),
        (say("Pickup point"), pickup_point_id),
    ]
    return [(label, value) for label, value in given if value is not MISSING]


def _refused(why: str, next_step: str) -> ValidationError:
    """A request that the API would refuse."""
    return ValidationError(f"{CREATE_REFUND.title} was not done", why, next_step)
