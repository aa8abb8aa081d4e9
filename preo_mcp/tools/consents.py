"""Consents: find, look, create, change, delete."""

from typing import Annotated

from pydantic import MISSING, BaseModel, Field, WithJsonSchema

from preo_mcp.api.errors import ConflictError
from preo_mcp.api.models.base import NoContent, Page
from preo_mcp.api.models.consents import (
    ConsentDescription,
    ConsentDetail,
    ConsentName,
    ConsentOrdering,
    ConsentSegment,
    CreateConsentRequest,
    ListConsentsQuery,
    ListedConsent,
    UpdateConsentRequest,
)
from preo_mcp.api.operations import CREATE_CONSENT, DELETE_CONSENT, GET_CONSENT, LIST_CONSENTS, UPDATE_CONSENT
from preo_mcp.approval.facts import Facts, Line, Stakes
from preo_mcp.approval.wording import say
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.tool import tool
from preo_mcp.replies.listing import Listing, listing
from preo_mcp.tools.arguments import OrganizationId, PageNumber, PageSize
from preo_mcp.tools.fact_words import NONE, UNKNOWN, named, number
from preo_mcp.tools.read_backs import delete_read_back

NAMED = 5
"""Segments that a refusal names; the others are counted."""


async def facts_of_delete(preo: Preo, consent_id: str) -> Facts:
    """Return what would be deleted.

    Raises:
        ConflictError: segments use it, which Preo refuses.
        PreoError: the consent cannot be had.
    """
    consent = await preo.request(GET_CONSENT, ConsentDetail, id=consent_id)
    if consent.segments:
        more = f" and {len(consent.segments) - NAMED} more" if len(consent.segments) > NAMED else ""
        raise ConflictError(
            f"{DELETE_CONSENT.title} was not done",
            f"segments use it: {', '.join(map(_spelled, consent.segments[:NAMED]))}{more}",
            "Give them another consent_id with update_segment, or delete them with delete_segment.",
        )
    lines: tuple[Line, ...] = (
        (say("Consent"), named(consent.name, consent.id)),
        (say("Kind"), consent.type or UNKNOWN),
        (say("Organization"), consent.organization_id or UNKNOWN),
        (say("Customers who granted it"), number(consent.granted_count)),
        (say("Customers who withdrew it"), number(consent.withdrawn_count)),
        (say("Segments that use it"), UNKNOWN if consent.segments is None else NONE),
    )
    stakes = Stakes(organization_id=consent.organization_id)
    return Facts(say("Delete this consent and the record of who granted it?"), lines, stakes=stakes)


def _spelled(segment: ConsentSegment) -> str:
    return f"{segment.name or 'unnamed'} ({segment.id})"


# Limits are checked and not spelled in the schema, where each would cost every session its tokens.
Name = Annotated[ConsentName, WithJsonSchema({"type": "string"})]
Description = Annotated[ConsentDescription, WithJsonSchema({"type": "string"})]
Orderings = Annotated[
    list[ConsentOrdering],
    WithJsonSchema({"type": "array", "items": {"type": "string"}, "description": "created, -name etc."}),
]
TypeName = Annotated[str, Field(description="marketing, profiling, third_party, terms")]


class DeletedConsent(BaseModel):
    """Which consent is gone."""

    deleted: str


@tool(LIST_CONSENTS)
async def list_consents(
    preo: Preo,
    organization_id: str | MISSING = MISSING,
    search: str | MISSING = MISSING,
    ordering: Orderings | MISSING = MISSING,
    page: PageNumber = 1,
    page_size: PageSize = 25,
) -> Listing[ListedConsent]:
    """List consents with how many customers granted and withdrew each."""
    query = ListConsentsQuery(
        organization_id=organization_id, search=search, ordering=ordering, page=page, page_size=page_size
    )
    return listing(await preo.request(LIST_CONSENTS, Page[ListedConsent], query=query), query)


@tool(CREATE_CONSENT)
async def create_consent(
    preo: Preo,
    organization_id: OrganizationId,
    name: Name,
    description: Description | MISSING = MISSING,
    type: TypeName | MISSING = MISSING,  # noqa: A002 - Preo's word
    required: bool | MISSING = MISSING,  # noqa: FBT001 - a tool's arguments are named
) -> ConsentDetail:
    """Create a consent for customers to grant."""
    request = CreateConsentRequest(
        organization_id=organization_id, name=name, description=description, type=type, required=required
    )
    return await preo.request(CREATE_CONSENT, ConsentDetail, body=request)


@tool(GET_CONSENT)
async def get_consent(preo: Preo, consent_id: str) -> ConsentDetail:
    """Show a consent, how many granted it, and which segments use it."""
    return await preo.request(GET_CONSENT, ConsentDetail, id=consent_id)


@tool(UPDATE_CONSENT)
async def update_consent(
    preo: Preo,
    consent_id: str,
    name: Name | MISSING = MISSING,
    description: Description | MISSING | None = MISSING,
    type: str | MISSING = MISSING,  # noqa: A002 - Preo's word
    required: bool | MISSING = MISSING,  # noqa: FBT001 - a tool's arguments are named
) -> ConsentDetail:
    """Change a consent (null removes the description)."""
    request = UpdateConsentRequest(name=name, description=description, type=type, required=required)
    return await preo.request(UPDATE_CONSENT, ConsentDetail, body=request, id=consent_id)


@tool(DELETE_CONSENT, facts=facts_of_delete, read_back=delete_read_back(GET_CONSENT, "consent_id", DeletedConsent))
async def delete_consent(preo: Preo, consent_id: str) -> DeletedConsent:
    """Delete a consent and who granted it, unless a segment uses it; a person is asked first."""
    await preo.request(DELETE_CONSENT, NoContent, id=consent_id)
    return DeletedConsent(deleted=consent_id)
