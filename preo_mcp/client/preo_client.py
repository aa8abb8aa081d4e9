"""The one HTTP client: signing, time budget, retries; every failure leaves as a `PreoError`.

Imports httpx, so it is itself imported only when the first call is made.

Threats: a redirect or a cookie that carries one user's rights elsewhere (requests go over httpx's transport without its
client, so that nothing follows the one or keeps the other); loggers that write whole query strings with customer data
(silenced); a write that is cut off half-way because its caller gave up (shielded).
"""

import logging
from collections.abc import Mapping
from typing import Any, Final
from urllib.request import getproxies, proxy_bypass

import httpx

from preo_mcp import __version__
from preo_mcp.api.errors import ValidationError
from preo_mcp.api.operations import Operation
from preo_mcp.client.addresses import encode_body, encode_query, fill_path
from preo_mcp.client.connection import Connection, new_request_id
from preo_mcp.client.corrections import AS_WRITTEN, RealOperations
from preo_mcp.client.exchange import JSON, Answer, Outgoing, Received, Setback, exchange, read_response
from preo_mcp.client.retries import Timing, wait_before_next
from preo_mcp.logs import quiet_http_libraries
from preo_mcp.telemetry import asked

SANDBOX_HEADER = "Preo-Sandbox"
REQUEST_ID_HEADER = "X-Request-Id"
IDEMPOTENCY_HEADER = "Idempotency-Key"

EVERY_REQUEST: Final = {"Connection": "keep-alive", "User-Agent": f"preo-mcp/{__version__}"}
"""Headers that all have."""

_log = logging.getLogger(__name__)


class PreoClient:
    """Calls operations of the Preo API; one object serves all sessions of a process.

    Args:
        connection: Where the API is and how calls are signed.
        transport: Replaces the network: the sandbox in this process, or a test.
        timing: Clocks, sleep and dice; tests bring their own.
        operations: The operations as they really are, where corrections are known.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        timing: Timing | None = None,
        operations: RealOperations | None = None,
    ) -> None:
        self._connection = connection
        self._given = transport
        self._timing = timing or Timing()
        self._operations = operations or AS_WRITTEN
        every_request = {**EVERY_REQUEST, **connection.auth_headers()}
        self._every_request = lambda: every_request  # which shows the token in no representation
        self._transport: httpx.AsyncBaseTransport | None = None
        self._closed = False
        self.talks_to_sandbox = False
        """Whether the last answer came from the sandbox; False until there was one."""
        self.date: str | None = None
        """What the last answer's Date header says; None where it had none."""

    async def send(
        self,
        operation: Operation,
        *,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
        body: Any | None = None,
        idempotency_key: str | None = None,
        request_id: str | None = None,
        read_timeout: float | None = None,
        time_budget: float | None = None,
        accept: str = JSON,
    ) -> Any:
        """Call an operation, again where that is safe and helps, and give back what it answered.

        A write is shielded: once a try has begun, cancelling the caller (by an anyio cancel scope, as the MCP SDK does)
        does not abort it; it ends by its own time budget. It then returns or raises as usual, so that the outcome can
        be recorded, and the cancellation is delivered at the caller's next `await`. Waits between tries are not
        shielded: nothing is on its way then. A native `asyncio.Task.cancel()` is not held off.

        Args:
            operation: The row of the API's map; its risk, not its method, decides whether it is a read.
            path: The path's parameters.
            query: The query's parameters (`addresses.encode_query` names the types).
            body: JSON data, or None for no body; fields of an object may be files (`addresses.FileContent`).
            idempotency_key: Sent as `Idempotency-Key`; undocumented at Preo, so nothing relies on it.
            request_id: The `X-Request-Id` of all tries; random without it.
            read_timeout: Seconds to wait for an answer, instead of the connection's.
            time_budget: Seconds for all tries and waits together, instead of the connection's.
            accept: The media type of the answer; for anything but JSON, such as text/csv, the text is given back.

        Returns:
            The answer's decoded JSON, or its text where that was asked for; None when the answer is empty.

        Raises:
            PreoError: One of its kinds (see `errors`); `AmbiguousOutcomeError` only for writes.
            TypeError: Path parameters or types that do not belong to the operation: a mistake in the calling code.
            RuntimeError: The client is closed.
        """
        transport = self._open()
        request_id = request_id or new_request_id()
        real = self._operations.corrected.get(operation)
        sent_query, sent_body = real.sent(query, body) if real else (dict(query or {}), body)
        sent_operation = real.operation if real else operation
        call = Outgoing(
            operation=sent_operation,
            method=real.method if real else operation.method,
            connection=self._connection,
            url=self._url(sent_operation, path, sent_query),
            headers=self._headers(request_id, accept, idempotency_key, has_body=body is not None),
            content=None if body is None else encode_body(operation, sent_body),
            request_id=request_id,
            read_timeout=self._connection.read_timeout if read_timeout is None else read_timeout,
            time_budget=self._connection.time_budget if time_budget is None else time_budget,
            accept=accept,
            our_names=real.blamed if real else None,
        )
        answer = await self._run(transport, call)
        return real.response.incoming(answer) if real else answer

    async def aclose(self) -> None:
        """Close the connections; the client cannot be used afterwards."""
        self._closed = True
        if self._transport is not None:
            await self._transport.aclose()

    async def _run(self, transport: httpx.AsyncBaseTransport, call: Outgoing) -> Any:
        """Try `call` until it succeeds, must not be tried again, or runs out of tries or time."""
        deadline = self._timing.monotonic() + call.time_budget
        tries = 1
        while isinstance(result := await self._try(transport, call, deadline, tries), Setback):
            wait = wait_before_next(
                call.operation,
                result.failure,
                tries=tries,
                retry_after=result.retry_after,
                remaining=deadline - self._timing.monotonic(),
                draw=self._timing.draw(),
            )
            if wait is None:
                raise result.error
            await self._timing.sleep(wait)
            tries += 1
        return result.value

    async def _try(
        self, transport: httpx.AsyncBaseTransport, call: Outgoing, deadline: float, number: int
    ) -> Answer | Setback:
        started = self._timing.monotonic()
        with asked(call.operation) as one:
            response = await exchange(transport, call, deadline - started)
            answered = isinstance(response, Received)
            one.answered(response.status) if answered else one.failed(response.failure)
        _log.debug(
            "%s %s → %s in %.0f ms, try %d",
            call.method,
            call.operation.path,
            response.status if answered else response.failure,
            (self._timing.monotonic() - started) * 1000,
            number,
        )
        if not answered:
            return response
        self.talks_to_sandbox = response.headers.get(SANDBOX_HEADER) == "true"
        self.date = response.headers.get("Date")
        return read_response(call, response, self._timing)

    def _open(self) -> httpx.AsyncBaseTransport:
        if self._closed:
            raise RuntimeError("The Preo client is closed")
        if self._transport is None:  # no await between this test and the assignment: two first calls share one
            quiet_http_libraries()
            self._transport = self._given or _transport_to(self._connection)
        return self._transport

    def _headers(self, request_id: str, accept: str, idempotency_key: str | None, *, has_body: bool) -> dict[str, str]:
        headers = {**self._every_request(), REQUEST_ID_HEADER: request_id, "Accept": accept}
        if has_body:
            headers["Content-Type"] = "application/json"
        if idempotency_key is not None:
            headers[IDEMPOTENCY_HEADER] = idempotency_key
        return headers

    def _url(self, operation: Operation, path: Mapping[str, str] | None, query: Mapping[str, Any] | None) -> httpx.URL:
        address = self._connection.base_url + fill_path(operation, path or {}, self._operations.paths)
        encoded_query = encode_query(operation, query)
        try:
            return httpx.URL(f"{address}?{encoded_query}" if encoded_query else address)
        except httpx.InvalidURL:
            why = "the query is too long; nothing was sent"
        raise ValidationError(f"{operation.title} failed", why, "Shorten the filters, then call again.")


def _transport_to(connection: Connection) -> httpx.AsyncBaseTransport:
    """Return the way to the API's host, by a proxy where the environment names one for it."""
    # Plain http goes to this machine only; a proxy from the environment would see the token.
    trusts = connection.is_encrypted
    return httpx.AsyncHTTPTransport(trust_env=trusts, proxy=_proxy_to(connection.host) if trusts else None)


def _proxy_to(host: str) -> str | None:
    named = getproxies()
    proxy = named.get("https") or named.get("all")
    if not proxy or proxy_bypass(host):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"
