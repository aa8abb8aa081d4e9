"""Who is signed in on a team's page, kept by their own browser: sealed, so that nobody can make, read or change it.

Threats: a session that an attacker set before the victim signed in (fixation), one that outlives its sign-in, a cookie
that a script or another site reads, or that another host of the same domain sets. So a session is made when somebody
signs in and never before, ends by itself, and its cookie has the name that browsers let this origin alone set
(`__Host-`). All replicas of a server open the same ones, since they share its key.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Final, TypeVar

from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from preo_mcp.replicas.ended import Ended
from preo_mcp.replicas.sealing import Sealing
from preo_mcp.team.principals import Principal

SESSION_COOKIE: Final = "__Host-preo"
ATTEMPT_COOKIE: Final = "__Host-preo-sign-in"
SESSION_SECONDS: Final = 3600
"""How long one is signed in; a provider that still knows them asks nothing when they come again."""
ATTEMPT_SECONDS: Final = 600
"""How long signing in may take."""
RANDOM_BYTES: Final = 32
TOKEN: Final = b"token of a page "
_IN_BASE64: Final = "+/="
_IN_COOKIES: Final = "-_."

T = TypeVar("T")


def random_text() -> str:
    """Return a text that nobody can guess."""
    return secrets.token_urlsafe(RANDOM_BYTES)


@dataclass(frozen=True, slots=True)
class Session:
    """One who is signed in.

    Attributes:
        id: Of this sign-in alone.
        principal: Who it is.
        until: When it ends, in seconds since 1970.
    """

    id: str
    principal: Principal
    until: float


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody's way to a sign-in, from one browser; each text is random.

    Attributes:
        until: When it is too late, in seconds since 1970.
        plan_id: Where they wanted to go; empty for the page of all questions.
        state: Comes back with the answer that the browser brings.
        nonce: Comes back in what the provider signs.
        verifier: Of what the provider was given a digest (PKCE).
    """

    until: float
    plan_id: str = ""
    state: str = field(default_factory=random_text)
    nonce: str = field(default_factory=random_text)
    verifier: str = field(default_factory=random_text)


class Sessions:
    """The sessions of a server.

    Args:
        key: 32 bytes; all replicas have the same.
        ended: Remembers those that were signed out.
        clock: Seconds since 1970.
    """

    def __init__(self, key: bytes, ended: Ended, clock: Callable[[], float] = time.time) -> None:
        self._key = key
        self._sealing = Sealing(key)
        self._ended = ended
        self._clock = clock

    def begin(self, response: Response, principal: Principal) -> None:
        """Sign somebody in, by a session that is new; what the attempt left behind is removed."""
        until = self._clock() + SESSION_SECONDS
        session = Session(random_text(), replace(principal, bearer=None), until)
        _set(response, SESSION_COOKIE, self._sealed(SESSION_COOKIE, session), SESSION_SECONDS)
        _set(response, ATTEMPT_COOKIE, "", 0)

    async def of(self, request: Request) -> Session | None:
        """Return the session of a request; None where there is none, or it has ended.

        Raises:
            EndedError: whether it was signed out cannot be told.
        """
        session = self._opened(request, SESSION_COOKIE, Session)
        if session is None or session.until <= self._clock() or await self._ended.has_ended(session.id):
            return None
        return session

    async def end(self, response: Response, session: Session) -> None:
        """Sign somebody out: the session is good no more, also for whoever has a copy of its cookie.

        Raises:
            EndedError: that cannot be remembered.
        """
        await self._ended.end(session.id, session.until - self._clock())
        _set(response, SESSION_COOKIE, "", 0)

    def token(self, session: Session) -> str:
        """Return what the pages of a session send along, and no other page knows."""
        return hmac.new(self._key, TOKEN + session.id.encode(), hashlib.sha256).hexdigest()

    def is_token(self, session: Session, token: str) -> bool:
        """Return whether a page of the session sent this."""
        return hmac.compare_digest(self.token(session).encode(), token.encode(errors="surrogatepass"))

    def new_attempt(self, plan_id: str) -> Attempt:
        """Return the beginning of a way to a sign-in."""
        return Attempt(self._clock() + ATTEMPT_SECONDS, plan_id)

    def keep(self, response: Response, attempt: Attempt) -> None:
        """Have the browser keep an attempt, in place of any other of it."""
        _set(response, ATTEMPT_COOKIE, self._sealed(ATTEMPT_COOKIE, attempt), ATTEMPT_SECONDS)

    def any_attempt_of(self, request: Request) -> Attempt | None:
        """Return the attempt that a browser keeps; None where it is too late."""
        attempt = self._opened(request, ATTEMPT_COOKIE, Attempt)
        return None if attempt is None or attempt.until <= self._clock() else attempt

    def attempt_of(self, request: Request, state: str) -> Attempt | None:
        """Return the attempt that a request goes on with; None where it is another browser's, or too late."""
        attempt = self.any_attempt_of(request)
        if attempt is None:
            return None
        is_same = hmac.compare_digest(attempt.state.encode(), state.encode(errors="surrogatepass"))
        return attempt if is_same else None

    def _sealed(self, name: str, content: Session | Attempt) -> str:
        sealed = self._sealing.sealed(name, _adapter(type(content)).dump_json(content))
        return sealed.translate(str.maketrans(_IN_BASE64, _IN_COOKIES))

    def _opened(self, request: Request, name: str, kind: type[T]) -> T | None:
        cookie = request.cookies.get(name, "").translate(str.maketrans(_IN_COOKIES, _IN_BASE64))
        content = self._sealing.opened(name, cookie)
        if content is None:
            return None
        try:
            return _adapter(kind).validate_json(content)
        except ValidationError:  # of another version
            return None


@cache
def _adapter(kind: type[T]) -> TypeAdapter[T]:
    return TypeAdapter(kind)


def _set(response: Response, name: str, value: str, seconds: int) -> None:
    response.set_cookie(name, value, max_age=seconds, path="/", secure=True, httponly=True, samesite="lax")
