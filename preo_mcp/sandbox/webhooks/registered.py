"""The endpoints that are registered: list, get, create, update and delete them, and rotate their secrets."""

from typing import Any

from pydantic import MISSING

from preo_mcp.api.models.base import Page
from preo_mcp.api.models.webhooks import (
    DEFAULT_TIMEOUT,
    CreateWebhookRequest,
    ListWebhooksQuery,
    UpdateWebhookRequest,
    Webhook,
    WebhookEvent,
    WebhookOrdering,
    why_not_a_target,
)
from preo_mcp.api.operations import (
    CREATE_WEBHOOK,
    DELETE_WEBHOOK,
    GET_WEBHOOK,
    LIST_WEBHOOKS,
    ROTATE_WEBHOOK_SECRET,
    UPDATE_WEBHOOK,
)
from preo_mcp.sandbox.lists import Filters, Matches, paged, sql_order
from preo_mcp.sandbox.problems import invalid
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.store import Doc, Store, docs_by_id
from preo_mcp.sandbox.webhooks.documents import (
    WEBHOOK_PREFIX,
    changeable_webhook,
    insert,
    represent,
    rotated,
    save,
    visible_webhook,
)
from preo_mcp.sandbox.webhooks.queue import drop_deliveries, end_pending
from preo_mcp.sandbox.webhooks.signing import new_secret

ENDPOINTS = Endpoints()

CREATED = 201
"""The status of create (inferred)."""
NO_CONTENT = 204


@ENDPOINTS.endpoint(LIST_WEBHOOKS, returns=Page[Webhook], query=ListWebhooksQuery)
async def list_webhooks(call: Call[ListWebhooksQuery, Nothing]) -> Doc:
    """List the endpoints of the member's organizations, the newest first unless `ordering` says otherwise.

    `edition_id` finds those limited to that edition, not those of all editions (inferred).
    """
    store, query, filters = call.store, call.query, Filters()
    filters.one_of("organization_id", call.member.organizations)
    filters.equal("organization_id", query.organization_id)
    filters.equal("edition_id", query.edition_id)
    if query.is_active is not MISSING:
        filters.add("is_active = ?", int(query.is_active))
    ordering = [WebhookOrdering.CREATED_DESC] if query.ordering is MISSING else query.ordering
    count, ids = Matches(store.db, "webhooks", filters, sql_order(ordering)).page(query)
    docs = docs_by_id(store, "webhooks", ids)
    return paged(call.url, query, count, lambda _limit, _offset: [represent(store, docs[key]) for key in ids])


@ENDPOINTS.endpoint(GET_WEBHOOK, returns=Webhook)
async def get_webhook(call: Call[Nothing, Nothing]) -> Doc:
    """Answer one endpoint, its secret masked."""
    return represent(call.store, visible_webhook(call))


@ENDPOINTS.endpoint(CREATE_WEBHOOK, returns=Webhook, body=CreateWebhookRequest, status=CREATED)
async def create_webhook(call: Call[Nothing, CreateWebhookRequest]) -> Doc:
    """Create an endpoint of an organization of which the member is manager or admin; it hears of what happens later.

    Raises:
        Problem: 400 by field, 403 for a lesser role (inferred).
    """
    store, body = call.store, call.body
    call.member.must_manage_named(body.organization_id)
    now = store.now()
    before: Doc = {
        "edition_id": None,
        "is_active": True,
        "timeout_seconds": DEFAULT_TIMEOUT,
        "secret": new_secret(),
        "previous_secret": None,
        "previous_until": None,
        "created": now,
        "modified": now,
    }
    webhook = _settled(store, {**before, "organization_id": body.organization_id}, body.model_dump())
    with store.transaction():
        webhook = {"id": store.new_id(WEBHOOK_PREFIX), **webhook}
        insert(store, webhook)
    return represent(store, webhook, whole_secret=True)


@ENDPOINTS.endpoint(UPDATE_WEBHOOK, returns=Webhook, body=UpdateWebhookRequest)
async def update_webhook(call: Call[Nothing, UpdateWebhookRequest]) -> Doc:
    """Change an endpoint; what is absent stays.

    What is pending goes to the new URL. Once an endpoint is not active, what is pending has failed; it can be retried
    when it is active again (both inferred).

    Raises:
        Problem: 400 by field, 403 for a lesser role, 404.
    """
    store = call.store
    webhook = _settled(store, changeable_webhook(call), call.body.model_dump())
    with store.transaction():
        save(store, webhook)
        if not webhook["is_active"]:
            end_pending(store, webhook["id"])
    return represent(store, webhook)


@ENDPOINTS.endpoint(DELETE_WEBHOOK, returns=Nothing, status=NO_CONTENT)
async def delete_webhook(call: Call[Nothing, Nothing]) -> Doc:
    """Delete an endpoint with its deliveries, pending ones included (inferred).

    Raises:
        Problem: 403 for a lesser role, 404.
    """
    webhook = changeable_webhook(call)
    with call.store.transaction():
        drop_deliveries(call.store, webhook["id"])
        call.store.db.execute("DELETE FROM webhooks WHERE id = ?", (webhook["id"],))
    return {}


@ENDPOINTS.endpoint(ROTATE_WEBHOOK_SECRET, returns=Webhook)
async def rotate_webhook_secret(call: Call[Nothing, Nothing]) -> Doc:
    """Give an endpoint a new secret and show it; for a day the one before signs too (inferred).

    Raises:
        Problem: 403 for a lesser role, 404.
    """
    webhook = rotated(call.store, changeable_webhook(call))
    with call.store.transaction():
        save(call.store, webhook)
    return represent(call.store, webhook, whole_secret=True)


def _settled(store: Store, before: Doc, given: dict[str, Any]) -> Doc:
    """Return an endpoint with what is given of it.

    Raises:
        Problem: 400 with the reason by field.
    """
    after = {**before, **given}
    checks = {
        "name": lambda: None if after["name"].strip() else "This field may not be blank.",
        "url": lambda: _sentence(why_not_a_target(after["url"])),
        "events": lambda: _wrong_events(after["events"]),
        "edition_id": lambda: _wrong_edition(store, after),
    }
    problems = {name: why for name, check in checks.items() if name in given and (why := check()) is not None}
    if problems:
        raise invalid(**problems)
    return {**after, "name": after["name"].strip()}


def _sentence(why: str | None) -> str | None:
    return None if why is None else f"{why[0].upper()}{why[1:]}."


def _wrong_events(events: list[str]) -> str | None:
    unknown = [event for event in events if event not in set(WebhookEvent)]
    if unknown:
        return f"Not a valid choice: {', '.join(unknown)[:200]!r}. Choose from: {', '.join(WebhookEvent)}."
    return "An event is named twice." if len(set(events)) < len(events) else None


def _wrong_edition(store: Store, after: Doc) -> str | None:
    key = after["edition_id"]
    edition = store.doc("editions", key) if key is not None else None
    if key is None or (edition is not None and edition["organization_id"] == after["organization_id"]):
        return None
    return f"The organization has no edition with the id {key[:80]!r}."
