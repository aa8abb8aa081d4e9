"""Paths, queries and bodies: an argument can never address another operation."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, unquote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preo_mcp.api.errors import ValidationError
from preo_mcp.api.operations import (
    GET_DATA_IMPORT,
    GET_EDITION,
    GET_WEBHOOK_DELIVERY,
    IMPORT_EXTERNAL_ORDERS,
    LIST_ORDERS,
    UPDATE_EDITION,
)
from preo_mcp.client.addresses import LONGEST_ID, encode_body, encode_query, fill_path


def test_parameters_are_filled_in() -> None:
    path = fill_path(GET_WEBHOOK_DELIVERY, {"id": "wh_1", "delivery_id": "dl_2"})
    assert path == "/v1/webhooks/wh_1/deliveries/dl_2"
    assert fill_path(LIST_ORDERS, {}) == "/v1/orders"


@pytest.mark.parametrize("value", ["edt_1", "a b".replace(" ", "+"), "ø", "a&b=c", "x:y@z", "...", "{id}", "a\u202eb"])
def test_a_value_stays_one_segment(value: str) -> None:
    path = fill_path(GET_EDITION, {"id": value})
    sent = httpx.URL("https://api.preo.dev" + path).raw_path.decode("ascii")
    assert sent == path
    assert sent.count("/") == 3
    assert unquote(sent.removeprefix("/v1/editions/")) == value


@pytest.mark.parametrize(
    "value",
    [
        "",
        ".",
        "..",
        "../orders",
        "a/b",
        "/",
        "\\",
        "..\\x",
        "%2e%2e",
        "%2F",
        "a?x=1",
        "a#b",
        "a;b",
        "a b",
        "a\tb",
        "a\n",
        "a\x00",
        "\x7f",
        "\u2028",
        "\ud800",
        "x" * (LONGEST_ID + 1),
    ],
)
def test_a_value_that_could_lead_elsewhere_is_refused(value: str) -> None:
    with pytest.raises(ValidationError) as caught:
        fill_path(GET_EDITION, {"id": value})
    assert caught.value.what == "Get edition details failed"
    assert list(caught.value.fields) == ["id"]
    assert not value or len(value) < 2 or value not in str(caught.value)


@given(st.text())
def test_any_text_is_one_segment_or_refused(value: str) -> None:
    try:
        path = fill_path(GET_EDITION, {"id": value})
    except ValidationError:
        return
    url = httpx.URL("https://api.preo.dev").join(path)
    assert (url.host, url.query, url.fragment) == ("api.preo.dev", b"", "")
    segments = url.raw_path.decode("ascii").split("/")
    assert segments[:3] == ["", "v1", "editions"]
    assert [unquote(segment) for segment in segments[3:]] == [value]


@pytest.mark.parametrize("name", ["field-choices", "external-orders"])
def test_an_id_cannot_be_the_name_of_another_operation(name: str) -> None:
    operation = GET_EDITION if name == "field-choices" else GET_DATA_IMPORT
    with pytest.raises(ValidationError, match="another operation"):
        fill_path(operation, {"id": name})
    assert fill_path(IMPORT_EXTERNAL_ORDERS, {}).endswith("/external-orders")


@pytest.mark.parametrize("values", [{}, {"id": "a", "other": "b"}, {"edition_id": "a"}])
def test_missing_and_unknown_parameters_are_mistakes_of_the_code(values: dict[str, str]) -> None:
    with pytest.raises(TypeError, match="Get edition details takes"):
        fill_path(GET_EDITION, values)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        ("", "q="),
        (True, "q=true"),
        (False, "q=false"),
        (0, "q=0"),
        (1.5, "q=1.5"),
        ("a+b c&d=é/", "q=a%2Bb%20c%26d%3D%C3%A9%2F"),
        (["name", "-created"], "q=name&q=-created"),
        (("a", None, True), "q=a&q=true"),
        ([], ""),
        (date(2026, 7, 1), "q=2026-07-01"),
        (datetime(2026, 7, 1, 12, 30, tzinfo=UTC), "q=2026-07-01T12%3A30%3A00Z"),
        (datetime(2026, 7, 1, 1, tzinfo=timezone(timedelta(hours=2))), "q=2026-06-30T23%3A00%3A00Z"),
    ],
)
def test_query_values(value: Any, expected: str) -> None:
    assert encode_query(LIST_ORDERS, {"q": value}) == expected


def test_no_query() -> None:
    assert encode_query(LIST_ORDERS, None) == ""


@given(st.dictionaries(st.text(min_size=1), st.lists(st.text())))
def test_queries_come_through_httpx_unchanged(values: dict[str, list[str]]) -> None:
    pairs = [(name, text) for name, texts in values.items() for text in texts]
    try:
        query = encode_query(LIST_ORDERS, values)
    except ValidationError:
        assert any("\ud800" <= char <= "\udfff" for pair in pairs for text in pair for char in text)
        return
    url = httpx.URL(f"https://api.preo.dev/v1/orders?{query}")
    assert parse_qsl(url.query.decode("ascii"), keep_blank_values=True) == pairs


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (datetime(2026, 7, 1), "no timezone"),
        (datetime.min.replace(tzinfo=timezone(timedelta(hours=2))), "too early"),
        ("\ud800", "surrogate"),
    ],
)
def test_query_values_that_are_refused(value: Any, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        encode_query(LIST_ORDERS, {"created_after": value})


def test_a_type_that_no_query_carries_is_a_mistake_of_the_code() -> None:
    with pytest.raises(TypeError, match="created_after of type dict"):
        encode_query(LIST_ORDERS, {"created_after": {"a": 1}})


def test_bodies_are_compact_json() -> None:
    body = {"name": "Sommer ø", "n": [1, None, True], "half": "\ud800"}
    encoded = encode_body(UPDATE_EDITION, body)
    assert isinstance(encoded, bytes)
    assert json.loads(encoded) == body
    assert b" :" not in encoded
    assert b'{"name":"' in encoded


def test_bodies_that_json_cannot_express() -> None:
    endless: list[Any] = []
    endless.append(endless)
    for body in ({"fee": float("nan")}, {"fee": float("inf")}, endless):
        with pytest.raises(ValidationError, match="JSON cannot express") as caught:
            encode_body(UPDATE_EDITION, body)
        assert caught.value.__context__ is None
