"""What the client sends, reads, keeps and writes to the log."""

import json
import logging
from typing import Any

import anyio
import httpx
import pytest
from anyio.abc import SocketAttribute, SocketStream

from preo_mcp import __version__
from preo_mcp.api import errors
from preo_mcp.api.operations import CREATE_DATA_IMPORT, GET_EDITION, LIST_ORDERS, START_IMPORT
from preo_mcp.client.connection import Connection
from preo_mcp.client.preo_client import PreoClient
from tests.client.scripted_api import (
    BASE_URL,
    ECHO,
    EMAIL,
    TOKEN,
    Clock,
    Script,
    call,
    client_for,
    everything_shown,
    failure_of,
)


async def test_what_is_sent() -> None:
    script = Script(Clock(), None)
    client = client_for(script)
    body = {"name": "Ordrer ø", "file": "AAAA"}
    assert await client.send(CREATE_DATA_IMPORT, body=body, idempotency_key="plan-1") == {"id": "x"}
    await client.send(GET_EDITION, path={"id": "edt:1"})
    await client.send(LIST_ORDERS, query={"customer_email": EMAIL, "search": None, "ordering": ["-created", "name"]})
    create, get, listing = script.requests
    assert (create.method, str(create.url)) == ("POST", f"{BASE_URL}/v1/data-imports")
    assert json.loads(create.content) == body
    assert create.headers["Content-Type"] == "application/json"
    assert create.headers["Idempotency-Key"] == "plan-1"
    assert create.headers["Authorization"] == f"Bearer {TOKEN}"
    assert create.headers["User-Agent"] == f"preo-mcp/{__version__}"
    assert (get.method, get.url.raw_path, get.content) == ("GET", b"/v1/editions/edt%3A1", b"")
    assert dict(get.headers) == {
        "host": "api.preo.dev",
        "connection": "keep-alive",
        "user-agent": f"preo-mcp/{__version__}",
        "authorization": f"Bearer {TOKEN}",
        "x-request-id": get.headers["X-Request-Id"],
        "accept": "application/json",
        "accept-encoding": "gzip",
    }
    assert listing.url.query == b"customer_email=inger.jensen%40example.dk&ordering=-created&ordering=name"
    assert len({request.headers["X-Request-Id"] for request in script.requests}) == 3


async def test_header_scheme_and_path_prefix_are_settings() -> None:
    script = Script(Clock(), None)
    connection = Connection("https://proxy.example/preo/", TOKEN, "X-Api-Key", "")
    client = PreoClient(connection, transport=httpx.MockTransport(script))
    await client.send(LIST_ORDERS)
    assert str(script.requests[0].url) == "https://proxy.example/preo/v1/orders"
    assert script.requests[0].headers["X-Api-Key"] == TOKEN
    assert "Authorization" not in script.requests[0].headers


@pytest.mark.parametrize(
    ("response", "value"),
    [
        (httpx.Response(200, json=[1, None]), [1, None]),
        (httpx.Response(201, json={"name": "ø"}), {"name": "ø"}),
        (httpx.Response(204), None),
        (httpx.Response(202, content=b"", headers={"Content-Length": "0"}), None),
    ],
)
async def test_answers(response: httpx.Response, value: Any) -> None:
    for operation in (GET_EDITION, START_IMPORT):
        assert await call(client_for(Script(Clock(), response)), operation) == value


@pytest.mark.parametrize("content", [b'{"id": "x', b"<html><title>Log in</title>", b"\xff"])
async def test_unreadable_answers(content: bytes) -> None:
    script = Script(Clock(), httpx.Response(200, content=content))
    read = await failure_of(client_for(script), GET_EDITION)
    assert type(read) is errors.ServerError
    assert "200 OK, but the answer was cut off or is not JSON" in read.why
    write = await failure_of(client_for(script), START_IMPORT)
    assert type(write) is errors.AmbiguousOutcomeError
    assert len(script.requests) == 2


async def test_an_empty_answer_without_a_declared_length_may_have_been_cut_off() -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        async def nothing():
            for chunk in ():
                yield chunk

        return httpx.Response(200, content=nothing())

    assert type(await failure_of(client_for(respond), START_IMPORT)) is errors.AmbiguousOutcomeError


async def test_first_calls_at_once_share_one_transport(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[httpx.AsyncBaseTransport] = []
    closed: list[httpx.AsyncBaseTransport] = []

    class Transport(httpx.MockTransport):
        def __init__(self, **_: Any) -> None:
            super().__init__(Script(Clock(), None))
            built.append(self)

        async def aclose(self) -> None:
            closed.append(self)

    monkeypatch.setattr(httpx, "AsyncHTTPTransport", Transport)
    client = PreoClient(Connection(BASE_URL, TOKEN))
    assert built == []
    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(call, client, LIST_ORDERS)
    assert len(built) == 1
    await client.aclose()
    assert closed == built
    with pytest.raises(RuntimeError, match="closed"):
        await call(client, LIST_ORDERS)


async def test_closing_an_unused_client() -> None:
    await client_for(Script(Clock(), None)).aclose()


async def test_cookies_are_not_kept() -> None:
    script = Script(Clock(), httpx.Response(200, json={}, headers={"Set-Cookie": "sessionid=abc; Path=/"}))
    client = client_for(script)
    await call(client, LIST_ORDERS)
    await call(client, LIST_ORDERS)
    assert all("Cookie" not in request.headers for request in script.requests)


PROXY = "http://proxy.example:8080"


@pytest.mark.parametrize(
    ("base_url", "environment", "proxy"),
    [
        ("https://api.preo.dev", {}, None),
        ("https://api.preo.dev", {"HTTPS_PROXY": PROXY}, PROXY),
        ("https://api.preo.dev", {"https_proxy": "proxy.example:8080"}, PROXY),
        ("https://api.preo.dev", {"ALL_PROXY": PROXY}, PROXY),
        ("https://api.preo.dev", {"HTTP_PROXY": PROXY}, None),
        ("https://api.preo.dev", {"HTTPS_PROXY": PROXY, "NO_PROXY": "localhost,preo.dev"}, None),
        ("https://api.preo.dev", {"HTTPS_PROXY": PROXY, "NO_PROXY": "example.com"}, PROXY),
        ("https://api.preo.dev", {"HTTPS_PROXY": PROXY, "NO_PROXY": "*"}, None),
        ("http://localhost:1", {"HTTP_PROXY": PROXY, "HTTPS_PROXY": PROXY, "ALL_PROXY": PROXY}, None),
    ],
)
async def test_a_proxy_is_the_environments_and_never_for_plain_http(
    base_url: str, environment: dict[str, str], proxy: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[bool, str | None]] = []

    def build(*, trust_env: bool, proxy: str | None) -> httpx.MockTransport:
        seen.append((trust_env, proxy))
        return httpx.MockTransport(Script(Clock(), None))

    without_proxies(monkeypatch, environment)
    monkeypatch.setattr(httpx, "AsyncHTTPTransport", build)
    await call(PreoClient(Connection(base_url, TOKEN)), LIST_ORDERS)
    assert seen == [(base_url.startswith("https:"), proxy)]


async def test_a_proxy_is_asked_to_connect_and_may_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []

    async def refuse(stream: SocketStream) -> None:
        async with stream:
            asked.append(await stream.receive())
            await stream.send(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, refuse)
        port: int = listener.extra(SocketAttribute.local_port)
        without_proxies(monkeypatch, {"HTTPS_PROXY": f"http://127.0.0.1:{port}"})
        client = PreoClient(Connection(BASE_URL, TOKEN), timing=Clock().timing())
        why = (await failure_of(client, LIST_ORDERS)).why
        assert why.startswith("the proxy of this network refused to connect to api.preo.dev")
        await client.aclose()
        tasks.cancel_scope.cancel()
    assert {one.partition(b"\r\n")[0] for one in asked} == {b"CONNECT api.preo.dev:443 HTTP/1.1"}
    assert not any(TOKEN.encode() in one for one in asked)


def without_proxies(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> None:
    """Leave of the proxies that the environment names only those of `environment`."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


async def test_the_sandbox_is_recognised_by_its_last_answer() -> None:
    marker = {"Preo-Sandbox": "true"}
    steps = (httpx.Response(200, json={}, headers=marker), httpx.Response(404, headers=marker), None)
    client = client_for(Script(Clock(), *steps))
    assert not client.talks_to_sandbox
    await call(client, LIST_ORDERS)
    assert client.talks_to_sandbox
    await failure_of(client, LIST_ORDERS)
    assert client.talks_to_sandbox
    await call(client, LIST_ORDERS)
    assert not client.talks_to_sandbox


async def test_a_path_parameter_leads_nowhere_else() -> None:
    script = Script(Clock(), None)
    client = client_for(script)
    for value in ("", "..", "../orders", "a/b", "%2e%2e"):
        with pytest.raises(errors.ValidationError):
            await client.send(GET_EDITION, path={"id": value})
    for path in (None, {"edition": "x"}, {"id": "x", "extra": "y"}):
        with pytest.raises(TypeError):
            await client.send(GET_EDITION, path=path)
    assert script.requests == []


async def test_a_query_that_is_too_long_is_refused() -> None:
    error = await failure_of(client_for(Script(Clock(), None)), LIST_ORDERS, query={"search": EMAIL * 4000})
    assert type(error) is errors.ValidationError
    assert EMAIL not in everything_shown(error)
    assert error.__context__ is None


async def test_logs_show_the_template_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "preo_mcp")  # whatever a server that was started here before has set
    clock = Clock()
    client = client_for(Script(clock, httpx.ReadError, httpx.Response(503, json=ECHO), None, seconds=0.5), clock)
    await client.send(GET_EDITION, path={"id": "edt_hidden"}, query={"customer_email": EMAIL})
    assert [record.name for record in caplog.records] == ["preo_mcp.client.preo_client"] * 3
    assert [record.levelno for record in caplog.records] == [logging.DEBUG] * 3
    assert [record.getMessage() for record in caplog.records] == [
        "GET /v1/editions/{id} → answer lost in 500 ms, try 1",
        "GET /v1/editions/{id} → 503 in 500 ms, try 2",
        "GET /v1/editions/{id} → 200 in 500 ms, try 3",
    ]


async def test_loggers_that_are_quieter_already_stay_so() -> None:
    logging.getLogger("httpx").setLevel(logging.ERROR)
    await call(client_for(Script(Clock(), None)), LIST_ORDERS)
    assert logging.getLogger("httpx").level == logging.ERROR
    assert logging.getLogger("httpcore").level == logging.WARNING
    logging.getLogger("httpx").setLevel(logging.WARNING)
