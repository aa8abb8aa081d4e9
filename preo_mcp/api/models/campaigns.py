"""Campaigns: an e-mail or a text message to a segment (fields, statuses and filters observed; rules inferred)."""

from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any, Final, cast

from pydantic import MISSING, AwareDatetime, BeforeValidator, Field, model_validator

from preo_mcp.api.models.base import Embedded, PageQuery, Request, Response
from preo_mcp.api.operations import (
    CANCEL_CAMPAIGN,
    DELETE_CAMPAIGN,
    SCHEDULE_CAMPAIGN,
    SEND_CAMPAIGN,
    UPDATE_CAMPAIGN,
    Operation,
)

CAMPAIGN_NAME_MAX_LENGTH: Final = 200
SMS_MAX_LENGTH: Final = 1_600
"""These limits are inferred; a text message of this length is sent in about ten parts."""


class Channel(StrEnum):
    """How a campaign reaches people."""

    EMAIL = "email"
    SMS = "sms"


class CampaignStatus(StrEnum):
    """Where a campaign stands."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    CALCULATING = "calculating"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"


NOT_BEGUN: Final = frozenset({CampaignStatus.DRAFT, CampaignStatus.SCHEDULED})
"""The statuses in which nobody was reached yet, and the recipients are not counted."""
MOVING_STATUSES: Final = (CampaignStatus.CALCULATING, CampaignStatus.SENDING)
ACTIVE_STATUSES: Final = (CampaignStatus.SCHEDULED, *MOVING_STATUSES)
"""The statuses in which a change of the segment or the message changes what people get."""

ALLOWED_STATUSES: MappingProxyType[Operation, frozenset[CampaignStatus]] = MappingProxyType(
    {
        UPDATE_CAMPAIGN: NOT_BEGUN,
        SCHEDULE_CAMPAIGN: NOT_BEGUN,
        SEND_CAMPAIGN: NOT_BEGUN,
        CANCEL_CAMPAIGN: NOT_BEGUN | set(MOVING_STATUSES),
        DELETE_CAMPAIGN: NOT_BEGUN | {CampaignStatus.FAILED, CampaignStatus.CANCELLED},
    }
)
"""The statuses in which each operation is possible (inferred): what was sent to people stays on record."""


class CampaignOrdering(StrEnum):
    """How a list of campaigns can be ordered; `-` is descending."""

    CREATED = "created"
    CREATED_DESC = "-created"
    MODIFIED = "modified"
    MODIFIED_DESC = "-modified"
    NAME = "name"
    NAME_DESC = "-name"
    SCHEDULED_AT = "scheduled_at"
    SCHEDULED_AT_DESC = "-scheduled_at"
    TOTAL_RECIPIENTS = "total_recipients"
    TOTAL_RECIPIENTS_DESC = "-total_recipients"


class ListCampaignsQuery(PageQuery):
    """The query of List campaigns; `search` looks into the name."""

    channel: Channel | MISSING = MISSING
    edition_id: str | MISSING = MISSING
    organization_id: str | MISSING = MISSING
    search: str | MISSING = MISSING
    status: CampaignStatus | MISSING = MISSING
    ordering: list[CampaignOrdering] | MISSING = MISSING


CampaignName = Annotated[str, Field(min_length=1, max_length=CAMPAIGN_NAME_MAX_LENGTH)]
SmsBody = Annotated[str, Field(min_length=1, max_length=SMS_MAX_LENGTH)]


class CreateCampaignRequest(Request):
    """The body of Create campaign; the message can come later, and the edition is the segment's unless given."""

    organization_id: str
    segment_id: str
    name: CampaignName
    channel: Channel
    edition_id: str | MISSING | None = MISSING
    email_message_id: str | MISSING | None = MISSING
    sms_body: SmsBody | MISSING | None = MISSING


class UpdateCampaignRequest(Request):
    """The body of Update campaign; what is absent stays."""

    name: CampaignName | MISSING = MISSING
    segment_id: str | MISSING = MISSING
    channel: Channel | MISSING = MISSING
    edition_id: str | MISSING | None = MISSING
    email_message_id: str | MISSING | None = MISSING
    sms_body: SmsBody | MISSING | None = MISSING


class ScheduleCampaignRequest(Request):
    """The body of Schedule campaign (inferred)."""

    scheduled_at: AwareDatetime


class Skipped(Response):
    """Who of the segment got nothing, by reason (inferred).

    `no_consent` did not grant the segment's consent, `no_address` has none for the channel, `invalid_address` has one
    that nothing can be delivered to, `duplicate_address` shares one with somebody who got the message.
    """

    no_consent: int = 0
    no_address: int = 0
    invalid_address: int = 0
    duplicate_address: int = 0


class Campaign(Response):
    """A campaign as lists have it; times in UTC, `segment_id` is inferred."""

    id: str
    name: str | None = None
    organization_id: str | None = None
    edition_id: str | None = None
    segment_id: str | None = None
    channel: Channel | str | None = None
    status: CampaignStatus | str | None = None
    scheduled_at: datetime | None = None
    total_recipients: int | None = None
    sent_count: int | None = None
    failed_count: int | None = None
    created: datetime | None = None
    modified: datetime | None = None


class CampaignDetail(Campaign):
    """One campaign; `user_count` is the segment's size at the send, `total_recipients` those of it who are reached.

    `failures` counts the messages that failed by their reason (inferred).
    """

    email_message_id: str | None = None
    sms_body: str | None = None
    user_count: int | None = None
    skipped: Skipped | None = None
    failures: dict[str, int] | None = None
    error_message: str | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None


class CampaignStats(Response):
    """What came of a campaign's messages; rates are shares from 0 to 1 (inferred), null where the channel has none.

    `delivery_rate` is of those sent, the other rates are of those delivered.
    """

    total_recipients: int | None = None
    sent: int | None = None
    failed: int | None = None
    delivered: int | None = None
    opened: int | None = None
    clicked: int | None = None
    bounced: int | None = None
    unsubscribed: int | None = None
    delivery_rate: float | None = None
    open_rate: float | None = None
    click_rate: float | None = None
    unsubscribe_rate: float | None = None


SEND_COUNTS: Final = ("total_recipients", "sent_count", "failed_count")


def _without_zeros(value: object) -> object:
    """Leave out of a campaign that has not begun the counts that are 0: they say nothing of whom it will reach."""
    if not isinstance(value, dict):
        return value
    campaign = cast("dict[str, Any]", value)
    status: object = campaign.get("status")
    if not isinstance(status, str) or status not in NOT_BEGUN:
        return campaign
    return {name: found for name, found in campaign.items() if not (name in SEND_COUNTS and found == 0)}


class ListedCampaign(Embedded):
    """A campaign as a row of a list: enough to recognise it; not shown is what the list can be ordered by."""

    id: str
    name: str | None = None
    channel: str | None = None
    status: str | None = None
    scheduled_at: datetime | None = None
    total_recipients: int | None = None
    sent_count: int | None = None
    edition_id: str | None = None
    segment_id: str | None = None
    created: datetime | None = Field(default=None, exclude=True)
    modified: datetime | None = Field(default=None, exclude=True)

    _shorten = model_validator(mode="before")(_without_zeros)


def _in_one_line(value: object) -> object:
    """Return the counts by reason in a line, `no_consent 271`; nothing where nobody was skipped."""
    if not isinstance(value, dict):
        return value
    counts = cast("dict[str, Any]", value)
    return ", ".join(f"{reason} {count}" for reason, count in counts.items() if count) or None


class ShownCampaign(Response):
    """A campaign as tools show it; for the fields see `CampaignDetail`."""

    id: str
    name: str | None = None
    status: str | None = None
    channel: str | None = None
    edition_id: str | None = None
    segment_id: str | None = None
    email_message_id: str | None = None
    sms_body: str | None = None
    scheduled_at: datetime | None = None
    user_count: int | None = None
    total_recipients: int | None = None
    sent_count: int | None = None
    failed_count: int | None = None
    skipped: Annotated[str | None, BeforeValidator(_in_one_line)] = None
    failures: Annotated[str | None, BeforeValidator(_in_one_line)] = None
    error_message: str | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    organization_id: str | None = Field(default=None, exclude=True)
    created: datetime | None = Field(default=None, exclude=True)
    modified: datetime | None = Field(default=None, exclude=True)

    _shorten = model_validator(mode="before")(_without_zeros)
