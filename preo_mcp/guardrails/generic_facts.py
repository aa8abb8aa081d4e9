"""What a person is shown for a tool that has no facts of its own and that the settings add to those that are asked."""

import json
from collections.abc import Mapping

from pydantic import JsonValue

from preo_mcp.guardrails.facts import Facts
from preo_mcp.guardrails.wording import Personal, say


def facts_of_any(title: str, arguments: Mapping[str, JsonValue]) -> Facts:
    """Return the step and its arguments: the model's words, and the question says so."""
    given = [(say("{name}", name=name), Personal(_text(value))) for name, value in arguments.items()]
    return Facts(say("Run this step with what the assistant gives?"), ((say("Step"), title), *given))


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
