"""The page of a team: one signs in, sees the questions that wait for them, and answers, as on the page on loopback.

Threats: another site that has a browser sign in as somebody else, answer, or show a page in a frame; a cookie or an
address that somebody else made; who may not approve, or asked for what somebody else has to approve. So `sessions`
says who somebody is, every request looks whether they may still come in, what changes something is sent by a page of
this origin with the session's token, and whose yes counts is decided where all answers are taken (`approval`). No
address leads anywhere but to a page of this server.
"""

import hashlib
import hmac
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from preo_mcp.api.errors import ConfigurationError, PreoError
from preo_mcp.approval.ledgers.ledger import Ledger
from preo_mcp.approval.ledgers.own_plans import AnswerablePlans, OwnPlans
from preo_mcp.approval.timing import NOW
from preo_mcp.approval.ways.answering import PLAN_ID, AnswerRefused, as_json, show
from preo_mcp.approval.ways.documents import page_policy, team_page_html
from preo_mcp.approval.ways.page import MAIL_HEADERS, MOST_BYTES, NOTHING, answered, plan_id_of, refused
from preo_mcp.approval.ways.texts import Refusal
from preo_mcp.limits import Limited, Limits
from preo_mcp.settings import Settings
from preo_mcp.team.entrance import Entrance
from preo_mcp.team.issuer import IssuerError
from preo_mcp.team.pages.documents import around_html, plain_policy, sign_in_html, waiting_html
from preo_mcp.team.pages.gate import TeamGate
from preo_mcp.team.pages.provider_sign_in import ProviderSignIn
from preo_mcp.team.pages.sessions import Session, Sessions
from preo_mcp.team.principals import Principal, Refused
from preo_mcp.team.rights import Rights, Wish, decides_on, rights_of
from preo_mcp.team.sign_in import SignIn
from preo_mcp.team.static_tokens import PREFIX
from preo_mcp.web.gate import JSON, Body, Forbidden, json_body, led_to, raw_body, text_in

if TYPE_CHECKING:
    from starlette.types import ASGIApp

PATH: Final = "/approvals"
BACK: Final = f"{PATH}/signed-in"
"""Where a provider leads a browser back to."""
FORM: Final = "application/x-www-form-urlencoded"
PLAIN: Final = {"Content-Security-Policy": plain_policy(), "Referrer-Policy": "same-origin"}
"""Of pages with forms, wherever they stand: under `no-referrer`, browsers send forms with the Origin of nobody."""
AT_ONCE: Final = 50
"""Requests of the page under way at the same time, of all who have a browser."""
NEXT_STEP: Final = f"Open {PATH} of this server, and sign in."

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Person:
    """One who is signed in on the page, with what they may do now."""

    session: Session
    rights: Rights

    @property
    def name(self) -> str:
        """What nobody else goes by."""
        return self.session.principal.name


class QuestionsPage:
    """The page of a team.

    Args:
        settings: Of the process.
        entrance: Its address.
        sign_in: Who may come in.
        provider: Where they sign in besides by a token; None where they do not.
        sessions: Who is signed in.
        ledger: Gives the plans of all.
        clock: The moment in UTC.
    """

    def __init__(
        self,
        settings: Settings,
        entrance: Entrance,
        sign_in: SignIn,
        provider: ProviderSignIn | None,
        sessions: Sessions,
        ledger: Callable[[], Ledger],
        clock: Callable[[], datetime] = NOW,
    ) -> None:
        self._settings = settings
        self._language = settings.language
        self._sign_in = sign_in
        self._provider = provider
        self._sessions = sessions
        self._ledger = ledger
        self._clock = clock
        self._plain = TeamGate(plain_policy(), NOTHING, NEXT_STEP, self._refused, entrance)
        self._scripted = TeamGate(page_policy(), NOTHING, NEXT_STEP, self._refused, entrance)

    def app(self) -> "ASGIApp":
        """Return the application; it is asked for addresses at `PATH` and below alone."""
        plain, scripted, one = self._plain.guarded, self._scripted.guarded, f"{PATH}/{{plan_id}}"
        routes = [
            Route(PATH, plain(self._all), methods=["GET"]),
            Route(f"{PATH}/sign-in", plain(self._leave), methods=["GET"]),
            Route(f"{PATH}/sign-in", plain(self._by_token, takes=FORM), methods=["POST"]),
            Route(BACK, plain(self._come_back), methods=["GET"]),
            Route(f"{PATH}/sign-out", plain(self._sign_out, takes=FORM), methods=["POST"]),
            Route(one, scripted(self._question), methods=["GET"]),
            Route(f"{one}/mail/{{digest}}", scripted(self._mail), methods=["GET"]),
            Route(f"{one}/show", scripted(self._show, takes=JSON), methods=["POST"]),
            Route(f"{one}/answer", scripted(self._answer, takes=JSON), methods=["POST"]),
        ]
        app = Starlette(routes=routes)
        app.router.redirect_slashes = False
        return Limited(app, Limits(AT_ONCE, None, MOST_BYTES))

    async def _all(self, request: Request) -> Response:
        person = await self._person(request)
        if person is None:
            return self._asked_to_sign_in()
        plans = await self._plans(person).pending(self._clock())
        token = self._sessions.token(person.session)
        return HTMLResponse(waiting_html(self._language, PATH, person.name, token, plans), headers=PLAIN)

    async def _question(self, request: Request) -> Response:
        plan_id = plan_id_of(request)
        person = await self._person(request)
        if person is None:
            return self._asked_to_sign_in(plan_id)
        plan = await self._plans(person).get(plan_id)
        if plan is None:
            raise AnswerRefused(Refusal.UNKNOWN)
        token, around = self._sessions.token(person.session), around_html(self._language, PATH, plan)
        return HTMLResponse(team_page_html(self._language, plan_id, token, around))

    async def _show(self, request: Request) -> Response:
        person, _ = await self._sent(request)
        shown = await show(self._plans(person), plan_id_of(request), self._clock())
        content = as_json(shown, person.name, may_answer=person.rights.may_approve)
        if shown.sheet.mail:
            content["sheet"]["mail"] = _digest(shown.sheet.mail)
        return JSONResponse(content)

    async def _mail(self, request: Request) -> Response:
        person = await self._person(request)
        if person is None:
            raise AnswerRefused(Refusal.SIGNED_OUT)
        plan = await self._plans(person).get(plan_id_of(request))
        if plan is None or not plan.sheet.mail:
            raise AnswerRefused(Refusal.UNKNOWN)
        if not hmac.compare_digest(_digest(plan.sheet.mail), str(request.path_params["digest"])):
            raise AnswerRefused(Refusal.SECRET)  # it changed since the question was shown
        return HTMLResponse(plan.sheet.mail, headers=MAIL_HEADERS)

    async def _answer(self, request: Request) -> Response:
        person, body = await self._sent(request)
        if not person.rights.may_approve:
            raise AnswerRefused(Refusal.MAY_NOT)
        return await answered(self._plans(person), plan_id_of(request), body, self._clock(), person.name)

    async def _leave(self, request: Request) -> Response:
        if self._provider is None:
            return self._asked_to_sign_in()
        begun = self._sessions.any_attempt_of(request)
        attempt = self._sessions.new_attempt(begun.plan_id if begun else "")
        try:
            response = led_to(await self._provider.address(attempt))
        except IssuerError as exc:
            logger.warning("nobody can sign in on the page: %s", exc)
            return self._asked_to_sign_in(attempt.plan_id, "the provider cannot be asked")
        self._sessions.keep(response, attempt)
        return response

    async def _by_token(self, request: Request) -> Response:
        form = await _form(request)
        attempt = self._sessions.attempt_of(request, form.get("state", ""))
        bearer = form.get("token", "").strip()
        if attempt is None or not bearer.startswith(PREFIX):
            return self._asked_to_sign_in(why="the token is not known, or it took too long")
        try:
            principal = await self._sign_in.principal(f"Bearer {bearer}".encode(errors="replace"))
            return self._signed_in(principal, attempt.plan_id)
        except Refused as exc:
            return self._asked_to_sign_in(attempt.plan_id, exc.why)

    async def _come_back(self, request: Request) -> Response:
        query = request.query_params
        attempt = self._sessions.attempt_of(request, query.get("state", ""))
        if self._provider is None or attempt is None:
            return self._asked_to_sign_in(why="it was begun in another browser, or it took too long")
        try:
            await self._provider.must_be_answer_of(query)
            principal = await self._provider.principal(query.get("code", ""), attempt)
            return self._signed_in(principal, attempt.plan_id)
        except Refused as exc:
            return self._asked_to_sign_in(attempt.plan_id, exc.why)
        except (IssuerError, ConfigurationError) as exc:
            logger.warning("nobody can sign in on the page: %s", exc)
            return self._asked_to_sign_in(attempt.plan_id, "the provider did not vouch for anybody")

    async def _sign_out(self, request: Request) -> Response:
        form = await _form(request)
        session = await self._sessions.of(request)
        response = led_to(PATH)
        if session is not None:
            if not self._sessions.is_token(session, form.get("token", "")):
                raise Forbidden("only the page itself can sign somebody out")
            await self._sessions.end(response, session)
        return response

    def _signed_in(self, principal: Principal, plan_id: str) -> Response:
        """Return what begins a session.

        Raises:
            Refused: they may not even look.
        """
        rights_of(self._settings, principal, self._sign_in.member(principal), Wish())
        response = led_to(f"{PATH}/{plan_id}" if PLAN_ID.fullmatch(plan_id) else PATH)
        self._sessions.begin(response, principal)
        return response

    def _asked_to_sign_in(self, plan_id: str = "", why: str = "") -> Response:
        attempt = self._sessions.new_attempt(plan_id)
        issuer = None if self._provider is None else self._provider.issuer.url
        page = sign_in_html(self._language, PATH, attempt.state, issuer, why)
        response = HTMLResponse(page, HTTPStatus.UNAUTHORIZED, PLAIN)
        self._sessions.keep(response, attempt)
        return response

    async def _person(self, request: Request) -> Person | None:
        """Return who sends a request; None where nobody does who may come in now."""
        session = await self._sessions.of(request)
        if session is None:
            return None
        try:
            member = self._sign_in.member(session.principal)
            rights = rights_of(self._settings, session.principal, member, Wish())
        except Refused:
            return None
        return Person(session, rights) if self._sign_in.still(session.principal, member) else None

    async def _sent(self, request: Request) -> tuple[Person, Body]:
        """Return who sends a request, and its body, which one of their own pages sent.

        Raises:
            AnswerRefused: nobody is signed in.
            Forbidden: another page sent it.
            Malformed: it cannot be read.
        """
        body = await json_body(request, MOST_BYTES)
        person = await self._person(request)
        if person is None:
            raise AnswerRefused(Refusal.SIGNED_OUT)
        if not self._sessions.is_token(person.session, text_in(body, "token")):
            raise Forbidden("only the page itself can answer")
        return person, body

    def _plans(self, person: Person) -> OwnPlans:
        """Return the plans that a person has to do with; whoever may not approve, with their own alone."""
        if not person.rights.may_approve:
            return OwnPlans(self._ledger(), person.name)
        return AnswerablePlans(self._ledger(), person.name, decides_on(self._settings, person.rights))

    def _refused(self, exc: PreoError) -> Response:
        return refused(exc, self._language)


async def _form(request: Request) -> Mapping[str, str]:
    """Return the fields of a form, each once."""
    raw = (await raw_body(request, MOST_BYTES)).decode("utf-8", "replace")
    try:
        return {name: values[0] for name, values in parse_qs(raw, max_num_fields=8).items()}
    except ValueError:
        raise Forbidden("the page's forms have fewer fields") from None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
