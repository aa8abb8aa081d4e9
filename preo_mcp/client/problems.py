"""What the API itself says about a refused request, made short and harmless.

Django REST Framework answers with `{"detail": …}`, `{"field": ["message"]}` nested to any depth, `{"non_field_errors":
[…]}` or a list; proxies in front of it answer with HTML, plain text or nothing (`preo-api`: Conventions).
"""

import html
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, cast

from pydantic_core import from_json

from preo_mcp.plain_text import one_line

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

_UNLABELLED = ("detail", "non_field_errors")
_AFTER_QUESTION_MARK = re.compile(r"\?[^\s\"'<>]*")
_HTML_START = re.compile(r"\s*<(!doctype|html|head|body|\?xml)", re.IGNORECASE)
_HTML_TITLE = re.compile(r"<title[^>]{0,100}>([^<]{1,300})<", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Problem:
    """An error's body, read.

    Attributes:
        summary: One line for the error's text; empty when the body says nothing.
        fields: Messages by dotted field path; only what the API put under a name.
    """

    summary: str
    fields: dict[str, tuple[str, ...]]


def short_line(text: str, limit: int, hidden: Collection[str] = ()) -> str:
    """Make foreign text fit for one line of ours.

    Query strings of addresses and the `hidden` texts are taken out, and what is longer than `limit` characters is cut.
    """
    line = one_line(text)
    for secret in filter(None, hidden):
        line = line.replace(secret, "[hidden]")
    line = _AFTER_QUESTION_MARK.sub(lambda match: "" if "=" in match[0] else match[0], line)
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


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
