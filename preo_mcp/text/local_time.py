"""Times by the clocks of the place where they count, with the offset: `2027-03-01T10:00:00+01:00`."""

from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def by_clocks_of(timezone: str | None, moment: datetime) -> datetime:
    """Return the same moment by the clocks of a time zone, to the second; as it is where the zone is not known."""
    zone = None if timezone is None or moment.tzinfo is None else _zone(timezone)
    if zone is None:
        return moment
    try:
        return moment.astimezone(zone).replace(microsecond=0)
    except OverflowError:  # the first or the last hours that there are
        return moment


@lru_cache(maxsize=256)
def _zone(timezone: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # this computer knows none of that name
        return None
