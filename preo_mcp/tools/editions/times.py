"""Dates of editions as a person writes them: without an offset they are read in the edition's time zone."""

from datetime import UTC, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import MISSING

from preo_mcp.api.errors import ValidationError
from preo_mcp.api.models.editions import EditionDetail, ListedEdition
from preo_mcp.tools.edition_clocks import with_clocks_of

E = TypeVar("E", bound=EditionDetail | ListedEdition)

NOT_SAVED = "The edition was not saved"


def needs_zone(*dates: datetime | MISSING | None) -> bool:
    """Return whether any of the dates can only be read in a time zone."""
    return any(isinstance(date, datetime) and date.tzinfo is None for date in dates)


def in_edition_time(
    name: str, date: datetime | MISSING | None, timezone: str | None, *, what: str = NOT_SAVED
) -> datetime | MISSING | None:
    """Return a date with an offset: its own, or that of the time zone. `what` begins a refusal.

    Raises:
        ValidationError: there is no time zone or none of that name, or its clocks show this time never or twice.
    """
    if not isinstance(date, datetime) or date.tzinfo is not None:
        return date
    if timezone is None:
        next_step = "Give timezone too, or an offset: +02:00." if what == NOT_SAVED else "Give it with one: +02:00."
        raise ValidationError(what, f"{name} has no offset, and no time zone is known", next_step)
    aware = date.replace(tzinfo=zone(timezone))
    try:
        returned = aware.astimezone(UTC).astimezone(aware.tzinfo).replace(tzinfo=None)
    except OverflowError:
        raise ValidationError(what, f"{name} is too early or too late", "Correct the year.") from None
    if returned != date or aware.utcoffset() != aware.replace(fold=1).utcoffset():
        why = f"{name} is not a single moment in {timezone}, where clocks are changed then"
        raise ValidationError(what, why, "Give it with an offset, such as +02:00.")
    return aware


def zone(timezone: str) -> ZoneInfo:
    """Return a time zone by its IANA name.

    Raises:
        ValidationError: this machine knows none of that name.
    """
    try:
        return ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _refused("timezone is not an IANA name", "Give one such as Europe/Copenhagen.") from None


def by_its_clocks(edition: E) -> E:
    """Return an edition with its times by its own clocks."""
    return with_clocks_of(edition.timezone, edition)


def must_be_in_order(start: datetime | None, end: datetime | None) -> None:
    """Refuse an end that is not after the start.

    Raises:
        ValidationError: with both.
    """
    if start is not None and end is not None and end <= start:
        raise _refused(f"end_date ({end.isoformat()}) is not after start_date ({start.isoformat()})", "Correct them.")


def _refused(why: str, next_step: str) -> ValidationError:
    return ValidationError(NOT_SAVED, why, next_step)
