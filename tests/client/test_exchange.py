"""Which failures are tried again over the wire, what errors show, and what cancellation does to a try."""

import traceback
from typing import Any

import anyio
import anyio.abc
import anyio.lowlevel
import httpx
import pytest

from preo_mcp.api import errors
from preo_mcp.api.errors import PreoError
from preo_mcp.api.operations import (
    CREATE_DATA_IMPORT,
    DELETE_FILE,
    GET_EDITION,
    LIST_ORDERS,
    START_IMPORT,
    VALIDATE_COLUMN_MAPPINGS,
    Operation,
)
from preo_mcp.client.connection import Connection
from preo_mcp.client.preo_client import PreoClient
from preo_mcp.client.retries import BASE_WAIT, MOST_TRIES
from tests.client.scripted_api import (
    BASE_URL,
    ECHO,
    EMAIL,
    TOKEN,
    Clock,
    Script,
    Step,
    broken_gzip,
    call,
    client_for,
    everything_shown,
    failure_of,
    name_of,
)

RETRIED: list[tuple[Step, type[PreoError], int, type[PreoError], int]] = [
    # what fails, then for a read and for a write: the error and the number of tries
    (httpx.ConnectError, errors.NetworkError, MOST_TRIES, errors.NetworkError, MOST_TRIES),
    (httpx.ConnectTimeout, errors.NetworkError, MOST_TRIES, errors.NetworkError, MOST_TRIES),
    (httpx.PoolTimeout, errors.NetworkError, MOST_TRIES, errors.NetworkError, MOST_TRIES),
    (httpx.ProxyError, errors.NetworkError, MOST_TRIES, errors.NetworkError, MOST_TRIES),
    (httpx.ReadTimeout, errors.NetworkError, MOST_TRIES, errors.AmbiguousOutcomeError, 1),
    (httpx.WriteTimeout, errors.NetworkError, MOST_TRIES, errors.AmbiguousOutcomeError, 1),
    (httpx.ReadError, errors.NetworkError, MOST_TRIES, errors.AmbiguousOutcomeError, 1),
    (httpx.WriteError, errors.NetworkError, MOST_TRIES, errors.AmbiguousOutcomeError, 1),
    (httpx.CloseError, errors.NetworkError, MOST_TRIES, errors.AmbiguousOutcomeError, 1),
    (httpx.RemoteProtocolError, errors.NetworkError, MOST_TRIES, errors.AmbiguousOutcomeError, 1),
    (httpx.Response(429), errors.RateLimitError, MOST_TRIES, errors.RateLimitError, MOST_TRIES),
    (httpx.Response(502), errors.ServerError, MOST_TRIES, errors.AmbiguousOutcomeError, 1),
    (httpx.Response(503), errors.ServerError, MOST_TRIES, errors.AmbiguousOutcomeError, 1),
    (httpx.Response(504), errors.ServerError, MOST_TRIES, errors.AmbiguousOutcomeError, 1),
    (httpx.Response(500), errors.ServerError, 1, errors.AmbiguousOutcomeError, 1),
    (httpx.Response(400), errors.ValidationError, 1, errors.ValidationError, 1),
    (httpx.Response(401), errors.AuthenticationError, 1, errors.AuthenticationError, 1),
    (httpx.Response(403), errors.PermissionDeniedError, 1, errors.PermissionDeniedError, 1),
    (httpx.Response(404), errors.NotFoundError, 1, errors.NotFoundError, 1),
    (httpx.Response(409), errors.ConflictError, 1, errors.ConflictError, 1),
    (httpx.Response(307, headers={"Location": BASE_URL}), errors.ConfigurationError, 1, errors.ConfigurationError, 1),
    (broken_gzip, errors.NetworkError, 1, errors.AmbiguousOutcomeError, 1),
]


@pytest.mark.parametrize(("step", "on_read", "reads", "on_write", "writes"), RETRIED, ids=name_of)
async def test_retries(
    step: Step, on_read: type[PreoError], reads: int, on_write: type[PreoError], writes: int
) -> None:
    cases = ((GET_EDITION, on_read, reads), (VALIDATE_COLUMN_MAPPINGS, on_read, reads))
    for operation, kind, tries in (*cases, (START_IMPORT, on_write, writes), (DELETE_FILE, on_write, writes)):
        clock = Clock()
        script = Script(clock, step)
        error = await failure_of(client_for(script, clock), operation)
        assert type(error) is kind
        assert len(script.requests) == tries
        assert clock.slept == [BASE_WAIT, 2 * BASE_WAIT, 4 * BASE_WAIT][: tries - 1]
        assert {request.headers["X-Request-Id"] for request in script.requests} == {error.request_id}


@pytest.mark.parametrize("operation", [GET_EDITION, START_IMPORT])
async def test_a_retry_that_succeeds(operation: Operation) -> None:
    clock = Clock()
    script = Script(clock, httpx.ConnectError, httpx.Response(429), None)
    assert await call(client_for(script, clock), operation, idempotency_key="plan-1") == {"id": "x"}
    assert {request.headers["Idempotency-Key"] for request in script.requests} == {"plan-1"}


@pytest.mark.parametrize(
    ("retry_after", "slept"), [("7", [7]), ("0", [BASE_WAIT]), ("Wed, 01 Jul 2026 12:00:20 GMT", [20])]
)
@pytest.mark.parametrize("operation", [GET_EDITION, START_IMPORT])
async def test_retry_after_is_honoured(operation: Operation, retry_after: str, slept: list[float]) -> None:
    clock = Clock()
    script = Script(clock, httpx.Response(429, headers={"Retry-After": retry_after}), None)
    await call(client_for(script, clock), operation)
    assert clock.slept == slept


async def test_a_retry_after_beyond_the_budget_is_told_at_once() -> None:
    clock = Clock()
    script = Script(clock, httpx.Response(429, headers={"Retry-After": "60"}))
    error = await failure_of(client_for(script, clock), START_IMPORT)
    assert isinstance(error, errors.RateLimitError)
    assert error.retry_after == 60
    assert "Wait 60 s" in error.next_step
    assert (clock.slept, len(script.requests)) == ([], 1)


async def test_an_unavailable_server_is_left_alone_as_long_as_it_asks() -> None:
    clock = Clock()
    script = Script(clock, httpx.Response(503, headers={"Retry-After": "9"}), None)
    await call(client_for(script, clock), GET_EDITION)
    assert clock.slept == [9]


async def test_the_budget_ends_the_tries_and_bounds_the_last_one() -> None:
    clock = Clock()
    script = Script(clock, httpx.ReadTimeout, seconds=25)
    error = await failure_of(client_for(script, clock), GET_EDITION)
    assert type(error) is errors.NetworkError
    limits = [request.extensions["timeout"] for request in script.requests]
    assert [limit["read"] for limit in limits] == [30, 30, 60 - 2 * 25 - 3 * BASE_WAIT]
    assert [limit["connect"] for limit in limits] == [5, 5, limits[2]["read"] / 2]
    assert "no answer came within 9.25 s" in error.why


async def test_limits_of_one_call() -> None:
    clock = Clock()
    script = Script(clock, httpx.ReadTimeout, seconds=2)
    await failure_of(client_for(script, clock), GET_EDITION, read_timeout=2, time_budget=5)
    assert [request.extensions["timeout"]["read"] for request in script.requests] == [2, 2]


async def test_an_answer_that_drips_is_stopped_by_the_budget() -> None:
    async def never(request: httpx.Request) -> httpx.Response:
        await anyio.sleep_forever()
        raise AssertionError

    error = await failure_of(client_for(never), START_IMPORT, time_budget=0.02)
    assert type(error) is errors.AmbiguousOutcomeError
    assert "no whole answer came within the time budget of 0.02 s" in error.why
    error = await failure_of(client_for(never), GET_EDITION, time_budget=0.02)
    assert type(error) is errors.NetworkError


class Held:
    """A server that answers only when released."""

    def __init__(self) -> None:
        self.arrived = anyio.Event()
        self.release = anyio.Event()
        self.finished = False

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.arrived.set()
        await self.release.wait()
        self.finished = True
        return httpx.Response(200, json={"stage": "importing"})


@pytest.mark.parametrize(("operation", "finishes"), [(START_IMPORT, True), (GET_EDITION, False)])
async def test_cancelling_the_caller_aborts_a_read_but_not_a_write(operation: Operation, finishes: bool) -> None:
    server = Held()
    recorded: list[Any] = []
    went_on = False

    async def caller() -> None:
        nonlocal went_on
        recorded.append(await call(client_for(server), operation))
        await anyio.lowlevel.checkpoint()
        went_on = True

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(caller)
        await server.arrived.wait()
        tasks.cancel_scope.cancel()
        server.release.set()
    assert server.finished is finishes
    assert recorded == ([{"stage": "importing"}] if finishes else [])
    assert not went_on


async def test_a_write_of_a_cancelled_caller_is_not_begun() -> None:
    script = Script(Clock(), None)
    with anyio.CancelScope() as scope:
        scope.cancel()
        await call(client_for(script), START_IMPORT)
    assert script.requests == []


async def test_a_write_of_a_cancelled_caller_is_not_tried_again() -> None:
    scope = anyio.CancelScope()

    def cancel_and_refuse() -> httpx.Response:
        scope.cancel()
        return httpx.Response(429)

    script = Script(Clock(), cancel_and_refuse)
    client = client_for(script)
    with scope:
        await call(client, START_IMPORT)
    assert scope.cancelled_caught
    assert len(script.requests) == 1


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (httpx.ConnectError, "no connection to api.preo.dev could be made"),
        (httpx.PoolTimeout, "all connections to the API are busy"),
        (httpx.ProxyError, "the proxy of this network refused to connect to api.preo.dev"),
        (httpx.ReadError, "the connection was lost"),
    ],
)
async def test_reasons(step: Step, words: str) -> None:
    assert words in (await failure_of(client_for(Script(Clock(), step)), GET_EDITION)).why


async def test_an_unknown_certificate_is_named() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed", request=request)

    error = await failure_of(client_for(refuse), START_IMPORT)
    assert "the certificate of api.preo.dev could not be verified" in error.why


def with_locals(error: BaseException) -> str:
    """The traceback as error reporters show it: with the local variables of the package's frames."""
    report = traceback.TracebackException.from_exception(error, capture_locals=True)
    frames = [frame for frame in report.stack if "preo_mcp" in frame.filename]
    assert frames
    return str([frame.locals for frame in frames])


LEAKS: list[Step] = [
    httpx.ConnectError,
    httpx.ReadTimeout,
    httpx.RemoteProtocolError,
    *(httpx.Response(status, json=ECHO) for status in (302, 400, 401, 403, 404, 409, 429, 500, 503)),
    httpx.Response(200, content=f"<html><title>/?customer_email={EMAIL} {TOKEN}</title>".encode()),
]


@pytest.mark.parametrize("step", LEAKS, ids=name_of)
@pytest.mark.parametrize("operation", [LIST_ORDERS, CREATE_DATA_IMPORT])
async def test_no_error_shows_the_token_the_query_or_the_body(step: Step, operation: Operation) -> None:
    client = client_for(Script(Clock(), step))
    body = {"customer": EMAIL} if operation is CREATE_DATA_IMPORT else None
    error = await failure_of(client, operation, query={"customer_email": EMAIL}, body=body)
    shown = everything_shown(error) + repr(client)
    assert TOKEN not in shown + with_locals(error)
    assert EMAIL not in shown
    assert error.__cause__ is None
    assert error.__context__ is None


async def test_over_a_real_connection() -> None:
    """A server that drops the line: once at the door, once in the middle of its answer."""
    seen: list[bytes] = []
    answers = [b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"]

    async def serve(stream: anyio.abc.SocketStream) -> None:
        async with stream:
            seen.append(await stream.receive())
            await stream.send(answers[min(len(seen), len(answers)) - 1])

    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port: int = listener.extra(anyio.abc.SocketAttribute.local_port)
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, serve)
        client = PreoClient(Connection(f"http://127.0.0.1:{port}", TOKEN), timing=Clock().timing())
        assert type(await failure_of(client, START_IMPORT)) is errors.AmbiguousOutcomeError
        assert await call(client, GET_EDITION) == {}
        await client.aclose()
        tasks.cancel_scope.cancel()
    assert len(seen) == 2
    assert seen[0].startswith(b"POST /v1/data-imports/x_1/start-import HTTP/1.1\r\n")
    client = PreoClient(Connection(f"http://127.0.0.1:{port}", TOKEN), timing=Clock().timing())
    assert type(await failure_of(client, START_IMPORT)) is errors.NetworkError
    await client.aclose()
