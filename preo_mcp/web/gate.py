"""Who may ask a page of this computer, and what every answer forbids.

Threats: a site that rebinds a name (Host), another origin (Origin, no cookies, no type of body that a form sends), a
frame (no page is shown in any), another user of the computer (whose a connection is), and whoever reads addresses in a
browser's command line: what leads there without a secret is good for one opening (`Tickets`).
"""

import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from collections.abc import Set as AbstractSet
from http import HTTPStatus
from typing import Any, Final, cast

import anyio
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from preo_mcp.api.errors import PreoError
from preo_mcp.process import LOOPBACK, LOOPBACK_NAMES, host_of, is_own_user

JSON: Final = "application/json"
HEADERS: Final = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
BODY_SECONDS: Final = 30.0
"""For a body to come: within one computer it takes no time."""
TICKET_BYTES: Final = 16
MOST_TICKETS: Final = 8

Endpoint = Callable[[Request], Awaitable[Response]]
IsOurs = Callable[[int, int], bool]
"""Whether the connection between a client's port and the server's is of this process's user."""
Body = dict[str, Any]


class Forbidden(Exception):
    """A request that none of our pages makes; the text is the reason, within a sentence."""


class Malformed(Exception):
    """A request that cannot be read; the text is the reason, within a sentence."""


class Gate:
    """Lets in what a page of ours asks, and gives every answer the headers that all of them have.

    Args:
        policy: The page's content security policy.
        what: What did not happen, in an answer to somebody else.
        next_step: What to do then.
        refused: Makes an answer of an expected failure.
        is_ours: Tells this user's connections.
    """

    def __init__(
        self,
        policy: str,
        what: str,
        next_step: str,
        refused: Callable[[PreoError], Response],
        is_ours: IsOurs = is_own_user,
    ) -> None:
        self._headers = {"Content-Security-Policy": policy, **HEADERS}
        self._what = what
        self._next_step = next_step
        self._refused = refused
        self._is_ours = is_ours

    def guarded(self, endpoint: Endpoint, takes: str = JSON) -> Endpoint:
        """Return an endpoint behind the gate; `takes` is the one type of a body that it reads."""

        async def guarded(request: Request) -> Response:
            try:
                self.must_let_in(request, takes)
                response = await endpoint(request)
            except Forbidden as exc:
                response = self._not_answered(exc, HTTPStatus.FORBIDDEN)
            except Malformed as exc:
                response = self._not_answered(exc, HTTPStatus.BAD_REQUEST)
            except PreoError as exc:
                response = self._refused(exc)
            for name, value in self._headers.items():
                response.headers.setdefault(name, value)
            return response

        return guarded

    def must_let_in(self, request: Request, takes: str) -> None:
        """Let in what a page of this computer asks for this user.

        Raises:
            Forbidden: it is another's.
            Malformed: it cannot be told.
        """
        host = request.headers.get("host", "")
        if (name := host_of(host)) is None:
            raise Malformed("the Host header is malformed")
        if name not in LOOPBACK_NAMES:
            raise Forbidden("this page is on this computer only")
        if request.method == "POST":
            must_be_by_page(request, takes, {f"{request.url.scheme}://{host}"})
        client, server = request.client, request.scope.get("server")
        if client is None or server is None or client.host != LOOPBACK or not self._is_ours(client.port, server[1]):
            raise Forbidden("this page is for the user who runs preo-mcp")

    def _not_answered(self, why: Forbidden | Malformed, status: HTTPStatus) -> Response:
        return PlainTextResponse(f"{self._what} · {why} · {self._next_step}\n", status)


def must_be_by_page(request: Request, takes: str, origins: AbstractSet[str]) -> None:
    """Let in what a page of one of the origins sends, in the one type of a body that its endpoint reads.

    Raises:
        Forbidden: it was sent by something else.
    """
    is_ours = request.headers.get("origin") in origins
    if not is_ours or request.headers.get("content-type", "").partition(";")[0] != takes:
        raise Forbidden("only the page itself can answer")


class Tickets:
    """What is given away for one use: the latest few, each by a random name."""

    def __init__(self) -> None:
        self._kept: dict[str, str] = {}

    def issue(self, what: str) -> str:
        """Return a ticket that is good for `what`, once."""
        ticket = secrets.token_urlsafe(TICKET_BYTES)
        self._kept = dict([(ticket, what), *self._kept.items()][:MOST_TICKETS])
        return ticket

    def use(self, ticket: str) -> str | None:
        """Return what a ticket is good for, which it is no more; None where it was used, or never issued."""
        return self._kept.pop(ticket, None)


def led_to(address: str) -> Response:
    """Return an answer that leads a browser on; what stands behind a # in the address is in no log."""
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)


async def raw_body(request: Request, most: int) -> bytes:
    """Return a body of at most `most` bytes.

    Raises:
        Forbidden: it is longer; no more than that is read of it.
        Malformed: it comes too slowly.
    """
    raw = bytearray()
    try:
        with anyio.fail_after(BODY_SECONDS):
            async for chunk in request.stream():
                raw += chunk
                if len(raw) > most:
                    raise Forbidden("this is too long for an answer")
    except TimeoutError:
        raise Malformed("the rest of it did not come") from None
    return bytes(raw)


async def json_body(request: Request, most: int) -> Body:
    """Return a body of at most `most` bytes, which is a JSON object.

    Raises:
        Forbidden: it is longer.
        Malformed: it is no JSON, or no object.
    """
    raw = await raw_body(request, most)
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):  # nested too deeply
        raise Malformed("the answer is not readable JSON") from None
    if not isinstance(body, dict):
        raise Malformed("the answer is not a JSON object")
    return cast("Body", body)


def text_in(body: Mapping[str, Any], name: str) -> str:
    """Return a text of a body; one that is absent, or no text, is empty."""
    value = body.get(name, "")
    return value if isinstance(value, str) else ""
