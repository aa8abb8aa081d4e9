"""Preview a message as a sample customer, or a given one, would get it."""

import json
from collections.abc import Collection
from functools import partial
from urllib.parse import quote

from anyio import to_thread
from pydantic import MISSING
from starlette.datastructures import URL

from preo_mcp.api.models.email_messages import EmailPreview, PreviewEmailRequest
from preo_mcp.api.operations import PREVIEW_EMAIL
from preo_mcp.sandbox.email_messages.documents import visible_message
from preo_mcp.sandbox.files.documents import CONTENT_PATH
from preo_mcp.sandbox.mail.values import Recipient, fill
from preo_mcp.sandbox.members import Member
from preo_mcp.sandbox.problems import invalid
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.store import Doc, Store

ENDPOINTS = Endpoints()


@ENDPOINTS.endpoint(PREVIEW_EMAIL, returns=EmailPreview, body=PreviewEmailRequest)
async def preview_email(call: Call[Nothing, PreviewEmailRequest]) -> Doc:
    """Answer a message as HTML and text; nothing is sent, and any member of the organization may ask.

    The customer's newest order and refund of the edition are shown, samples where there are none. For a message of no
    edition it is the given one, else that of the customer's newest order, else the organization's newest (inferred).

    Raises:
        Problem: 400 by field, 404.
    """
    from preo_mcp.sandbox.mail.composing import compose

    store, message = call.store, visible_message(call)
    recipient = _recipient(store, call.member, message, call.body)
    filled = fill(store, message["type"], recipient)
    language = (recipient.edition or {}).get("default_language")
    addresses = file_addresses(store, message, call.url)
    composed = await to_thread.run_sync(partial(compose, message, filled, language, addresses.get))
    return {
        "subject": composed.subject,
        "text": composed.text,
        "html": composed.html,
        "undefined_variables": composed.undefined,
        "problems": composed.problems,
        "sampled": filled.sampled,
    }


def file_addresses(store: Store, message: Doc, url: URL) -> dict[str, str]:
    """Return the addresses of the files that a message shows, by id; `url` is any address of this server."""
    ids = [block["file_id"] for block in message["blocks"] if block["file_id"]]
    rows = store.db.execute(
        "SELECT id, key, json_extract(doc, '$.file_name') FROM files WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(ids),),
    )
    paths = {file: CONTENT_PATH.format(key=key, file_name=quote(name, safe="")) for file, key, name in rows}
    return {file: str(url.replace(path=path, query="", fragment="")) for file, path in paths.items()}


def _recipient(store: Store, member: Member, message: Doc, body: PreviewEmailRequest) -> Recipient:
    customer = None if body.customer_id is MISSING else _customer(store, member, message, body.customer_id)
    owner: str | None = customer["organization_id"] if customer else message["organization_id"]
    edition = _edition(store, message, body, member.organizations if owner is None else (owner,), customer)
    owner = edition["organization_id"] if edition else owner
    return Recipient(store.doc("organizations", owner) if owner else None, edition, customer)


def _customer(store: Store, member: Member, message: Doc, customer_id: str) -> Doc:
    customer = store.doc("customers", customer_id)
    visible = member.organizations if message["organization_id"] is None else (message["organization_id"],)
    if customer is None or customer["organization_id"] not in visible:
        raise invalid(customer_id=f"The message's organization has no customer with the id {customer_id[:80]!r}.")
    return customer


def _edition(
    store: Store, message: Doc, body: PreviewEmailRequest, organizations: Collection[str], customer: Doc | None
) -> Doc | None:
    """Return the edition that a preview is about; None where only a sample will do."""
    if message["edition_id"] is not None and body.edition_id not in (MISSING, message["edition_id"]):
        raise invalid(edition_id=f"The message is of the edition {message['edition_id']}; leave this out.")
    named: str | None = message["edition_id"] or (None if body.edition_id is MISSING else body.edition_id)
    if named is None:
        return _newest_edition(store, message["organization_id"], customer)
    edition = store.doc("editions", named)
    if edition is None or edition["organization_id"] not in organizations:
        raise invalid(edition_id=f"No edition with the id {named[:80]!r} is accessible for this message.")
    return edition


def _newest_edition(store: Store, organization_id: str | None, customer: Doc | None) -> Doc | None:
    """Return the edition of a customer's newest order, else an organization's newest."""
    row = store.db.execute(
        "SELECT edition_id FROM orders WHERE customer_id = ? ORDER BY created DESC, id LIMIT 1",
        (customer and customer["id"],),
    ).fetchone()
    row = (
        row
        or store.db.execute(
            "SELECT id FROM editions WHERE organization_id = ? ORDER BY json_extract(doc, '$.created') DESC, id",
            (customer["organization_id"] if customer else organization_id,),
        ).fetchone()
    )
    return store.doc("editions", row[0]) if row else None
