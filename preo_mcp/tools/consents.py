"""Consents: find, look, create, change, delete."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import MISSING, BaseModel, Field, WithJsonSchema

from preo_mcp.api.errors import ConflictError
from preo_mcp.api.models.base import NoContent, Page
from preo_mcp.api.models.consents import (
    ConsentDescription,
    ConsentDetail,
    ConsentName,
    ConsentOrdering,
    ConsentSegment,
    ConsentType,
    CreateConsentRequest,
    ListConsentsQuery,
    ListedConsent,
    UpdateConsentRequest,
)
from preo_mcp.api.operations import CREATE_CONSENT, DELETE_CONSENT, GET_CONSENT, LIST_CONSENTS, UPDATE_CONSENT
from preo_mcp.approval.ended import DidNotHappen, ReadBack, Unknown
from preo_mcp.approval.facts import CHANGES, DELETES, Facts, Line, Stakes, Yes
from preo_mcp.approval.quoting import harmless
from preo_mcp.approval.wording import Count, Message, Passage, Words, say
from preo_mcp.calls.preo import Preo, together
from preo_mcp.calls.tool import tool
from preo_mcp.replies.listing import Listing
from preo_mcp.tools.arguments import OrganizationId, PageNumber, PageSize, ordered_by
from preo_mcp.tools.campaigns.subjects import Reaching, part_of
from preo_mcp.tools.fact_words import (
    NONE,
    UNKNOWN,
    VALUES,
    change,
    changed_field,
    in_words,
    listed,
    named,
    yes_or_no,
)
from preo_mcp.tools.lists import ListOf
from preo_mcp.tools.read_backs import added_since, delete_read_back, field_read_back, newest, the_one
from preo_mcp.tools.roles import memberships, must_be_manager, must_manage

NAMED = 5
"""Segments that a refusal names; the others are counted."""


BOUND = ("name", "description", "type", "required")
"""What a consent says: what customers agreed to."""


async def facts_of_delete(preo: Preo, consent_id: str) -> Facts:
    """Return what would be deleted.

    Raises:
        ConflictError: segments use it, which Preo refuses.
        PermissionDeniedError: the token's user may only look.
        PreoError: the consent cannot be fetched.
    """
    consent, members = await together(_consent(preo, consent_id), memberships(preo))
    must_be_manager(members, consent.organization_id, DELETE_CONSENT)
    if consent.segments:
        more = f" and {len(consent.segments) - NAMED} more" if len(consent.segments) > NAMED else ""
        raise ConflictError(
            f"{DELETE_CONSENT.title} was not done",
            f"segments use it: {', '.join(map(_spelled, consent.segments[:NAMED]))}{more}",
            "Give them another consent_id with update_segment, or delete them with delete_segment.",
        )
    question = say("Delete the consent {consent} and the record of who granted it?", consent=consent.name or consent.id)
    return _facts(question, consent, (), is_unknown=consent.segments is None)


async def facts_of_create(preo: Preo, organization_id: str, **arguments: Any) -> Facts | None:
    """Return what everybody who buys would have to agree to; None for a consent that can be left open.

    `arguments` are the others of create_consent.

    Raises:
        PermissionDeniedError: the token's user may only look.
        PreoError: who they are cannot be found out.
    """
    if arguments["required"] is not True:
        return None
    await must_manage(preo, organization_id, CREATE_CONSENT)
    name = arguments["name"]
    text, kind = (None if arguments[field] is MISSING else arguments[field] for field in ("description", "type"))
    return Facts(
        say("Create the consent {consent}? Nobody buys without it from then on.", consent=name),
        ((say("Organization"), organization_id), (say("Kind"), in_words(kind or ConsentType.MARKETING))),
        stakes=Stakes(name=harmless(name), organization_id=organization_id),
        deciding=((say("Text"), Passage(text) if text else NONE),),
        yes=Yes(say("Create")),
    )


async def facts_of_update(preo: Preo, consent_id: str, **arguments: Any) -> Facts | None:
    """Return what changes in a consent that customers have granted or segments use; None for one that nobody needs.

    What customers agreed to is what it said then: a campaign rests on that. `arguments` are those of update_consent.

    Raises:
        PermissionDeniedError: the token's user may only look.
        PreoError: the consent cannot be fetched.
    """
    consent = await _consent(preo, consent_id)
    given = {name: value for name, value in arguments.items() if value is not MISSING}
    changes = {name: value for name, value in given.items() if value != getattr(consent, name)}
    is_unused = (consent.granted_count, consent.withdrawn_count, consent.segments) == (0, 0, [])
    becomes_required = changes.get("required") is True  # nobody buys without it from then on
    if not changes or (is_unused and not becomes_required):
        return None
    await must_manage(preo, consent.organization_id, UPDATE_CONSENT)
    name, granted = consent.name or consent.id, consent.granted_count
    if granted is None:
        question = say("Change the consent {consent}, which an unknown number of people granted?", consent=name)
    else:
        question = say(
            "Change the consent {consent}, which {count} people granted?", consent=name, count=Count(granted)
        )
    deciding = tuple(
        (_LABELS[field], change(_value(getattr(consent, field)), _value(value))) for field, value in changes.items()
    )
    is_unknown = granted is None or consent.segments is None
    facts = _facts(question, consent, deciding, is_unknown=is_unknown)
    return Reaching(
        *(facts.question, facts.lines, facts.counts, facts.stakes, facts.deciding, facts.content),
        deed=say("Change the consent {consent}?", consent=name),
        yes=CHANGES,
    )


_LABELS: Final[Mapping[str, Message]] = {
    "name": changed_field("name"),
    "description": changed_field("description"),
    "type": say("{field} (change)", field=say("Kind")),
    "required": say("{field} (change)", field=say("Needed to buy")),
}


async def _consent(preo: Preo, consent_id: str) -> ConsentDetail:
    return await preo.request(GET_CONSENT, ConsentDetail, id=consent_id)


def _facts(question: Message, consent: ConsentDetail, deciding: tuple[Line, ...], *, is_unknown: bool) -> Facts:
    segments = consent.segments
    names = listed(*(one.name or one.id for one in segments)) if segments is not None else UNKNOWN
    counts = [
        (say("Customers who granted it"), consent.granted_count),
        (say("Customers who withdrew it"), consent.withdrawn_count),
    ]
    return Facts(
        question,
        (
            (say("Consent"), named(consent.name, consent.id)),
            (say("Text"), Passage(consent.description) if consent.description else NONE),
            (say("Kind"), in_words(consent.type)),
            (say("Needed to buy"), yes_or_no(consent.required)),
            (say("Organization"), consent.organization_id or UNKNOWN),
            (say("Segments that use it"), names),
            *((label, UNKNOWN) for label, count in counts if count is None),
        ),
        tuple((label, count) for label, count in counts if count is not None),
        Stakes(
            name=harmless(consent.name or "") or consent.id,
            organization_id=consent.organization_id,
            is_unknown=is_unknown,
        ),
        deciding,
        part_of(consent, BOUND),
        yes=CHANGES if deciding else DELETES,
    )


def _value(value: str | bool | None) -> Words | None:  # noqa: FBT001 - a field's value
    match value:
        case bool():
            return yes_or_no(value)
        case str():
            return VALUES.get(value) or Passage(value)
        case None:
            return None


def _spelled(segment: ConsentSegment) -> str:
    return f"{segment.name or 'unnamed'} ({segment.id})"


def _newest_first(organization_id: str) -> ListConsentsQuery:
    return ListConsentsQuery(organization_id=organization_id, ordering=[ConsentOrdering.CREATED_DESC])


async def _before_create(preo: Preo, organization_id: str, **_: Any) -> dict[str, Any]:
    return await newest(preo, LIST_CONSENTS, Page[ConsentDetail], _newest_first(organization_id))


async def _created(
    preo: Preo, before: dict[str, Any], organization_id: str, **arguments: Any
) -> BaseModel | DidNotHappen | Unknown:
    """Look for a consent that was created since and is what was asked for."""
    query = _newest_first(organization_id)
    added = await added_since(preo, LIST_CONSENTS, Page[ConsentDetail], query, before)
    if isinstance(added, Unknown):
        return added
    given = {name: value for name, value in arguments.items() if value is not MISSING}

    def is_it(consent: ConsentDetail) -> bool:
        return all(getattr(consent, name) == value for name, value in given.items())

    return the_one(added, is_it, none="no such consent was created since", next_step="Look for it with list_consents.")


CREATE_READ_BACK = ReadBack(after=_created, before=_before_create)


# Limits are checked and not spelled in the schema, where each would cost every session its tokens.
Name = Annotated[ConsentName, WithJsonSchema({"type": "string"})]
Description = Annotated[ConsentDescription, WithJsonSchema({"type": "string"})]
Ordering = Annotated[list[ConsentOrdering], ordered_by(ConsentOrdering)]
TypeName = Annotated[str, Field(description="marketing, profiling, third_party, terms")]


class DeletedConsent(BaseModel):
    """Which consent is gone."""

    deleted: str


LISTED = ListOf(LIST_CONSENTS, Page[ListedConsent], searched=("name", "description", "type", "id"))


@tool(LIST_CONSENTS)
async def list_consents(
    preo: Preo,
    organization_id: str | MISSING = MISSING,
    search: str | MISSING = MISSING,
    ordering: Ordering | MISSING = MISSING,
    page: PageNumber = 1,
    page_size: PageSize = 25,
) -> Listing[ListedConsent]:
    """List consents with how many customers granted and withdrew each."""
    query = ListConsentsQuery(organization_id=organization_id, ordering=ordering, page=page, page_size=page_size)
    return await LISTED.find(preo, query, search=search)


@tool(CREATE_CONSENT, facts=facts_of_create, read_back=CREATE_READ_BACK)
async def create_consent(
    preo: Preo,
    organization_id: OrganizationId,
    name: Name,
    description: Description | MISSING = MISSING,
    type: TypeName | MISSING = MISSING,  # noqa: A002 - Preo's word
    required: bool | MISSING = MISSING,  # noqa: FBT001 - a tool's arguments are named
) -> ConsentDetail:
    """Create a consent for customers to grant; a person is asked where it is required to buy."""
    request = CreateConsentRequest(
        organization_id=organization_id, name=name, description=description, type=type, required=required
    )
    return await preo.request(CREATE_CONSENT, ConsentDetail, body=request)


@tool(GET_CONSENT)
async def get_consent(preo: Preo, consent_id: str) -> ConsentDetail:
    """Show a consent, how many granted it, and which segments use it."""
    return await preo.request(GET_CONSENT, ConsentDetail, id=consent_id)


@tool(
    UPDATE_CONSENT,
    facts=facts_of_update,
    read_back=field_read_back(GET_CONSENT, ConsentDetail, "consent_id"),
)
async def update_consent(
    preo: Preo,
    consent_id: str,
    name: Name | MISSING = MISSING,
    description: Description | MISSING | None = MISSING,
    type: str | MISSING = MISSING,  # noqa: A002 - Preo's word
    required: bool | MISSING = MISSING,  # noqa: FBT001 - a tool's arguments are named
) -> ConsentDetail:
    """Change a consent; a person is asked once customers or segments rely on it."""
    request = UpdateConsentRequest(name=name, description=description, type=type, required=required)
    return await preo.request(UPDATE_CONSENT, ConsentDetail, body=request, id=consent_id)


@tool(DELETE_CONSENT, facts=facts_of_delete, read_back=delete_read_back(GET_CONSENT, "consent_id", DeletedConsent))
async def delete_consent(preo: Preo, consent_id: str) -> DeletedConsent:
    """Delete a consent and who granted it, unless a segment uses it; a person is asked first."""
    await preo.request(DELETE_CONSENT, NoContent, id=consent_id)
    return DeletedConsent(deleted=consent_id)
