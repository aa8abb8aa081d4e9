"""An edition's dates: which there can be, how they are stored, and where the clock stands to them."""

from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from preo_mcp.api.models.editions import DateStatus
from preo_mcp.sandbox.clock import iso
from preo_mcp.sandbox.store import Doc

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
"""Between these an edition's dates must lie (inferred)."""

DEFAULT_ZONE = "UTC"
"""The time zone of an edition that was created without one (inferred); the healthcheck warns of it."""


@cache
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones())


def is_zone(name: str) -> bool:
    """Return whether `name` is an IANA time zone."""
    return name in _zone_names()


def stored_date(moment: datetime) -> str | None:
    """Return a date as it is stored, None for one that no edition can have; without an offset it is UTC (inferred)."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return iso(aware) if EARLIEST <= aware < LATEST else None


def date_status(edition: Doc, now: datetime) -> DateStatus:
    """Return where `now` stands to the edition's dates, counted in days of the edition's time zone.

    An edition is current from midnight before its start until midnight after its end (inferred); with only one of the
    two dates it counts as without dates (inferred).
    """
    if not edition["start_date"] or not edition["end_date"]:
        return DateStatus.NO_DATES
    zone = ZoneInfo(edition["timezone"])
    start, end = (datetime.fromisoformat(edition[name]).astimezone(zone).date() for name in ("start_date", "end_date"))
    today = now.astimezone(zone).date()
    if today < start:
        return DateStatus.UPCOMING
    return DateStatus.CURRENT if today <= end else DateStatus.PAST
