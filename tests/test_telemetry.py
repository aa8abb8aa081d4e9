"""Spans, metrics and the log: what they tell of calls and requests, and that nothing of customers is in them."""

import json
import re
import subprocess
import sys
from typing import Any

import pytest
from mcp.server import MCPServer

from preo_mcp.api.operations import GET_ORDER, GET_USER, GET_USER_INFO, UPDATE_USER
from tests.observed import EMAIL, Observed


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Observed:
    folder = tmp_path_factory.mktemp("observed")
    ran = subprocess.run(
        [sys.executable, "-m", "tests.observed", str(folder)], capture_output=True, text=True, check=False, timeout=120
    )
    assert ran.returncode == 0, ran.stderr
    return Observed(**json.loads(ran.stdout))


def points(seen: Observed, name: str) -> list[dict[str, Any]]:
    return [point["attributes"] for point in seen.points if point["name"] == name]


def test_each_call_is_counted_with_how_it_ended(seen: Observed) -> None:
    counted = {
        (one["gen_ai.tool.name"], one["preo_mcp.ended"]) for one in points(seen, "mcp.server.operation.duration")
    }
    assert {("list_users", "done"), ("get_user", "done"), ("get_order", "refused"), ("update_user", "done")} <= counted


def test_each_request_is_counted_by_its_path_without_ids(seen: Observed) -> None:
    counted = points(seen, "http.client.request.duration")
    paths = {(one["http.request.method"], one["url.template"], one["http.response.status_code"]) for one in counted}
    assert {("GET", GET_USER.path, 200), ("GET", GET_ORDER.path, 404)} <= paths
    assert any(path == UPDATE_USER.path for _, path, _ in paths)
    assert all("error.type" in one for one in counted if one["http.response.status_code"] >= 400)


def test_a_request_is_a_span_within_that_of_its_call(seen: Observed) -> None:
    [call] = [span for span in seen.spans if span["name"] == "tools/call get_user"]
    requests = [span for span in seen.spans if span["parent_id"] == call["context"]["span_id"]]
    assert [request["name"] for request in requests] == [f"GET {GET_USER.path}", f"GET {GET_USER_INFO.path}"]
    assert all(request["kind"] == "SpanKind.CLIENT" for request in requests)
    assert all(request["attributes"]["http.response.status_code"] == 200 for request in requests)


def test_the_log_has_a_line_for_each_call_in_its_trace(seen: Observed) -> None:
    lines = [json.loads(line) for line in seen.log]
    traces = {span["context"]["trace_id"].removeprefix("0x") for span in seen.spans}
    [call] = [one for one in lines if one.get("tool") == "get_user"]
    assert call["ended"] == "done"
    assert call["seconds"] >= 0
    assert call["trace_id"] in traces
    assert next(one for one in lines if one.get("tool") == "get_order")["ended"] == "refused"


def test_nothing_of_customers_is_in_any_of_it(seen: Observed) -> None:
    for told in (seen.spans, seen.points, seen.log):
        text = json.dumps(told, ensure_ascii=False)
        assert not re.search(r"[\w.]+@[\w.]+", text), "an e-mail address"
        for private in (EMAIL, "Kirsten", "Holm", "+45", "sandbox-admin"):
            assert private not in text


def test_what_a_host_makes_up_names_no_span(seen: Observed) -> None:
    names = [span["name"] for span in seen.spans]
    assert {"tools/call", "prompts/get", "resources/read"} <= set(names)
    assert all(span["status"].keys() == {"status_code"} for span in seen.spans), "no text of an error"


def test_ours_stands_in_place_of_the_span_of_the_package() -> None:
    assert type(MCPServer("any").middleware[0]).__name__ == "OpenTelemetryMiddleware"
