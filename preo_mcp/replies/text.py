"""Compact text from structured content: lines for an object, a table for a list; nothing that was not in the content.

Text from outside is kept to its cell, on one line.
"""

from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from preo_mcp.plain_text import one_line

NAMING_KEYS = ("full_name", "name", "title")
ID_KEYS = ("id", "api_id")
SEPARATOR = " | "


def render(content: dict[str, Any]) -> str:
    """Return `content` as text: plain fields first, then lists, then notes."""
    zone = _zone(content)
    lines: list[str] = []
    tables: list[str] = []
    for name, value in content.items():
        if name == "notes":
            continue
        if _is_table(value):
            tables += [f"{name}:", *_table(value)]
        else:
            lines.append(f"{name}: {_cell(value, zone)}")
    return "\n".join([*lines, *tables, *map(one_line, content.get("notes", []))])


def _is_table(value: object) -> bool:
    if not isinstance(value, list):
        return False
    rows = cast("list[object]", value)
    return bool(rows) and all(isinstance(row, dict) for row in rows)


def _table(rows: list[dict[str, Any]]) -> list[str]:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    cells = ([_cell(row.get(name)) for name in columns] for row in rows)
    return [SEPARATOR.join(columns), *(SEPARATOR.join(row) for row in cells)]


def _cell(value: object, zone: ZoneInfo | None = None) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case str():
            return _moment(value, zone) or one_line(value)
        case dict():
            return _inner(cast("dict[str, Any]", value))
        case list():
            return ", ".join(_cell(item) for item in cast("list[object]", value)) or "none"
        case _:
            return str(value)


def _inner(value: dict[str, Any]) -> str:
    """An object inside another: by its name and id where it has both, else field by field."""
    name = next((value[key] for key in NAMING_KEYS if value.get(key)), None)
    key = next((value[key] for key in ID_KEYS if value.get(key)), None)
    if name and key:
        return f"{one_line(str(name))} ({key})"
    return "; ".join(f"{field}: {_cell(item)}" for field, item in value.items())


def _zone(content: dict[str, Any]) -> ZoneInfo | None:
    match content.get("edition"):
        case {"timezone": str() as name}:
            try:
                return ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError):  # a zone that this machine does not know: UTC stands alone
                return None
        case _:
            return None


def _moment(value: str, zone: ZoneInfo | None) -> str | None:
    """A time of the API, in the edition's time where one is known, and in UTC."""
    if len(value) < 20 or value[4] != "-" or value[10] != "T" or not value.endswith("Z"):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    utc = f"{moment:%Y-%m-%d %H:%M} UTC"
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M} {zone.key} ({utc})" if zone else utc
