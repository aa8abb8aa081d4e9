"""Editions: find, look, create, change, duplicate, check."""

from datetime import datetime
from typing import Annotated

from pydantic import MISSING, Field, WithJsonSchema

from preo_mcp.api.models.base import Page
from preo_mcp.api.models.editions import (
    CreateEditionRequest,
    DateStatus,
    DuplicateEditionRequest,
    EditionDetail,
    EditionFieldChoices,
    EditionHealthcheck,
    EditionName,
    EditionOrdering,
    Languages,
    ListedEdition,
    ListEditionsQuery,
    UpdateEditionRequest,
)
from preo_mcp.api.operations import (
    CREATE_EDITION,
    DUPLICATE_EDITION,
    GET_EDITION,
    GET_EDITION_FIELD_CHOICES,
    LIST_EDITIONS,
    RUN_EDITION_HEALTHCHECK,
    UPDATE_EDITION,
)
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.tool import tool
from preo_mcp.replies.listing import Listing
from preo_mcp.tools.arguments import EditionId, OrganizationId, PageNumber, PageSize, ordered_by
from preo_mcp.tools.editions.facts import UPDATE_READ_BACK, facts_of_update, get_edition_detail
from preo_mcp.tools.editions.times import by_its_clocks, in_edition_time, must_be_in_order, needs_zone
from preo_mcp.tools.lists import ListOf
from preo_mcp.tools.two_deeds import then

# Limits are checked and not spelled in the schema, where each would cost every session its tokens.
Name = Annotated[EditionName, WithJsonSchema({"type": "string"})]
LANGUAGE_CODES = {"type": "array", "items": {"type": "string"}}
LanguageCodes = Annotated[Languages, WithJsonSchema(LANGUAGE_CODES)]
NewLanguageCodes = Annotated[Languages, WithJsonSchema({**LANGUAGE_CODES, "description": "en, da, se, nl, pl"})]
Ordering = Annotated[list[EditionOrdering], ordered_by(EditionOrdering)]
TaxName = Annotated[str, Field(description="none, vat, sales")]


LISTED = ListOf(LIST_EDITIONS, Page[ListedEdition], searched=("full_name", "name", "slug", "id"))


@tool(LIST_EDITIONS)
async def list_editions(
    preo: Preo,
    search: str | MISSING = MISSING,
    status: list[DateStatus] | MISSING = MISSING,
    is_draft: bool | MISSING = MISSING,  # noqa: FBT001 - a tool's arguments are named
    is_archived: bool | MISSING = MISSING,  # noqa: FBT001 - a tool's arguments are named
    organization_id: str | MISSING = MISSING,
    ordering: Ordering | MISSING = MISSING,
    page: PageNumber = 1,
    page_size: PageSize = 25,
) -> Listing[ListedEdition]:
    """Find editions (dated runs of events) and their ids, newest first; status goes by their dates."""
    query = ListEditionsQuery(
        is_draft=is_draft,
        is_archived=is_archived,
        organization_id=organization_id,
        ordering=ordering,
        page=page,
        page_size=page_size,
    )
    found = await LISTED.found(preo, query, several={"status": status}, search=search)
    return found.with_rows(by_its_clocks).listed(query)


@tool(GET_EDITION)
async def get_edition(preo: Preo, edition_id: EditionId) -> EditionDetail:
    """Show one edition with its dates (by its own clocks) and settings."""
    return by_its_clocks(await get_edition_detail(preo, edition_id))


@tool(CREATE_EDITION)
async def create_edition(
    preo: Preo,
    organization_id: OrganizationId,
    event_id: Annotated[str, Field(description="As in get_edition (evt_…).")],
    name: Name,
    timezone: Annotated[str, Field(description="IANA name.")],
    start_date: datetime | MISSING = MISSING,
    end_date: datetime | MISSING = MISSING,
    default_country_code: Annotated[str, Field(description="+45 etc.")] | MISSING = MISSING,
    default_language: str | MISSING = MISSING,
    enabled_languages: NewLanguageCodes | MISSING = MISSING,
    tax_type: TaxName | MISSING = MISSING,
) -> EditionDetail:
    """Create an edition as a draft; dates without an offset are in its timezone.

    To start from an existing one with its products use duplicate_edition.
    """
    start = in_edition_time("start_date", start_date, timezone)
    end = in_edition_time("end_date", end_date, timezone)
    must_be_in_order(start if isinstance(start, datetime) else None, end if isinstance(end, datetime) else None)
    request = CreateEditionRequest(
        organization_id=organization_id,
        event_id=event_id,
        name=name,
        timezone=timezone,
        start_date=start,
        end_date=end,
        default_country_code=default_country_code,
        default_language=default_language,
        enabled_languages=enabled_languages,
        tax_type=tax_type,
    )
    return by_its_clocks(await preo.request(CREATE_EDITION, EditionDetail, body=request))


@tool(UPDATE_EDITION, facts=facts_of_update, read_back=UPDATE_READ_BACK)
async def update_edition(
    preo: Preo,
    edition_id: EditionId,
    name: Name | MISSING = MISSING,
    start_date: datetime | MISSING | None = MISSING,
    end_date: datetime | MISSING | None = MISSING,
    timezone: str | MISSING = MISSING,
    default_country_code: str | MISSING = MISSING,
    default_language: str | MISSING = MISSING,
    enabled_languages: LanguageCodes | MISSING = MISSING,
    tax_type: TaxName | MISSING = MISSING,
    is_draft: Annotated[bool, Field(description="false publishes")] | MISSING = MISSING,
    is_archived: bool | MISSING = MISSING,  # noqa: FBT001 - a tool's arguments are named
    meta_image_id: Annotated[str | None, Field(description="Id of a file.")] | MISSING = MISSING,
    transaction_receipt_email_id: str | MISSING | None = MISSING,
    refund_confirmation_email_id: str | MISSING | None = MISSING,
) -> EditionDetail:
    """Change an edition; while it is on sale, or to put it on sale, a person is asked first.

    Dates without an offset are in its timezone.
    """
    place = timezone if timezone is not MISSING else None
    if place is None and needs_zone(start_date, end_date):
        place = (await get_edition_detail(preo, edition_id)).timezone
    request = UpdateEditionRequest(
        name=name,
        start_date=in_edition_time("start_date", start_date, place),
        end_date=in_edition_time("end_date", end_date, place),
        timezone=timezone,
        default_country_code=default_country_code,
        default_language=default_language,
        enabled_languages=enabled_languages,
        tax_type=tax_type,
        is_draft=is_draft,
        is_archived=is_archived,
        meta_image_id=meta_image_id,
        transaction_receipt_email_id=transaction_receipt_email_id,
        refund_confirmation_email_id=refund_confirmation_email_id,
    )
    return by_its_clocks(await preo.request(UPDATE_EDITION, EditionDetail, body=request, id=edition_id))


class DuplicatedEdition(EditionDetail):
    """The copy of an edition; `not_done` says what was asked for and is missing."""

    not_done: str | None = None


@tool(DUPLICATE_EDITION, also={UPDATE_EDITION: ("start_date", "end_date")})
async def duplicate_edition(
    preo: Preo,
    edition_id: EditionId,
    name: Name | MISSING = MISSING,
    start_date: datetime | MISSING = MISSING,
    end_date: datetime | MISSING = MISSING,
) -> DuplicatedEdition:
    """Copy an edition as a draft: settings, products with codes and its own e-mail messages, all new and independent.

    Its dates (without an offset in its timezone), orders, segments, campaigns and webhooks do not come along; image,
    event, consents and templates stay shared.
    """
    place = (await get_edition_detail(preo, edition_id)).timezone if needs_zone(start_date, end_date) else None
    start = in_edition_time("start_date", start_date, place)
    end = in_edition_time("end_date", end_date, place)
    must_be_in_order(start if isinstance(start, datetime) else None, end if isinstance(end, datetime) else None)
    request = DuplicateEditionRequest(name=name)
    copy = await preo.request(DUPLICATE_EDITION, DuplicatedEdition, body=request, id=edition_id)
    if start is MISSING and end is MISSING:
        return by_its_clocks(copy)
    dated, not_done = await then(
        preo.request(
            UPDATE_EDITION, DuplicatedEdition, body=UpdateEditionRequest(start_date=start, end_date=end), id=copy.id
        ),
        done=f"The edition was copied as {copy.id}",
        missing="its dates",
        next_step="Set them with update_edition; duplicating again makes another copy.",
    )
    return by_its_clocks(dated or copy.model_copy(update={"not_done": not_done}))


@tool(GET_EDITION_FIELD_CHOICES)
async def get_edition_field_choices(preo: Preo) -> EditionFieldChoices:
    """List the values that country code, languages, tax type and status of editions take."""
    return await preo.request(GET_EDITION_FIELD_CHOICES, EditionFieldChoices)


class CheckedEdition(EditionHealthcheck):
    """What was found, and of which edition."""

    edition_id: str


@tool(RUN_EDITION_HEALTHCHECK)
async def run_edition_healthcheck(preo: Preo, edition_id: EditionId) -> CheckedEdition:
    """Check what keeps an edition from selling, gravest first, each with what to do.

    A missing receipt can be written, or adopted with adopt_email_message.
    """
    found = await preo.request(RUN_EDITION_HEALTHCHECK, EditionHealthcheck, id=edition_id)
    return CheckedEdition.model_validate({**dict(found), "edition_id": edition_id})
