"""List and get editions, and the choices of their fields."""

import json
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from pydantic import MISSING

from preo_mcp.api.models.base import Page
from preo_mcp.api.models.editions import (
    CountryCode,
    DateStatus,
    EditionDetail,
    EditionFieldChoices,
    EditionOrdering,
    Language,
    ListEditionsQuery,
    TaxType,
)
from preo_mcp.api.operations import GET_EDITION, GET_EDITION_FIELD_CHOICES, LIST_EDITIONS
from preo_mcp.sandbox.editions.documents import represent, visible_edition
from preo_mcp.sandbox.lists import paged
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.store import Doc
from preo_mcp.text.folding import folded

ENDPOINTS = Endpoints()

TAX_LABELS: Mapping[str, str] = {TaxType.NONE: "No tax", TaxType.VAT: "VAT", TaxType.SALES: "Sales tax"}
COUNTRY_LABELS: Mapping[str, str] = {CountryCode.NORTH_AMERICA: "United States and Canada"}


@ENDPOINTS.endpoint(LIST_EDITIONS, returns=Page[EditionDetail], query=ListEditionsQuery)
async def list_editions(call: Call[ListEditionsQuery, Nothing]) -> Doc:
    """List the editions of the member's organizations, the newest first unless `ordering` says otherwise.

    Archived ones and drafts are among them unless filtered out (inferred). Everything is compared here rather than in
    SQL: an account has few editions, and their status depends on the clock.
    """
    found = [edition for edition in _of_organizations(call) if _matches(edition, call.query)]
    _sort(found, [EditionOrdering.CREATED_DESC] if call.query.ordering is MISSING else call.query.ordering)
    return paged(call.url, call.query, len(found), lambda limit, offset: found[offset : offset + limit])


@ENDPOINTS.endpoint(GET_EDITION, returns=EditionDetail)
async def get_edition(call: Call[Nothing, Nothing]) -> Doc:
    """Answer one edition, with its status by the clock."""
    return represent(call.store, visible_edition(call.store, call.member, call.path["id"]))


@ENDPOINTS.endpoint(GET_EDITION_FIELD_CHOICES, returns=EditionFieldChoices)
async def get_edition_field_choices(call: Call[Nothing, Nothing]) -> Doc:  # noqa: ARG001 - they are the same for all
    """Answer the values of every enumerated field with labels (inferred); time zones are not listed, being IANA's."""
    return CHOICES


def _of_organizations(call: Call[ListEditionsQuery, Nothing]) -> Iterator[Doc]:
    wanted = call.query.organization_id
    organizations = [one for one in call.member.organizations if wanted is MISSING or one == wanted]
    marks = ", ".join("?" * len(organizations))
    rows = call.store.db.execute(
        f"SELECT doc FROM editions WHERE organization_id IN ({marks}) ORDER BY id",  # noqa: S608 - values are bound
        organizations,
    )
    return (represent(call.store, json.loads(doc)) for (doc,) in rows)


def _matches(edition: Doc, query: ListEditionsQuery) -> bool:
    wanted = {"is_archived": query.is_archived, "is_draft": query.is_draft, "status": query.status}
    return all(value is MISSING or edition[name] == value for name, value in wanted.items())


def _sort(editions: list[Doc], orderings: Sequence[EditionOrdering]) -> None:
    """Sort by the first key, then the next; without the date of a key an edition comes last either way (inferred)."""
    for ordering in reversed(orderings):
        name, descending = ordering.lstrip("-"), ordering.startswith("-")
        editions.sort(key=lambda edition: _key(edition, name), reverse=descending)
        editions.sort(key=lambda edition: edition[name] is None)


def _key(edition: Doc, name: str) -> str:
    value = edition[name] or ""
    return folded(value) if name == "name" else value


def _choices(values: type[StrEnum], labels: Mapping[str, str]) -> list[Doc]:
    """Values with their labels: the member's name in words unless there is a better one."""
    return [{"value": one.value, "label": labels.get(one) or _words(one)} for one in values]


def _words(member: StrEnum) -> str:
    words = member.name.replace("_", " ").lower()
    return words.title() if isinstance(member, CountryCode) else words.capitalize()


CHOICES: Doc = {
    "status": _choices(DateStatus, {}),
    "default_country_code": _choices(CountryCode, COUNTRY_LABELS),
    "default_language": _choices(Language, {}),
    "enabled_languages": _choices(Language, {}),
    "tax_type": _choices(TaxType, TAX_LABELS),
}
"""By field."""
