"""Where an object of Preo belongs: its organization and its edition, as a request or an answer tells."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, cast

from preo_mcp.api.operations import (
    GET_CONSENT,
    GET_EMAIL_MESSAGE,
    GET_FILE,
    GET_PURCHASE,
    GET_SEGMENT,
    GET_USER,
    OPERATIONS,
    Group,
    Method,
    Operation,
)

ID: Final = "{id}"
READS: Final[Mapping[str, Operation]] = MappingProxyType(
    {row.path: row for row in OPERATIONS if row.method is Method.GET and row.path.endswith(ID)}
)
"""The reads of a whole object, by its path."""
REFERENCES: Final = MappingProxyType(
    {
        "segment_id": GET_SEGMENT,
        "email_message_id": GET_EMAIL_MESSAGE,
        "transaction_receipt_email_id": GET_EMAIL_MESSAGE,
        "refund_confirmation_email_id": GET_EMAIL_MESSAGE,
        "consent_id": GET_CONSENT,
        "file_id": GET_FILE,
        "meta_image_id": GET_FILE,
        "customer_id": GET_USER,
        "purchase_id": GET_PURCHASE,
    }
)
"""The fields of bodies that name another object, and the read of it."""
TRANSACTION: Final = "transaction_id"
"""No operation returns a transaction: it belongs where an order, a purchase or a refund that names it belongs."""

Key = tuple[str, str]
"""An object by its path and its id."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Where something belongs; None where that is not said, and as edition also where it belongs to all."""

    organization: str | None = None
    edition: str | None = None


def is_of_editions(operation: Operation) -> bool:
    """Return whether the operation's own objects are editions."""
    return operation.group is Group.EDITIONS


def object_of(operation: Operation) -> Operation | None:
    """Return the read of the object that an operation's path names; None where it names none."""
    before, found, _ = operation.path.partition(ID)
    return READS[before + ID] if found else None


def owner_of(operation: Operation, found: Mapping[str, Any]) -> Owner:
    """Return where an object belongs; `operation` is what returned it, or the list that it is in."""
    edition = found.get("id") if is_of_editions(operation) else _id_of(found, "edition")
    return Owner(_id_of(found, "organization"), edition)


def objects_in(operation: Operation, answer: object) -> list[dict[str, Any]]:
    """Return the objects with an owner in the answer of a read: the object itself, or a list's rows."""
    if not isinstance(answer, dict):
        return []
    found = cast("dict[str, Any]", answer)
    if operation.path in READS:
        return [found]
    rows = found.get("results") if ID not in operation.path else None
    return cast("list[dict[str, Any]]", rows) if isinstance(rows, list) else []


def references_in(body: object) -> Iterator[tuple[str, str]]:
    """Yield the fields of `REFERENCES` that a body has at any depth, with the ids in them."""
    if isinstance(body, list):
        for part in cast("list[object]", body):
            yield from references_in(part)
    elif isinstance(body, dict):
        for name, value in cast("dict[str, object]", body).items():
            if name in REFERENCES and isinstance(value, str):
                yield name, value
            yield from references_in(value)


def transactions_in(operation: Operation, answer: object) -> dict[Key, Owner]:
    """Return where the transactions belong that the objects of an answer name."""
    objects = objects_in(operation, answer)
    return {(TRANSACTION, one[TRANSACTION]): owner_of(operation, one) for one in objects if one.get(TRANSACTION)}


def _id_of(found: Mapping[str, Any], kind: str) -> str | None:
    """The id of an object's organization or edition, given as such or with the object itself."""
    given = found.get(f"{kind}_id")
    embedded = found.get(kind)
    if given is None and isinstance(embedded, dict):
        given = cast("dict[str, Any]", embedded).get("id")
    return given
