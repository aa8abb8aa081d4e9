"""The approval page: on loopback only, for whoever has the address's secret, once.

The secret stands after the # of the address, which no browser sends: a script takes it out of sight and exchanges it
for another one, so the address is used up when the page is open. Nothing is known to a site that rebinds a name
(Host), to another origin (Origin, no cookies, JSON only) or to a frame (no page is shown in any).
"""

import json
import secrets
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final, cast

import anyio
import uvicorn
from anyio.abc import TaskStatus
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from preo_mcp.api.errors import PreoError
from preo_mcp.approval.ledgers.ledger import Ledger
from preo_mcp.approval.mails import POLICY as MAIL_POLICY
from preo_mcp.approval.plans import PlanState
from preo_mcp.approval.ways.answering import PLAN_ID, AnswerRefused, answer, as_json, exchange, issue
from preo_mcp.approval.ways.documents import page_html, page_policy
from preo_mcp.approval.ways.texts import Refusal, told
from preo_mcp.process import LOOPBACK, LOOPBACK_NAMES, host_of, is_own_user, listen
from preo_mcp.settings import Language, Way

PATH: Final = "/approve"
OPENING: Final = "/open"
TICKET_BYTES: Final = 16
MOST_TICKETS: Final = 8
MOST_BYTES: Final = 16_384
HEADERS: Final = {
    "Content-Security-Policy": page_policy(),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

MAIL_HEADERS: Final = {
    "Content-Security-Policy": f"sandbox; {MAIL_POLICY}; frame-ancestors 'self'",
    "X-Frame-Options": "SAMEORIGIN",
}
"""An e-mail is shown in a frame of the page alone, and may do nothing there."""

Endpoint = Callable[[Request], Awaitable[Response]]
Body = dict[str, Any]


class Forbidden(Exception):
    """A request that none of our pages makes; the text is the reason, within a sentence."""


class Malformed(Exception):
    """A request that cannot be read; the text is the reason, within a sentence."""


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
        is_ours: Callable[[int, int], bool] = is_own_user,
    ) -> None:
        self._ledger = ledger
        self._language = language
        self._clock = clock
        self._is_ours = is_ours
        self._tickets: dict[str, str] = {}
        """Addresses of pages by the ticket that opens each, the latest first."""
        self._mails: dict[str, str] = {}
        """How e-mails look, likewise: a frame's document cannot come with the page, whose policy it would inherit."""

    def routes(self) -> list[Route]:
        """Return the routes, for a server that listens on loopback."""
        return [
            Route(f"{OPENING}/{{ticket}}", self._guarded(self._open), methods=["GET"]),
            Route(f"{PATH}/{{plan_id}}", self._guarded(self._page), methods=["GET"]),
            Route(f"{PATH}/{{plan_id}}/mail/{{ticket}}", self._guarded(self._mail), methods=["GET"]),
            Route(f"{PATH}/{{plan_id}}/show", self._guarded(self._show), methods=["POST"]),
            Route(f"{PATH}/{{plan_id}}/answer", self._guarded(self._answer), methods=["POST"]),
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
        ticket, address = secrets.token_urlsafe(TICKET_BYTES), await self.address("", plan_id)
        self._tickets = _latest({ticket: address, **self._tickets})
        return f"{base_url}{OPENING}/{ticket}"

    async def serve(self, *, task_status: TaskStatus[str] = anyio.TASK_STATUS_IGNORED) -> None:
        """Serve on a free port of loopback until cancelled, and report the base URL once connections are taken.

        Raises:
            OSError: nothing can be listened on.
        """
        with listen(0) as listener:
            config = uvicorn.Config(
                Starlette(routes=self.routes()),
                lifespan="off",
                log_config=None,
                log_level="warning",
                access_log=False,
                proxy_headers=False,  # no proxy stands in front of this server, so nobody speaks for others
                timeout_graceful_shutdown=1,
            )
            server = _Server(config)
            task_status.started(f"http://{LOOPBACK}:{listener.getsockname()[1]}")
            async with _stopped(server, listener):
                await server.serve(sockets=[listener])

    def _guarded(self, endpoint: Endpoint) -> Endpoint:
        async def guarded(request: Request) -> Response:
            try:
                self._must_be_from_here(request)
                response = await endpoint(request)
            except Forbidden as exc:
                response = _not_answered(exc, HTTPStatus.FORBIDDEN)
            except Malformed as exc:
                response = _not_answered(exc, HTTPStatus.BAD_REQUEST)
            except AnswerRefused as exc:
                response = self._refused(exc.refusal)
            except PreoError as exc:
                response = JSONResponse({"state": "failed", "message": str(exc)}, HTTPStatus.SERVICE_UNAVAILABLE)
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
            return response

        return guarded

    def _must_be_from_here(self, request: Request) -> None:
        host = request.headers.get("host", "")
        if (name := host_of(host)) is None:
            raise Malformed("the Host header is malformed")
        if name not in LOOPBACK_NAMES:
            raise Forbidden("this page is on this computer only")
        if request.method == "POST":
            if request.headers.get("origin") != f"{request.url.scheme}://{host}":
                raise Forbidden("only the page itself can answer")
            if request.headers.get("content-type", "").partition(";")[0] != "application/json":
                raise Forbidden("only the page itself can answer")
        client, server = request.client, request.scope.get("server")
        if client is None or server is None or client.host != LOOPBACK or not self._is_ours(client.port, server[1]):
            raise Forbidden("this page is for the user who runs preo-mcp")

    async def _open(self, request: Request) -> Response:
        address = self._tickets.pop(str(request.path_params["ticket"]), None)
        if address is None:
            raise AnswerRefused(Refusal.SECRET)
        return RedirectResponse(address, HTTPStatus.SEE_OTHER)

    async def _page(self, request: Request) -> Response:
        plan_id = _plan_id(request)
        return HTMLResponse(page_html(self._language, plan_id))

    async def _show(self, request: Request) -> Response:
        body = await _body(request)
        shown = await exchange(self._ledger, _plan_id(request), _text(body, "secret"), self._clock())
        content = as_json(shown)
        if shown.sheet.mail:
            content["sheet"]["mail"] = ticket = secrets.token_urlsafe(TICKET_BYTES)
            self._mails = _latest({ticket: shown.sheet.mail, **self._mails})
        return JSONResponse(content)

    async def _mail(self, request: Request) -> Response:
        mail = self._mails.pop(str(request.path_params["ticket"]), None)
        if mail is None:
            raise AnswerRefused(Refusal.SECRET)
        return HTMLResponse(mail, headers=MAIL_HEADERS)

    async def _answer(self, request: Request) -> Response:
        body = await _body(request)
        if not isinstance(body.get("answer"), bool):
            raise Forbidden("the answer is neither yes nor no")
        plan = await answer(
            self._ledger,
            _plan_id(request),
            _text(body, "nonce"),
            yes=body["answer"],
            typed=_text(body, "typed"),
            via=Way.PAGE,
            now=self._clock(),
        )
        return JSONResponse({"state": "approved" if plan.state is PlanState.APPROVED else "declined"})

    def _refused(self, refusal: Refusal) -> Response:
        status = HTTPStatus.NOT_FOUND if refusal is Refusal.UNKNOWN else HTTPStatus.CONFLICT
        return JSONResponse(told(refusal, self._language), status)


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave the process's signals to the process."""
        yield


@asynccontextmanager
async def _stopped(server: uvicorn.Server, listener: socket.socket) -> AsyncGenerator[None]:
    """Close what the server opened when it is cancelled; by itself it does so only on a signal."""
    try:
        yield
    finally:
        if server.started:
            with anyio.CancelScope(shield=True):
                await server.shutdown(sockets=[listener])


def _not_answered(why: Forbidden | Malformed, status: HTTPStatus) -> Response:
    next_step = "Open the page's address, or the terminal (preo-mcp pending), as the user who runs preo-mcp."
    return PlainTextResponse(f"Nothing was shown or answered · {why} · {next_step}\n", status)


def _latest(by_ticket: dict[str, str]) -> dict[str, str]:
    """Return the first ones of what tickets are good for, which are the latest."""
    return dict([*by_ticket.items()][:MOST_TICKETS])


def _plan_id(request: Request) -> str:
    plan_id = str(request.path_params["plan_id"])
    if not PLAN_ID.fullmatch(plan_id):
        raise AnswerRefused(Refusal.UNKNOWN)
    return plan_id


async def _body(request: Request) -> Body:
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MOST_BYTES:
            raise Forbidden("this is too long for an answer")
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):  # nested too deeply
        raise Malformed("the answer is not readable JSON") from None
    if not isinstance(body, dict):
        raise Malformed("the answer is not a JSON object")
    return cast("Body", body)


def _text(body: Body, name: str) -> str:
    value = body.get(name, "")
    return value if isinstance(value, str) else ""
