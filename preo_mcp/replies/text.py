"""Compact text from structured content: lines for an object, a table for a list; nothing that was not in the content.

Text from outside is kept to its cell, on one line; where its lines matter, each begins with a mark.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from preo_mcp.text.plain_text import one_line

NAMING_KEYS = ("full_name", "name", "title")
ID_KEYS = ("id", "api_id")
SHORT_KEYS = frozenset({*NAMING_KEYS, *ID_KEYS, "timezone"})
"""Objects with no other fields are shown by name and id; the time zone stands beside the times."""
SEPARATOR = " | "
BLOCKS = frozenset({"text", "explanation", "corrected", "caret"})
"""Fields whose lines mean something: shown one below the other, each begun by a mark that none of our lines has."""
MARK = "> "


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
        elif name in BLOCKS and isinstance(value, str) and "\n" in value:
            lines += [f"{name}:", *_block(value)]
        else:
            lines.append(f"{name}: {_cell(value, zone)}")
    return "\n".join([*lines, *tables, *map(one_line, content.get("notes", []))])


def _is_table(value: object) -> bool:
    if not isinstance(value, list):
        return False
    rows = cast("list[object]", value)
    return bool(rows) and all(isinstance(row, dict) for row in rows)


def _table(rows: list[dict[str, Any]]) -> list[str]:
    """A line of headings, a line per row, and below a row the blocks that it has."""
    names = dict.fromkeys(name for row in rows for name in row)
    columns = [name for name in names if name not in BLOCKS or not _has_block(rows, name)]
    lines = [SEPARATOR.join(columns)]
    for row in rows:
        lines.append(SEPARATOR.join(_kept_apart(_cell(row.get(name))) for name in columns))
        lines += (line for name, value in row.items() if name not in columns for line in _block(str(value)))
    return lines


def _has_block(rows: list[dict[str, Any]], name: str) -> bool:
    return any("\n" in str(row.get(name)) for row in rows)


def _block(text: str) -> Iterator[str]:
    return (f"{MARK}{one_line(line)}" for line in text.split("\n"))


def _kept_apart(cell: str) -> str:
    """A cell in which nothing looks like the border to the next one."""
    return cell.replace("|", "\\|") if "|" in cell else cell


def _cell(value: object, zone: ZoneInfo | None = None) -> str:
    if isinstance(value, str):  # most are
        return _moment(value, zone) or one_line(value)
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case dict():
            return _inner(cast("dict[str, Any]", value))
        case list():
            return ", ".join(_cell(item) for item in cast("list[object]", value)) or "none"
        case _:
            return str(value)


def _inner(value: dict[str, Any]) -> str:
    """An object inside another: by its name and id where that is all there is to say, else field by field."""
    name = next((value[key] for key in NAMING_KEYS if value.get(key)), None)
    key = next((value[key] for key in ID_KEYS if value.get(key)), None)
    if name and key and SHORT_KEYS.issuperset(value):
        return f"{one_line(str(name))} ({one_line(str(key))})"
    return "; ".join(f"{one_line(field)}: {_cell(item)}" for field, item in value.items()) or "none"


def _zone(content: dict[str, Any]) -> ZoneInfo | None:
    match content.get("edition", content):
        case {"timezone": str() as name}:
            try:
                return ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError, OSError):  # unknown to this machine: UTC stands alone
                return None
        case _:
            return None


def _moment(value: str, zone: ZoneInfo | None) -> str | None:
    """A time of the API, in the edition's time where one is known, and in UTC."""
    if len(value) < 20 or value[4] != "-" or value[10] != "T" or not value.endswith("Z"):
        return None
    try:
        moment = datetime.fromisoformat(value)
        local = moment.astimezone(zone) if zone else None
    except (ValueError, OverflowError):
        return None
    utc = f"{_minute(moment)} UTC"
    return f"{_minute(local)} {zone.key} ({utc})" if local and zone else utc


def _minute(moment: datetime) -> str:
    """Such as `2026-07-01 22:30`."""
    return moment.isoformat(" ", "minutes")[:16]
