"""Which fields of a result are about a person, and which are text that customers or others wrote.

One table for all of it. `name` and `full_name` are not among the personal ones: they name editions, products, campaigns
and organizations, and a person only inside an object that is a person.
"""

from enum import Enum
from typing import Final


class Kind(Enum):
    """What a personal field holds."""

    EMAIL = "email"
    PHONE = "phone"
    NAME = "name"
    ONE_LINE = "one line"
    """Name, e-mail and number with commas between them."""


KINDS: Final = {
    "email": Kind.EMAIL,
    "customer_email": Kind.EMAIL,
    "phone_number": Kind.PHONE,
    "phone_number_original": Kind.PHONE,
    "customer_phone": Kind.PHONE,
    "first_name": Kind.NAME,
    "last_name": Kind.NAME,
    "customer": Kind.ONE_LINE,
    "staff_user": Kind.ONE_LINE,
}
"""The fields that are personal wherever they stand."""

PERSON_NAMES: Final = frozenset({"first_name", "last_name"})
"""Fields that only people have."""

NAMES: Final = frozenset({"name", "full_name", "display_name"})
"""A person's name, where the object around it is one."""

PEOPLE: Final = frozenset({"customer", "staff_user", "user", "buyer", "attendee", "holder", "recipient", "contact"})
"""Fields whose object is a person."""

LISTS_OF_PEOPLE: Final = frozenset({"samples", "users", "customers", "attendees", "recipients", "people"})
"""Fields whose items are people, where they are objects."""

OF_STAFF: Final = frozenset({"blocks"})
"""Text that whoever runs the account wrote, and gets back as it is to work on."""

USER_ID: Final = "usr_"
"""How the ids of customers begin; that of an object says that it is one."""

FOREIGN: Final = frozenset({"metadata", "order_metadata", "purchase_metadata", "first_rows"})
"""Objects whose fields others named: what they mean is told by their headings."""

NOTES_OF_PREO: Final = "notes_of_preo"
"""What a field `notes` of Preo is called in a result, where `notes` are this server's."""

FREE: Final = frozenset(
    {
        "comment",
        "service_response",
        "error",
        "error_message",
        "first_error",
        "failures",
        "message",
        "reason",
        "errors",
        "warnings",
        "unreadable_rows",
        "subject",
        "text",
        "html",
        "caption",
        "notes",
        NOTES_OF_PREO,
    }
)
"""Text in which anything may be mentioned."""

BODY: Final = "body"
"""What a webhook sent or got: JSON in a text, mostly."""

COLUMN_TYPE: Final = "column_type"
SUGGESTION: Final = "suggestion"
COLUMN: Final = "column"
SAMPLES: Final = "samples"
CELL: Final = "cell"
"""A column of a file with a few values of it, or with one, and what stands between these."""
BETWEEN_SAMPLES: Final = " · "

SAMPLED: Final = "sampled"
CUSTOMER: Final = "customer"
PREVIEWED: Final = "text"
"""A previewed e-mail names what in it is a sample, and the customer among that unless it was made for one."""

OWN_ACCOUNT: Final = "organizations"
"""Beside it stands the token's own user."""

BY_CUSTOMERS: Final = frozenset(
    (
        *("customer", "first_name", "last_name", "comment", "metadata", "order_metadata", "purchase_metadata"),
        *("order_metadata_keys", "purchase_metadata_keys", "metadata_key", "skipped_order_ids", "external_id"),
        *("first_rows", "samples", "unreadable_rows", "row_problems", "product_name", "product_sku", "proposals"),
        *("unmapped_products", "column", "columns_left_out", "decisions", "read_as", "sheet", "data_file_name"),
        *("file_name", "image_alt_text", "caption", "copyright", "error_message", "first_error", "error", "errors"),
        *("failures",),
        *("warnings", "service_response", "body", "headers", NOTES_OF_PREO),
    )
)
"""Fields whose text comes from customers, from a file or from another service, or quotes what does."""
