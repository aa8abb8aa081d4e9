"""The last step of a call: a typed result, or a refusal, becomes a `CallToolResult`."""

import json
from collections.abc import Sequence
from typing import Any, Protocol, cast, runtime_checkable

from mcp.types import CallToolResult, ResourceLink, TextContent
from pydantic import BaseModel

from preo_mcp.replies.budget import Content, fit
from preo_mcp.replies.privacy.fields import customer_text_note
from preo_mcp.replies.text import render

SANDBOX_NOTE = "Sandbox: invented data, nothing reached a real account."


@runtime_checkable
class Continues(Protocol):
    """A result of which the rest can be had by another call, when it is cut."""

    def rest_after(self, field: str, kept: int) -> tuple[int, str] | None:
        """Return how many of `kept` items of `field` to keep, and the arguments that get what follows them."""
        ...


@runtime_checkable
class Linked(Protocol):
    """A result of which more can be read at an address."""

    def links(self) -> Sequence[ResourceLink]:
        """Return where."""
        ...


def _no_more(_field: str, _kept: int) -> None:
    return None


def reply(result: BaseModel, notes: Sequence[str], budget: int, *, masks: bool = False) -> CallToolResult:
    """Return `result` and `notes` as structured content without nulls and as text, each complete within `budget`.

    Text by customers is named in a note; with `masks`, personal data is masked.
    """
    content: Content = _without_blanks(result.model_dump(mode="json", by_alias=True, exclude_none=True))
    own = content.pop("notes", [])  # a field that Preo may add some day must not spoil the schema
    label = customer_text_note(content)
    notes = [*([label] if label else []), *notes]
    if masks:
        from preo_mcp.replies.privacy.masking import MASKED_NOTE, masked

        shown = masked(content)
        content, notes = shown, [*notes, *([MASKED_NOTE] if shown != content else [])]
    if said := [*(cast("list[Any]", own) if isinstance(own, list) else [own]), *notes]:
        content["notes"] = [text if isinstance(text, str) else json.dumps(text) for text in said]
    content = fit(content, budget, render, result.rest_after if isinstance(result, Continues) else _no_more)
    links = result.links() if isinstance(result, Linked) else ()
    return CallToolResult(content=[TextContent(type="text", text=render(content)), *links], structured_content=content)


def _without_blanks(content: Content) -> Content:
    """Drop, inside the fields, what is null or empty: objects of a newer API carry such."""
    return {name: _lean(value) for name, value in content.items()}


def _lean(value: Any) -> Any:
    if isinstance(value, list):
        return [_lean(item) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        return {name: _lean(item) for name, item in fields.items() if item not in (None, "", [], {})}
    return value


def refusal(why: str) -> CallToolResult:
    """Return an expected failure: *what failed · why · what to do next*, for the model to act on."""
    return CallToolResult(content=[TextContent(type="text", text=why)], is_error=True)
