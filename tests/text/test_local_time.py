"""Times by the clocks of a place."""

from datetime import UTC, datetime

import pytest

from preo_mcp.text.local_time import by_clocks_of

SUMMER, WINTER = datetime(2027, 7, 1, 10, 0, 0, 123456, tzinfo=UTC), datetime(2027, 1, 1, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("timezone", "moment", "told"),
    [
        ("Europe/Copenhagen", SUMMER, "2027-07-01T12:00:00+02:00"),
        ("Europe/Copenhagen", WINTER, "2027-01-02T00:30:00+01:00"),
        ("America/New_York", WINTER, "2027-01-01T18:30:00-05:00"),
    ],
)
def test_the_same_moment_with_the_offset(timezone: str, moment: datetime, told: str) -> None:
    shown = by_clocks_of(timezone, moment)
    assert shown.isoformat() == told
    assert shown == moment.replace(microsecond=0)


@pytest.mark.parametrize("timezone", [None, "", "Mars/Olympus", "../etc/passwd", "\0"])
def test_where_no_zone_is_known_the_time_stays_as_it_is(timezone: str | None) -> None:
    assert by_clocks_of(timezone, SUMMER) == SUMMER


def test_times_that_no_clock_shows_stay_as_they_are() -> None:
    for moment in (datetime.max.replace(tzinfo=UTC), datetime(2027, 1, 1)):
        assert by_clocks_of("Europe/Copenhagen", moment) == moment
