"""Dates and spans of time as people write them, in the form that CEL reads."""

import re
from datetime import datetime
from typing import Final

_UNITS: Final = {"d": 24, "day": 24, "days": 24, "w": 168, "week": 168, "weeks": 168, "hour": 1, "hours": 1}
"""Hours, by how people call them."""
_SPAN: Final = re.compile(r"([0-9]{1,6}) ?([a-z]+)", re.IGNORECASE)
_DATE: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?"
)


def hours_in(unit: str) -> int | None:
    """Return how many hours a unit has that CEL's durations do not know, or `hours`."""
    return _UNITS.get(unit.casefold())


def span_of(written: str) -> str | None:
    """Return `30d`, `2 weeks` and the like as CEL reads it: `720h`; None where it is no such span."""
    found = _SPAN.fullmatch(written.strip())
    hours = hours_in(found[2]) if found else None
    return f"{int(found[1]) * hours}h" if found and hours else None


def whole_moment(written: str) -> str | None:
    """Return `2026-01-31` and the like with time and zone, UTC where none is given; None where it is no date."""
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
