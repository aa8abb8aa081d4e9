"""Several refunds with one question: each is requested or paid like one alone, and has a record of its own."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from pydantic import MISSING, BaseModel, Field, WithJsonSchema

from preo_mcp.api.errors import AmbiguousOutcomeError, ConflictError, NetworkError
from preo_mcp.api.models.base import Embedded
from preo_mcp.api.models.refunds import MOVING_STATUSES, RefundReason, RefundScope, RefundStatus
from preo_mcp.api.operations import APPROVE_REFUND, CREATE_PURCHASE_REFUND, Risk
from preo_mcp.approval.ended import DidNotHappen, Ended, ReadBack, Unknown
from preo_mcp.approval.plans import Deed, Plan
from preo_mcp.calls.deeds import ArgumentsOf, Done, carry_out, found, is_over
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.tool import Workflow, tool
from preo_mcp.tools.refunds.paying import ended
from preo_mcp.tools.refunds.several_facts import APPROVE_TITLE, REFUND_TITLE, facts_of_approvals, facts_of_refunds
from preo_mcp.tools.refunds.stages import NEXT_STEPS
from preo_mcp.tools.refunds.tools import Amount, Comment

MOST_AT_ONCE: Final = 20
"""Refunds of one call: what a person can look through, and what is done within the time budget."""
SECONDS: Final = 180.0
"""How long all of them may take together, with a lost answer that is looked for."""
PURCHASE_REFUNDS: Final = Workflow(REFUND_TITLE, Risk.MOVES_MONEY, operations=(CREATE_PURCHASE_REFUND,))
APPROVALS: Final = Workflow(APPROVE_TITLE, Risk.MOVES_MONEY, operations=(APPROVE_REFUND,))
TELL: Final = "Tell the user what was done and what was not."

PurchaseIds = Annotated[list[str], Field(min_length=1, max_length=MOST_AT_ONCE, description="Of one order.")]
RefundIds = Annotated[list[str], Field(min_length=1, max_length=MOST_AT_ONCE)]
Reason = Annotated[
    RefundReason, WithJsonSchema({"type": "string", "description": "And scope: as create_purchase_refund."})
]
Scope = Annotated[RefundScope, WithJsonSchema({"type": "string"})]
AmountOfEach = Annotated[Amount, Field(description="Of each, for purchase_custom.")]
Pay = Annotated[bool, Field(description="Also approve them, where the user wants it paid now.")]


class OneRefund(Embedded):
    """One of several refunds, as it stands; `purchases` say what it is for."""

    id: str
    status: str
    amount: float | None = None
    currency: str | None = None
    purchases: list[str] | None = None
    service_response: str | None = None


class SeveralRefunds(BaseModel):
    """What came of several refunds.

    `amount` is what those in `refunds` come to; `not_done` says of each deed that was not done why, and `left` names
    what was not even begun. `not_paid` says why nothing is paid though that was asked for, and how it can be.
    """

    refunds: list[OneRefund]
    amount: float | None = None
    currency: str | None = None
    not_done: list[str] | None = None
    left: list[str] | None = None
    not_paid: str | None = None
    next_step: str


def _told(done: Sequence[Done], plan: Plan) -> SeveralRefunds:
    refunds: dict[str, OneRefund] = {}
    for one in done:
        if one.is_done and "id" in one.content:
            refunds[one.content["id"]] = OneRefund.model_validate(one.content)
    missing = [one for one in done if not one.is_done]
    not_done = [f"{_said(one.deed)}: {_reason(one.why)}" for one in done if one.why]
    left = [_said(one.deed) for one in missing if not one.why]
    rest = [again for one in missing if (again := _of_whom(one, done)) is not None]
    return _summed(list(refunds.values()), not_done, left, rest, plan.left_out)


def _summed(
    refunds: list[OneRefund], not_done: list[str], left: list[str], rest: Sequence[tuple[str, str]], not_paid: str = ""
) -> SeveralRefunds:
    known = [one.amount for one in refunds if one.amount is not None]
    return SeveralRefunds(
        refunds=refunds,
        amount=round(sum(known), 2) if len(known) == len(refunds) else None,
        currency=next((one.currency for one in refunds if one.currency), None),
        not_done=not_done or None,
        left=left or None,
        not_paid=not_paid or None,
        next_step=_next_step(refunds, rest, stopped=bool(not_done), is_apart=bool(not_paid)),
    )


def _next_step(refunds: Sequence[OneRefund], rest: Sequence[tuple[str, str]], *, stopped: bool, is_apart: bool) -> str:
    if rest or stopped:
        calls = [
            f"{name} {argument}={[key for wanted, key in rest if wanted == argument]}"
            for name, argument in (
                ("refund_purchases as before, but with", "purchase_ids"),
                ("approve_refunds with", "refund_ids"),
            )
            if any(wanted == argument for wanted, _ in rest)
        ]
        return (
            f"{TELL} For the rest, if it is still wanted: {'; then '.join(calls)}; a person is asked again."
            if calls
            else TELL
        )
    statuses = {one.status for one in refunds}
    if is_apart:
        return "Nothing is paid yet, and it can wait. Tell the user why, and how it is paid."
    if statuses == {RefundStatus.REQUESTED}:
        return "Nothing is paid yet, and it can wait. approve_refunds pays them: only if the user wants it paid now."
    if statuses & MOVING_STATUSES:
        return "Some are still being paid; list_refunds tells when they are processed or have failed."
    if statuses == {RefundStatus.PROCESSED}:
        return NEXT_STEPS[RefundStatus.PROCESSED].replace("It is", "All are")
    return f"{TELL} approve_refunds tries those again that failed, if the user wants."


def _of_whom(one: Done, done: Sequence[Done]) -> tuple[str, str] | None:
    """Return by which argument and id what was not done is asked for anew; None for paying what was not requested."""
    if one.deed.tool == CREATE_PURCHASE_REFUND.tool:
        return "purchase_ids", one.deed.subject
    if any(other.deed.subject == one.deed.subject for other in done if other.deed.tool == CREATE_PURCHASE_REFUND.tool):
        refund = _refund_of(one.deed, done)
        return None if refund is None else ("refund_ids", refund)
    return "refund_ids", one.deed.subject


def _said(deed: Deed) -> str:
    return f"{'pay' if deed.tool == APPROVE_REFUND.tool else 'request'} {deed.subject}"


def _reason(text: str) -> str:
    """Return the middle of what a tool says when it fails: why."""
    parts = text.split(" · ")
    return (parts[1] if len(parts) > 1 else text).rstrip(".")


def _refund_of(deed: Deed, done: Sequence[Done]) -> str | None:
    """Return the refund that was requested for a purchase; None where it was not."""
    ours = (one for one in done if one.deed.subject == deed.subject and one.deed.tool == CREATE_PURCHASE_REFUND.tool)
    return next((one.content["id"] for one in ours if one.is_done), None)


def _given(**arguments: Any) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if value is not MISSING}


def _of_purchases(arguments: Mapping[str, Any]) -> ArgumentsOf:
    shared = _given(**{name: arguments[name] for name in ("reason", "scope", "amount", "comment")})

    def arguments_of(deed: Deed, done: Sequence[Done]) -> dict[str, Any]:
        if deed.tool == APPROVE_REFUND.tool:
            return {"refund_id": _refund_of(deed, done)}
        return {"purchase_id": deed.subject, **shared}

    return arguments_of


def _of_refunds(deed: Deed, _: Sequence[Done]) -> dict[str, Any]:
    return {"refund_id": deed.subject}


def _result(title: str, done: Sequence[Done], plan: Plan) -> SeveralRefunds:
    """Return what was done, where something was and nothing is unknown.

    Raises:
        AmbiguousOutcomeError: of one it is not known whether it was done.
        NetworkError: Preo was certainly not reached, so that the yes still holds.
        ConflictError: the first was refused, and nothing was done.
    """
    if any(one.is_unknown for one in done):
        unknown = _unknown(done)
        raise AmbiguousOutcomeError(f"{title} is not over", unknown.why, unknown.next_step)
    if any(one.is_done for one in done):
        return _told(done, plan)
    raise _refused(title, done)


def _refused(title: str, done: Sequence[Done]) -> NetworkError | ConflictError:
    """Return why nothing was done; a `NetworkError` where Preo was not reached, so that the yes still holds."""
    first = done[0]
    why = f"{_said(first.deed)}: {_reason(first.why)}; nothing of it was done"
    if not first.reached and first.ended is Ended.FAILED:
        return NetworkError(f"{title} was not done", why, "Make exactly the same call again later.")
    *_, next_step = first.why.split(" · ")
    return ConflictError(f"{title} was not done", why, next_step)


def _unknown(done: Sequence[Done]) -> Unknown:
    """Say what is certain beside what is not."""
    told = [
        f"{_said(one.deed)}: done ({one.content.get('id')})"
        if one.is_done
        else f"{_said(one.deed)}: {'may or may not have been done' if one.is_unknown else 'not begun'}"
        for one in done
    ]
    return Unknown(
        "; ".join(told), "Do not repeat it. Look with list_refunds, and tell the user to check in Preo first."
    )


async def _looked_at(preo: Preo, arguments_of: ArgumentsOf) -> SeveralRefunds | DidNotHappen | Unknown:
    done, plan = await found(preo, arguments_of)
    if any(one.is_unknown for one in done):
        return _unknown(done)
    if all(one.is_done for one in done):
        return _told(done, plan)
    if not is_over(preo, plan):
        return Unknown("another call may still be at it", "Make exactly the same call again in a minute.")
    return _told(done, plan) if any(one.is_done for one in done) else DidNotHappen("nothing of it was done")


async def _refunds_looked_at(
    preo: Preo, _: dict[str, Any], **arguments: Any
) -> SeveralRefunds | DidNotHappen | Unknown:
    return await _looked_at(preo, _of_purchases(arguments))


async def _approvals_looked_at(preo: Preo, _: dict[str, Any], **__: Any) -> SeveralRefunds | DidNotHappen | Unknown:
    return await _looked_at(preo, _of_refunds)


async def wait_for_gateways(preo: Preo, content: dict[str, Any]) -> SeveralRefunds | None:
    """Return several refunds as the payment gateway left them; None where none is being paid.

    Raises:
        PreoError: one cannot be fetched.
    """
    told = SeveralRefunds.model_validate({name: value for name, value in content.items() if name != "notes"})
    moving = [one.id for one in told.refunds if one.status in MOVING_STATUSES]
    if not moving:
        return None
    now = {one.id: one for one in await ended(preo, moving)}
    refunds = [OneRefund.model_validate(now[one.id].model_dump()) if one.id in now else one for one in told.refunds]
    if told.not_done or told.left:
        return told.model_copy(update={"refunds": refunds})
    return _summed(refunds, [], [], [])


@tool(
    PURCHASE_REFUNDS,
    facts=facts_of_refunds,
    read_back=ReadBack(after=_refunds_looked_at),
    seconds=SECONDS,
    follow=wait_for_gateways,
)
async def refund_purchases(
    preo: Preo,
    purchase_ids: PurchaseIds,
    reason: Reason,
    scope: Scope | MISSING = MISSING,
    amount: AmountOfEach | MISSING = MISSING,
    comment: Comment | MISSING = MISSING,
    pay: Pay = False,  # noqa: ARG001, FBT002 - the facts name the deeds
) -> SeveralRefunds:
    """Refund several tickets of an order, and with pay also pay them; a person is asked first, once for all.

    Waits for the payments; where it stops, it says what is left.
    """
    shared = {"reason": reason, "scope": scope, "amount": amount, "comment": comment}
    return _result(REFUND_TITLE, *await carry_out(preo, _of_purchases(shared), purchase_ids))


@tool(
    APPROVALS,
    facts=facts_of_approvals,
    read_back=ReadBack(after=_approvals_looked_at),
    seconds=SECONDS,
    follow=wait_for_gateways,
)
async def approve_refunds(preo: Preo, refund_ids: RefundIds) -> SeveralRefunds:
    """Pay several requested or failed refunds, where the user wants it; a person is asked first, once for all."""
    return _result(APPROVE_TITLE, *await carry_out(preo, _of_refunds, refund_ids))
