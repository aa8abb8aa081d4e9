"""Error bodies of Django REST Framework, and of whatever stands in front of it."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preo_mcp.client import answers as problems
from preo_mcp.client.answers import LONGEST_SUMMARY, MOST_FIELDS, MOST_MESSAGES, read_problem, short_line

DEEP = "[" * 150 + '"x"' + "]" * 150


@pytest.mark.parametrize(
    ("content", "summary", "fields"),
    [
        ({"detail": "Not found."}, "Not found.", {}),
        ({"detail": ["One.", "Two."]}, "One.; Two.", {}),
        ({"name": ["Required."]}, "name: Required.", {"name": ("Required.",)}),
        ({"name": ["Too long.", "Bad."]}, "name: Too long. Bad.", {"name": ("Too long.", "Bad.")}),
        ({"name": "Required."}, "name: Required.", {"name": ("Required.",)}),
        (
            {"orders": [{}, {"items": [{}, {}, {"quantity": ["A valid integer is required."]}]}]},
            "orders.1.items.2.quantity: A valid integer is required.",
            {"orders.1.items.2.quantity": ("A valid integer is required.",)},
        ),
        ({"non_field_errors": ["No."]}, "No.", {"non_field_errors": ("No.",)}),
        ({"orders": [{"non_field_errors": ["No."]}]}, "orders.0: No.", {"orders.0": ("No.",)}),
        ([{"quantity": ["Too small."]}], "0.quantity: Too small.", {"0.quantity": ("Too small.",)}),
        (["One.", "Two."], "One.; Two.", {}),
        ("Just text.", "Just text.", {}),
        ({"detail": "Wrong stage.", "stage": "completed"}, "Wrong stage.; stage: completed", {"stage": ("completed",)}),
        ({"count": 3, "ok": False, "none": None}, "count: 3; ok: False", {"count": ("3",), "ok": ("False",)}),
        ({"detail": "  line\none\r\n\ttwo  "}, "line one two", {}),
        ({"detail": "a\u202eb\u200bc\x1b[31md\x00"}, "abc[31md", {}),
        ({"a\nb\u202e": ["x"]}, "a b: x", {"a b": ("x",)}),
        ({}, "", {}),
        ([], "", {}),
        (None, "", {}),
    ],
)
def test_json_bodies(content: Any, summary: str, fields: dict[str, tuple[str, ...]]) -> None:
    problem = read_problem(json.dumps(content).encode())
    assert problem.summary == summary
    assert problem.fields == fields


@pytest.mark.parametrize(
    ("body", "summary"),
    [
        (b"", ""),
        (b"upstream connect error", "upstream connect error"),
        (b"Traceback: customer Jensen " + b"x" * 400, ""),
        (b"\xff\xfe\x00binary", ""),
        (b'{"detail": "cut of', '{"detail": "cut of'),
        (
            b"<html><head><title>502 Bad\nGateway &amp; co</title></head>",
            "a web page titled “502 Bad Gateway & co”, probably from a proxy and not from the API",
        ),
        (b"  <!DOCTYPE html><p>secret</p>", "a web page, probably from a proxy and not from the API"),
        (b'{"detail": "' + b"x" * problems.LARGEST_BODY + b'"}', ""),
        (DEEP.encode(), ""),
    ],
)
def test_other_bodies(body: bytes, summary: str) -> None:
    problem = read_problem(body)
    assert problem.summary == summary
    assert problem.fields == {}


def test_many_and_long_messages_are_bounded() -> None:
    content = {f"field{n}": [f"{m} " + "long " * 200 for m in range(50)] for n in range(100)}
    problem = read_problem(json.dumps(content).encode()[: problems.LARGEST_BODY])
    assert problem.summary == ""  # half a document is no document
    content = {f"field{n}": [f"{m} " + "x" * 400 for m in range(12)] for n in range(52)}
    problem = read_problem(json.dumps(content).encode())
    assert len(problem.summary) <= LONGEST_SUMMARY
    assert problem.summary.endswith("…")
    assert len(problem.fields) == MOST_FIELDS
    assert {len(messages) for messages in problem.fields.values()} == {MOST_MESSAGES}


@pytest.mark.parametrize("text", ["?" * 200_000, "<title" * 40_000, "<html>" + "<title" * 40_000, "[" * 200_000])
def test_hostile_bodies_are_read_quickly(text: str) -> None:
    started = time.process_time()
    read_problem(text.encode())
    read_problem(json.dumps({"detail": text}).encode())
    assert time.process_time() - started < 2


def test_hidden_texts_and_query_strings_do_not_come_through() -> None:
    body = json.dumps({"detail": "Bad s3cr\u200bet at /v1/orders?customer_email=a%40b.dk, why?", "s3cret": ["s3cret"]})
    problem = read_problem(body.encode(), hidden=("s3cret", ""))
    assert problem.summary == "Bad [hidden] at /v1/orders why?; [hidden]: [hidden]"
    assert problem.fields == {"[hidden]": ("[hidden]",)}


def test_a_hidden_text_is_taken_out_before_the_cut() -> None:
    assert "s3c" not in short_line("x" * 95 + " s3cret-token", 100, ("s3cret-token",))


@given(st.text(), st.integers(min_value=1, max_value=50))
def test_short_line_is_one_bounded_printable_line(text: str, limit: int) -> None:
    line = short_line(text, limit)
    assert len(line) <= limit
    assert line.isprintable()
    assert line == line.strip()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(json_values)
def test_any_json_is_read(content: Any) -> None:
    problem = read_problem(json.dumps(content).encode())
    assert len(problem.summary) <= LONGEST_SUMMARY
    assert problem.summary.isprintable()
    assert all(path.isprintable() and messages for path, messages in problem.fields.items())
