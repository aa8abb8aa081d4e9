"""Words that the facts of several tools are told in."""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from preo_mcp.approval.phrases import UNKNOWN as UNKNOWN  # of all groups' facts
from preo_mcp.approval.wording import (
    THE_LABEL,
    Amount,
    Count,
    Key,
    Message,
    Moment,
    Personal,
    Row,
    Series,
    Words,
    row,
    say,
)

NONE: Final = say("none")
NOTHING: Final = say("nothing")
UNNAMED: Final = say("unnamed")
ALL_EDITIONS: Final = say("all editions")

FIELDS: Final[Mapping[str, Message]] = MappingProxyType(
    {
        "blocks": say("Content"),
        "channel": say("Channel"),
        "communication_channel": say("Channel"),
        "communication_type": say("Kind"),
        "condition": say("Condition"),
        "consent_id": say("Consent"),
        "default_country_code": say("Country code of phone numbers"),
        "default_language": say("Language"),
        "description": say("Description"),
        "edition_id": say("Edition"),
        "email": say("E-mail"),
        "email_message_id": say("Message"),
        "enabled_languages": say("Languages"),
        "end_date": say("End"),
        "first_name": say("First name"),
        "is_archived": say("Archived"),
        "is_draft": say("Draft"),
        "last_name": say("Last name"),
        "locale": say("Language"),
        "meta_image_id": say("Image"),
        "name": say("Name"),
        "phone_number": say("Phone"),
        "refund_confirmation_email_id": say("Refund confirmation"),
        "segment_id": say("Segment"),
        "sms_body": say("Text message"),
        "start_date": say("Start"),
        "subject": say("Subject"),
        "tax_type": say("Tax"),
        "timezone": say("Time zone"),
        "title": say("Title"),
        "transaction_receipt_email_id": say("Receipt"),
    }
)
"""Preo's fields that a call can change, as a person calls them."""


def changed_field(name: str) -> Message:
    """Return the label of a change of one of `FIELDS`."""
    return say("{field} (change)", field=FIELDS[name])


BEFORE_AND_AFTER: Final = (("before", say("Before")), ("after", say("After")))


def change(before: Words | None, after: Words | None) -> Row:
    """Return a value as it was and as it will be, as a row of a table; what its line is called is the field."""
    said = say("{before} → {after}", before=before or NONE, after=after or NONE)
    return row(said, (THE_LABEL, say("What changes")), *BEFORE_AND_AFTER)


def named(name: Words | None, key: str | None) -> Message:
    """Return an object by its name and id."""
    return say("{name} ({id})", name=name or UNNAMED, id=Key(key) if key else UNKNOWN)


def listed(*texts: str) -> Words:
    """Return data, one item after another."""
    return Series(texts) if texts else NONE


def yes_or_no(value: bool | None) -> Message:  # noqa: FBT001 - a field's value
    """Return a field's value as a person says it."""
    return UNKNOWN if value is None else say("yes") if value else say("no")


def number(count: int | None) -> Words:
    """Return a number of things."""
    return UNKNOWN if count is None else Count(count)


def money(amount: Decimal | None, currency: str | None) -> Words:
    """Return an amount as a person reads it; `amount` is in units of `currency`."""
    return UNKNOWN if amount is None else Amount(amount, currency or None)


def at(moment: datetime | None, timezone: str | None) -> Words:
    """Return a time to the minute, by the clocks of a time zone; in UTC where that is not known."""
    return UNKNOWN if moment is None else Moment(moment, timezone or "UTC")


def in_utc(moment: datetime | None) -> Words:
    """Return a time to the minute."""
    return UNKNOWN if moment is None else Moment(moment)


def version(moment: datetime | None) -> Words:
    """Return the time of a change: shown to the minute, and bound in full, to exactly this version."""
    return in_utc(moment)


def full_name(first: str | None, last: str | None) -> Personal | None:
    """Return a customer's name; None where there is none."""
    return Personal(" ".join(part for part in (first, last) if part)) or None


def contact(name: str | None, email: str | None, phone: str | None) -> Personal | None:
    """Return what is known of a customer within one pair of quotation marks; None where nothing is."""
    return Personal(", ".join(part for part in (name, email, phone) if part)) or None


VALUES: Final[Mapping[str, Message]] = MappingProxyType(
    {
        "calculating": say("about to go out"),
        "campaign": say("campaign"),
        "cancelled": say("cancelled"),
        "current": say("taking place"),
        "draft": say("draft"),
        "edition": say("of one edition"),
        "email": say("e-mail"),
        "failed": say("failed"),
        "marketing": say("marketing"),
        "no_dates": say("without dates"),
        "other": say("other"),
        "pass_push": say("wallet pass"),
        "past": say("over"),
        "platform": say("of Preo"),
        "profiling": say("profiling"),
        "receipt": say("receipt"),
        "receipt_online": say("receipt of an online order"),
        "refund_confirmation": say("refund confirmation"),
        "refund_confirmation_email_id": say("refund confirmation"),
        "reminder": say("reminder"),
        "sales": say("sales tax"),
        "scheduled": say("scheduled"),
        "sending": say("being sent"),
        "sent": say("sent"),
        "sms": say("text message"),
        "template": say("template"),
        "terms": say("terms"),
        "third_party": say("third parties"),
        "transaction_receipt_email_id": say("receipt"),
        "transactional": say("about a purchase"),
        "upcoming": say("upcoming"),
        "user_portal_access": say("access to the customers' pages"),
        "vat": say("VAT"),
    }
)
"""Preo's values of campaigns, segments, messages, editions and consents, as a person calls them."""


def in_words(value: str | None) -> Words:
    """Return one of Preo's values as a person calls it; one that this version does not know stays as it is."""
    return UNKNOWN if value is None else VALUES.get(value, value)


def moment_in(timezone: str | None, moment: datetime | None) -> Words:
    """Return a time where it counts, and in UTC; only the latter where no time zone is known."""
    if moment is None:
        return UNKNOWN
    utc = Moment(moment)
    return say("{local}, {utc}", local=Moment(moment, timezone), utc=utc) if timezone else utc


LIQUID: Final = re.compile(r"\{[{%]")
"""Where Preo fills something in."""
