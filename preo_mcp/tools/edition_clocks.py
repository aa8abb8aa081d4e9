"""Times by the clocks of the edition that they belong to, where its time zone is known or soon found.

Preo tells times in UTC, and mostly names an edition by its id alone. A zone is asked for once per process and edition,
and for a few editions per answer at the most: never for each row. A time that stays in UTC says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeVar
from weakref import WeakKeyDictionary

from pydantic import BaseModel

from preo_mcp.api.errors import NotFoundError, PermissionDeniedError, PreoError
from preo_mcp.api.models.editions import EditionDetail
from preo_mcp.api.operations import GET_EDITION
from preo_mcp.backend import Backend
from preo_mcp.calls.preo import Preo, together
from preo_mcp.text.local_time import by_clocks_of

MOST_ASKED: Final = 4
"""Editions whose zone is asked for at once: the times of further ones are told in UTC."""

_zones: Final[WeakKeyDictionary[Backend, dict[str, str | None]]] = WeakKeyDictionary()
"""By edition; None where this token cannot read it. A zone that was changed since still gives the right moment."""


R = TypeVar("R", bound=BaseModel)


def know_zone(preo: Preo, edition: EditionDetail) -> None:
    """Remember the time zone of an edition that was read anyway."""
    _known(preo)[edition.id] = edition.timezone


async def zone_of(preo: Preo, edition_id: str | None) -> str | None:
    """Return the time zone of an edition; None where there is none, or it cannot be read."""
    return (await _zones_of(preo, [edition_id])).get(edition_id or "")


async def in_edition_clocks(preo: Preo, rows: Sequence[R]) -> list[R]:
    """Return rows, each with its times by the clocks of the edition that its `edition_id` names."""
    of = [(row, getattr(row, "edition_id", None), _times(row)) for row in rows]
    zones = await _zones_of(preo, (edition_id for _, edition_id, times in of if times))
    return [with_clocks_of(zones.get(edition_id or ""), row, times) for row, edition_id, times in of]


def with_clocks_of(timezone: str | None, row: R, times: Mapping[str, datetime] | None = None) -> R:
    """Return a model with its times by the clocks of a time zone."""
    found = _times(row) if times is None else times
    if timezone is None or not found:
        return row
    return row.model_copy(update={name: by_clocks_of(timezone, at) for name, at in found.items()})


def _times(row: BaseModel) -> dict[str, datetime]:
    return {name: value for name, value in row if isinstance(value, datetime)}


async def _zones_of(preo: Preo, edition_ids: Iterable[str | None]) -> Mapping[str, str | None]:
    known = _known(preo)
    unknown = [key for key in dict.fromkeys(edition_ids) if key and key not in known]
    await together(*(_ask(preo, key) for key in unknown[:MOST_ASKED]))
    return known


async def _ask(preo: Preo, edition_id: str) -> None:
    try:
        know_zone(preo, await preo.request(GET_EDITION, EditionDetail, id=edition_id))
    except (NotFoundError, PermissionDeniedError):
        _known(preo)[edition_id] = None
    except PreoError:  # the answer stands without it, in UTC
        return


def _known(preo: Preo) -> dict[str, str | None]:
    return _zones.setdefault(preo.backend, {})
