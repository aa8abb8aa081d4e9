"""What holds for every request to the sandbox: who calls, what they send, how they are refused."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from preo_mcp.api.operations import OPERATIONS
from preo_mcp.sandbox.app import ENDPOINTS, create_app
from preo_mcp.sandbox.bodies import DEFAULT_LIMIT
from preo_mcp.sandbox.data_imports.upload import FIELDS_LIMIT, UPLOAD_LIMIT
from preo_mcp.sandbox.in_process import SANDBOX_URL
from preo_mcp.sandbox.store import Store

LIST = "/v1/data-imports"
EXTERNAL = "/v1/data-imports/external-orders"
JSON = {"Content-Type": "application/json"}


async def test_without_a_token_nobody_gets_in(connect: Any) -> None:
    answer = await connect(None).get(LIST)
    assert answer.status_code == 401
    assert answer.json() == {"detail": "Authentication credentials were not provided."}
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    answer = await connect("sandbox-unknown").get(LIST)
    assert (answer.status_code, answer.json()) == (401, {"detail": "Invalid token."})


@pytest.mark.parametrize(
    ("header", "status"),
    [("bearer sandbox-admin", 200), ("Basic sandbox-admin", 401), ("Bearer", 401), ("sandbox-admin", 401), ("", 401)],
)
async def test_schemes(connect: Any, header: str, status: int) -> None:
    answer = await connect(None).get(LIST, headers={"Authorization": header})
    assert answer.status_code == status


async def test_every_operation_asks_for_a_token_first(connect: Any) -> None:
    for endpoint in ENDPOINTS:
        path = endpoint.operation.path.replace("{id}", "x")
        answer = await connect(None).request(endpoint.operation.method, path, content=b"{")
        assert answer.status_code == 401, endpoint.operation.title


async def test_every_answer_says_that_it_is_the_sandbox(connect: Any, admin: httpx.AsyncClient) -> None:
    for answer in (await admin.get(LIST), await admin.get("/nowhere"), await connect(None).get(LIST)):
        assert answer.headers["Preo-Sandbox"] == "true"


async def test_unknown_routes_and_methods(admin: httpx.AsyncClient) -> None:
    for path in ("/", "/v1", "/v1/nothing", "/v1/data-imports/", "/v1/data-imports/x/unknown"):
        answer = await admin.get(path)
        assert (answer.status_code, answer.json()) == (404, {"detail": "Not found."}), path
    answer = await admin.put(LIST)
    assert (answer.status_code, answer.json()) == (405, {"detail": 'Method "PUT" not allowed.'})
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "POST"}
    assert (await admin.delete("/v1/data-imports/x")).status_code == 405
    assert (await admin.get(EXTERNAL)).status_code in (404, 405)
    assert (await admin.head(LIST)).status_code == 200


@pytest.mark.parametrize("path", [LIST, EXTERNAL])
@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"", JSON, 400),
        (b"{", JSON, 400),
        (b'{"edition_id": NaN}', JSON, 400),
        (b'{"edition_id": "\xff"}', JSON, 400),
        (b"[" * 100_000, JSON, 400),
        (b"1" * 5000, JSON, 400),
        (b"[]", JSON, 400),
        (b"null", JSON, 400),
        (b"{}", {"Content-Type": "application/json; charset=utf-8"}, 400),
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b"{}", {}, 415),
        (b"a=1", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
    ],
)
async def test_bodies_that_are_no_json_object(
    admin: httpx.AsyncClient, path: str, content: bytes, headers: dict[str, str], status: int
) -> None:
    answer = await admin.post(path, content=content, headers=headers)
    assert answer.status_code == status
    assert isinstance(answer.json(), dict)


async def test_what_is_wrong_with_the_type_is_said(admin: httpx.AsyncClient) -> None:
    answer = await admin.post(LIST, content=b"x", headers={"Content-Type": "text/csv"})
    assert answer.json() == {"detail": 'Unsupported media type "text/csv" in request.'}
    answer = await admin.post(EXTERNAL, content=b"[1]", headers=JSON)
    assert answer.json() == {"non_field_errors": ["Invalid data. Expected a dictionary, but got list."]}
    answer = await admin.post(EXTERNAL, content=b"{oops}", headers=JSON)
    assert answer.json()["detail"].startswith("JSON parse error - ")


async def test_an_announced_size_is_refused_at_once(admin: httpx.AsyncClient, store: Store) -> None:
    for path, limit in ((LIST, UPLOAD_LIMIT), (EXTERNAL, DEFAULT_LIMIT)):
        for announced in (str(limit + 1), "9" * 5000):
            sent = 0

            async def endless() -> AsyncIterator[bytes]:
                nonlocal sent
                while True:
                    sent += 1
                    yield b" " * 1024

            answer = await admin.post(path, content=endless(), headers={**JSON, "Content-Length": announced})
            assert answer.status_code == 413
            assert str(limit) in answer.json()["detail"]
            assert sent < 10
    assert list(store.files.iterdir()) == []


async def test_a_body_that_turns_out_too_large_is_refused(admin: httpx.AsyncClient, store: Store) -> None:
    async def large(size: int) -> AsyncIterator[bytes]:
        for _ in range(size // 65536 + 1):
            yield b" " * 65536

    assert (await admin.post(EXTERNAL, content=large(DEFAULT_LIMIT), headers=JSON)).status_code == 413
    assert (await admin.post(LIST, content=large(FIELDS_LIMIT), headers=JSON)).status_code == 413
    assert list(store.files.iterdir()) == []


async def test_nested_errors_stand_where_the_fault_is(admin: httpx.AsyncClient) -> None:
    orders: list[Any] = [
        {"email": "a@example.com", "order_id": "1", "items": [{"product_id": "p", "quantity": 1}]},
        {"email": 7, "items": [{"product_id": "p", "quantity": 1}, {"quantity": "x", "option_ids": [1]}]},
        "order",
    ]
    answer = await admin.post(EXTERNAL, json={"edition_id": "e", "orders": orders})
    assert answer.status_code == 400
    assert answer.json() == {
        "orders": [
            {},
            {
                "email": ["Not a valid string."],
                "order_id": ["This field is required."],
                "items": [
                    {},
                    {
                        "product_id": ["This field is required."],
                        "quantity": ["A valid integer is required."],
                        "option_ids": {"0": ["Not a valid string."]},
                    },
                ],
            },
            {"non_field_errors": ["Invalid data. Expected a dictionary."]},
        ]
    }


async def test_unknown_fields_and_parameters_are_ignored(admin: httpx.AsyncClient) -> None:
    content: dict[str, Any] = {"edition_id": "edt_nordlys27", "orders": [], "unknown": 1}
    assert (await admin.post(EXTERNAL, json=content)).status_code == 200
    assert (await admin.get(LIST, params={"unknown": "x", "page": ""})).status_code == 200


async def test_a_fault_is_answered_and_its_kind_alone_is_logged(
    admin: httpx.AsyncClient, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    store.db.execute("DROP TABLE data_imports")
    answer = await admin.get(LIST)
    assert (answer.status_code, answer.json()) == (500, {"detail": "A server error occurred."})
    assert answer.headers["Preo-Sandbox"] == "true"
    [record] = caplog.records
    assert record.getMessage() == "a request failed: OperationalError"
    assert record.exc_info is None


async def test_openapi_describes_what_is_mounted(connect: Any) -> None:
    document = (await connect(None).get("/v1/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    described = {(path, method) for path, methods in document["paths"].items() for method in methods}
    assert described == {(row.operation.path, row.operation.method.lower()) for row in ENDPOINTS}
    assert len({row.operation for row in ENDPOINTS}) == len(ENDPOINTS)
    assert {row.operation for row in ENDPOINTS} <= set(OPERATIONS)
    create = document["paths"][LIST]["post"]
    assert "201" in create["responses"]
    assert create["requestBody"]["required"]
    mappings = document["paths"]["/v1/data-imports/{id}/column-mappings"]["get"]
    names = {parameter["name"] for parameter in mappings["parameters"]}
    assert {"id", "page", "page_size", "stage", "ordering", "include_cancelled"} <= names
    references = json.dumps(document).split('"$ref": "#/components/schemas/')[1:]
    assert {text.partition('"')[0] for text in references} <= set(document["components"]["schemas"])


async def test_control_plane_needs_no_token(connect: Any) -> None:
    client = connect(None)
    state = (await client.get("/__sandbox/state")).json()
    assert (state["customers"], state["orders"]) == (2000, 5000)
    assert sum(edition["orders"] for edition in state["editions"].values()) == 5000
    assert all(sum(edition["orders_by_type"].values()) == edition["orders"] for edition in state["editions"].values())
    for after in ("", "0", "x", "9" * 40, "-1"):
        assert (await client.get("/__sandbox/events", params={"after": after})).json() == []


async def test_events_are_given_from_a_place_on(connect: Any, admin: httpx.AsyncClient) -> None:
    orders = [
        {"email": "a@example.com", "order_id": f"E{at}", "items": [{"product_id": "prd_n27_day", "quantity": 1}]}
        for at in range(3)
    ]
    await admin.post(EXTERNAL, json={"edition_id": "edt_nordlys27", "orders": orders})
    seen: list[int] = []
    while len(seen) < 3:
        after = seen[-1] if seen else 0
        events = (await connect(None).get("/__sandbox/events", params={"after": after})).json()
        seen += [event["sequence"] for event in events]
    assert seen == sorted(set(seen))


def test_an_app_is_made_without_running_anything(store: Store) -> None:
    app = create_app(store, patience=0.5)
    assert isinstance(app, Starlette)
    assert app.state.jobs.patience == 0.5
    assert SANDBOX_URL.startswith("https://")
