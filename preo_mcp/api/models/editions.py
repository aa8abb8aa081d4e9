"""Editions: dates, settings and health (fields observed, and not complete; what is marked so is inferred)."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import MISSING, Field, WithJsonSchema

from preo_mcp.api.models.base import Embedded, PageQuery, Request, Response

EDITION_NAME_MAX_LENGTH = 200
"""Inferred."""
MAX_LANGUAGES = 20
"""Inferred."""


class DateStatus(StrEnum):
    """Where today lies relative to an edition's dates, published or not."""

    UPCOMING = "upcoming"
    CURRENT = "current"
    PAST = "past"
    NO_DATES = "no_dates"


class CountryCode(StrEnum):
    """The calling codes that an edition can have as default for phone numbers."""

    AUSTRIA = "+43"
    BELGIUM = "+32"
    DENMARK = "+45"
    FINLAND = "+358"
    FRANCE = "+33"
    GERMANY = "+49"
    NETHERLANDS = "+31"
    NORWAY = "+47"
    POLAND = "+48"
    SWEDEN = "+46"
    SWITZERLAND = "+41"
    UNITED_KINGDOM = "+44"
    NORTH_AMERICA = "+1"


class Language(StrEnum):
    """The languages that an edition can be shown in."""

    ENGLISH = "en"
    DANISH = "da"
    SWEDISH = "se"
    DUTCH = "nl"
    POLISH = "pl"


class TaxType(StrEnum):
    """How an edition's prices are taxed."""

    NONE = "none"
    VAT = "vat"
    SALES = "sales"


class EditionOrdering(StrEnum):
    """How a list of editions can be ordered; `-` is descending."""

    CREATED = "created"
    CREATED_DESC = "-created"
    MODIFIED = "modified"
    MODIFIED_DESC = "-modified"
    START_DATE = "start_date"
    START_DATE_DESC = "-start_date"
    END_DATE = "end_date"
    END_DATE_DESC = "-end_date"
    NAME = "name"
    NAME_DESC = "-name"


class ListEditionsQuery(PageQuery):
    """The query of List editions."""

    is_archived: bool | MISSING = MISSING
    is_draft: bool | MISSING = MISSING
    organization_id: str | MISSING = MISSING
    status: DateStatus | MISSING = MISSING
    ordering: list[EditionOrdering] | MISSING = MISSING


def _known(values: type[StrEnum]) -> WithJsonSchema:
    """A schema that names the values known and takes others; checked as plain text, which refuses in plain words."""
    return WithJsonSchema({"anyOf": [{"type": "string", "enum": list(values)}, {"type": "string"}]})


EditionName = Annotated[str, Field(min_length=1, max_length=EDITION_NAME_MAX_LENGTH)]
KnownCountryCode = Annotated[str, _known(CountryCode)]
KnownLanguage = Annotated[str, _known(Language)]
KnownTaxType = Annotated[str, _known(TaxType)]
Languages = Annotated[list[KnownLanguage], Field(min_length=1, max_length=MAX_LANGUAGES)]


class EditionSettings(Request):
    """What can be set at creation and changed later; the three lists are known in part, so other values can be sent."""

    start_date: datetime | MISSING | None = MISSING
    end_date: datetime | MISSING | None = MISSING
    timezone: str | MISSING = MISSING
    default_country_code: KnownCountryCode | MISSING = MISSING
    default_language: KnownLanguage | MISSING = MISSING
    enabled_languages: Languages | MISSING = MISSING
    tax_type: KnownTaxType | MISSING = MISSING


class CreateEditionRequest(EditionSettings):
    """The body of Create edition; which fields are required is inferred."""

    organization_id: str
    event_id: str
    name: EditionName


class UpdateEditionRequest(EditionSettings):
    """The body of Update edition; everything but `EditionSettings` and `name` is inferred from the response."""

    name: EditionName | MISSING = MISSING
    is_draft: bool | MISSING = MISSING
    is_archived: bool | MISSING = MISSING
    meta_image_id: str | MISSING | None = MISSING
    transaction_receipt_email_id: str | MISSING | None = MISSING
    refund_confirmation_email_id: str | MISSING | None = MISSING


class DuplicateEditionRequest(Request):
    """The body of Duplicate edition (inferred)."""

    name: EditionName | MISSING = MISSING


class EditionDetail(Response):
    """One edition; times are UTC, shown in `timezone`; prices of its orders are in `currency` (inferred)."""

    id: str
    name: str | None = None
    full_name: str | None = None
    slug: str | None = None
    organization_id: str | None = None
    event_id: str | None = None
    status: DateStatus | str | None = None
    is_draft: bool | None = None
    is_archived: bool | None = None
    start_date: datetime | None = None
    end_date: datetime | None = None
    timezone: str | None = None
    published_at: datetime | None = None
    default_country_code: str | None = None
    default_language: str | None = None
    enabled_languages: list[str] | None = None
    tax_type: str | None = None
    currency: str | None = None
    fee_rule_id: str | None = None
    merchant_account_id: str | None = None
    meta_image_id: str | None = None
    transaction_receipt_email_id: str | None = None
    refund_confirmation_email_id: str | None = None
    created: datetime | None = None
    modified: datetime | None = None


class ListedEdition(Embedded):
    """An edition as a row of a list: enough to pick one; what is excluded is searched and ordered by."""

    id: str
    name: str | None = Field(default=None, exclude=True)
    slug: str | None = Field(default=None, exclude=True)
    created: datetime | None = Field(default=None, exclude=True)
    modified: datetime | None = Field(default=None, exclude=True)
    full_name: str | None = None
    organization_id: str | None = None
    status: str | None = None
    is_draft: bool | None = None
    start_date: datetime | None = None
    end_date: datetime | None = None
    timezone: str | None = None


class Choice(Response):
    """A value that a field takes, and how it is called."""

    value: str
    label: str | None = None


class EditionFieldChoices(Response):
    """The values that an edition's fields take (the shape is inferred)."""

    status: list[Choice] = Field(default_factory=list[Choice])
    default_country_code: list[Choice] = Field(default_factory=list[Choice])
    default_language: list[Choice] = Field(default_factory=list[Choice])
    enabled_languages: list[Choice] = Field(default_factory=list[Choice])
    tax_type: list[Choice] = Field(default_factory=list[Choice])


class Severity(StrEnum):
    """How bad a finding of the healthcheck is: an error keeps the edition from selling (inferred)."""

    ERROR = "error"
    WARNING = "warning"
    OK = "ok"


class HealthcheckItem(Response):
    """One thing that was looked at; `what_to_do` where something is wrong."""

    key: str
    severity: Severity | str
    message: str | None = None
    what_to_do: str | None = None


class EditionHealthcheck(Response):
    """What keeps an edition from selling, and what deserves a look (the shape is inferred)."""

    severity: Severity | str | None = None
    checks: list[HealthcheckItem] = Field(default_factory=list[HealthcheckItem])
