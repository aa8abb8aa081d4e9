"""From what happened on the wire to the tree of errors; pure functions.

The rule that matters: a write whose answer does not prove that it was refused becomes an `AmbiguousOutcomeError`.

An error's body is foreign text, of any kind and size. What it says is passed on, but short, on one line and without
the token.
"""

import html
import math
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, cast

from pydantic_core import from_json

from preo_mcp.api.errors import (
    AmbiguousOutcomeError,
    AuthenticationError,
    ConfigurationError,
    ConflictError,
    NetworkError,
    NotFoundError,
    PermissionDeniedError,
    PreoError,
    RateLimitError,
    ServerError,
    ValidationError,
)
from preo_mcp.api.operations import Grade, Operation
from preo_mcp.client.retries import Failure, is_read, parse_retry_after
from preo_mcp.text.plain_text import one_line

LARGEST_BODY = 256 * 1024
"""Bytes of an error's body that are read; a larger one is not an error of the API."""
MOST_FIELDS = 50
MOST_MESSAGES = 10
"""Per field."""
LONGEST_MESSAGE = 300
LONGEST_FIELD = 120
LONGEST_SUMMARY = 800
DEEPEST = 20
"""Levels of nesting that are followed."""

INFERRED_PATH = (
    "The path of this operation was inferred from the API's conventions and may differ on the real API; "
    "preo-mcp doctor --probe or --openapi tells."
)

_UNLABELLED = ("detail", "non_field_errors")
_AFTER_QUESTION_MARK = re.compile(r"\?[^\s\"'<>]*")
_HTML_START = re.compile(r"\s*<(!doctype|html|head|body|\?xml)", re.IGNORECASE)
_HTML_TITLE = re.compile(r"<title[^>]{0,100}>([^<]{1,300})<", re.IGNORECASE)

_READ_BACK = "Do not repeat it yet: read the object back first to see whether it happened."
_LATER = "Try again in a minute; if it stays, report it to Preo with the request id."
_CHECK_ID = "Check the id, or find the object with the matching list operation."
_UNREADABLE = "Check the base URL (PREO_BASE_URL); if it is right, try again in a minute."
_REFUSALS: dict[int, tuple[type[PreoError], str]] = {
    401: (
        AuthenticationError,
        "Check the token (PREO_TOKEN or PREO_TOKEN_FILE) and the authentication header's settings; "
        "calling again does not help.",
    ),
    403: (
        PermissionDeniedError,
        "Use a token whose user has the needed role on this organization or edition; calling again does not help.",
    ),
    404: (NotFoundError, _CHECK_ID),
    405: (NotFoundError, "Check the id and the base URL: the API has no such operation there."),
    409: (ConflictError, "Read the object's present state, then decide again; the same call would fail again."),
    410: (NotFoundError, _CHECK_ID),
    412: (ConflictError, "Read the object again: it changed in the meantime."),
    423: (ConflictError, "Wait until the object is no longer locked, then call again."),
}
_CORRECTIONS = {
    413: "Send less at once: split the file or the list.",
    415: "Check the base URL (PREO_BASE_URL): this API did not understand JSON.",
}
_CORRECT_ARGUMENTS = "Correct the arguments, then call again."
# 303 sends the caller on after the work was done; a 408 can come from a proxy that had already passed the request on.
_MAY_HAVE_RUN = frozenset({303, 408})
# A proxy gave up waiting; the API itself need not have.
_MAY_STILL_RUN = frozenset({408, 504})


@dataclass(frozen=True, slots=True)
class Problem:
    """An error's body, read.

    Attributes:
        summary: One line for the error's text; empty when the body says nothing.
        fields: Messages by dotted field path; only what the API put under a name.
    """

    summary: str
    fields: dict[str, tuple[str, ...]]


def error_from_response(
    operation: Operation,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    request_id: str | None = None,
    hidden: Collection[str] = (),
    now: datetime | None = None,
    wanted: str = "JSON",
) -> PreoError:
    """Turn an answer that is not a success into an error; never raises.

    Args:
        operation: What was called.
        status: The HTTP status; a 2xx means that the body could not be read as what was wanted.
        headers: The response's headers; only `Retry-After` is read, none is shown.
        body: The response's body, of any kind and size.
        request_id: The `X-Request-Id` that was sent.
        hidden: Texts that must not come through, such as the token.
        now: The time that a `Retry-After` date is measured from; the present time when absent.
        wanted: What the answer was to be.
    """
    problem = read_problem(body, hidden)
    failed = f"{operation.title} failed"
    if not is_read(operation) and _effect_is_unknown(status):
        return unknown_outcome(
            operation,
            _why(status, problem, wanted),
            may_still_happen=status in _MAY_STILL_RUN,
            request_id=request_id,
        )
    if 300 <= status < 400 and status != 304:
        return ConfigurationError(
            failed,
            f"the API answered with a redirect ({status}), which is never followed",
            "Correct the base URL (PREO_BASE_URL): it probably lacks https or names another host.",
            request_id=request_id,
        )
    if status == 429:
        wait = parse_retry_after(_header(headers, "retry-after"), now or datetime.now(UTC))
        return _rate_limit(failed, problem, wait, request_id)
    if status in _REFUSALS:
        kind, next_step = _REFUSALS[status]
        if kind is NotFoundError and operation.grade is Grade.INFERRED:
            next_step = f"{next_step} {INFERRED_PATH}"
        return kind(failed, _why(status, problem, wanted), next_step, request_id=request_id)
    if 400 <= status < 500 and status != 408:
        next_step = _CORRECTIONS.get(status, _CORRECT_ARGUMENTS)
        return ValidationError(
            failed, _why(status, problem, wanted), next_step, fields=problem.fields, request_id=request_id
        )
    why = _with_request_id(_why(status, problem, wanted), request_id)
    return ServerError(failed, why, _LATER if status >= 400 else _UNREADABLE, request_id=request_id)


def error_from_failure(
    operation: Operation, failure: Failure, reason: str, *, may_still_happen: bool = False, request_id: str
) -> PreoError:
    """Turn a try without a usable answer into an error.

    Args:
        operation: What was called.
        failure: `NOT_REACHED`, or anything else when the request may have arrived.
        reason: What happened, one line of our own words.
        may_still_happen: Whether the API may still be working on it, because it was the caller who gave up.
        request_id: The `X-Request-Id` that was sent.
    """
    if failure is Failure.NOT_REACHED:
        next_step = "Nothing was changed. Check the network and the base URL (PREO_BASE_URL), then call again."
        return NetworkError(f"{operation.title} failed", reason, next_step, request_id=request_id)
    if is_read(operation):
        next_step = "Nothing was changed. Call again, or ask for less at once."
        return NetworkError(f"{operation.title} failed", reason, next_step, request_id=request_id)
    return unknown_outcome(operation, reason, may_still_happen=may_still_happen, request_id=request_id)


def unknown_outcome(
    operation: Operation, reason: str, *, may_still_happen: bool = False, request_id: str | None
) -> AmbiguousOutcomeError:
    """The error of a write that may or may not have been carried out."""
    return AmbiguousOutcomeError(
        f"{operation.title} has an unknown outcome",
        _with_request_id(reason, request_id),
        _READ_BACK,
        may_still_happen=may_still_happen,
        request_id=request_id,
    )


def read_problem(body: bytes, hidden: Collection[str] = ()) -> Problem:
    """Read an error's body; never raises.

    Args:
        body: The response's body, of any kind and size.
        hidden: Texts that must not come through, such as the token.
    """
    if len(body) > LARGEST_BODY:
        return Problem("", {})
    try:
        content = from_json(body)
    except ValueError:
        return Problem(_foreign_text(body, hidden), {})
    return _json_problem(content, hidden)


def short_line(text: str, limit: int, hidden: Collection[str] = ()) -> str:
    """Make foreign text fit for one line of ours.

    Query strings of addresses and the `hidden` texts are taken out, and what is longer than `limit` characters is cut.
    """
    line = one_line(text)
    for secret in filter(None, hidden):
        line = line.replace(secret, "[hidden]")
    line = _AFTER_QUESTION_MARK.sub(lambda match: "" if "=" in match[0] else match[0], line)
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _with_request_id(why: str, request_id: str | None) -> str:
    """Add the request id to a reason, for the errors that Preo's support may have to look up."""
    return f"{why} (request {request_id})" if request_id else why


def _effect_is_unknown(status: int) -> bool:
    return status < 300 or status >= 500 or status in _MAY_HAVE_RUN


def _why(status: int, problem: Problem, wanted: str) -> str:
    if problem.summary and 400 <= status < 500:
        return problem.summary
    answered = f"the API answered {status}{_phrase(status)}"
    if status < 300:
        return f"{answered}, but the answer was cut off or is not {wanted}"
    return f"{answered}: {problem.summary}" if problem.summary else f"{answered} without an explanation"


def _phrase(status: int) -> str:
    try:
        return f" {HTTPStatus(status).phrase}"
    except ValueError:
        return ""


def _rate_limit(failed: str, problem: Problem, wait: float | None, request_id: str | None) -> RateLimitError:
    why = problem.summary or "too many calls in a short time"
    after = "a minute" if wait is None else f"{max(1, math.ceil(wait))} s"
    next_step = f"Nothing was changed. Wait {after}, then call again."
    return RateLimitError(failed, why, next_step, retry_after=wait, request_id=request_id)


def _header(headers: Mapping[str, str], name: str) -> str | None:
    return next((value for key, value in headers.items() if key.lower() == name), None)


def _foreign_text(body: bytes, hidden: Collection[str]) -> str:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    if not _HTML_START.match(text):
        # Long plain text is a debugger's report, with the request and its customer data in it.
        return short_line(text, LONGEST_MESSAGE, hidden) if len(text) <= LONGEST_MESSAGE else ""
    title = _HTML_TITLE.search(text)
    name = short_line(html.unescape(title[1]), LONGEST_FIELD, hidden) if title else ""
    return f"a web page{f' titled “{name}”' if name else ''}, probably from a proxy and not from the API"


def _json_problem(content: Any, hidden: Collection[str]) -> Problem:
    unlabelled: list[str] = []
    fields: dict[str, tuple[str, ...]] = {}
    for path, message in _messages(content, (), hidden):
        field = short_line(".".join(path), LONGEST_FIELD, hidden)
        if not field or field == _UNLABELLED[0]:
            unlabelled.append(message)
        elif (field in fields or len(fields) < MOST_FIELDS) and len(fields.get(field, ())) < MOST_MESSAGES:
            fields[field] = (*fields.get(field, ()), message)
    unlabelled.extend(fields.get(_UNLABELLED[1], ()))
    labelled = (f"{name}: {' '.join(texts)}" for name, texts in fields.items() if name not in _UNLABELLED)
    summary = short_line("; ".join((*unlabelled, *labelled)), LONGEST_SUMMARY, hidden)
    return Problem(summary, fields)


def _messages(content: Any, path: tuple[str, ...], hidden: Collection[str]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every message in an error's JSON with the path of its field; messages directly in a list belong to the list."""
    if len(path) > DEEPEST or content is None:
        return
    if isinstance(content, dict):
        for key, value in cast("dict[str, Any]", content).items():
            # Errors of a whole object are shown under the object, at the top under their own name.
            inner = path if key == "non_field_errors" and path else (*path, key)
            yield from _messages(value, inner, hidden)
    elif isinstance(content, list):
        for index, value in enumerate(cast("list[Any]", content)):
            inner = (*path, str(index)) if isinstance(value, dict | list) else path
            yield from _messages(value, inner, hidden)
    else:
        message = short_line(str(content), LONGEST_MESSAGE, hidden)
        if message:
            yield path, message
