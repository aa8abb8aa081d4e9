"""Refunds in every status, for orders of the past and the running edition.

Those on their way (ready, processing, awaiting_gateway) have no job and stay, so that each status can be looked at.
"""

from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from random import Random
from types import MappingProxyType

from preo_mcp.api.models.refunds import (
    CUSTOM_SCOPES,
    MOVING_STATUSES,
    SCOPE_OF_REASON,
    TRANSACTION_SCOPES,
    RefundReason,
    RefundScope,
    RefundStatus,
)
from preo_mcp.sandbox.clock import iso
from preo_mcp.sandbox.refunds.amounts import PAID_STATUSES, full_amount
from preo_mcp.sandbox.refunds.documents import REFUND_PREFIX, Refund, insert, person
from preo_mcp.sandbox.refunds.gateway import FAILURES, SEED_KEY, Outcome, Submission, approval, record
from preo_mcp.sandbox.refunds.payout import NO_LONGER_POSSIBLE, show_in_order
from preo_mcp.sandbox.refunds.requesting import computed_amount
from preo_mcp.sandbox.refunds.targets import Target, order_target
from preo_mcp.sandbox.seed.customers import AUDIENCES
from preo_mcp.sandbox.seed.draws import pick
from preo_mcp.sandbox.seed.editions import PAST, RUNNING, Plan
from preo_mcp.sandbox.seed.organizations import MEMBERS
from preo_mcp.sandbox.store import Doc, Store, dump

REQUESTED, READY, PROCESSING, AWAITING, PROCESSED, FAILED, REJECTED, INVALID = RefundStatus

STATUSES: MappingProxyType[Plan, tuple[RefundStatus, ...]] = MappingProxyType(
    {
        PAST: (PROCESSED,) * 11 + (REJECTED,) * 2 + (FAILED, INVALID),
        RUNNING: (
            *((REQUESTED,) * 8 + (PROCESSED,) * 8),
            *(READY, PROCESSING, PROCESSING, AWAITING, AWAITING, FAILED, FAILED, REJECTED, REJECTED, INVALID),
        ),
    }
)
"""How many refunds of each status an edition has."""

COMMENTS: MappingProxyType[RefundReason, str] = MappingProxyType(
    {
        RefundReason.DUPLICATE_PURCHASE: "Bought the same ticket twice.",
        RefundReason.CUSTOMER_REQUEST: "Cannot come, asked by e-mail.",
        RefundReason.DEPOSIT_RECLAIM: "Handed back at the bar.",
        RefundReason.OVERCHARGE: "Paid the full price with a student card.",
        RefundReason.COMPENSATION: "Agreed on the phone.",
    }
)
WHOLE_TRANSACTION_EVERY = 8
CUSTOM_PART = 4
"""A refund of a custom amount is this part of the price."""
LONGEST_WAIT = 3 * 24 * 3600
"""Seconds from the order to the request of a refund, and from there to its decision, at most."""


def add_refunds(store: Store, number: int, today: datetime) -> None:
    """Write the refunds, what they say in the gateway's ledger, and what they change in orders and purchases."""
    store.db.execute("INSERT INTO meta VALUES (?, ?)", (SEED_KEY, str(number)))
    source = Random(f"refunds {number}")  # noqa: S311 - invented data, nothing secret
    for plan, statuses in STATUSES.items():
        paid, cancelled = _orders(store, plan, PAID_STATUSES), _orders(store, plan, {"cancelled"})
        for index, status in enumerate(statuses):
            orders = cancelled if status is INVALID else paid
            target = order_target(store, orders.pop(int(source.random() * len(orders))), None)
            is_whole = index % WHOLE_TRANSACTION_EVERY == WHOLE_TRANSACTION_EVERY - 1
            _add(store, source, target, status, today, is_whole=is_whole)


def _orders(store: Store, plan: Plan, statuses: AbstractSet[str]) -> list[str]:
    """Return the orders of an edition that can have a refund; the regular customers' are left for who tries things."""
    regulars = [regular.id for audience in AUDIENCES.values() for regular in audience.regulars]
    rows = store.db.execute(
        "SELECT id FROM orders WHERE edition_id = ? AND status IN (SELECT value FROM json_each(?)) "
        "AND customer_id NOT IN (SELECT value FROM json_each(?)) AND transaction_id IS NOT NULL "
        "ORDER BY rowid",
        (plan.id, dump(sorted(statuses)), dump(regulars)),
    )
    return [key for (key,) in rows]


def _add(store: Store, source: Random, whole: Target, status: RefundStatus, today: datetime, *, is_whole: bool) -> None:
    target = whole if is_whole else Target(whole.order, whole.purchases, pick(source, whole.purchases))
    reason, scope = _reason(source, target)
    amount = computed_amount(target, scope) if scope not in CUSTOM_SCOPES else target.chosen["price"] // CUSTOM_PART
    requested, decided = _moments(source, datetime.fromisoformat(target.order["created"]), today)
    refund = Refund(
        id=store.new_id(REFUND_PREFIX),
        organization_id=target.order["organization_id"],
        edition_id=target.order["edition_id"],
        order_id=target.order["id"],
        customer_id=target.order["customer_id"],
        scope=scope,
        reason=reason,
        status=status,
        amount=amount,
        created=requested,
        modified=requested if status is REQUESTED else decided,
        doc=_doc(source, target, scope, reason),
    )
    _decide(store, source, refund)
    insert(store, refund, _parts(target, scope, amount))
    if status is PROCESSED:
        show_in_order(store, refund)


def _reason(source: Random, target: Target) -> tuple[RefundReason, RefundScope]:
    """Draw a reason that fits what was bought: deposits are reclaimed where one was paid, prices where there is one."""
    if target.purchase is None:
        return RefundReason.EVENT_CANCELLED, RefundScope.TRANSACTION_FULL
    if target.purchase["deposit"]:
        reasons = (RefundReason.DEPOSIT_RECLAIM, RefundReason.RENTAL_RETURN)
        reason = reasons[bool(target.purchase["price"])]
    else:
        reason = pick(source, [one for one in RefundReason if SCOPE_OF_REASON[one] is not RefundScope.PURCHASE_DEPOSIT])
    return reason, SCOPE_OF_REASON[reason]


def _parts(target: Target, scope: RefundScope, amount: int) -> dict[str, int]:
    if scope in TRANSACTION_SCOPES:
        return {one["id"]: full for one in target.purchases if (full := full_amount(one))}
    return {target.chosen["id"]: amount}


def _moments(source: Random, ordered: datetime, today: datetime) -> tuple[str, str]:
    """Draw when a refund was requested and decided: after the order, and before today."""
    requested = min(ordered + timedelta(seconds=int(LONGEST_WAIT * source.random())), today)
    decided = min(requested + timedelta(seconds=int(LONGEST_WAIT * source.random())), today)
    return iso(requested), iso(decided)


def _doc(source: Random, target: Target, scope: RefundScope, reason: RefundReason) -> Doc:
    organization_id = target.order["organization_id"]
    staff = [member["user"] for member in MEMBERS.values() if organization_id in member["roles"]]
    return {
        "currency": target.order["currency"],
        "transaction_id": target.order["transaction_id"],
        "purchase_id": None if scope in TRANSACTION_SCOPES else target.chosen["id"],
        "comment": COMMENTS.get(reason),
        "pickup_point_id": None,
        "staff_user": person(pick(source, staff)),
        "attempt": 0,
        "service_response": None,
        "refund_date": None,
    }


def _decide(store: Store, source: Random, refund: Refund) -> None:
    """Complete what a refund says by its status, and what the gateway knows of it."""
    if refund.status in {*MOVING_STATUSES, PROCESSED, FAILED}:
        refund.doc["attempt"] = 1
    if refund.status is INVALID:
        refund.doc["service_response"] = NO_LONGER_POSSIBLE
    if refund.status in (PROCESSED, FAILED):
        has_succeeded = refund.status is PROCESSED
        response = approval(refund.id) if has_succeeded else pick(source, FAILURES)
        refund.doc["service_response"] = response
        refund.doc["refund_date"] = refund.modified if has_succeeded else None
        submission = Submission(refund.id, 1, refund.amount, refund.doc["currency"])
        record(store, submission, Outcome(has_succeeded, response), refund.modified)
