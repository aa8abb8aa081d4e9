"""Words that the facts of several tools are told in."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from preo_mcp.approval.wording import Figure, Message, Personal, Series, Words, say
from preo_mcp.text.amounts import spelled

UNKNOWN: Final = say("unknown")
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


def change(before: Words | None, after: Words | None) -> Message:
    """Return a value as it was and as it will be."""
    return say("{before} → {after}", before=before or NONE, after=after or NONE)


def named(name: Words | None, key: str | None) -> Message:
    """Return an object by its name and id."""
    return say("{name} ({id})", name=name or UNNAMED, id=key or UNKNOWN)


def listed(*texts: str) -> Words:
    """Return data behind each other."""
    return Series(texts) if texts else NONE


def yes_or_no(value: bool | None) -> Message:  # noqa: FBT001 - a field's value
    """Return a field's value as a person says it."""
    return UNKNOWN if value is None else say("yes") if value else say("no")


def number(count: int | None) -> Words:
    """Return a number of things."""
    return UNKNOWN if count is None else Figure(count)


def money(amount: Decimal | None, currency: str | None) -> Words:
    """Return an amount as a person reads it; `amount` is in units of `currency`."""
    if amount is None:
        return UNKNOWN
    figure = Figure(spelled(amount, None))
    return say("{amount} {currency}", amount=figure, currency=currency) if currency else figure


def in_utc(moment: datetime | None) -> Words:
    """Return a time to the minute."""
    return UNKNOWN if moment is None else Figure(f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC")


def version(moment: datetime | None) -> Words:
    """Return the time of a change in full, so that it binds an answer to this version."""
    return UNKNOWN if moment is None else Figure(f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} UTC")


def full_name(first: str | None, last: str | None) -> Personal | None:
    """Return a customer's name; None where there is none."""
    return Personal(" ".join(part for part in (first, last) if part)) or None
