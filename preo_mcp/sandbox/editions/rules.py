"""What an edition's settings must be, whether it is created or changed; refusals name every invalid field."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from preo_mcp.api.models.editions import CountryCode, EditionSettings, Language, TaxType
from preo_mcp.sandbox.editions.documents import EARLIEST, LATEST, is_zone, stored_date
from preo_mcp.sandbox.problems import invalid
from preo_mcp.sandbox.store import Doc, Store

REFERENCES: Mapping[str, str] = {
    "meta_image_id": "files",
    "transaction_receipt_email_id": "email_messages",
    "refund_confirmation_email_id": "email_messages",
}
"""By field the table of what it names, which must be the same organization's (inferred)."""

NOT_BLANK = "This field may not be blank."


def settled(store: Store, before: Doc, body: EditionSettings) -> Doc:
    """Return an edition with what `body` changes of it.

    Raises:
        Problem: 400 with the reason by field.
    """
    given = body.model_dump()
    dates = {name: value for name, value in given.items() if isinstance(value, datetime)}
    stored = {name: stored_date(moment) for name, moment in dates.items()}
    impossible = {
        name: f"Between {EARLIEST:%Y-%m-%d} and {LATEST:%Y-%m-%d}." for name, value in stored.items() if value is None
    }
    after: Doc = {**before, **given, **stored}
    problems = {**_problems(store, after, given), **impossible} or dict(_contradictions(after))
    if problems:
        raise invalid(**problems)
    return {**after, "name": after["name"].strip()}


def _problems(store: Store, after: Doc, given: Doc) -> dict[str, str]:
    """Return what is wrong with each field that was given."""
    problems = {
        name: reason for name, check in FIELDS.items() if name in given and (reason := check(given[name])) is not None
    }
    for name, table in REFERENCES.items():
        key = given.get(name)
        if key is not None and not _belongs(store, table, key, after["organization_id"]):
            problems[name] = f"The organization has nothing with the id {key[:80]!r} in its {table.replace('_', ' ')}."
    return problems


def _contradictions(after: Doc) -> Iterator[tuple[str, str]]:
    """Yield how the fields do not go together."""
    start, end = after["start_date"], after["end_date"]
    if start and end and end <= start:
        yield "end_date", f"It must be after the start ({start})."
    if not after["is_draft"] and not (start and end):
        yield "is_draft", "A published edition needs start_date and end_date: give both, or keep it a draft."
    if after["default_language"] not in after["enabled_languages"]:
        yield "default_language", "It must be one of enabled_languages."


def _belongs(store: Store, table: str, key: str, organization_id: str) -> bool:
    found = store.db.execute(
        f"SELECT 1 FROM {table} WHERE id = ? AND organization_id = ?",  # noqa: S608 - our own names
        (key, organization_id),
    )
    return found.fetchone() is not None


def _one_of(values: type[StrEnum]) -> Callable[[str], str | None]:
    allowed = ", ".join(values)

    def check(value: str) -> str | None:
        return None if value in set(values) else f"Not a valid choice. Choose from: {allowed}."

    return check


def _languages(values: list[str]) -> str | None:
    if len(set(values)) < len(values):
        return "A language is named twice."
    return next(filter(None, map(_one_of(Language), values)), None)


def _zone(name: str) -> str | None:
    return None if is_zone(name) else "Not an IANA time zone, such as Europe/Copenhagen."


def _name(name: str) -> str | None:
    return None if name.strip() else NOT_BLANK


FIELDS: Mapping[str, Callable[[Any], str | None]] = {
    "name": _name,
    "timezone": _zone,
    "default_country_code": _one_of(CountryCode),
    "default_language": _one_of(Language),
    "enabled_languages": _languages,
    "tax_type": _one_of(TaxType),
}
"""The check of each field by itself."""
