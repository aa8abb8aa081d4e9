"""The healthcheck of an edition: what keeps it from selling, what deserves a look, and what to do about it.

The checks, their severities and their shape are inferred.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from preo_mcp.api.models.editions import DateStatus, EditionHealthcheck, Severity
from preo_mcp.api.operations import (
    ADOPT_EMAIL_MESSAGE,
    CREATE_EMAIL_MESSAGE,
    DUPLICATE_EDITION,
    GET_EDITION_FIELD_CHOICES,
    RUN_EDITION_HEALTHCHECK,
    UPDATE_EDITION,
)
from preo_mcp.sandbox.editions.documents import DEFAULT_ZONE, is_zone, represent, visible_edition
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.store import Doc

ENDPOINTS = Endpoints()

NAMED = 5
"""Unpublished products that are named; the others are counted."""

GRAVITY = (Severity.OK, Severity.WARNING, Severity.ERROR)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is looked at: the edition with its status, and its products."""

    edition: Doc
    products: Sequence[Doc]


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check."""

    severity: Severity
    message: str
    what_to_do: str | None = None


def _fine(message: str) -> Finding:
    return Finding(Severity.OK, message)


def _warning(message: str, what_to_do: str) -> Finding:
    return Finding(Severity.WARNING, message, what_to_do)


def _error(message: str, what_to_do: str) -> Finding:
    return Finding(Severity.ERROR, message, what_to_do)


@ENDPOINTS.endpoint(RUN_EDITION_HEALTHCHECK, returns=EditionHealthcheck)
async def run_edition_healthcheck(call: Call[Nothing, Nothing]) -> Doc:
    """Answer every check with what it found, the gravest first; any member of the organization may ask."""
    edition = visible_edition(call.store, call.member, call.path["id"])
    rows = call.store.db.execute("SELECT doc FROM products WHERE edition_id = ? ORDER BY id", (edition["id"],))
    subject = Subject(represent(call.store, edition), [json.loads(doc) for (doc,) in rows])
    found = sorted(((key, check(subject)) for key, check in CHECKS.items()), key=lambda one: -_gravity(one[1]))
    return {
        "severity": found[0][1].severity,
        "checks": [
            {"key": key, "severity": one.severity, "message": one.message, "what_to_do": one.what_to_do}
            for key, one in found
        ],
    }


def _gravity(finding: Finding) -> int:
    return GRAVITY.index(finding.severity)


def _dates(subject: Subject) -> Finding:
    if subject.edition["status"] == DateStatus.NO_DATES:
        return _error("It has no start or no end date.", f"{UPDATE_EDITION.title}: set start_date and end_date.")
    return _fine("It has a start and an end date.")


def _past(subject: Subject) -> Finding:
    if subject.edition["status"] == DateStatus.PAST:
        return _warning("It is over.", f"For the next run: {DUPLICATE_EDITION.title}.")
    return _fine("It is not over.")


def _draft(subject: Subject) -> Finding:
    if subject.edition["is_draft"]:
        return _warning("It is a draft, so nobody can buy.", f"{UPDATE_EDITION.title}: is_draft=false publishes it.")
    return _fine("It is published.")


def _archived(subject: Subject) -> Finding:
    if subject.edition["is_archived"]:
        return _warning("It is archived.", f"{UPDATE_EDITION.title}: is_archived=false brings it back.")
    return _fine("It is not archived.")


def _timezone(subject: Subject) -> Finding:
    name = subject.edition["timezone"]
    if not name or not is_zone(name):
        return _error(
            "Its time zone is not known.", f"{UPDATE_EDITION.title}: set timezone, such as Europe/Copenhagen."
        )
    if name == DEFAULT_ZONE:
        return _warning("Its times are read in UTC.", f"{UPDATE_EDITION.title}: set timezone to that of the venue.")
    return _fine(f"Its time zone is {name}.")


def _currency(subject: Subject) -> Finding:
    currency = subject.edition["currency"]
    if not currency:
        return _error("It has no currency.", "Connect a merchant account in Preo; the currency comes with it.")
    return _fine(f"It sells in {currency}.")


def _tax(subject: Subject) -> Finding:
    if not subject.edition["tax_type"]:
        return _warning(
            "It has no kind of tax.", f"{UPDATE_EDITION.title}: set tax_type; see {GET_EDITION_FIELD_CHOICES.title}."
        )
    return _fine(f"Its tax is {subject.edition['tax_type']}.")


def _merchant_account(subject: Subject) -> Finding:
    if not subject.edition["merchant_account_id"]:
        return _error("It has no merchant account, so nothing can be paid.", "Connect a merchant account in Preo.")
    return _fine("It has a merchant account.")


def _receipt_email(subject: Subject) -> Finding:
    if not subject.edition["transaction_receipt_email_id"]:
        return _warning(
            "It has no receipt e-mail of its own.",
            f"{ADOPT_EMAIL_MESSAGE.title} (a template of type receipt) or {CREATE_EMAIL_MESSAGE.title}, then "
            f"{UPDATE_EDITION.title}: transaction_receipt_email_id.",
        )
    return _fine("It has a receipt e-mail.")


def _products(subject: Subject) -> Finding:
    if not subject.products:
        return _error("It has no products.", f"Add products in Preo, or use {DUPLICATE_EDITION.title} on one that has.")
    return _fine(f"It has {len(subject.products)} products.")


def _unpublished_products(subject: Subject) -> Finding:
    drafts = [product["name"] for product in subject.products if product["is_draft"]]
    if not drafts:
        return _fine("No product is unpublished.")
    named = ", ".join(drafts[:NAMED]) + (f" and {len(drafts) - NAMED} more" if len(drafts) > NAMED else "")
    message = f"{len(drafts)} of {len(subject.products)} products are unpublished: {named}."
    what_to_do = "Publish in Preo what is meant to be sold."
    return _error(message, what_to_do) if len(drafts) == len(subject.products) else _warning(message, what_to_do)


CHECKS: dict[str, Callable[[Subject], Finding]] = {
    "dates": _dates,
    "past": _past,
    "draft": _draft,
    "archived": _archived,
    "timezone": _timezone,
    "currency": _currency,
    "tax": _tax,
    "merchant_account": _merchant_account,
    "receipt_email": _receipt_email,
    "products": _products,
    "unpublished_products": _unpublished_products,
}
"""By key."""
