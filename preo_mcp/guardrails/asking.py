"""Asking outside the host's dialog: which way is next, how long to wait there, what the model is told meanwhile."""

from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult

from preo_mcp.guardrails.call import GuardedCall
from preo_mcp.guardrails.elicitation import can_ask
from preo_mcp.guardrails.ended import Ended, Ran
from preo_mcp.guardrails.facts import Facts, shown
from preo_mcp.guardrails.ledger import Ledger
from preo_mcp.guardrails.plans import Plan, PlanState
from preo_mcp.guardrails.rungs.approval import AnswerRefused
from preo_mcp.guardrails.rungs.card import client_shows_cards
from preo_mcp.guardrails.settling import declined
from preo_mcp.guardrails.timing import Timing
from preo_mcp.languages import in_language
from preo_mcp.replies.reply import refusal
from preo_mcp.settings import Rung, Settings

PLAN_LINE: Final = "Plan {id}"
"""By which the card finds the plan in the text of a result."""

OPEN_AGAIN_AFTER: Final = timedelta(minutes=2)
"""When the identical call opens another page: the person may have closed the first one."""


class Page(Protocol):
    """The approval page of this process."""

    async def address(self, plan_id: str) -> str:
        """Return where a person can answer; the address works once."""
        ...

    async def open(self, plan_id: str) -> bool:
        """Open a plan in the person's browser; False where the session has none."""
        ...


class Places:
    """Where a person can be asked outside the host's dialog: card, page, terminal.

    Args:
        settings: Which way is forced, how long a call waits, language and privacy.
        ledger: Where the answer arrives.
        page: The approval page.
        timing: Clock and patience.
    """

    def __init__(self, settings: Settings, ledger: Ledger, page: Page, timing: Timing) -> None:
        self._settings = settings
        self._ledger = ledger
        self._page = page
        self._timing = timing
        self._opened: dict[str, datetime] = {}

    def next_rung(self, context: Context[Any, Any], plan: Plan) -> Rung | None:
        """Return the nearest way that was not tried in vain; None where the one that is forced cannot be gone."""
        forced = self._settings.approve_via
        possible = {
            Rung.ELICITATION: can_ask(context),
            Rung.CARD: client_shows_cards(context),
            Rung.PAGE: True,
            Rung.TERMINAL: True,
        }
        if forced is not None:
            return forced if possible[forced] else None
        return next(rung for rung in Rung if rung is Rung.TERMINAL or (possible[rung] and rung not in plan.passed))

    async def ask(self, call: GuardedCall, plan: Plan, facts: Facts, rung: Rung) -> Ran | Plan:
        """Return the approved plan, or what the model is told: how a person can approve it."""
        if rung is Rung.CARD:
            return Ran(self._pending(plan, facts, "in the card below"), Ended.WAITING, plan)
        try:
            shown = f"{await self._page_shown(plan)}, or " if rung is Rung.PAGE else ""
        except AnswerRefused:  # a person was quicker
            shown = ""
        answered = await self._answer(call, plan)
        return answered or Ran(self._pending(plan, facts, shown + _terminal(plan)), Ended.WAITING, plan)

    async def elsewhere(self, plan: Plan) -> str:
        """Return how a person who saw no dialog can still answer."""
        try:
            return f"at {await self._page.address(plan.id)}, or {_terminal(plan)}"
        except AnswerRefused:
            return _terminal(plan)

    async def _page_shown(self, plan: Plan) -> str:
        now = self._timing.now()
        if plan.id in self._opened and now - self._opened[plan.id] < OPEN_AGAIN_AFTER:
            return "on the page that was opened in the browser"
        if await self._page.open(plan.id):
            self._opened[plan.id] = now
            return "on the page that was opened in the browser"
        return f"at {await self._page.address(plan.id)}"

    async def _answer(self, call: GuardedCall, plan: Plan) -> Ran | Plan | None:
        """Wait a while for a person, with signs of life; None where they have not answered by then."""
        started = self._timing.now()
        limit = self._settings.approval_wait
        while True:
            now = await self._ledger.get(plan.id)
            if now is None or now.state is PlanState.DECLINED:
                return Ran(declined(call.title), Ended.DECLINED, now)
            if now.state is not PlanState.OPEN:
                return now
            if (waited := (self._timing.now() - started).total_seconds()) >= limit:
                return None
            await call.context.report_progress(waited, limit, "Waiting for a person")
            await self._timing.sleep(self._timing.poll)

    def _pending(self, plan: Plan, facts: Facts, where: str) -> CallToolResult:
        """What the model reads while a person has not answered; personal data is masked as in any other result."""
        language, masks = self._settings.language, self._settings.masks
        first = (
            f"{plan.title} was not run yet · a person has to approve it {where} · "
            "Tell the user so; once they have approved, make exactly the same call again."
        )
        known = f"{PLAN_LINE.format(id=plan.id)} (until {plan.expires:%Y-%m-%d %H:%M} UTC)"
        question = in_language(facts.question, language, masked=masks)
        return refusal("\n".join([first, known, shown(question, [*facts.told(language, masked=masks)])]))


def _terminal(plan: Plan) -> str:
    return f"in a terminal: preo-mcp approve {plan.id}"
