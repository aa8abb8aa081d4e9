"""What a person is shown before an edition changes that is on sale, or that campaigns or imports under way need."""

from datetime import datetime
from typing import Any

from pydantic import MISSING

from preo_mcp.api.models.base import Page, Response
from preo_mcp.api.models.campaigns import ACTIVE_STATUSES, Campaign, ListCampaignsQuery
from preo_mcp.api.models.data_imports import ListDataImportsQuery, ListedDataImport, Stage
from preo_mcp.api.models.editions import DateStatus, EditionDetail
from preo_mcp.api.models.orders import ListOrdersQuery
from preo_mcp.api.operations import GET_EDITION, LIST_CAMPAIGNS, LIST_DATA_IMPORTS, LIST_ORDERS
from preo_mcp.approval.facts import Facts, Line, Stakes
from preo_mcp.approval.wording import Figure, Words, say
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.together import together
from preo_mcp.tools.campaigns.subjects import spelled
from preo_mcp.tools.editions.times import in_edition_time, must_be_in_order, zone
from preo_mcp.tools.fact_words import UNKNOWN, change, changed_field, listed, named, number, yes_or_no
from preo_mcp.tools.read_backs import field_read_back

DATES = ("start_date", "end_date")
PAGE = 1000
"""Campaigns and running imports that are looked through, the newest first."""


async def facts_of_update(preo: Preo, edition_id: str, **arguments: Any) -> Facts | None:
    """Return what a change means for an edition that is on sale before or after it, or needed; None for any other.

    `arguments` are those of update_edition. Publishing puts an edition on sale, so it is asked about too. Campaigns
    that are about to be sent tell people its name and dates, and running imports read phone numbers with its country.

    Raises:
        ValidationError: a date that is none, or an end before the start.
        PreoError: the edition, the number of its orders or what is under way cannot be had.
    """
    edition = await get_edition_detail(preo, edition_id)
    given = {name: value for name, value in arguments.items() if value is not MISSING}
    dates = {
        name: in_edition_time(name, given[name], given.get("timezone") or edition.timezone)
        for name in DATES
        if name in given
    }
    changed = {name: value for name, value in (given | dates).items() if value != getattr(edition, name)}
    after = edition.model_copy(update=changed)
    must_be_in_order(after.start_date, after.end_date)
    if "end_date" in changed:
        after = after.model_copy(update={"status": None})
    if not changed:
        return None
    under_way = [] if is_on_sale(edition) or is_on_sale(after) else await _under_way(preo, edition_id)
    if not (under_way or is_on_sale(edition) or is_on_sale(after)):
        return None
    orders = await preo.request(LIST_ORDERS, Page[Response], query=ListOrdersQuery(edition_id=edition_id, page_size=1))
    name = named(edition.full_name or edition.name, edition.id)
    lines: list[Line] = [
        (say("Edition"), say("{edition}, {state}", edition=name, state=_state(edition))),
        (say("Orders so far"), number(orders.count)),
        *((changed_field(field), change(_shown(edition, field), _shown(after, field))) for field in changed),
        *under_way,
    ]
    if under_way:
        question = say("Change this edition, on which campaigns or imports under way build?")
    elif is_on_sale(edition):
        question = say("Change this edition, which is on sale?")
    else:
        question = say("Put this edition on sale?")
    stakes = Stakes(organization_id=edition.organization_id, edition_id=edition.id)
    return Facts(question, tuple(lines), stakes=stakes)


async def get_edition_detail(preo: Preo, edition_id: str) -> EditionDetail:
    """Return an edition as it stands now.

    Raises:
        PreoError: it cannot be had.
    """
    return await preo.request(GET_EDITION, EditionDetail, id=edition_id)


async def _under_way(preo: Preo, edition_id: str) -> list[Line]:
    """Return the campaigns that are about to be sent and the imports that run, a line each."""
    newest = ListCampaignsQuery(edition_id=edition_id, page_size=PAGE)
    running = ListDataImportsQuery(edition_id=edition_id, stage=Stage.IMPORTING, page_size=PAGE)
    campaigns, imports = await together(
        preo.request(LIST_CAMPAIGNS, Page[Campaign], query=newest),
        preo.request(LIST_DATA_IMPORTS, Page[ListedDataImport], query=running),
    )
    return [
        *((say("Campaign"), spelled(one)) for one in campaigns.results if one.status in ACTIVE_STATUSES),
        *((say("Import"), named(one.name, one.id)) for one in imports.results),
    ]


def is_on_sale(edition: EditionDetail) -> bool:
    """Return whether people can buy: published, not archived, not over."""
    return edition.is_draft is False and not edition.is_archived and edition.status != DateStatus.PAST


def _state(edition: EditionDetail) -> Words:
    if is_on_sale(edition):
        return say("on sale")
    return say("not on sale ({why})", why=say("draft") if edition.is_draft else edition.status or UNKNOWN)


def _shown(edition: EditionDetail, name: str) -> Words | None:
    """A field's value as a person reads it; dates in the edition's time."""
    value: object = getattr(edition, name)
    if isinstance(value, datetime):
        local = value.astimezone(zone(edition.timezone)) if edition.timezone else value
        return Figure(f"{local:%Y-%m-%d %H:%M %Z}")
    match value:
        case None:
            return None
        case bool():
            return yes_or_no(value)
        case list():
            return listed(*edition.enabled_languages or ())
        case _:
            return str(value)


def _in_its_time(edition: EditionDetail, given: dict[str, Any]) -> dict[str, Any]:
    place = given.get("timezone") or edition.timezone
    return given | {name: in_edition_time(name, given[name], place) for name in DATES if name in given}


UPDATE_READ_BACK = field_read_back(GET_EDITION, EditionDetail, "edition_id", wished=_in_its_time)
