"""Answers that are text and not JSON: given back as they are, and only if they are what was asked for."""

import httpx
import pytest

from preo_mcp.api import errors
from preo_mcp.api.operations import EXPORT_SEGMENT_USERS
from tests.client.scripted_api import Clock, Script, call, client_for, failure_of

CSV = "text/csv"
TEXT = "\ufeffid,name\r\nusr_1,Søren\r\n"


def answer(content: bytes, content_type: str) -> httpx.Response:
    return httpx.Response(200, content=content, headers={"Content-Type": content_type})


@pytest.mark.parametrize("content_type", ["text/csv", "text/csv; charset=utf-8", "Text/CSV;header=present"])
async def test_text_is_given_back_as_it_is(content_type: str) -> None:
    script = Script(Clock(), answer(TEXT.encode(), content_type))
    assert await call(client_for(script), EXPORT_SEGMENT_USERS, accept=CSV) == TEXT
    [request] = script.requests
    assert request.headers["Accept"] == CSV


async def test_json_is_asked_for_otherwise() -> None:
    script = Script(Clock(), None)
    await call(client_for(script), EXPORT_SEGMENT_USERS)
    assert script.requests[0].headers.get_list("Accept") == ["application/json"]


async def test_an_empty_text_is_no_failure() -> None:
    script = Script(Clock(), httpx.Response(200, headers={"Content-Type": CSV, "Content-Length": "0"}))
    assert await call(client_for(script), EXPORT_SEGMENT_USERS, accept=CSV) is None


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"<html><title>Log in</title>", "text/html"),
        (b'{"id": "x"}', "application/json"),
        (b"id\n", ""),
        ("Søren".encode("latin-1"), "text/csv"),
    ],
)
async def test_anything_else_is_a_failure(content: bytes, content_type: str) -> None:
    error = await failure_of(
        client_for(Script(Clock(), answer(content, content_type))), EXPORT_SEGMENT_USERS, accept=CSV
    )
    assert type(error) is errors.ServerError
    assert "cut off or is not text/csv" in error.why


async def test_refusals_are_read_as_ever_and_reads_are_tried_again() -> None:
    refusal = httpx.Response(400, json={"detail": "The segment is draft."})
    script = Script(Clock(), httpx.Response(503), refusal)
    error = await failure_of(client_for(script), EXPORT_SEGMENT_USERS, accept=CSV)
    assert type(error) is errors.ValidationError
    assert error.why == "The segment is draft."
    assert len(script.requests) == 2
