"""What a person is shown before an edition changes that is on sale, or that campaigns or imports under way need."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import MISSING

from preo_mcp.api.errors import NotFoundError
from preo_mcp.api.models.base import Page, Response
from preo_mcp.api.models.campaigns import CampaignDetail
from preo_mcp.api.models.data_imports import ListDataImportsQuery, ListedDataImport, Stage
from preo_mcp.api.models.editions import DateStatus, EditionDetail
from preo_mcp.api.models.email_messages import EmailMessageDetail
from preo_mcp.api.models.orders import ListOrdersQuery
from preo_mcp.api.models.segments import SegmentDetail
from preo_mcp.api.operations import (
    GET_EDITION,
    GET_EMAIL_MESSAGE,
    GET_SEGMENT,
    LIST_DATA_IMPORTS,
    LIST_ORDERS,
    UPDATE_EDITION,
)
from preo_mcp.approval.facts import CHANGES, Facts, Line, Stakes, Yes
from preo_mcp.approval.quoting import harmless
from preo_mcp.approval.wording import Message, Moment, Words, say
from preo_mcp.calls.preo import Preo, together
from preo_mcp.tools.campaigns.active import active_campaigns, campaign_lines
from preo_mcp.tools.campaigns.names import is_reference, named_in
from preo_mcp.tools.campaigns.subjects import LabelledCount, part_of
from preo_mcp.tools.editions.times import by_its_clocks, in_edition_time, must_be_in_order
from preo_mcp.tools.fact_words import UNKNOWN, change, changed_field, in_words, listed, named, yes_or_no
from preo_mcp.tools.read_backs import field_read_back
from preo_mcp.tools.roles import memberships, must_be_manager
from preo_mcp.tools.whole_lists import Whole, whole_list

DATES = ("start_date", "end_date")
MAILS = ("transaction_receipt_email_id", "refund_confirmation_email_id")
"""What is sent for an edition also when it is over: refunds go on."""
BOUND = ("id", "name", "full_name", "is_draft", "is_archived", *DATES, *MAILS, "timezone", "default_country_code")
"""What an answer holds for, besides what is shown."""


async def facts_of_update(preo: Preo, edition_id: str, **arguments: Any) -> Facts | None:
    """Return what a change means for an edition that is on sale before or after it, or needed; None for any other.

    Publishing puts an edition on sale, so it is asked about too. Campaigns that are about to be sent tell people its
    name and dates, and running imports read phone numbers with its country.

    Raises:
        ValidationError: a date that cannot be read, or an end before the start.
        PermissionDeniedError: the token's user may only look.
        PreoError: the edition, the number of its orders or what is under way cannot be fetched.
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
    under_way = await _under_way(preo, edition)
    touches_people = is_on_sale(edition) or is_on_sale(after) or _changes_mail(edition, changed)
    if not (under_way or touches_people):
        return None
    orders, members, changes = await together(
        _orders(preo, edition_id), memberships(preo), _changes(preo, edition, after, changed)
    )
    must_be_manager(members, edition.organization_id, UPDATE_EDITION)
    name = edition.full_name or edition.name or edition.id
    return Facts(
        _question(edition, after, name, is_used=bool(under_way)),
        (
            (say("Edition"), say("{edition}, {state}", edition=named(name, edition.id), state=_state(edition))),
            *under_way,
        ),
        orders,
        replace(_stakes(edition), is_unknown=edition.is_draft is None),
        tuple(changes),
        part_of(edition, BOUND),
        yes=CHANGES if is_on_sale(edition) or not is_on_sale(after) else Yes(say("Put on sale")),
    )


async def get_edition_detail(preo: Preo, edition_id: str) -> EditionDetail:
    """Return an edition as it stands now.

    Raises:
        PreoError: it cannot be fetched.
    """
    return await preo.request(GET_EDITION, EditionDetail, id=edition_id)


def _question(before: EditionDetail, after: EditionDetail, name: str, *, is_used: bool) -> Message:
    if is_on_sale(before):
        return say("Change {edition}, which is on sale?", edition=name)
    if is_on_sale(after):
        return say("Put {edition} on sale?", edition=name)
    if is_used:
        return say("Change {edition}, on which campaigns or imports under way build?", edition=name)
    return say("Change {edition}, of which mails still go out?", edition=name)


def _changes_mail(edition: EditionDetail, changed: dict[str, Any]) -> bool:
    return edition.is_draft is not True and any(name in changed for name in MAILS)


async def _orders(preo: Preo, edition_id: str) -> tuple[LabelledCount, ...]:
    query = ListOrdersQuery(edition_id=edition_id, page_size=1)
    found = await preo.request(LIST_ORDERS, Page[Response], query=query)
    return ((say("Orders so far"), found.count),)


async def _changes(preo: Preo, before: EditionDetail, after: EditionDetail, names: Iterable[str]) -> list[Line]:
    fields = [*names]
    pairs = await together(*(_shown(preo, one, name) for name in fields for one in (before, after)))
    return [(changed_field(name), change(*pairs[2 * place : 2 * place + 2])) for place, name in enumerate(fields)]


async def _under_way(preo: Preo, edition: EditionDetail) -> list[Line]:
    """Return the campaigns that are about to be sent and the imports that run, a line each."""
    running = ListDataImportsQuery(edition_id=edition.id, stage=Stage.IMPORTING)
    campaigns, imports = await together(
        _campaigns(preo, edition),
        whole_list(lambda asked: preo.request(LIST_DATA_IMPORTS, Page[ListedDataImport], query=asked), running),
    )
    unknown: list[Line] = [] if imports.is_whole else [(say("Other imports"), UNKNOWN)]
    return [*campaign_lines(campaigns), *((say("Import"), named(one.name, one.id)) for one in imports.rows), *unknown]


async def _campaigns(preo: Preo, edition: EditionDetail) -> Whole[CampaignDetail]:
    """Return the campaigns that are about to be sent and about an edition: by themselves, by message or by segment."""
    active = await active_campaigns(preo, edition.organization_id, lambda _: True)
    about = await together(*(_is_about(preo, one, edition.id) for one in active.rows))
    return replace(active, rows=[one for one, is_it in zip(active.rows, about, strict=True) if is_it])


async def _is_about(preo: Preo, campaign: CampaignDetail, edition_id: str) -> bool:
    """Return whether a campaign tells of an edition, or its people are chosen by it; or may, where that is unknown."""
    if campaign.edition_id == edition_id:
        return True
    named_by = await together(_edition_of_message(preo, campaign), _edition_of_segment(preo, campaign))
    return edition_id in named_by or (campaign.edition_id is None and not any(named_by))


async def _edition_of_message(preo: Preo, campaign: CampaignDetail) -> str | None:
    if campaign.email_message_id is None:
        return None
    try:
        found = await preo.request(GET_EMAIL_MESSAGE, EmailMessageDetail, id=campaign.email_message_id)
    except NotFoundError:
        return None
    return found.edition_id


async def _edition_of_segment(preo: Preo, campaign: CampaignDetail) -> str | None:
    if campaign.segment_id is None:
        return None
    try:
        return (await preo.request(GET_SEGMENT, SegmentDetail, id=campaign.segment_id)).edition_id
    except NotFoundError:
        return None


def is_on_sale(edition: EditionDetail) -> bool:
    """Return whether people can buy: unless it is known to be a draft, archived or over."""
    return edition.is_draft is not True and edition.is_archived is not True and edition.status != DateStatus.PAST


def _stakes(edition: EditionDetail) -> Stakes:
    name = harmless(edition.full_name or edition.name or "") or edition.id
    return Stakes(name=name, organization_id=edition.organization_id, edition_id=edition.id)


def _state(edition: EditionDetail) -> Words:
    if not is_on_sale(edition):
        return say("not on sale ({why})", why=say("draft") if edition.is_draft else in_words(edition.status))
    is_known = None not in (edition.is_draft, edition.is_archived, edition.status)
    return say("on sale") if is_known else say("on sale, as far as is known")


async def _shown(preo: Preo, edition: EditionDetail, name: str) -> Words | None:
    """A field's value as a person reads it; dates in the edition's time, messages by their titles."""
    value: object = getattr(edition, name)
    match value:
        case None:
            return None
        case datetime():
            return Moment(value, edition.timezone or "UTC")
        case bool():
            return yes_or_no(value)
        case list():
            return listed(*edition.enabled_languages or ())
        case str() if is_reference(name):
            return await named_in(preo, name, value)
        case _:
            return in_words(str(value)) if name == "tax_type" else str(value)


def _in_its_time(edition: EditionDetail, given: dict[str, Any]) -> dict[str, Any]:
    place = given.get("timezone") or edition.timezone
    return given | {name: in_edition_time(name, given[name], place) for name in DATES if name in given}


UPDATE_READ_BACK = field_read_back(GET_EDITION, EditionDetail, "edition_id", answer=by_its_clocks, wished=_in_its_time)
