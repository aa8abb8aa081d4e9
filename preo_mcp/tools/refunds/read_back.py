"""After a refund: whether it was requested, approved or rejected after all, and whether it was what was approved."""

from typing import Any, Final

from pydantic import MISSING, BaseModel, JsonValue

from preo_mcp.api.errors import PreoError
from preo_mcp.api.models.base import NoContent, Page
from preo_mcp.api.models.purchases import Purchase
from preo_mcp.api.models.refunds import (
    TRANSACTION_SCOPES,
    ListRefundsQuery,
    Refund,
    RefundOrdering,
    RefundReason,
    RefundScope,
    RefundStatus,
    ShownRefund,
    default_scope,
)
from preo_mcp.api.models.users import UserInfo
from preo_mcp.api.operations import GET_PURCHASE, GET_REFUND, GET_USER_INFO, LIST_REFUNDS, REJECT_REFUND
from preo_mcp.approval.ended import Aftercare, DidNotHappen, ReadBack, Unknown
from preo_mcp.calls.preo import Preo, together
from preo_mcp.tools.read_backs import added_since, newest, the_one
from preo_mcp.tools.refunds.decision_facts import content_of
from preo_mcp.tools.refunds.stages import result
from preo_mcp.tools.refunds.subjects import purchase_subject, subject_in_scope, transaction_subject

NEWEST_FIRST = ListRefundsQuery(ordering=[RefundOrdering.CREATED_DESC])
LEAST_DIFFERENCE = 0.005
"""Amounts closer than this are the same: no currency here has more than two decimals."""
NOT_DECIDED = frozenset({RefundStatus.REQUESTED, RefundStatus.REJECTED})

Found = BaseModel | DidNotHappen | Unknown


async def _list(preo: Preo, arguments: dict[str, Any]) -> ListRefundsQuery:
    """Return the list that a new refund would stand in: all, or, where not all may be seen, those of its edition."""
    if preo.backend.scope is None:
        return NEWEST_FIRST
    purchase_id, transaction_id = (arguments.get(name, MISSING) for name in ("purchase_id", "transaction_id"))
    if purchase_id is not MISSING:
        subject = await purchase_subject(preo, purchase_id)
    else:
        subject = await transaction_subject(preo, transaction_id)
    edition = subject.edition
    return NEWEST_FIRST if edition is None else NEWEST_FIRST.model_copy(update={"edition_id": edition.id})


async def _newest(preo: Preo, **arguments: Any) -> dict[str, Any]:
    return await newest(preo, LIST_REFUNDS, Page[Refund], await _list(preo, arguments))


async def _requested(preo: Preo, remembered: dict[str, Any], **arguments: Any) -> Found:
    """Look for a new refund of the same purchase or transaction with everything that was asked for."""
    added = await added_since(preo, LIST_REFUNDS, Page[Refund], await _list(preo, arguments), remembered)
    if isinstance(added, Unknown):
        return added
    order_id, email = None, None
    if added:
        email, order_id = await asked_by_and_for(preo, arguments)
    found = the_one(
        added,
        lambda refund: is_of_call(refund, arguments, order_id, email),
        none="there is no new refund of this purchase or transaction",
        next_step="Look at them with get_refund: comment, staff_user, created. Ask the user before requesting another.",
    )
    return (
        await result(preo, await preo.request(GET_REFUND, ShownRefund, id=found.id))
        if isinstance(found, Refund)
        else found
    )


async def asked_by_and_for(preo: Preo, arguments: dict[str, Any]) -> tuple[str | None, str | None]:
    """Return the e-mail of who a call's request is by, and the order that it is for where it names a purchase.

    Raises:
        PreoError: they cannot be fetched.
    """
    user, order_id = await together(
        preo.request(GET_USER_INFO, UserInfo), _order_of(preo, arguments.get("purchase_id", MISSING))
    )
    return user.email, order_id


async def _order_of(preo: Preo, purchase_id: str | MISSING) -> str | None:
    if purchase_id is MISSING:
        return None
    order = (await preo.request(GET_PURCHASE, Purchase, id=purchase_id)).order
    return order and order.id


def is_of_call(refund: Refund, wanted: dict[str, Any], order_id: str | None, email: str | None) -> bool | None:
    """Return whether a new refund is the one asked for; None where what is known of it does not rule it out."""
    given = {name: value for name, value in wanted.items() if value is not MISSING}
    about = _is_about(refund, given, order_id)
    if about is False or any(_differ(getattr(refund, name), given.get(name)) for name in ("reason", "scope", "amount")):
        return False
    by = refund.staff_user and refund.staff_user.email
    if by and email and by.casefold() != email.casefold():
        return False
    place = refund.pickup_point and refund.pickup_point.id
    same_texts = _plain(refund.comment) == _plain(given.get("comment")) and place == given.get("pickup_point_id")
    return True if about and same_texts else None


def _differ(now: object, wish: object) -> bool:
    """Whether both are known, and not the same."""
    if isinstance(now, float) and isinstance(wish, float | int):
        return abs(now - wish) >= LEAST_DIFFERENCE
    return now is not None and wish is not None and now != wish


def _is_about(refund: Refund, given: dict[str, Any], order_id: str | None) -> bool | None:
    """Whether a refund takes from what the call names; None where it does not say."""
    if "transaction_id" in given:
        return None if refund.transaction_id is None else refund.transaction_id == given["transaction_id"]
    if refund.scope in TRANSACTION_SCOPES:
        return None if refund.order is None or order_id is None else refund.order.id == order_id
    return None if refund.purchases is None else given["purchase_id"] in {part.id for part in refund.purchases}


def _plain(text: str | None) -> str:
    return " ".join((text or "").split())


async def _status(preo: Preo, refund_id: str) -> dict[str, Any]:
    refund = await preo.request(GET_REFUND, Refund, id=refund_id)
    return {"status": refund.status, "modified": refund.modified and refund.modified.isoformat()}


async def _approved(preo: Preo, remembered: dict[str, Any], refund_id: str) -> Found:
    """Look whether the refund is on its way; one that had failed and is still failed may have failed again."""
    refund = await preo.request(GET_REFUND, ShownRefund, id=refund_id)
    if refund.status in NOT_DECIDED:
        return DidNotHappen(f"the refund is {refund.status}")
    if refund.status not in set(RefundStatus):
        return Unknown(f"the refund is {refund.status}", "Look at it with get_refund.")
    if refund.status != remembered["status"]:
        return await result(preo, refund)
    if refund.modified is None:
        return Unknown(f"the refund is {refund.status}, as it was before", "Look at service_response with get_refund.")
    if refund.modified.isoformat() == remembered["modified"]:
        return DidNotHappen(f"the refund is {refund.status}, unchanged since before the call")
    return await result(preo, refund)


async def _rejected(preo: Preo, _: dict[str, Any], refund_id: str) -> Found:
    refund = await preo.request(GET_REFUND, ShownRefund, id=refund_id)
    if refund.status != RefundStatus.REJECTED:
        return DidNotHappen(f"the refund is {refund.status}")
    return await result(preo, refund)


REQUEST_READ_BACK = ReadBack(before=_newest, after=_requested)
APPROVAL_READ_BACK = ReadBack(before=_status, after=_approved)
REJECTION_READ_BACK = ReadBack(after=_rejected)


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
