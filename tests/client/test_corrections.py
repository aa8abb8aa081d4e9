"""The corrections file: what it changes on the wire, and what it must not be able to do."""

import json
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from preo_mcp import cli
from preo_mcp.api.errors import ConfigurationError, NotFoundError, ValidationError
from preo_mcp.api.operations import (
    CREATE_SEGMENT,
    GET_CAMPAIGN,
    GET_EDITION,
    GET_WEBHOOK_DELIVERY,
    LIST_ORDERS,
    SEND_CAMPAIGN,
    UPDATE_SEGMENT,
    Operation,
)
from preo_mcp.backend import Backend
from preo_mcp.client.connection import Connection
from preo_mcp.client.corrections import LARGEST_FILE, CorrectionsFile, applied, read_corrections
from preo_mcp.client.preo_client import PreoClient
from preo_mcp.client.renames import NotAPlace
from preo_mcp.settings import Settings

API = "https://api.example/prefix"


async def sent(
    operations: dict[str, Any], operation: Operation, answer: httpx.Response, **call: Any
) -> tuple[httpx.Request, Any]:
    """Return what went out of a corrected client, and what came of it: the answer or the error."""
    requests: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return answer

    real = applied(CorrectionsFile.model_validate({"operations": operations}))
    client = PreoClient(Connection(API, "s3cret"), transport=httpx.MockTransport(respond), operations=real)
    try:
        outcome = await client.send(operation, **call)
    except (NotFoundError, ValidationError, ConfigurationError) as exc:
        outcome = exc
    await client.aclose()
    return (requests or [httpx.Request("GET", "https://nothing.sent")])[0], outcome


async def test_path_method_query_and_answer_are_corrected() -> None:
    delivery = {
        "path": "/v2/hooks/{hook}/deliveries/{id}/",
        "path_parameters": {"id": "hook", "delivery_id": "id"},
    }
    key = f"GET {GET_WEBHOOK_DELIVERY.path}"
    request, _ = await sent(
        {key: delivery}, GET_WEBHOOK_DELIVERY, httpx.Response(200, json={}), path={"id": "w", "delivery_id": "d"}
    )
    assert str(request.url) == f"{API}/v2/hooks/w/deliveries/d/"
    orders = {
        "query": {"customer_email": "email"},
        "query_values": {"status": {"cancelled": "canceled"}},
        "response": {"results": "rows", "results[].id": "uid"},
    }
    query = {"customer_email": "ø@x", "status": "cancelled", "ordering": ["name", "-name"], "page": 1}
    request, answer = await sent(
        {"GET /v1/orders": orders}, LIST_ORDERS, httpx.Response(200, json={"rows": [{"uid": 1}]}), query=query
    )
    assert request.url.query == b"email=%C3%B8%40x&status=canceled&ordering=name&ordering=-name&page=1"
    assert answer == {"results": [{"id": 1}]}
    request, _ = await sent(
        {"PATCH /v1/segments/{id}": {"method": "PUT"}},
        UPDATE_SEGMENT,
        httpx.Response(200, json={}),
        path={"id": "s"},
        body={"name": "x"},
    )
    assert (request.method, request.url.path) == ("PUT", "/prefix/v1/segments/s")


async def test_a_refusal_names_fields_as_the_caller_does() -> None:
    segment = {"POST /v1/segments": {"body": {"condition": "expression"}}}
    refusal = httpx.Response(400, json={"expression": ["Bad."]})
    body = {"condition": "x", "name": "n"}
    request, error = await sent(segment, CREATE_SEGMENT, refusal, body=body)
    assert json.loads(request.content) == {"expression": "x", "name": "n"}
    assert error.fields == {"condition": ("Bad.",)}
    _, error = await sent(segment, CREATE_SEGMENT, refusal, body={"condition": "x", "expression": "y"})
    assert "nothing was sent" in str(error)
    _, error = await sent(segment, CREATE_SEGMENT, httpx.Response(400, content=b"<html>no"), body=body)
    assert "web page" in str(error)


async def test_no_id_turns_a_corrected_path_into_another_operations() -> None:
    moved = {"GET /v1/editions/field-choices": {"path": "/v1/editions/choices"}}
    request, error = await sent(moved, GET_EDITION, httpx.Response(200, json={}), path={"id": "choices"})
    assert request.url.host == "nothing.sent"
    assert "name of another operation" in str(error)


async def test_a_corrected_path_is_no_longer_called_a_guess() -> None:
    send = {f"POST {SEND_CAMPAIGN.path}": {"path": "/v1/campaigns/{id}/dispatch"}}
    gone = httpx.Response(404, json={"detail": "Not found."})
    _, error = await sent(send, SEND_CAMPAIGN, gone, path={"id": "c"})
    assert "doctor" not in str(error)
    _, error = await sent({}, SEND_CAMPAIGN, gone, path={"id": "c"})
    assert "preo-mcp doctor --probe" in str(error)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no such operation": ({"GET /v1/nothing": {}}, "there is no operation"),
    "another host": ({"GET /v1/orders": {"path": "https://evil.example/v1/orders"}}, "not a path"),
    "another host without scheme": ({"GET /v1/orders": {"path": "//evil.example/v1/orders"}}, "not a path"),
    "user info": ({"GET /v1/orders": {"path": "/@evil.example"}}, "not a path"),
    "dots": ({"GET /v1/orders": {"path": "/v1/../admin"}}, "not a path"),
    "query": ({"GET /v1/orders": {"path": "/v1/orders?all=1"}}, "not a path"),
    "encoded": ({"GET /v1/orders": {"path": "/v1/%2e%2e/orders"}}, "not a path"),
    "empty": ({"GET /v1/orders": {"path": ""}}, "not a path"),
    "root": ({"GET /v1/orders": {"path": "/"}}, "not a path"),
    "parameter lost": ({"GET /v1/campaigns/{id}": {"path": "/v1/campaigns/mine"}}, "must have the parameters id"),
    "parameter twice": ({"GET /v1/campaigns/{id}": {"path": "/v1/{id}/{id}"}}, "each once"),
    "parameter unknown": ({"GET /v1/campaigns/{id}": {"path": "/v1/campaigns/{key}"}}, "must have the parameters id"),
    "read to write": ({"GET /v1/campaigns/{id}": {"method": "POST"}}, "cannot be POST"),
    "checking to deleting": ({"POST /v1/segments/validate": {"method": "DELETE"}}, "cannot be DELETE"),
    "write to read": ({"POST /v1/campaigns/{id}/send": {"method": "GET"}}, "cannot be GET"),
    "write to delete": ({"PATCH /v1/campaigns/{id}": {"method": "DELETE"}}, "cannot be DELETE"),
    "another's address": (
        {"POST /v1/campaigns/{id}/cancel": {"path": "/v1/campaigns/{id}/send"}},
        "is where Send campaign now is",
    ),
    "a read to a write": (
        {"POST /v1/email-messages/{id}/preview": {"path": "/v1/campaigns/{id}/send"}},
        "does not end in preview",
    ),
    "two at one address": (
        {"GET /v1/orders": {"path": "/v2/x"}, "GET /v1/users": {"path": "/v2/x/"}},
        "is where List orders is",
    ),
    "no place": ({"GET /v1/orders": {"response": {"a b": "c"}}}, "is not a place"),
    "two names": ({"GET /v1/orders": {"query": {"status": "s", "search": "s"}}}, "two are called"),
    "unknown key": ({"GET /v1/orders": {"url": "/v1/x"}}, "Extra inputs"),
    "unknown method": ({"GET /v1/orders": {"method": "TRACE"}}, "method"),
    "header smuggled": ({"GET /v1/orders": {"path": "/v1/orders\r\nX: y"}}, "not a path"),
}


@pytest.mark.parametrize(("operations", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_a_correction_must_not_do_stops_the_start(operations: dict[str, Any], reason: str, tmp_path: Path) -> None:
    path = tmp_path / "corrections.json"
    path.write_text(json.dumps({"version": 1, "operations": operations}), encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        read_corrections(path)
    what, why, next_step = str(caught.value).split(" · ")
    assert what == "preo-mcp did not start"
    assert reason in why
    assert "PREO_CORRECTIONS" in next_step


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"[]", b'{"version": 2}', b'{"version": 1, "x": 1}', b"\xff", b" " * (LARGEST_FILE + 1)]
)
def test_what_is_no_corrections_file_stops_the_start(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "corrections.json"
    path.write_bytes(content)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"PREO_{name.upper()}", raising=False)
    monkeypatch.setenv("PREO_TOKEN", "t")
    monkeypatch.setenv("PREO_CORRECTIONS", str(path))
    monkeypatch.setenv("PREO_STATE_FOLDER", str(tmp_path / "state"))
    with pytest.raises(SystemExit) as caught:
        cli.main([])
    assert caught.value.code == 2
    assert capsys.readouterr().err.startswith("preo-mcp did not start · the corrections file")


def test_a_missing_file_stops_the_start_and_the_sandbox_asks_for_none(tmp_path: Path) -> None:
    missing = tmp_path / "none.json"

    async def opened(**flags: Any) -> None:
        async with Backend.opened(Settings.load({}, {"corrections": missing, **flags})):
            pass

    with pytest.raises(ConfigurationError, match="cannot be read"):
        anyio.run(lambda: opened(token="t"))
    anyio.run(lambda: opened(sandbox=True))


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "corrections.json"
    path.write_text('{"version": 1}', encoding="utf-8")
    assert read_corrections(path).of(GET_CAMPAIGN).operation is GET_CAMPAIGN


@pytest.mark.parametrize(
    ("key", "correction", "says"),
    [
        ("POST /v1/segments/validate", {"path": "/v2/campaigns/send-now"}, "does not end in validate"),
        (
            "GET /v1/campaigns/{id}",
            {"response_values": {"status": {"draft": "sent", "sent": "draft"}}},
            "another value",
        ),
        ("GET /v1/campaigns/{id}", {"response_values": {"status": {"draft": "scheduled"}}}, "another value"),
        ("GET /v1/refunds/{id}", {"response": {"amount": "reason"}}, "another field"),
        ("GET /v1/segments/{id}", {"response": {"reachable_count": "user_count"}}, "another field"),
    ],
)
def test_no_correction_shows_one_thing_under_the_name_of_another(key: str, correction: Any, says: str) -> None:
    file = CorrectionsFile.model_validate({"operations": {key: correction}})
    with pytest.raises(NotAPlace, match=says):
        applied(file)


def test_a_reading_operation_may_move_with_its_last_word() -> None:
    moved = {"operations": {"POST /v1/segments/validate": {"path": "/v2/audiences/validate"}}}
    assert applied(CorrectionsFile.model_validate(moved)).corrected
