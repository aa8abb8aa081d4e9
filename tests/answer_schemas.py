"""Output schemas taken at their word: no key beside what they name, and what they require is there."""

from copy import deepcopy
from functools import cache
from typing import Any, cast

from jsonschema import Draft202012Validator

from preo_mcp.calls.toolset import Toolset

TOOLS = {tool.name: tool for tool in Toolset().listed()}


def closed(schema: Any) -> Any:
    """Return a schema that takes nothing beside what it names; an object that names nothing is free."""
    if isinstance(schema, list):
        return [closed(item) for item in cast("list[Any]", schema)]
    if not isinstance(schema, dict):
        return schema
    fields = {name: closed(inner) for name, inner in cast("dict[str, Any]", schema).items()}
    if isinstance(fields.get("properties"), dict) and "type" in fields:
        fields["additionalProperties"] = False
    return fields


@cache
def strict(name: str) -> Draft202012Validator:
    return Draft202012Validator(closed(deepcopy(TOOLS[name].output_schema)))


def faults(name: str, content: Any) -> set[str]:
    """Return what in a result is not as its schema says, without the values."""
    errors: Any = cast("Any", strict(name)).iter_errors(content)
    return {
        f"{name} {'.'.join('[]' if isinstance(step, int) else step for step in error.absolute_path)}: "
        f"{error.message if error.validator in ('additionalProperties', 'required') else error.validator}"
        for error in errors
    }
