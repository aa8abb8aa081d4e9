"""Dates of editions as a person writes them: without an offset they are read in the edition's time zone."""

from datetime import UTC, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import MISSING, BaseModel

from preo_mcp.api.errors import PreoError, ValidationError
from preo_mcp.api.models.editions import EditionDetail, ListedEdition
from preo_mcp.api.operations import GET_EDITION
from preo_mcp.calls.preo import Preo
from preo_mcp.text.local_time import by_clocks_of

M = TypeVar("M", bound=BaseModel)

E = TypeVar("E", EditionDetail, ListedEdition)

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


def in_time_of(timezone: str | None, shown: M) -> M:
    """Return what a tool shows with its times by the clocks of an edition; as they are where these are not known."""
    times = {name: value for name in type(shown).model_fields if isinstance(value := getattr(shown, name), datetime)}
    return shown.model_copy(update={name: by_clocks_of(timezone, value) for name, value in times.items()})


async def timezone_of(preo: Preo, edition_id: str | None) -> str | None:
    """Return an edition's time zone; None where there is no edition, or it does not tell: times are UTC then."""
    if edition_id is None:
        return None
    try:
        return (await preo.request(GET_EDITION, EditionDetail, id=edition_id)).timezone
    except PreoError:  # what was asked for is there without it
        return None


def by_its_clocks(edition: E) -> E:
    """Return an edition with its times by its own clocks."""
    return in_time_of(edition.timezone, edition)


def must_be_in_order(start: datetime | None, end: datetime | None) -> None:
    """Refuse an end that is not after the start.

    Raises:
        ValidationError: with both.
    """
    if start is not None and end is not None and end <= start:
        raise _refused(f"end_date ({end.isoformat()}) is not after start_date ({start.isoformat()})", "Correct them.")


def _refused(why: str, next_step: str) -> ValidationError:
    return ValidationError(NOT_SAVED, why, next_step)
