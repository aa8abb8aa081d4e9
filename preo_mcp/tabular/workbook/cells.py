"""A cell's value as the text a person would have typed."""

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

Value = int | float | str | bool | datetime.time | datetime.date | datetime.datetime | datetime.timedelta

_HALF_A_SECOND = datetime.timedelta(microseconds=500_000)


def one_line(value: str) -> str:
    """Return a text with its line breaks as carriage returns, so that a row of the sheet stays one line of the copy."""
    return value.replace("\r\n", "\r").replace("\n", "\r") if "\n" in value else value


def number(value: float) -> str:
    """Return a number in plain digits: ``4520123456``, ``12.1``, ``0.00001``; Excel keeps 15 of them."""
    if value.is_integer():
        return str(int(value))
    text = f"{value:.15g}"
    return f"{Decimal(text):f}" if "e" in text else text


def truth(value: bool) -> str:  # noqa: FBT001 - the cell's value
    """Return a truth value as spreadsheets show it."""
    return "TRUE" if value else "FALSE"


def moment(value: datetime.datetime) -> str:
    """Return a date with a time as ISO 8601; kept as a fraction of a day, 19:30 may come back as 19:29:59.999997."""
    return (value + _HALF_A_SECOND).replace(microsecond=0).isoformat()


def clock(value: datetime.time) -> str:
    """Return a time of day as ISO 8601, to the nearest second."""
    return moment(datetime.datetime.combine(datetime.date(2000, 1, 1), value))[11:]


def duration(value: datetime.timedelta) -> str:
    """Return a duration as ``h:mm:ss``."""
    seconds = round(value.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


TEXT_OF: dict[type[Value], Callable[[Any], str]] = {
    str: str,
    float: number,
    int: str,
    bool: truth,
    datetime.datetime: moment,
    datetime.date: datetime.date.isoformat,
    datetime.time: clock,
    datetime.timedelta: duration,
}
"""How each type of value becomes text; a table, because it is used for every cell."""
