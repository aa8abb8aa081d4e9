"""Consents: find, look, create, change, delete."""

from typing import Annotated

from pydantic import MISSING, BaseModel, Field, WithJsonSchema

from preo_mcp.models.base import NoContent, Page
from preo_mcp.models.consents import (
    ConsentDescription,
    ConsentDetail,
    ConsentName,
    ConsentOrdering,
    CreateConsentRequest,
    ListConsentsQuery,
    ListedConsent,
    UpdateConsentRequest,
)
from preo_mcp.operations import CREATE_CONSENT, DELETE_CONSENT, GET_CONSENT, LIST_CONSENTS, UPDATE_CONSENT
from preo_mcp.preo import Preo
from preo_mcp.replies.listing import Listing, listing
from preo_mcp.tool import tool
from preo_mcp.tools.arguments import OrganizationId, PageNumber, PageSize
from preo_mcp.tools.consent_facts import facts_of_delete
from preo_mcp.tools.delete_read_back import delete_read_back

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
    return listing(await preo.call(LIST_CONSENTS, Page[ListedConsent], query=query), query)


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
    return await preo.call(CREATE_CONSENT, ConsentDetail, body=request)


@tool(GET_CONSENT)
async def get_consent(preo: Preo, consent_id: str) -> ConsentDetail:
    """Show a consent, how many granted it, and which segments use it."""
    return await preo.call(GET_CONSENT, ConsentDetail, id=consent_id)


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
    return await preo.call(UPDATE_CONSENT, ConsentDetail, body=request, id=consent_id)


@tool(DELETE_CONSENT, facts=facts_of_delete, read_back=delete_read_back(GET_CONSENT, "consent_id", DeletedConsent))
async def delete_consent(preo: Preo, consent_id: str) -> DeletedConsent:
    """Delete a consent and who granted it, unless a segment uses it; a person is asked first."""
    await preo.call(DELETE_CONSENT, NoContent, id=consent_id)
    return DeletedConsent(deleted=consent_id)
