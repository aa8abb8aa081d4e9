"""What a person is shown before several refunds with one question: each for itself, and what they come to together."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Final

from pydantic import MISSING

from preo_mcp.api.errors import ConflictError, NotFoundError, PermissionDeniedError, ValidationError
from preo_mcp.api.models.orders import Order
from preo_mcp.api.models.refunds import TRANSACTION_SCOPES, Refund, RefundReason, RefundScope, default_scope
from preo_mcp.api.operations import APPROVE_REFUND, CREATE_PURCHASE_REFUND, GET_ORDER
from preo_mcp.approval.deeds import bound
from preo_mcp.approval.facts import Facts, Line, Yes
from preo_mcp.approval.four_eyes import needs_another
from preo_mcp.approval.plans import Deed
from preo_mcp.approval.wording import Amount, Columns, Count, Mark, Message, Row, Words, row, say
from preo_mcp.calls.preo import Preo, together
from preo_mcp.tools.fact_words import UNKNOWN, money
from preo_mcp.tools.refunds.decision_facts import content_of, payable
from preo_mcp.tools.refunds.decision_facts import stakes_of as stakes_of_payment
from preo_mcp.tools.refunds.request_facts import asked_amount, earlier_refunds, stakes_of, texts
from preo_mcp.tools.refunds.subjects import Subject, amount_of, purchase_subject, scope_and_reason
from preo_mcp.tools.roles import must_manage

REFUND_TITLE: Final = "Refund purchases"
APPROVE_TITLE: Final = "Approve refund requests"
PAYING: Final = (APPROVE_REFUND.tool, "approve_refunds")
"""What pays a refund and what pays several: where the user sets one of them apart, no other yes pays any."""
PAID_APART: Final = (
    f"two people have to agree to it (PREO_FOUR_EYES_AMOUNT_OVER), to each step by itself: call {APPROVE_REFUND.tool}, "
    "if it is to be paid now"
)
IN_PREO: Final = "somebody who may can approve them in Preo"
OF_ITEMS: Final[Columns] = (("item", say("Item")), ("amount", say("Amount to refund")))
OF_REFUNDS: Final[Columns] = (
    ("refund", say("Refund")),
    ("customer", say("Customer")),
    ("order", say("Order")),
    ("amount", say("Amount to refund")),
)


async def facts_of_refunds(
    preo: Preo,
    purchase_ids: Sequence[str],
    reason: RefundReason,
    scope: RefundScope | MISSING,
    amount: float | MISSING,
    comment: str | MISSING,
    pay: bool,  # noqa: FBT001 - the tool's argument
) -> Facts:
    """Return what refunds of several purchases of one order would give back to whom, and whether it is paid at once.

    Raises:
        ValidationError: the API would refuse one of them, or they are of several orders.
        PreoError: a purchase cannot be fetched.
    """
    _must_differ(REFUND_TITLE, purchase_ids)
    chosen = default_scope(reason, of_transaction=False) if scope is MISSING else scope
    if chosen in TRANSACTION_SCOPES:
        why = f"{chosen} is a whole order's scope"
        raise ValidationError(f"{REFUND_TITLE} was not done", why, "Choose a purchase's scope, or use create_refund.")
    subjects = await together(*(_subject(preo, key) for key in purchase_ids))
    _must_be_of_one_order(subjects)
    first = subjects[0]
    whole = replace(
        first, purchase_ids=tuple(purchase_ids), items=tuple(item for one in subjects for item in one.items)
    )
    earlier, unpaid = await together(earlier_refunds(preo, whole), why_not_paid(preo, first, pay=pay))
    asked: list[tuple[Subject, Decimal | None]] = []
    for one in subjects:
        with _told_of(REFUND_TITLE, one.key):
            asked.append((one, asked_amount(one, chosen, amount, earlier)))
    for one, each in asked:
        stakes = stakes_of(one, each)
        await preo.must_be_within(CREATE_PURCHASE_REFUND, stakes.organization_id, stakes.edition_id)
    total = _sum([each for _, each in asked])
    if pay and needs_another(stakes_of(first, total), preo.settings):
        unpaid = PAID_APART
    pays = pay and unpaid is None
    spelled = say("an unknown amount") if total is None else first.spelled(total)
    lines: list[Line] = [
        scope_and_reason(chosen, reason),
        *texts(comment, MISSING),
        *first.where(),
        *earlier.lines(),
        (say("Payment"), _payment(pays=pays, wanted=pay)),
    ]
    to_whom: dict[str, Words] = {"amount": spelled, "customer": first.to_whom(), "pieces": _pieces(len(asked))}
    question = say(
        "Request refunds of {pieces}, {amount} in all, to {customer}? They are paid once approved.", **to_whom
    )
    verb = say("Request refund of {amount}", amount=spelled)
    if pays:
        question = say("Request and pay back {pieces}, {amount} in all, to {customer}?", **to_whom)
        verb = say("Request and pay back {amount}", amount=spelled)
    return Facts(
        question,
        tuple(lines),
        stakes=stakes_of(first, total),
        deciding=(
            (say("Amount to refund"), first.spelled(total)),
            *whole.who_and_what()[:2],
            *(
                (say("Item"), _item_row(one.items[0] if one.items else UNKNOWN, one.spelled(each)))
                for one, each in asked
            ),
            (say("Item"), _item_row(_pieces(len(asked)), first.spelled(total), Mark.SUM)),
        ),
        content=[one.content for one in subjects],
        yes=Yes(verb),
        deeds=_deeds(asked, pays=pays),
        left_out=unpaid or "",
    )


def _deeds(asked: Sequence[tuple[Subject, Decimal | None]], *, pays: bool) -> tuple[Deed, ...]:
    """Return the deeds in their order: all are requested before the first is paid, so that a stop costs nothing."""
    stakes = [(one, stakes_of(one, each)) for one, each in asked]
    requests = (
        Deed(tool=CREATE_PURCHASE_REFUND.tool, subject=one.key, bound=bound(each, one.content), is_refund=True)
        for one, each in stakes
    )
    payments = (
        Deed(tool=APPROVE_REFUND.tool, subject=one.key, bound=bound(each), is_refund=True) for one, each in stakes
    )
    return (*requests, *payments) if pays else tuple(requests)


async def facts_of_approvals(preo: Preo, refund_ids: Sequence[str]) -> Facts:
    """Return what approving several refunds pays to whom, and what it comes to.

    Raises:
        ValidationError: they are in several currencies.
        ConflictError: the status, the order or what is left does not allow one of them.
        PermissionDeniedError: the token's user may not approve one of them.
        PreoError: a refund or an order cannot be fetched.
    """
    _must_differ(APPROVE_TITLE, refund_ids)
    found = await together(*(_payable(preo, key) for key in refund_ids))
    stakes = [stakes_of_payment(refund, subject, money=True) for refund, subject in found]
    for one in stakes:
        await preo.must_be_within(APPROVE_REFUND, one.organization_id, one.edition_id)
    currencies = {one.currency for one in stakes}
    if len(currencies) > 1:
        why = f"they are in several currencies ({', '.join(sorted(map(str, currencies)))})"
        raise ValidationError(f"{APPROVE_TITLE} was not done", why, "Approve those of each currency by themselves.")
    total = _sum([one.amount for one in stakes])
    spelled = say("an unknown amount") if total is None else Amount(total, stakes[0].currency)
    number = say("{count} refunds", count=Count(len(found)))
    names = ", ".join(dict.fromkeys(one.name for one in stakes))
    return Facts(
        say("Pay back {amount} in {refunds}?", amount=spelled, refunds=number),
        tuple(
            line
            for refund, subject in found
            for line in (
                (
                    say("Refund"),
                    say("{refund}: {what}", refund=refund.id, what=scope_and_reason(refund.scope, refund.reason)[1]),
                ),
                *((say("Item"), item) for item in subject.items),
            )
        ),
        stakes=replace(stakes[0], amount=total, name=names),
        deciding=(
            (say("Amount to refund"), money(total, stakes[0].currency)),
            *((say("Refund"), _refund_row(refund, subject)) for refund, subject in found),
            (say("Refund"), _sum_row(number, money(total, stakes[0].currency))),
        ),
        content=[content_of(refund) for refund, _ in found],
        yes=Yes(say("Pay back {amount}", amount=spelled)),
        deeds=tuple(
            Deed(tool=APPROVE_REFUND.tool, subject=refund.id, bound=bound(one, content_of(refund)), is_refund=True)
            for (refund, _), one in zip(found, stakes, strict=True)
        ),
    )


async def why_not_paid(preo: Preo, subject: Subject, *, pay: bool = True) -> str | None:
    """Return why what is requested cannot be paid by the same yes, and how else; None where it can, or nobody asks.

    Whether two people have to agree, which the amount decides, is another matter (`PAID_APART`).

    Raises:
        PreoError: what the token's user may do cannot be found out.
    """
    settings = preo.settings
    if not pay:
        return None
    if denied := [name for name in PAYING if name in settings.deny]:
        return f"the user's settings do not offer {denied[0]} (PREO_DENY); {IN_PREO}"
    if asked := [name for name in PAYING if name in settings.ask_about]:
        return f"the user's settings ask about {asked[0]} by itself (PREO_ASK_ABOUT): call it, if it is to be paid now"
    order = None if subject.order_id is None else await preo.request(GET_ORDER, Order, id=subject.order_id)
    try:
        await must_manage(preo, order and order.organization_id, APPROVE_REFUND)
    except PermissionDeniedError as exc:
        return f"{exc.why}; {IN_PREO}"
    return None


async def _subject(preo: Preo, purchase_id: str) -> Subject:
    with _told_of(REFUND_TITLE, purchase_id):
        return await purchase_subject(preo, purchase_id)


async def _payable(preo: Preo, refund_id: str) -> tuple[Refund, Subject]:
    with _told_of(APPROVE_TITLE, refund_id):
        return await payable(preo, refund_id)


@contextmanager
def _told_of(title: str, key: str) -> Generator[None]:
    """Say of which one of several a refusal is."""
    try:
        yield
    except (ValidationError, ConflictError, PermissionDeniedError, NotFoundError) as exc:
        raise type(exc)(f"{title} was not done", f"{key}: {exc.why}", exc.next_step, request_id=exc.request_id) from exc


def _payment(*, pays: bool, wanted: bool) -> Message:
    if pays:
        return say("at once: this is a yes to both")
    return say("not with this yes: it has to be approved by itself") if wanted else say("once it is approved")


def _must_differ(title: str, keys: Sequence[str]) -> None:
    twice = sorted({key for key in keys if list(keys).count(key) > 1})
    if twice:
        raise ValidationError(f"{title} was not done", f"{', '.join(twice)} is named twice", "Name each once.")


def _must_be_of_one_order(subjects: Sequence[Subject]) -> None:
    orders = list(dict.fromkeys(one.order_id for one in subjects))
    if len(orders) == 1 and (orders[0] is not None or len(subjects) == 1):
        return
    why = (
        "Preo does not tell of which order they are"
        if None in orders
        else f"they are of several orders ({', '.join(map(str, orders))})"
    )
    raise ValidationError(f"{REFUND_TITLE} was not done", why, "Name the purchases of one order at a time.")


def _sum(amounts: Sequence[Decimal | None]) -> Decimal | None:
    known = [one for one in amounts if one is not None]
    return sum(known, Decimal()) if len(known) == len(amounts) else None


def _pieces(number: int) -> Message:
    return say("{count} pieces", count=Count(number))


def _item_row(item: Words, amount: Words, mark: Mark = Mark.NONE) -> Row:
    return row(say("{amount}: {item}", amount=amount, item=item), *OF_ITEMS, mark=mark)


def _refund_row(refund: Refund, subject: Subject) -> Row:
    values: dict[str, Words] = {"refund": refund.id, "customer": subject.to_whom(), "order": subject.name}
    return row(
        say("{amount}: {customer} ({order}, {refund})", amount=amount_of(refund, subject), **values), *OF_REFUNDS
    )


def _sum_row(number: Words, total: Words) -> Row:
    return row(say("{amount}: {refund}", amount=total, refund=number), *OF_REFUNDS, mark=Mark.SUM)
