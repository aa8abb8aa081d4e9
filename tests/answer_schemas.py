"""What every answer is held to: its schema at its word, and its times by the clocks of its edition."""

import re
from collections.abc import Iterator
from copy import deepcopy
from datetime import datetime
from functools import cache
from typing import Any, cast
from zoneinfo import ZoneInfo

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


IN_UTC = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+]00:00)")


def in_utc(content: Any) -> Iterator[str]:
    """Yield the times in UTC of objects that are of an edition, whose clocks show another time."""
    if isinstance(content, list):
        for item in cast("list[Any]", content):
            yield from in_utc(item)
    if isinstance(content, dict):
        fields = cast("dict[str, Any]", content)
        zone = _zone_of(fields)
        for name, value in fields.items():
            is_utc = isinstance(value, str) and IN_UTC.fullmatch(value)
            if is_utc and zone and datetime.fromisoformat(value).astimezone(zone).utcoffset():
                yield name
            yield from in_utc(value)


def _zone_of(fields: dict[str, Any]) -> ZoneInfo | None:
    """Return the zone of the edition that an object is, has or names; a named one's is that of the sandbox's."""
    edition = fields.get("edition")
    known: Any = cast("dict[str, Any]", edition) if isinstance(edition, dict) else fields
    named = "Europe/Copenhagen" if edition or "edition_id" in fields else None
    zone: str | None = known.get("timezone") or named
    return ZoneInfo(zone) if zone else None


def faults(name: str, content: Any) -> set[str]:
    """Return what in a result is not as its schema says, without the values."""
    errors: Any = cast("Any", strict(name)).iter_errors(content)
    return {
        f"{name} {'.'.join('[]' if isinstance(step, int) else step for step in error.absolute_path)}: "
        f"{error.message if error.validator in ('additionalProperties', 'required') else error.validator}"
        for error in errors
    }
