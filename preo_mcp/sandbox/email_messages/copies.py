"""Adopt a template to an edition, and duplicate a message."""

from pydantic import MISSING

from preo_mcp.api.models.email_messages import (
    TITLE_MAX_LENGTH,
    AdoptEmailMessageRequest,
    DuplicateEmailMessageRequest,
    EmailMessageDetail,
    EmailScope,
)
from preo_mcp.api.operations import ADOPT_EMAIL_MESSAGE, DUPLICATE_EMAIL_MESSAGE
from preo_mcp.sandbox.editions import visible_edition
from preo_mcp.sandbox.email_messages.documents import (
    MESSAGE_PREFIX,
    add_message,
    changeable_message,
    represent,
    visible_message,
)
from preo_mcp.sandbox.problems import Problem, invalid
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.store import Doc, Store

ENDPOINTS = Endpoints()

CREATED = 201
"""The status of a copy (inferred)."""
COPY_MARK = " (copy)"


@ENDPOINTS.endpoint(ADOPT_EMAIL_MESSAGE, returns=EmailMessageDetail, body=AdoptEmailMessageRequest, status=CREATED)
async def adopt_email_message(call: Call[Nothing, AdoptEmailMessageRequest]) -> Doc:
    """Copy a message of the platform, or a template of the edition's organization, to an edition.

    The edition does not send it just for that: its fields for receipt and refund stay (inferred).

    Raises:
        Problem: 400 for a message of an edition or of another organization, 403 for a lesser role, 404.
    """
    message, edition = visible_message(call), _edition(call)
    if message["scope"] == EmailScope.EDITION:
        raise invalid(scope=f"Only templates are adopted; this is a message of the edition {message['edition_id']}.")
    if message["organization_id"] not in (None, edition["organization_id"]):
        raise invalid(edition_id="The edition is of another organization than the template.")
    title = message["title"] if call.body.title is MISSING else call.body.title
    owner = {"scope": EmailScope.EDITION, "organization_id": edition["organization_id"], "edition_id": edition["id"]}
    return _copy(call.store, message, title, owner)


@ENDPOINTS.endpoint(
    DUPLICATE_EMAIL_MESSAGE, returns=EmailMessageDetail, body=DuplicateEmailMessageRequest, status=CREATED
)
async def duplicate_email_message(call: Call[Nothing, DuplicateEmailMessageRequest]) -> Doc:
    """Copy a message within its place; one of the platform becomes a template of `organization_id` (inferred).

    Raises:
        Problem: 400 for a missing or wrong organization, 403 for a lesser role, 404.
    """
    message, body = visible_message(call), call.body
    title = message["title"][: TITLE_MAX_LENGTH - len(COPY_MARK)] + COPY_MARK if body.title is MISSING else body.title
    if message["scope"] != EmailScope.PLATFORM:
        changeable_message(call)
        if body.organization_id not in (MISSING, message["organization_id"]):
            raise invalid(organization_id="A duplicate stays with its organization; leave this out.")
        return _copy(call.store, message, title, {})
    if body.organization_id is MISSING:
        raise invalid(organization_id="Required for a message of the platform: whose template the copy becomes.")
    call.member.must_manage_named(body.organization_id)
    return _copy(call.store, message, title, {"scope": EmailScope.TEMPLATE, "organization_id": body.organization_id})


def _edition(call: Call[Nothing, AdoptEmailMessageRequest]) -> Doc:
    """Return the edition that is adopted to; one that the member does not see is a wrong value of the body."""
    try:
        edition = visible_edition(call.store, call.member, call.body.edition_id)
    except Problem:
        raise invalid(edition_id=f"No edition with the id {call.body.edition_id[:80]!r} is accessible.") from None
    call.member.must_manage(edition["organization_id"])
    return edition


def _copy(store: Store, message: Doc, title: str, owner: Doc) -> Doc:
    if not title.strip():
        raise invalid(title="This field may not be blank.")
    now = store.now()
    with store.transaction():
        fresh = {"id": store.new_id(MESSAGE_PREFIX), "title": title.strip(), "created": now, "modified": now}
        copy = {**message, **owner, **fresh}
        add_message(store, copy)
    return represent(store, copy)
