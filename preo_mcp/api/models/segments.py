"""Segments: customers that a CEL condition picks, and the context that conditions are written in.

Observed: the queries, the body of create, the statuses, what functions and products of the context are made of. The
other fields are inferred.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, cast

from pydantic import MISSING, BeforeValidator, Field

from preo_mcp.api.models.base import Embedded, PageQuery, Request, Response

SEGMENT_NAME_MAX_LENGTH = 200
SEGMENT_DESCRIPTION_MAX_LENGTH = 2000
"""These limits are inferred."""


class SegmentStatus(StrEnum):
    """Where a segment stands: not calculated, waiting, being calculated, calculated, not calculable."""

    DRAFT = "draft"
    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


BUSY_STATUSES = frozenset({SegmentStatus.PENDING, SegmentStatus.PROCESSING})
"""A calculation is on its way."""


class CommunicationChannel(StrEnum):
    """How a segment is written to: any way, valid e-mail addresses, valid phone numbers, active wallet passes."""

    ANY = "any"
    EMAIL = "email"
    SMS = "sms"
    PASS_PUSH = "pass_push"  # noqa: S105 - a channel, no password


class CommunicationType(StrEnum):
    """What is written: what concerns a purchase, or marketing, which requires consent."""

    TRANSACTIONAL = "transactional"
    MARKETING = "marketing"


class SegmentOrdering(StrEnum):
    """How a list of segments can be ordered; `-` is descending."""

    CREATED = "created"
    CREATED_DESC = "-created"
    MODIFIED = "modified"
    MODIFIED_DESC = "-modified"
    NAME = "name"
    NAME_DESC = "-name"
    USER_COUNT = "user_count"
    USER_COUNT_DESC = "-user_count"
    LAST_CALCULATED = "last_calculated"
    LAST_CALCULATED_DESC = "-last_calculated"


class ListSegmentsQuery(PageQuery):
    """The query of List segments; `search` looks into name and description (inferred)."""

    organization_id: str | MISSING = MISSING
    edition_id: str | MISSING = MISSING
    communication_channel: CommunicationChannel | MISSING = MISSING
    communication_type: CommunicationType | MISSING = MISSING
    status: SegmentStatus | MISSING = MISSING
    search: str | MISSING = MISSING
    ordering: list[SegmentOrdering] | MISSING = MISSING


SegmentName = Annotated[str, Field(min_length=1, max_length=SEGMENT_NAME_MAX_LENGTH)]
SegmentDescription = Annotated[str, Field(max_length=SEGMENT_DESCRIPTION_MAX_LENGTH)]


class SegmentSettings(Request):
    """What can be set at creation and changed later; null removes an edition, a consent or the description."""

    edition_id: str | MISSING | None = MISSING
    consent_id: str | MISSING | None = MISSING
    description: SegmentDescription | MISSING | None = MISSING
    communication_type: CommunicationType | MISSING = MISSING
    communication_channel: CommunicationChannel | MISSING = MISSING


class CreateSegmentRequest(SegmentSettings):
    """The body of Create segment; which fields are required is inferred."""

    organization_id: str
    name: SegmentName
    condition: str


class UpdateSegmentRequest(SegmentSettings):
    """The body of Update segment; what is absent stays."""

    name: SegmentName | MISSING = MISSING
    condition: str | MISSING = MISSING


class Reachable(Response):
    """How many of a segment can be written to, by channel; of a marketing segment those who granted its consent."""

    any: int | None = None
    email: int | None = None
    sms: int | None = None
    pass_push: int | None = None


class SegmentFigures(Response):
    """A segment as it was last calculated.

    `user_count` are the customers who meet the condition, `reachable_count` those of them who can be written to through
    the channel, and for marketing have granted the consent. `error_count` are those on whom the condition failed, who
    are left out; `first_error` is the reason for the first of them.
    """

    id: str
    name: str | None = None
    organization_id: str | None = None
    edition_id: str | None = None
    consent_id: str | None = None
    communication_type: CommunicationType | str | None = None
    communication_channel: CommunicationChannel | str | None = None
    condition: str | None = None
    status: SegmentStatus | str | None = None
    user_count: int | None = None
    reachable_count: int | None = None
    reachable: Reachable | None = None
    error_count: int | None = None
    first_error: str | None = None
    error_message: str | None = None
    last_calculated: datetime | None = None
    description: str | None = None


class SegmentDetail(SegmentFigures):
    """One segment; `consented_count` granted the consent, `processed_count` is how far a calculation has come.

    `calculation_started_at` (inferred) is there while one is on its way.
    """

    consented_count: int | None = None
    processed_count: int | None = None
    total_count: int | None = None
    calculation_started_at: datetime | None = None
    created: datetime | None = None
    modified: datetime | None = None


def _counted(value: object) -> object:
    """Return the counts by channel in a line: `any 120, email 120, sms 97, pass_push 31`."""
    if not isinstance(value, dict):
        return value
    counts = cast("dict[str, Any]", value)
    return ", ".join(f"{name} {count}" for name, count in counts.items() if count is not None) or None


class ShownSegment(SegmentFigures):
    """A segment as a tool shows it.

    `campaigns` are those to it, in words; `user_count_before` and `reachable_count_before` what they were before the
    change that is answered.
    """

    reachable: Annotated[str | None, BeforeValidator(_counted)] = None  # pyright: ignore[reportIncompatibleVariableOverride, reportGeneralTypeIssues] - shown, never sent
    communication_type: str | None = None  # pyright: ignore[reportIncompatibleVariableOverride]
    communication_channel: str | None = None  # pyright: ignore[reportIncompatibleVariableOverride]
    status: str | None = None  # pyright: ignore[reportIncompatibleVariableOverride]
    user_count_before: int | None = None
    reachable_count_before: int | None = None
    consented_count: int | None = None
    processed_count: int | None = None
    total_count: int | None = None
    calculation_started_at: datetime | None = None
    created: datetime | None = None
    modified: datetime | None = None
    campaigns: list[str] | None = None


class ListedSegment(Embedded):
    """A segment as a row of a list: enough to pick one; what is excluded is ordered by."""

    id: str
    name: str | None = None
    edition_id: str | None = None
    status: str | None = None
    user_count: int | None = None
    reachable_count: int | None = None
    communication_channel: str | None = None
    communication_type: str | None = None
    last_calculated: datetime | None = None
    campaigns: list[str] | None = None
    organization_id: str | None = Field(default=None, exclude=True)
    created: datetime | None = Field(default=None, exclude=True)
    modified: datetime | None = Field(default=None, exclude=True)


class ContextVariant(Embedded):
    """A variant of a product (inferred)."""

    id: str
    name: str | None = None
    code: str | None = None
    price: float | None = None


class ContextProduct(Embedded):
    """A product of an edition; `code`, `price` (in the edition's currency) and `variants` are inferred."""

    id: str
    name: str | None = None
    category_ids: list[str] = Field(default_factory=list[str])
    code: str | None = None
    price: float | None = None
    variants: list[ContextVariant] = Field(default_factory=list[ContextVariant])


class ContextConsent(Embedded):
    """A consent of the edition's organization (inferred)."""

    id: str
    name: str | None = None


class DynamicValues(Response):
    """The values of one edition that conditions can name; `consents` is inferred."""

    products: list[ContextProduct] = Field(default_factory=list[ContextProduct])
    product_types: list[str] = Field(default_factory=list[str])
    purchase_statuses: list[str] = Field(default_factory=list[str])
    consents: list[ContextConsent] = Field(default_factory=list[ContextConsent])


class ContextField(Response):
    """A field of a type; a `?` after its type says that it can be null."""

    name: str
    type: str | None = None
    description: str | None = None


class ContextVariable(ContextField):
    """A name that stands by itself in a condition."""


class ContextType(Response):
    """A type of objects in the context."""

    name: str
    fields: list[ContextField] = Field(default_factory=list[ContextField])


class ContextFunction(Response):
    """A function that conditions can use (observed)."""

    name: str
    syntax: str | None = None
    description: str | None = None
    example: str | None = None


class CelContextQuery(Request):
    """The query of Get CEL context schema and dynamic values (inferred)."""

    edition_id: str


class CelContext(Response):
    """What conditions are made of (`variables` and `types` are inferred), and an edition's values to compare with."""

    variables: list[ContextVariable] = Field(default_factory=list[ContextVariable])
    types: list[ContextType] = Field(default_factory=list[ContextType])
    functions: list[ContextFunction] = Field(default_factory=list[ContextFunction])
    dynamic_values: DynamicValues


class ValidateCelRequest(Request):
    """The body of Validate CEL expression (inferred); `edition_id` where the segment has one.

    With `count` a sound expression is counted too, among the customers of the edition's organization, or of all.
    """

    expression: str
    edition_id: str | MISSING | None = MISSING
    count: bool | MISSING = MISSING


class CelMistake(Response):
    """A mistake in an expression: its place, both counted from 1, and what was probably meant (inferred)."""

    line: int
    column: int
    message: str
    suggestion: str | None = None


class CelSample(Embedded):
    """A customer who meets an expression (inferred)."""

    id: str
    name: str | None = None


class CelValidation(Response):
    """Whether an expression can be a condition, and on request how many customers meet it (inferred).

    `error_count` are those on whom it failed, `first_error` is the reason for the first of them.
    """

    valid: bool
    errors: list[CelMistake] = Field(default_factory=list[CelMistake])
    matching_count: int | None = None
    error_count: int | None = None
    first_error: str | None = None
    samples: list[CelSample] = Field(default_factory=list[CelSample])
