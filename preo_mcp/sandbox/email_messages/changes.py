"""Create, update and delete messages."""

from pydantic import MISSING

from preo_mcp.api.models.email_messages import (
    CreateEmailMessageRequest,
    EmailMessageDetail,
    EmailScope,
    EmailTemplate,
    OwnScope,
    UpdateEmailMessageRequest,
)
from preo_mcp.api.operations import CREATE_EMAIL_MESSAGE, DELETE_EMAIL_MESSAGE, UPDATE_EDITION, UPDATE_EMAIL_MESSAGE
from preo_mcp.sandbox.email_messages.content import checked_content
from preo_mcp.sandbox.email_messages.documents import (
    MESSAGE_PREFIX,
    add_message,
    changeable_message,
    edition_of,
    manageable_organization,
    represent,
)
from preo_mcp.sandbox.email_messages.uses import spelled, usages
from preo_mcp.sandbox.problems import invalid, refused
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.store import Doc

ENDPOINTS = Endpoints()

CREATED, NO_CONTENT = 201, 204
"""Statuses of create and delete (inferred)."""


@ENDPOINTS.endpoint(CREATE_EMAIL_MESSAGE, returns=EmailMessageDetail, body=CreateEmailMessageRequest, status=CREATED)
async def create_email_message(call: Call[Nothing, CreateEmailMessageRequest]) -> Doc:
    """Create a template of an organization, or a message of one of its editions.

    Without `scope` it is the edition's where one is given, else a template; the subject is the title unless given
    (inferred).

    Raises:
        Problem: 400 by field, 403 for a lesser role.
    """
    store, body = call.store, call.body
    organization_id = manageable_organization(call, body.organization_id)
    edition_id = None if body.edition_id is MISSING else body.edition_id
    scope = body.scope if body.scope is not MISSING else OwnScope.EDITION if edition_id else OwnScope.TEMPLATE
    _must_fit(scope, edition_id)
    if edition_id is not None:
        edition_of(store, edition_id, organization_id)
    content = await checked_content(store, organization_id, body)
    now = store.now()
    message: Doc = {
        "id": store.new_id(MESSAGE_PREFIX),
        "organization_id": organization_id,
        "edition_id": edition_id,
        "scope": EmailScope(scope),
        "type": body.type,
        "template": EmailTemplate.MODERN,
        "subject": body.title.strip(),
        "blocks": [],
        **content,
        "created": now,
        "modified": now,
    }
    with store.transaction():
        add_message(store, message)
    return represent(store, message)


@ENDPOINTS.endpoint(UPDATE_EMAIL_MESSAGE, returns=EmailMessageDetail, body=UpdateEmailMessageRequest)
async def update_email_message(call: Call[Nothing, UpdateEmailMessageRequest]) -> Doc:
    """Change a message; what is absent stays, `blocks` replaces all. Type, scope and owner stay (inferred).

    Raises:
        Problem: 400 by field, 403 for a lesser role and the platform's, 404.
    """
    store = call.store
    content = await checked_content(store, changeable_message(call)["organization_id"], call.body)
    message = {**changeable_message(call), **content, "modified": store.now()}
    with store.transaction():
        store.update("email_messages", message["id"], message)
    return represent(store, message)


@ENDPOINTS.endpoint(DELETE_EMAIL_MESSAGE, returns=Nothing, status=NO_CONTENT)
async def delete_email_message(call: Call[Nothing, Nothing]) -> Doc:
    """Delete a message.

    Raises:
        Problem: 400 while an edition sends it or a campaign under way uses it, naming them (inferred); 403; 404.
    """
    store, message = call.store, changeable_message(call)
    if uses := usages(store, message):
        raise refused(
            400,
            f"The message is in use by {spelled(uses)}. Give an edition another one with {UPDATE_EDITION.title}; "
            "wait for a campaign or cancel it.",
        )
    with store.transaction():
        store.db.execute("DELETE FROM email_messages WHERE id = ?", (message["id"],))
    return {}


def _must_fit(scope: OwnScope, edition_id: str | None) -> None:
    """Refuse fields that do not go together.

    Raises:
        Problem: 400.
    """
    if scope == OwnScope.EDITION and edition_id is None:
        raise invalid(edition_id="A message of scope edition needs the edition.")
    if scope == OwnScope.TEMPLATE and edition_id is not None:
        raise invalid(edition_id="A template belongs to no edition: leave it out, or give scope edition.")
