"""Dates and spans of time: as people write them, in the form that CEL reads; and as CEL has them, in words."""

import re
from datetime import datetime
from typing import Final

_UNITS: Final = {"d": 24, "day": 24, "days": 24, "w": 168, "week": 168, "weeks": 168, "hour": 1, "hours": 1}
"""Hours, by how people call them."""
_SPAN: Final = re.compile(r"([0-9]{1,6}) ?([a-z]+)", re.IGNORECASE)
_DATE: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?"
)

_SPAN_TEXT: Final = re.compile(r"(-?)(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?")
_HOURS_A_DAY: Final = 24

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


def hours_in(unit: str) -> int | None:
    """Return how many hours a unit has that CEL's durations do not know, or `hours`."""
    return _UNITS.get(unit.casefold())


def span_of(written: str) -> str | None:
    """Return `30d`, `2 weeks` and the like as CEL reads it: `720h`; None where it is not such a span."""
    found = _SPAN.fullmatch(written.strip())
    hours = hours_in(found[2]) if found else None
    return f"{int(found[1]) * hours}h" if found and hours else None


def whole_moment(written: str) -> str | None:
    """Return `2026-01-31` and the like with time and zone, UTC where none is given; None where it is not a date."""
    found = _DATE.fullmatch(written.strip())
    if found is None:
        return None
    try:
        moment = datetime.fromisoformat(written.strip())
    except ValueError:
        return None
    if found[1] in (None, "Z"):
        return f"{moment.replace(tzinfo=None).isoformat(timespec='seconds')}Z"
    return moment.isoformat(timespec="seconds")


def span_in_words(written: str) -> str:
    """Return `720h` as `30 days`, `90m` as `90 minutes`; as it is written where it is not such a span."""
    found = _SPAN_TEXT.fullmatch(written)
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
    """Return `2026-01-31T12:00:00Z` as `31 January 2026 12:00 UTC`; as it is written where it is not a moment."""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return written
    if moment.tzinfo is None:
        return written
    zone = f"UTC{moment.strftime('%z')}" if moment.utcoffset() else "UTC"
    clock = moment.strftime("%H:%M:%S" if moment.second else "%H:%M")
    return f"{moment.day} {MONTHS[moment.month - 1]} {moment.year} {clock} {zone}"
