"""The prompts as a host lists and gets them; a wrong name or argument answers -32602 (MCP, Prompts)."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final

from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, GetPromptResult, Prompt, PromptArgument, PromptMessage, TextContent

from preo_mcp.plain_text import one_line
from preo_mcp.prompts.texts import PROMPTS, Argument, Words

LONGEST_VALUE: Final = 1000
"""Characters of one argument."""

_BY_NAME: Final = {words.name: words for words in PROMPTS}


def listed() -> list[Prompt]:
    """Return the prompts as `prompts/list` shows them."""
    return [
        Prompt(
            name=words.name,
            title=words.title,
            description=words.description,
            arguments=[
                PromptArgument(name=one.name, description=one.description, required=one.otherwise is None)
                for one in words.arguments
            ],
        )
        for words in PROMPTS
    ]


def find(name: str) -> Words:
    """Return a prompt.

    Raises:
        MCPError: there is none of this name.
    """
    words = _BY_NAME.get(name)
    if words is None:
        near = get_close_matches(name, _BY_NAME, n=1)
        hint = f"Did you mean {near[0]}?" if near else "See prompts/list."
        raise MCPError(INVALID_PARAMS, f"{one_line(name)[:60]} was not made · there is no prompt of this name · {hint}")
    return words


def filled(name: str, arguments: Mapping[str, str] | None) -> GetPromptResult:
    """Return a prompt with its arguments; an empty one counts as left out.

    Raises:
        MCPError: there is no such prompt or argument, a required one is missing, or one is too long.
    """
    words = find(name)
    given = {key: text for key, value in (arguments or {}).items() if (text := one_line(value))}
    if reason := _reason(words, given):
        raise MCPError(INVALID_PARAMS, f"{name} was not made · {reason} · Correct the arguments and get it again.")
    values = {one.name: given.get(one.name) or one.otherwise for one in words.arguments}
    message = PromptMessage(role="user", content=TextContent(type="text", text=words.text.format(**values)))
    return GetPromptResult(description=words.description, messages=[message])


def _reason(words: Words, given: Mapping[str, str]) -> str | None:
    names = [one.name for one in words.arguments]
    if unknown := [one_line(name)[:60] for name in given if name not in names]:
        return f"there is no argument {', '.join(unknown)}; known are {', '.join(names)}"
    if missing := [one.name for one in words.arguments if one.otherwise is None and one.name not in given]:
        return f"{', '.join(missing)} is required"
    if too_long := [name for name, value in given.items() if len(value) > LONGEST_VALUE]:
        return f"{', '.join(too_long)} is longer than {LONGEST_VALUE} characters"
    return None


def argument(words: Words, name: str) -> Argument | None:
    """Return an argument of a prompt by its name."""
    return next((one for one in words.arguments if one.name == name), None)
