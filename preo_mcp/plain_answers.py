"""Calls over HTTP that are answered by one JSON document, where other requests get a stream of events.

A stream lets a call report how far it is, ask a person, and be fetched after its connection was cut. A call that only
reads needs none of that, since it can be made again, and a stream costs a fifth of it. MCP (Streamable HTTP) leaves the
choice to the server, request by request; the SDK makes it once for all requests of a session. For those of 2026-07-28
it chooses well by itself.
"""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final, cast

from mcp.server.streamable_http import MCP_SESSION_ID_HEADER
from pydantic_core import from_json

from preo_mcp.process import told_again

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_READ: Final = 16 * 1024
"""Bytes of a request that may be such a call: what only reads says little."""

_IS_PLAIN: Final[ContextVar[bool]] = ContextVar("is_plain", default=False)
"""Whether the request that is handled gets a plain answer."""


class _ByRequest:
    """Stands where the SDK wants a bool for all requests, and is asked by it in the context of each one."""

    def __bool__(self) -> bool:
        return _IS_PLAIN.get()


BY_REQUEST: Final = cast("bool", _ByRequest())
"""The SDK's `json_response`."""


class PlainAnswers:
    """Decides how each request of a session is answered.

    Args:
        app: What stands after it.
        at_once: Whether a call of a tool with these arguments tells nothing and asks nobody before its answer.
    """

    def __init__(self, app: "ASGIApp", at_once: Callable[[str, Mapping[str, Any]], bool]) -> None:
        self._app = app
        self._at_once = at_once

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Handle a request in the context of what was decided for it."""
        if scope["type"] != "http" or scope["method"] != "POST" or not _is_of_session(scope):
            return await self._app(scope, receive, send)
        first = await receive()
        token = _IS_PLAIN.set(self._is_plain(first))
        try:
            await self._app(scope, told_again(first, receive), send)
        finally:
            _IS_PLAIN.reset(token)

    def _is_plain(self, first: "Message") -> bool:
        body = first.get("body", b"")
        if first.get("more_body", False) or len(body) > MOST_READ:
            return False
        try:
            message = from_json(body)
        except ValueError:
            return False  # the SDK says what is wrong with it
        if _object(message).get("method") != "tools/call":
            return False
        params = _object(_object(message).get("params"))
        name = params.get("name")
        return isinstance(name, str) and self._at_once(name, _object(params.get("arguments")))


def _object(value: object) -> Mapping[str, Any]:
    """Return a JSON object; an empty one for what is none."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _is_of_session(scope: "Scope") -> bool:
    return MCP_SESSION_ID_HEADER.encode() in dict(scope["headers"])
