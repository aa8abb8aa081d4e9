"""Create, update and delete messages, and what their content may be."""

from collections.abc import Iterator, Sequence
from functools import partial

from anyio import to_thread
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
from preo_mcp.sandbox.email_messages.documents import (
    MESSAGE_PREFIX,
    add_message,
    changeable_message,
    edition_of,
    represent,
    stored_block,
)
from preo_mcp.sandbox.email_messages.uses import spelled, usages
from preo_mcp.sandbox.mail.liquid import TemplateFault, compiled
from preo_mcp.sandbox.problems import invalid, refused
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.store import Doc, Store

MAX_LETTERS = 100_000
"""Characters of all blocks together (inferred)."""

TEMPLATED = ("text", "url", "alt")
"""The fields of blocks that are Liquid."""


async def checked_content(
    store: Store, organization_id: str, body: CreateEmailMessageRequest | UpdateEmailMessageRequest
) -> Doc:
    """Return title, subject, template and blocks as they are stored, as far as they were given.

    Variables that do not exist are no fault here: which exist depends on what is sent, and a preview tells.

    Raises:
        Problem: 400 by field; what is wrong in a block names its number from 1, its field and line.
    """
    given = body.model_dump(include={"title", "subject", "template"})
    if "title" in given:
        given["title"] = given["title"].strip()
    blocks = given["blocks"] = [stored_block(block) for block in body.blocks] if isinstance(body.blocks, list) else None
    if blocks is None:
        del given["blocks"]
    problems = _problems(given)
    if not problems:
        # Reading much Liquid takes longer than the event loop should be held.
        problems = await to_thread.run_sync(partial(_unreadable, given.get("subject"), blocks or []))
    if not problems and (lost := list(_lost_files(store, organization_id, blocks or []))):
        problems["blocks"] = " ".join(lost)
    if problems:
        raise invalid(**problems)
    return given


def _problems(given: Doc) -> dict[str, str]:
    problems: dict[str, str] = {}
    if given.get("title") == "":
        problems["title"] = "This field may not be blank."
    subject = given.get("subject", "subject")
    if not subject.strip():
        problems["subject"] = "This field may not be blank."
    elif len(subject.splitlines()) > 1:
        problems["subject"] = "A subject is one line."
    if given.get("template", EmailTemplate.MODERN) not in set(EmailTemplate):
        problems["template"] = f"Not a valid choice. Choose from: {', '.join(EmailTemplate)}."
    letters = sum(len(block[name] or "") for block in given.get("blocks", []) for name in TEMPLATED)
    if letters > MAX_LETTERS:
        problems["blocks"] = f"Ensure that all blocks together have no more than {MAX_LETTERS} characters."
    return problems


def _unreadable(subject: str | None, blocks: Sequence[Doc]) -> dict[str, str]:
    """Return by field what Liquid cannot read."""
    problems: dict[str, str] = {}
    if subject is not None and (fault := _fault(subject)):
        problems["subject"] = fault
    faults = [
        f"Block {number} ({block['type']}), {name}, {fault}"
        for number, block in enumerate(blocks, 1)
        for name in TEMPLATED
        if block[name] and (fault := _fault(block[name]))
    ]
    if faults:
        problems["blocks"] = " ".join(faults)
    return problems


def _fault(source: str) -> str | None:
    try:
        compiled(source)
    except TemplateFault as fault:
        return f"line {fault.line or 1}: {fault.message.rstrip('.')}."
    return None


def _lost_files(store: Store, organization_id: str, blocks: Sequence[Doc]) -> Iterator[str]:
    """Yield which blocks name a file that the organization does not have, or that is no picture."""
    for number, block in enumerate(blocks, 1):
        if block["file_id"] is None:
            continue
        place, key = f"Block {number} ({block['type']}), file_id:", block["file_id"][:80]
        file = store.doc("files", block["file_id"])
        if file is None or file["organization_id"] != organization_id:
            yield f"{place} the organization has no file {key!r}."
        elif not file["content_type"].startswith("image/"):
            yield f"{place} {key!r} is no picture but {file['content_type']}."


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
    organization_id = body.organization_id
    call.member.must_manage_named(organization_id)
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
