"""Moments, spans and parts of a calendar in words."""

import re
from datetime import datetime
from typing import Final

MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
DAYS: Final = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")

PARTS: Final = {
    "getFullYear": "year",
    "getMonth": "month",
    "getDate": "day of the month",
    "getDayOfMonth": "day of the month (counted from 0)",
    "getDayOfYear": "day of the year (counted from 0)",
    "getDayOfWeek": "day of the week",
    "getHours": "hour",
    "getMinutes": "minute",
    "getSeconds": "second",
    "getMilliseconds": "millisecond",
}
"""What functions give of a moment."""
NUMBERED: Final = {"getMonth": (MONTHS, "0 is January"), "getDayOfWeek": (DAYS, "0 is Sunday")}
"""Whose numbers have names, and how they are counted."""

_SPAN: Final = re.compile(r"(-?)(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?")
_HOURS_A_DAY: Final = 24


def span_in_words(written: str) -> str:
    """Return `720h` as `30 days`, `90m` as `90 minutes`; as it is written where it is no such span."""
    found = _SPAN.fullmatch(written)
    if found is None or not any(found.groups()[1:]):
        return written
    minus, hours, minutes, seconds = found.groups()
    parts: list[tuple[int, str]] = []
    if hours is not None:
        days, rest = divmod(int(hours), _HOURS_A_DAY)
        parts += [(days, "day")] if days > 1 or (days and not rest) else []
        parts += [(int(hours) - _HOURS_A_DAY * sum(count for count, _ in parts), "hour")] if rest or not days else []
    parts += [(int(count), name) for count, name in ((minutes, "minute"), (seconds, "second")) if count is not None]
    shown = " ".join(f"{count} {name}{'' if count == 1 else 's'}" for count, name in parts)
    return f"minus {shown}" if minus else shown


def moment_in_words(written: str) -> str:
    """Return `2026-01-31T12:00:00Z` as `31 January 2026 12:00 UTC`; as it is written where it is no moment."""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return written
    if moment.tzinfo is None:
        return written
    zone = f"UTC{moment.strftime('%z')}" if moment.utcoffset() else "UTC"
    clock = moment.strftime("%H:%M:%S" if moment.second else "%H:%M")
    return f"{moment.day} {MONTHS[moment.month - 1]} {moment.year} {clock} {zone}"
