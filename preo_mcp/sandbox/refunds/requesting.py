"""From a request to a refund: its scope, its amount, and whether that much is left.

Check and write in one transaction, so that of two requests at the same moment the second sees the first.
"""

from collections.abc import Mapping

from pydantic import MISSING

from preo_mcp.api.models.refunds import (
    CUSTOM_SCOPES,
    RELEASING_STATUSES,
    TRANSACTION_SCOPES,
    CreatePurchaseRefundRequest,
    RefundScope,
    RefundStatus,
    default_scope,
)
from preo_mcp.sandbox.members import Member
from preo_mcp.sandbox.money import from_wire, on_wire, spelled
from preo_mcp.sandbox.problems import Problem, invalid
from preo_mcp.sandbox.refunds.amounts import Balance, balances, full_amount, total, why_not_refundable
from preo_mcp.sandbox.refunds.documents import REFUND_PREFIX, Refund, insert, person
from preo_mcp.sandbox.refunds.targets import Target
from preo_mcp.sandbox.store import Doc, Store, dump


def request_refund(store: Store, member: Member, target: Target, body: CreatePurchaseRefundRequest) -> Refund:
    """Write a requested refund that reserves its amount; call it in the transaction in which the target was read.

    Raises:
        Problem: 400 for an invalid scope, amount or order; where too little is left it names the figure.
    """
    scope = _scope(target, body)
    if why := why_not_refundable(target.order):
        raise invalid(non_field_errors=why)
    amount = _amount(target, scope, body)
    parts = split(store, target, scope, amount)
    now = store.now()
    refund = Refund(
        id=store.new_id(REFUND_PREFIX),
        organization_id=target.order["organization_id"],
        edition_id=target.order["edition_id"],
        order_id=target.order["id"],
        customer_id=target.order["customer_id"],
        scope=scope,
        reason=body.reason,
        status=RefundStatus.REQUESTED,
        amount=amount,
        created=now,
        modified=now,
        doc=_doc(target, scope, member, body),
    )
    insert(store, refund, parts)
    return refund


def split(store: Store, target: Target, scope: RefundScope, amount: int) -> dict[str, int]:
    """Return an amount as a part of each purchase; a transaction's is taken from its purchases in their order.

    (That order is inferred; it decides only which purchase shows what.)

    Raises:
        Problem: 400 that names what is left.
    """
    each = balances(store, target.order, target.concerned(scope))
    _must_be_left(scope, amount, total(list(each.values())), target.order["currency"])
    _must_be_first(store, target, scope)
    return _fill(amount, each)


def _fill(amount: int, each: Mapping[str, Balance]) -> dict[str, int]:
    parts: dict[str, int] = {}
    for purchase_id, balance in each.items():
        taken = min(balance.left, amount)
        if taken:
            parts[purchase_id] = taken
            amount -= taken
    return parts


def _scope(target: Target, body: CreatePurchaseRefundRequest) -> RefundScope:
    if body.scope is MISSING or body.scope is None:
        return default_scope(body.reason, of_transaction=target.purchase is None)
    if target.purchase is None and body.scope not in TRANSACTION_SCOPES:
        raise invalid(scope=f"{body.scope} is a purchase's; for a transaction choose {_names(TRANSACTION_SCOPES)}.")
    return body.scope


def _amount(target: Target, scope: RefundScope, body: CreatePurchaseRefundRequest) -> int:
    """Return the amount in minor units; one that is given beside a computed one is refused (inferred), not ignored."""
    given = None if body.amount is MISSING else body.amount
    currency = target.order["currency"]
    if scope in CUSTOM_SCOPES:
        if given is None:
            raise invalid(amount=f"This field is required for the scope {scope}.")
        try:
            return from_wire(given, currency)
        except ValueError as exc:
            raise invalid(amount=f"{str(exc)[:1].upper()}{str(exc)[1:]}.") from exc
    amount = computed_amount(target, scope)
    if given is not None:
        raise invalid(
            amount=f"The scope {scope} sets the amount itself ({spelled(amount, currency)}). Leave the amount out, "
            f"or choose the scope {_custom(scope)}."
        )
    if not amount:
        raise invalid(scope=f"This purchase has nothing to refund in the scope {scope}: that is 0 {currency}.")
    return amount


def computed_amount(target: Target, scope: RefundScope) -> int:
    """Return the amount that a scope other than a custom one sets, in minor units."""
    match scope:
        case RefundScope.PURCHASE_PRICE:
            return target.chosen["price"]
        case RefundScope.PURCHASE_DEPOSIT:
            return target.chosen["deposit"]
        case RefundScope.PURCHASE_FULL:
            return full_amount(target.chosen)
        case _:
            return sum(map(full_amount, target.purchases))


def _must_be_left(scope: RefundScope, amount: int, balance: Balance, currency: str) -> None:
    if amount <= balance.left:
        return
    figures = {
        "left": balance.left,
        "paid": balance.amount,
        "refunded": balance.refunded,
        "reserved by other requests": balance.reserved,
    }
    named = ", ".join(f"{name} {spelled(figure, currency)}" for name, figure in figures.items())
    way = f" Choose the scope {_custom(scope)} with an amount up to that." if balance.left else ""
    message = f"A refund of {spelled(amount, currency)} is more than what is left: {named}.{way}"
    field = "amount" if scope in CUSTOM_SCOPES else "scope"
    raise Problem(400, {field: [message], "left": on_wire(balance.left, currency), "currency": currency})


def _must_be_first(store: Store, target: Target, scope: RefundScope) -> None:
    """Refuse a purchase's price or deposit a second time, even where enough of the rest is left (inferred)."""
    if target.purchase is None or scope not in (RefundScope.PURCHASE_PRICE, RefundScope.PURCHASE_DEPOSIT):
        return
    row = store.db.execute(
        "SELECT refund.id, refund.status FROM refund_parts AS part "
        "JOIN refunds AS refund ON refund.id = part.refund_id WHERE part.purchase_id = ? AND refund.scope = ? "
        "AND refund.status NOT IN (SELECT value FROM json_each(?)) LIMIT 1",
        (target.purchase["id"], scope, dump(list(RELEASING_STATUSES))),
    ).fetchone()
    if row is not None:
        raise invalid(
            scope=f"The refund {row[0]} ({row[1]}) is for the same scope {scope} of this purchase. "
            f"For another amount choose the scope {RefundScope.PURCHASE_CUSTOM}."
        )


def _custom(scope: RefundScope) -> RefundScope:
    return RefundScope.TRANSACTION_CUSTOM if scope in TRANSACTION_SCOPES else RefundScope.PURCHASE_CUSTOM


def _names(scopes: frozenset[RefundScope]) -> str:
    return " or ".join(scope for scope in RefundScope if scope in scopes)


def _doc(target: Target, scope: RefundScope, member: Member, body: CreatePurchaseRefundRequest) -> Doc:
    return {
        "currency": target.order["currency"],
        "transaction_id": target.order["transaction_id"],
        "purchase_id": None if scope in TRANSACTION_SCOPES else target.chosen["id"],
        "comment": None if body.comment is MISSING else body.comment or None,
        "pickup_point_id": None if body.pickup_point_id is MISSING else body.pickup_point_id or None,
        "staff_user": person(member.user),
        "attempt": 0,
        "service_response": None,
        "refund_date": None,
    }
