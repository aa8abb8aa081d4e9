"""The approval page: on loopback only, for whoever has the address's secret, once.

The secret stands after the # of the address, which no browser sends: a script takes it out of sight and exchanges it
for another one, so the address is used up when the page is open. Who may ask at all, `web.gate` says.
"""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from preo_mcp.api.errors import PreoError
from preo_mcp.approval.ledgers.ledger import Ledger
from preo_mcp.approval.mails import POLICY as MAIL_POLICY
from preo_mcp.approval.plans import PlanState
from preo_mcp.approval.ways.answering import PLAN_ID, AnswerRefused, answer, as_json, exchange, issue
from preo_mcp.approval.ways.documents import page_html, page_policy
from preo_mcp.approval.ways.texts import Refusal, told
from preo_mcp.process import is_own_user
from preo_mcp.settings import Language, Way
from preo_mcp.web.gate import Body, Forbidden, Gate, IsOurs, Tickets, json_body, led_to, text_in

PATH: Final = "/approve"
OPENING: Final = "/open"
MOST_BYTES: Final = 16_384
STATUSES: Final = {
    Refusal.UNKNOWN: HTTPStatus.NOT_FOUND,
    Refusal.SIGNED_OUT: HTTPStatus.UNAUTHORIZED,
    Refusal.MAY_NOT: HTTPStatus.FORBIDDEN,
    Refusal.ANOTHER: HTTPStatus.FORBIDDEN,
}
"""Of what is refused; of all else, that it is too late for it."""
NOTHING: Final = "Nothing was shown or answered"
NEXT_STEP: Final = "Open the page's address, or the terminal (preo-mcp pending), as the user who runs preo-mcp."

MAIL_HEADERS: Final = {
    "Content-Security-Policy": f"sandbox; {MAIL_POLICY}; frame-ancestors 'self'",
    "X-Frame-Options": "SAMEORIGIN",
}
"""An e-mail is shown in a frame of the page alone, and may do nothing there."""


class ApprovalPage:
    """The page of every plan in a ledger.

    Args:
        ledger: Where the plans are.
        language: That of the page around the question.
        clock: The moment in UTC.
        is_ours: Whether the connection between a client's port and the server's is of this process's user.
    """

    def __init__(
        self,
        ledger: Ledger,
        language: Language,
        clock: Callable[[], datetime],
        is_ours: IsOurs = is_own_user,
    ) -> None:
        self._ledger = ledger
        self._language = language
        self._clock = clock
        self._gate = Gate(page_policy(), NOTHING, NEXT_STEP, self._refused, is_ours)
        self._tickets = Tickets()
        """Addresses of pages by the ticket that opens each."""
        self._mails = Tickets()
        """How e-mails look, likewise: a frame's document cannot come with the page, whose policy it would inherit."""

    def routes(self) -> list[Route]:
        """Return the routes, for a server that listens on loopback."""
        guarded = self._gate.guarded
        return [
            Route(f"{OPENING}/{{ticket}}", guarded(self._open), methods=["GET"]),
            Route(f"{PATH}/{{plan_id}}", guarded(self._page), methods=["GET"]),
            Route(f"{PATH}/{{plan_id}}/mail/{{ticket}}", guarded(self._mail), methods=["GET"]),
            Route(f"{PATH}/{{plan_id}}/show", guarded(self._show), methods=["POST"]),
            Route(f"{PATH}/{{plan_id}}/answer", guarded(self._answer), methods=["POST"]),
        ]

    async def address(self, base_url: str, plan_id: str) -> str:
        """Return a fresh address of a plan's page, good for one opening.

        Raises:
            AnswerRefused: the plan does not wait for an answer.
            LedgerError: the ledger cannot be read or written.
        """
        secret = await issue(self._ledger, plan_id, self._clock())
        return f"{base_url}{PATH}/{plan_id}#{secret}"

    async def ticket(self, base_url: str, plan_id: str) -> str:
        """Return an address without a secret that leads this user's browser to a plan's page, once.

        On Linux it stands in the browser's command line, which every user can read: so it is good for nothing but a
        connection of this process's own user.

        Raises:
            AnswerRefused: the plan does not wait for an answer.
            LedgerError: the ledger cannot be read or written.
        """
        ticket = self._tickets.issue(await self.address("", plan_id))
        return f"{base_url}{OPENING}/{ticket}"

    async def _open(self, request: Request) -> Response:
        address = self._tickets.use(str(request.path_params["ticket"]))
        if address is None:
            raise AnswerRefused(Refusal.SECRET)
        return led_to(address)

    async def _page(self, request: Request) -> Response:
        plan_id = plan_id_of(request)
        return HTMLResponse(page_html(self._language, plan_id))

    async def _show(self, request: Request) -> Response:
        body = await json_body(request, MOST_BYTES)
        shown = await exchange(self._ledger, plan_id_of(request), text_in(body, "secret"), self._clock())
        content = as_json(shown)
        if shown.sheet.mail:
            content["sheet"]["mail"] = self._mails.issue(shown.sheet.mail)
        return JSONResponse(content)

    async def _mail(self, request: Request) -> Response:
        mail = self._mails.use(str(request.path_params["ticket"]))
        if mail is None:
            raise AnswerRefused(Refusal.SECRET)
        return HTMLResponse(mail, headers=MAIL_HEADERS)

    async def _answer(self, request: Request) -> Response:
        body = await json_body(request, MOST_BYTES)
        return await answered(self._ledger, plan_id_of(request), body, self._clock())

    def _refused(self, exc: PreoError) -> Response:
        return refused(exc, self._language)


async def answered(ledger: Ledger, plan_id: str, body: Body, now: datetime, by: str = "") -> Response:
    """Take the answer that a page's script sent, of whoever is signed in where somebody is.

    Raises:
        AnswerRefused: it was not taken.
        LedgerError: the ledger cannot be read or written.
        Forbidden: it is neither yes nor no.
    """
    yes = body.get("answer")
    if not isinstance(yes, bool):
        raise Forbidden("the answer is neither yes nor no")
    nonce, typed = text_in(body, "nonce"), text_in(body, "typed")
    plan = await answer(ledger, plan_id, nonce, yes=yes, typed=typed, via=Way.PAGE, now=now, by=by)
    return JSONResponse({"state": "approved" if plan.state is PlanState.APPROVED else "declined"})


def refused(exc: PreoError, language: Language) -> Response:
    """Return what a page's script tells of a failure that was expected."""
    if not isinstance(exc, AnswerRefused):
        return JSONResponse({"state": "failed", "message": str(exc)}, HTTPStatus.SERVICE_UNAVAILABLE)
    status = STATUSES.get(exc.refusal, HTTPStatus.CONFLICT)
    return JSONResponse(told(exc.refusal, language), status)


def plan_id_of(request: Request) -> str:
    """Return the plan that an address is of.

    Raises:
        AnswerRefused: that can be none.
    """
    plan_id = str(request.path_params["plan_id"])
    if not PLAN_ID.fullmatch(plan_id):
        raise AnswerRefused(Refusal.UNKNOWN)
    return plan_id
