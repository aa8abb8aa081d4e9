"""The schema of values that were seen: names and types, never a value."""

import re
from collections.abc import Sequence
from typing import Any, Final, cast

from preo_mcp.doctor.schemas import Schema

MOST_ITEMS: Final = 100
"""Items of a list that are looked at."""
DECIMAL: Final = re.compile(r"-?\d+\.\d+")
"""How Django REST Framework writes decimals as texts."""


def observed_schema(values: Sequence[object]) -> Schema:
    """Return the schema that fits all `values`; null tells nothing."""
    seen = [value for value in values if value is not None]
    schema: Schema = {"type": sorted({_type(value) for value in seen})} if seen else {}
    texts = [value for value in seen if isinstance(value, str)]
    if texts and all(DECIMAL.fullmatch(text) for text in texts):
        schema["format"] = "decimal"
    objects = [cast("dict[str, Any]", value) for value in seen if isinstance(value, dict)]
    if objects:
        names = dict.fromkeys(name for found in objects for name in found)
        schema["properties"] = {
            name: observed_schema([found[name] for found in objects if name in found]) for name in names
        }
        schema["required"] = [name for name in names if all(name in found for found in objects)]
    items = [item for value in seen if isinstance(value, list) for item in cast("list[object]", value)[:MOST_ITEMS]]
    if items:
        schema["items"] = observed_schema(items)
    return schema


def _type(value: object) -> str:
    match value:
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"
