"""Answers and failures become the right kind of error, with texts that a model can act on."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preo_mcp.api import errors
from preo_mcp.api.errors import AmbiguousOutcomeError, PreoError, RateLimitError, ValidationError
from preo_mcp.api.operations import GET_DATA_IMPORT, LIST_ORDERS, OPERATIONS, SEND_CAMPAIGN, START_IMPORT, Operation
from preo_mcp.client.answers import INFERRED_PATH, error_from_failure, error_from_response
from preo_mcp.client.retries import Failure, is_read

SECRET = "MARK-OF-A-SECRET"


def answer(operation: Operation, status: int, body: Any = None, **headers: str) -> PreoError:
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    return error_from_response(operation, status, headers, content, request_id="abc123")


@pytest.mark.parametrize(
    ("status", "on_read", "on_write"),
    [
        (200, errors.ServerError, errors.AmbiguousOutcomeError),
        (301, errors.ConfigurationError, errors.ConfigurationError),
        (303, errors.ConfigurationError, errors.AmbiguousOutcomeError),
        (308, errors.ConfigurationError, errors.ConfigurationError),
        (400, errors.ValidationError, errors.ValidationError),
        (401, errors.AuthenticationError, errors.AuthenticationError),
        (403, errors.PermissionDeniedError, errors.PermissionDeniedError),
        (404, errors.NotFoundError, errors.NotFoundError),
        (405, errors.NotFoundError, errors.NotFoundError),
        (408, errors.ServerError, errors.AmbiguousOutcomeError),
        (409, errors.ConflictError, errors.ConflictError),
        (410, errors.NotFoundError, errors.NotFoundError),
        (412, errors.ConflictError, errors.ConflictError),
        (413, errors.ValidationError, errors.ValidationError),
        (415, errors.ValidationError, errors.ValidationError),
        (418, errors.ValidationError, errors.ValidationError),
        (422, errors.ValidationError, errors.ValidationError),
        (423, errors.ConflictError, errors.ConflictError),
        (429, errors.RateLimitError, errors.RateLimitError),
        (500, errors.ServerError, errors.AmbiguousOutcomeError),
        (503, errors.ServerError, errors.AmbiguousOutcomeError),
        (599, errors.ServerError, errors.AmbiguousOutcomeError),
    ],
)
def test_the_kind_of_each_status(status: int, on_read: type[PreoError], on_write: type[PreoError]) -> None:
    assert type(answer(GET_DATA_IMPORT, status)) is on_read
    assert type(answer(START_IMPORT, status)) is on_write
    assert answer(GET_DATA_IMPORT, status).request_id == "abc123"


def test_a_refusal_speaks_with_the_words_of_the_api() -> None:
    error = answer(START_IMPORT, 400, {"detail": "The import is in stage uploaded; allowed: needs_product_mapping."})
    assert str(error) == (
        "Start import process failed · The import is in stage uploaded; allowed: needs_product_mapping."
        " · Correct the arguments, then call again."
    )


def test_validation_errors_carry_field_paths() -> None:
    error = answer(START_IMPORT, 422, {"orders": [{"items": [{}, {}, {"quantity": ["Too small."]}]}]})
    assert isinstance(error, ValidationError)
    assert error.fields == {"orders.0.items.2.quantity": ("Too small.",)}
    assert "orders.0.items.2.quantity: Too small." in error.why


def test_a_refusal_without_words_names_the_status() -> None:
    assert answer(GET_DATA_IMPORT, 403).why == "the API answered 403 Forbidden without an explanation"
    assert answer(GET_DATA_IMPORT, 499).why == "the API answered 499 without an explanation"


def test_not_found_on_an_inferred_path_says_so() -> None:
    for operation in OPERATIONS:
        for status, expected in ((404, operation.grade == "inferred"), (403, False)):
            assert (INFERRED_PATH in str(answer(operation, status, {"detail": "No."}))) is expected


def test_a_redirect_points_at_the_base_url_and_not_at_its_target() -> None:
    error = answer(LIST_ORDERS, 302, location=f"https://evil.example/?customer={SECRET}")
    assert "PREO_BASE_URL" in error.next_step
    assert "evil" not in str(error)


def test_server_and_ambiguous_errors_name_the_request() -> None:
    body = b"<html><title>Bad Gateway</title>"
    read = answer(LIST_ORDERS, 502, body)
    assert read.why == (
        "the API answered 502 Bad Gateway: a web page titled “Bad Gateway”, "
        "probably from a proxy and not from the API (request abc123)"
    )
    write = answer(SEND_CAMPAIGN, 500, {"detail": "Oops."})
    assert str(write) == (
        "Send campaign now has an unknown outcome · the API answered 500 Internal Server Error: Oops. (request abc123)"
        " · Do not repeat it yet: read the object back first to see whether it happened."
    )
    assert "abc123" not in str(answer(LIST_ORDERS, 404))


@pytest.mark.parametrize(
    ("header", "seconds", "words"),
    [
        ("12", 12, "Wait 12 s,"),
        ("0", 0, "Wait 1 s,"),
        ("1.2", 1.2, "Wait 2 s,"),
        ("Wed, 01 Jul 2026 12:01:30 GMT", 90, "Wait 90 s,"),
        ("soon", None, "Wait a minute,"),
        (None, None, "Wait a minute,"),
    ],
)
def test_rate_limits_tell_the_wait(header: str | None, seconds: float | None, words: str) -> None:
    headers = {} if header is None else {"RETRY-After": header}
    now = datetime(2026, 7, 1, 12, tzinfo=UTC)
    error = error_from_response(START_IMPORT, 429, headers, b"", now=now)
    assert isinstance(error, RateLimitError)
    assert error.retry_after == seconds
    assert words in error.next_step


def test_a_rate_limit_date_is_measured_from_the_present_by_default() -> None:
    error = answer(START_IMPORT, 429, None, **{"retry-after": "Wed, 01 Jul 2020 12:00:00 GMT"})
    assert isinstance(error, RateLimitError)
    assert error.retry_after == 0


def test_failures_without_an_answer() -> None:
    for operation in OPERATIONS:
        missed = error_from_failure(operation, Failure.NOT_REACHED, "no connection", request_id="abc123")
        assert type(missed) is errors.NetworkError
        assert missed.next_step.startswith("Nothing was changed.")
        lost = error_from_failure(operation, Failure.LOST, "dropped", request_id="abc123")
        assert isinstance(lost, AmbiguousOutcomeError) is not is_read(operation)
        assert type(lost) in {errors.NetworkError, AmbiguousOutcomeError}
        assert lost.request_id == "abc123"


bodies = (
    st.binary()
    | st.text().map(lambda text: text.encode("utf-8", "replace"))
    | st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("detail"), inner),
    ).map(lambda content: json.dumps(content).encode())
    | st.just(json.dumps({"detail": f"Bad token {SECRET} at https://x/v1/orders?customer_email={SECRET}"}).encode())
)


@given(
    operation=st.sampled_from(OPERATIONS),
    status=st.integers(min_value=100, max_value=999),
    headers=st.dictionaries(st.sampled_from(["Set-Cookie", "Location", "WWW-Authenticate", "Retry-After"]), st.text()),
    body=bodies,
)
def test_every_answer_becomes_short_line_without_secrets(
    operation: Operation, status: int, headers: dict[str, str], body: bytes
) -> None:
    marked = {name: f"{SECRET}{value}" for name, value in headers.items()}
    error = error_from_response(operation, status, marked, body, request_id="abc123", hidden=(SECRET,))
    assert str(error) == f"{error.what} · {error.why} · {error.next_step}"
    assert str(error).isprintable()
    assert len(str(error)) < 1500
    assert SECRET not in repr(error) + str(vars(error))
    if not is_read(operation) and (status < 300 or status >= 500):
        assert isinstance(error, AmbiguousOutcomeError)
