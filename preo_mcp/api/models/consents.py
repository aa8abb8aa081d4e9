"""Consents: what customers agree to, each with how many did (paths and fields are inferred)."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import MISSING, Field, WithJsonSchema

from preo_mcp.api.models.base import Embedded, PageQuery, Request, Response

CONSENT_NAME_MAX_LENGTH = 200
CONSENT_DESCRIPTION_MAX_LENGTH = 2_000


class ConsentType(StrEnum):
    """What a consent allows (inferred, and not complete)."""

    MARKETING = "marketing"
    PROFILING = "profiling"
    THIRD_PARTY = "third_party"
    TERMS = "terms"


class ConsentStatus(StrEnum):
    """What a customer answered last; one who never answered has no row."""

    GRANTED = "granted"
    WITHDRAWN = "withdrawn"


class ConsentOrdering(StrEnum):
    """How a list of consents can be ordered; `-` is descending."""

    CREATED = "created"
    CREATED_DESC = "-created"
    MODIFIED = "modified"
    MODIFIED_DESC = "-modified"
    NAME = "name"
    NAME_DESC = "-name"


class ListConsentsQuery(PageQuery):
    """The query of List consents; `search` looks into name and description."""

    organization_id: str | MISSING = MISSING
    search: str | MISSING = MISSING
    ordering: list[ConsentOrdering] | MISSING = MISSING


ConsentName = Annotated[str, Field(min_length=1, max_length=CONSENT_NAME_MAX_LENGTH)]
ConsentDescription = Annotated[str, Field(max_length=CONSENT_DESCRIPTION_MAX_LENGTH)]
KnownConsentType = Annotated[
    str, WithJsonSchema({"anyOf": [{"type": "string", "enum": list(ConsentType)}, {"type": "string"}]})
]
"""Names the values known and takes others, because the list may be incomplete."""


class CreateConsentRequest(Request):
    """The body of Create consent; `type` is marketing unless given."""

    organization_id: str
    name: ConsentName
    description: ConsentDescription | MISSING | None = MISSING
    type: KnownConsentType | MISSING = MISSING
    required: bool | MISSING = MISSING


class UpdateConsentRequest(Request):
    """The body of Update consent; what is absent stays, null removes the description."""

    name: ConsentName | MISSING = MISSING
    description: ConsentDescription | MISSING | None = MISSING
    type: KnownConsentType | MISSING = MISSING
    required: bool | MISSING = MISSING


class ConsentSegment(Embedded):
    """A segment that uses a consent."""

    id: str
    name: str | None = None


class ConsentDetail(Response):
    """One consent; `required` says that nobody buys without it, `segments` are those that use it."""

    id: str
    organization_id: str | None = None
    name: str | None = None
    description: str | None = None
    type: str | None = None
    required: bool | None = None
    granted_count: int | None = None
    withdrawn_count: int | None = None
    segments: list[ConsentSegment] | None = None
    created: datetime | None = Field(default=None, exclude=True)
    modified: datetime | None = Field(default=None, exclude=True)


class ListedConsent(Embedded):
    """A consent as a row of a list: enough to pick one; the description is searched."""

    id: str
    description: str | None = Field(default=None, exclude=True)
    name: str | None = None
    organization_id: str | None = None
    type: str | None = None
    required: bool | None = None
    granted_count: int | None = None
    withdrawn_count: int | None = None
