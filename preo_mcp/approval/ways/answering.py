"""Showing a plan's question out of band and taking the answer: the same for the card, the page and the terminal.

Whoever is shown the facts gets random secrets with them: one answers, another one shows them again. The secret of an
address only shows. The plan keeps the digests of the latest ones, so that a call which is repeated while somebody reads
does not shut their page; it loses them all when the facts change or one has answered. So a yes is always a yes to the
facts that were shown with the secret, said once.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from preo_mcp.api.errors import PreoError
from preo_mcp.approval.ledgers.ledger import Ledger, take
from preo_mcp.approval.plans import Plan, PlanState, approved, declined, with_nonce
from preo_mcp.approval.sheet import Sheet
from preo_mcp.approval.typed import comparable, matches
from preo_mcp.approval.ways.texts import WHY, Refusal
from preo_mcp.approval.wording import Amount
from preo_mcp.settings import Way

SECRET_BYTES: Final = 32
MOST_SECRETS: Final = 8
"""The most that one plan has at once; a further one makes the oldest void."""
SHOWS, ANSWERS = 0, 1
"""The halves of a pair of secrets, kept as digests: one shows the question, the other answers it."""
NOT_GIVEN: Final = "-"
"""In place of the digest of a secret that was not given out yet: no digest is equal to it."""
Pair = tuple[str, str]
PLAN_ID: Final = re.compile(r"pln_[0-9a-f]{24}")

_CLOSED: Final = {
    PlanState.APPROVED: Refusal.APPROVED,
    PlanState.DECLINED: Refusal.DECLINED,
    PlanState.RUNNING: Refusal.BEGUN,
    PlanState.DONE: Refusal.USED,
    PlanState.FAILED: Refusal.FAILED,
    PlanState.UNKNOWN: Refusal.UNCLEAR,
}


class AnswerRefused(PreoError):
    """A question that is not shown, or an answer that is not taken; `refusal` is the reason."""

    def __init__(self, refusal: Refusal) -> None:
        why, next_step = map(str, WHY[refusal])
        super().__init__("The answer was not taken", why[0].lower() + why[1:].rstrip("."), next_step)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Shown:
    """What a person reads, and the secret that their answer comes back with.

    Attributes:
        plan_id: The plan.
        tool: The tool that waits.
        question: One line in the person's language.
        lines: Label and value of each fact, likewise.
        deciding: How many of the lines, the first ones, a person decides by.
        sheet: The same laid out, for where there is room.
        expected: What has to be typed besides yes; None where a yes will do.
        typing: The sentence that asks for it.
        expires: When it is too late, in UTC.
        nonce: The secret that an answer needs.
        again: The secret that shows the question once more, as when a page is reloaded; it answers nothing.
        takes_yes_of: Whether somebody's yes counts, by their name.
    """

    plan_id: str
    tool: str
    question: str
    lines: tuple[tuple[str, str], ...]
    deciding: int
    sheet: Sheet
    expected: str | Amount | None
    typing: str
    expires: datetime
    nonce: str
    again: str
    takes_yes_of: Callable[[str], bool]


async def issue(ledger: Ledger, plan_id: str, now: datetime) -> str:
    """Return a fresh secret that `exchange` takes once, for an address that is given away before anything is shown.

    Raises:
        AnswerRefused: the plan does not wait for an answer.
        LedgerError: the ledger cannot be read or written.
    """
    secret = secrets.token_urlsafe(SECRET_BYTES)

    def step(plan: Plan) -> Plan:
        _must_wait(plan, now)
        return _with_pair(plan, (_digest(secret), NOT_GIVEN), None)

    await _take(ledger, plan_id, step)
    return secret


async def show(ledger: Ledger, plan_id: str, now: datetime) -> Shown:
    """Return what a person has to see, with a fresh secret.

    Raises:
        AnswerRefused: the plan does not wait for an answer.
        LedgerError: the ledger cannot be read or written.
    """
    return await _shown(ledger, plan_id, now, None)


async def exchange(ledger: Ledger, plan_id: str, secret: str, now: datetime) -> Shown:
    """Return what a person has to see to whoever has a secret, with another one in its place.

    Raises:
        AnswerRefused: the secret is not valid, or no longer, or the plan does not wait for an answer.
        LedgerError: the ledger cannot be read or written.
    """
    return await _shown(ledger, plan_id, now, secret)


async def answer(
    ledger: Ledger,
    plan_id: str,
    nonce: str,
    *,
    yes: bool,
    typed: str | None,
    via: Way,
    now: datetime,
    by: str = "",
) -> Plan:
    """Take a person's answer, and return the plan after it.

    Args:
        ledger: Where the plan is.
        plan_id: The plan.
        nonce: The secret that came with what was shown.
        yes: Whether to do it.
        typed: What was typed besides the yes.
        via: Where the person was.
        now: The moment in UTC.
        by: Who answers, of those who are signed in; empty for this computer's user.

    Raises:
        AnswerRefused: nothing is changed; after something mistyped the secret is still good.
        LedgerError: the ledger cannot be read or written.
    """

    def step(plan: Plan) -> Plan:
        _must_wait(plan, now)
        _must_be_given(plan, nonce, ANSWERS)
        if not yes:
            return declined(plan, now, by)
        if not plan.takes_yes_of(by):
            raise AnswerRefused(Refusal.ANOTHER)
        if plan.expected is not None and not matches(plan.expected, typed or ""):
            raise AnswerRefused(Refusal.TYPED)
        return approved(plan, plan.digest, plan.figures, via, now, by)  # a secret is good for the facts as they are

    return await _take(ledger, plan_id, step)


def as_json(shown: Shown, by: str = "", *, may_answer: bool = True) -> dict[str, Any]:
    """Return what a script shows, and what it compares with to tell when what is typed will do; the server decides.

    Args:
        shown: What is shown.
        by: To whom, of those who are signed in.
        may_answer: Whether they may answer at all.
    """
    barred = Refusal.MAY_NOT if not may_answer else None if shown.takes_yes_of(by) else Refusal.ANOTHER
    return {
        **({} if barred is None else {"barred": barred}),
        "state": "open",
        "plan_id": shown.plan_id,
        "tool": shown.tool,
        "question": shown.question,
        "sheet": asdict(shown.sheet),
        "typing": shown.typing,
        "expected": None if shown.expected is None else comparable(shown.expected),
        "expires": shown.expires.isoformat(),
        "nonce": shown.nonce,
        "again": shown.again,
    }


async def _shown(ledger: Ledger, plan_id: str, now: datetime, secret: str | None) -> Shown:
    """Return what is shown, with new secrets in place of those of the `secret` that showed it before, if any."""
    nonce, again = secrets.token_urlsafe(SECRET_BYTES), secrets.token_urlsafe(SECRET_BYTES)

    def step(plan: Plan) -> Plan:
        _must_wait(plan, now)
        used = None if secret is None else _must_be_given(plan, secret, SHOWS)
        return _with_pair(plan, (_digest(again), _digest(nonce)), used)

    plan = await _take(ledger, plan_id, step)
    return Shown(
        plan_id=plan.id,
        tool=plan.tool,
        question=plan.question,
        lines=plan.lines,
        deciding=plan.deciding,
        sheet=plan.laid_out,
        expected=plan.expected,
        typing=plan.typing,
        expires=plan.expires,
        nonce=nonce,
        again=again,
        takes_yes_of=plan.takes_yes_of,
    )


async def _take(ledger: Ledger, plan_id: str, step: Callable[[Plan], Plan]) -> Plan:
    if not PLAN_ID.fullmatch(plan_id) or await ledger.get(plan_id) is None:
        raise AnswerRefused(Refusal.UNKNOWN)
    return await take(ledger, plan_id, step)


def _must_wait(plan: Plan, now: datetime) -> None:
    if plan.has_expired(now):
        raise AnswerRefused(Refusal.EXPIRED)
    if plan.state in _CLOSED:
        raise AnswerRefused(_CLOSED[plan.state])


def _given(plan: Plan) -> list[Pair]:
    pairs = (one.partition(":") for one in (plan.nonce or "").split())
    return [(shows, answers) for shows, _, answers in pairs]


def _with_pair(plan: Plan, pair: Pair, used: Pair | None) -> Plan:
    """Return the plan with another pair of secrets, in place of the one that was used."""
    kept = [*(one for one in _given(plan) if one != used), pair][-MOST_SECRETS:]
    return with_nonce(plan, " ".join(f"{shows}:{answers}" for shows, answers in kept))


def _must_be_given(plan: Plan, secret: str, which: int) -> Pair:
    digest = _digest(secret)
    found = next((pair for pair in _given(plan) if hmac.compare_digest(digest, pair[which])), None)
    if found is None:
        raise AnswerRefused(Refusal.SECRET)
    return found


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
