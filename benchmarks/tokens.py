"""What the tool list costs a model, beside plain pydantic schemas of the same functions."""

import json
import warnings
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from mcp.server.mcpserver.tools import Tool as PlainTool

from benchmarks.table import Row
from preo_mcp.approval.ways.card_tool import APPROVAL_TOOL
from preo_mcp.calls.tool import REGISTERED
from preo_mcp.calls.toolset import MODULES, Toolset

if TYPE_CHECKING:
    from bpe_openai import Encoding  # pyright: ignore[reportMissingTypeStubs] - it is typed, without saying so

ALL_AT_MOST = 10_000
"""Tokens of all definitions."""
COMPLETE_AT_MOST = 32_000


def rows() -> Iterator[Row]:
    """Yield the rows of the definitions, of the complete answer, and of the largest tool."""
    listed = (*Toolset().listed(), APPROVAL_TOOL)
    ours = [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in listed]
    plain = {tool["name"]: tool for tool in (*map(_plain, _names()), ours[-1])}
    shown = {tool["name"]: count(definition(tool)) for tool in ours}
    largest = max(shown, key=lambda name: shown[name])
    note = f"{len(ours)} tools: name + description + input schema (o200k); plain pydantic schemas"
    plain_tokens = sum(count(definition(tool)) for tool in plain.values())
    yield Row("tokens", "tokens", sum(shown.values()), plain_tokens, most=ALL_AT_MOST, note=note)
    note = "tools/list complete, with titles, annotations and output schemas; likewise"
    whole, plain_whole = (count({"tools": tools}) for tools in (ours, list(plain.values())))
    yield Row("tokens, complete", "tokens", whole, plain_whole, most=COMPLETE_AT_MOST, note=note)
    note = f"{largest}: name + description + input schema; likewise"
    yield Row("tokens, largest", "tokens", shown[largest], count(definition(plain[largest])), note=note)


def definition(tool: dict[str, Any]) -> dict[str, Any]:
    """Return what a host shows its model of a tool."""
    return {name: tool[name] for name in ("name", "description", "inputSchema")}


def count(value: object) -> int:
    """Return the o200k tokens of a value as compact JSON."""
    return count_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def count_text(text: str) -> int:
    """Return the o200k tokens of a text."""
    return len(_tokenizer().encode_ordinary(text))


@cache
def _tokenizer() -> "Encoding":
    with warnings.catch_warnings():
        # The package reads its data by a function that the standard library has deprecated.
        warnings.simplefilter("ignore", DeprecationWarning)
        from bpe_openai import get_encoding  # pyright: ignore[reportMissingTypeStubs] - as above

        return get_encoding("o200k_base")


def _names() -> list[str]:
    for module in MODULES:
        import_module(f"preo_mcp.tools.{module}")
    return list(REGISTERED)


def _plain(name: str) -> dict[str, Any]:
    """Return the tool as the SDK itself would list it, without the parameter that is not the model's."""
    registered = REGISTERED[name]
    plain = PlainTool.from_function(registered.function, title=registered.subject.title, context_kwarg="preo")
    return {
        "name": plain.name,
        "title": plain.title,
        "description": plain.description,
        "inputSchema": plain.parameters,
        "outputSchema": plain.output_schema,
    }
