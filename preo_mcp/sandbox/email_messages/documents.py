"""A message as it is stored, who may see and change it, and how it is answered.

Those of the platform belong to no organization: everybody sees them, nobody here changes them.
"""

from pydantic import MISSING

from preo_mcp.api.models.email_messages import Block, EmailMessage, EmailMessageDetail, EmailScope
from preo_mcp.api.operations import ADOPT_EMAIL_MESSAGE, DUPLICATE_EMAIL_MESSAGE
from preo_mcp.sandbox.email_messages.uses import usages
from preo_mcp.sandbox.members import Member
from preo_mcp.sandbox.problems import invalid, not_found, refused
from preo_mcp.sandbox.routing import B, Call, Q
from preo_mcp.sandbox.store import Doc, Store

MESSAGE_PREFIX = "eml"
LISTED_FIELDS = tuple(EmailMessage.model_fields)
STORED_FIELDS = tuple(name for name in EmailMessageDetail.model_fields if name != "usages")


def visible_message(call: Call[Q, B]) -> Doc:
    """Return the message that a call names: the platform's, or one of the member's organizations.

    Raises:
        Problem: 404.
    """
    message = call.store.doc("email_messages", call.path["id"])
    if message is None or not _is_visible(message, call.member):
        raise not_found("EmailMessage")
    return message


def changeable_message(call: Call[Q, B]) -> Doc:
    """Return the message that a call names, if its member may change it: managers and admins may (inferred).

    Raises:
        Problem: 404, or 403 for a lesser role and for messages of the platform.
    """
    message = visible_message(call)
    if message["scope"] == EmailScope.PLATFORM:
        raise refused(
            403,
            "Messages of the platform are read-only. "
            f"{DUPLICATE_EMAIL_MESSAGE.title} or {ADOPT_EMAIL_MESSAGE.title} makes a copy that can be changed.",
        )
    call.member.must_manage(message["organization_id"])
    return message


def edition_of(store: Store, edition_id: str, organization_id: str) -> Doc:
    """Return an edition of an organization.

    Raises:
        Problem: 400.
    """
    edition = store.doc("editions", edition_id)
    if edition is None or edition["organization_id"] != organization_id:
        raise invalid(edition_id=f"The organization has no edition with the id {edition_id[:80]!r}.")
    return edition


def stored_block(block: Block) -> Doc:
    """Return a block as it is stored: all fields, None for what its kind does not have."""
    fields = ("type", "text", "url", "file_id", "alt")
    return {name: None if (value := getattr(block, name)) is MISSING else value for name in fields}


def listed(message: Doc) -> Doc:
    """Return a message as lists have it."""
    return {name: message[name] for name in LISTED_FIELDS}


def represent(store: Store, message: Doc) -> Doc:
    """Return a message with its content and what uses it."""
    return {**{name: message[name] for name in STORED_FIELDS}, "usages": usages(store, message)}


def add_message(store: Store, message: Doc) -> None:
    """Write a new message, inside a transaction."""
    columns = {name: message[name] for name in ("id", "organization_id", "edition_id")}
    store.insert("email_messages", message, **columns)


def _is_visible(message: Doc, member: Member) -> bool:
    return message["scope"] == EmailScope.PLATFORM or message["organization_id"] in member.organizations
