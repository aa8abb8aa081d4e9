"""Webhook endpoints: find, look, create, change, delete, rotate the secret."""

from typing import Annotated

from pydantic import MISSING, BaseModel, Field, WithJsonSchema

from preo_mcp.api.models.base import NoContent, Page
from preo_mcp.api.models.webhooks import (
    CreateWebhookRequest,
    ListedWebhook,
    ListWebhooksQuery,
    ShownWebhook,
    Timeout,
    UpdateWebhookRequest,
    Webhook,
    WebhookEvent,
    WebhookEvents,
    WebhookName,
    WebhookOrdering,
    WebhookUrl,
)
from preo_mcp.api.operations import (
    CREATE_WEBHOOK,
    DELETE_WEBHOOK,
    GET_WEBHOOK,
    LIST_WEBHOOKS,
    ROTATE_WEBHOOK_SECRET,
    UPDATE_WEBHOOK,
)
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.tool import tool
from preo_mcp.files.secret_files import secret_file as made_secret_file
from preo_mcp.replies.listing import Listing
from preo_mcp.tools.arguments import OrganizationId, PageNumber, PageSize, ordered_by
from preo_mcp.tools.lists import ListOf
from preo_mcp.tools.read_backs import delete_read_back, field_read_back
from preo_mcp.tools.webhooks.facts import facts_of_create, facts_of_delete, facts_of_rotate, facts_of_update
from preo_mcp.tools.webhooks.read_back import CREATE_READ_BACK, ROTATE_READ_BACK
from preo_mcp.tools.webhooks.subjects import IssuedSecret, get_endpoint, issued

# Limits are checked and not spelled in the schema, where each would cost every session its tokens.
Name = Annotated[WebhookName, WithJsonSchema({"type": "string"})]
Url = Annotated[WebhookUrl, WithJsonSchema({"type": "string"})]
EVENT_NAMES = {"type": "array", "items": {"type": "string"}}
EventNames = Annotated[WebhookEvents, WithJsonSchema(EVENT_NAMES)]
NewEventNames = Annotated[WebhookEvents, WithJsonSchema({**EVENT_NAMES, "description": ", ".join(WebhookEvent)})]
Seconds = Annotated[Timeout, WithJsonSchema({"type": "integer"})]
Ordering = Annotated[list[WebhookOrdering], ordered_by(WebhookOrdering)]
SecretPath = Annotated[str, Field(description="New file for the secret.")]


class DeletedWebhook(BaseModel):
    """Which endpoint is gone."""

    deleted: str


LISTED = ListOf(LIST_WEBHOOKS, Page[ListedWebhook], searched=("name", "url", "events", "id"))


@tool(LIST_WEBHOOKS)
async def list_webhooks(
    preo: Preo,
    search: str | MISSING = MISSING,
    organization_id: str | MISSING = MISSING,
    edition_id: str | MISSING = MISSING,
    is_active: bool | MISSING = MISSING,  # noqa: FBT001 - a tool's arguments are named
    ordering: Ordering | MISSING = MISSING,
    page: PageNumber = 1,
    page_size: PageSize = 25,
) -> Listing[ListedWebhook]:
    """List webhook endpoints, newest first."""
    query = ListWebhooksQuery(
        organization_id=organization_id,
        edition_id=edition_id,
        is_active=is_active,
        ordering=ordering,
        page=page,
        page_size=page_size,
    )
    return await LISTED.find(preo, query, search=search)


@tool(CREATE_WEBHOOK, facts=facts_of_create, read_back=CREATE_READ_BACK)
async def create_webhook(
    preo: Preo,
    organization_id: OrganizationId,
    name: Name,
    url: Url,
    events: NewEventNames,
    edition_id: Annotated[str, Field(description="Default: all.")] | MISSING = MISSING,
    is_active: bool | MISSING = MISSING,  # noqa: FBT001 - a tool's arguments are named
    timeout_seconds: Seconds | MISSING = MISSING,
    secret_file: SecretPath | MISSING = MISSING,
) -> IssuedSecret:
    """Send an organization's events to a URL as they happen, signed; a person is asked first.

    The secret goes to secret_file (in an allowed folder) and is never shown.
    """
    body = CreateWebhookRequest(
        organization_id=organization_id,
        name=name,
        url=url,
        events=events,
        edition_id=edition_id,
        is_active=is_active,
        timeout_seconds=timeout_seconds,
    )
    with made_secret_file(preo.settings, secret_file) as file:
        return issued(await preo.request(CREATE_WEBHOOK, Webhook, body=body), file)


@tool(GET_WEBHOOK)
async def get_webhook(preo: Preo, webhook_id: str) -> ShownWebhook:
    """Show a webhook endpoint, its secret masked."""
    return await get_endpoint(preo, webhook_id)


@tool(UPDATE_WEBHOOK, facts=facts_of_update, read_back=field_read_back(GET_WEBHOOK, ShownWebhook, "webhook_id"))
async def update_webhook(
    preo: Preo,
    webhook_id: str,
    name: Name | MISSING = MISSING,
    url: Url | MISSING = MISSING,
    events: EventNames | MISSING = MISSING,
    edition_id: Annotated[str | None, Field(description="Empty: all.")] | MISSING = MISSING,
    is_active: bool | MISSING = MISSING,  # noqa: FBT001 - a tool's arguments are named
    timeout_seconds: Seconds | MISSING = MISSING,
) -> ShownWebhook:
    """Change a webhook; if url, events or edition change, or it is activated, a person is asked first."""
    body = UpdateWebhookRequest(
        name=name, url=url, events=events, edition_id=edition_id, is_active=is_active, timeout_seconds=timeout_seconds
    )
    return await preo.request(UPDATE_WEBHOOK, ShownWebhook, body=body, id=webhook_id)


@tool(DELETE_WEBHOOK, facts=facts_of_delete, read_back=delete_read_back(GET_WEBHOOK, "webhook_id", DeletedWebhook))
async def delete_webhook(preo: Preo, webhook_id: str) -> DeletedWebhook:
    """Delete a webhook and its deliveries; a person is asked first. To pause it use update_webhook."""
    await preo.request(DELETE_WEBHOOK, NoContent, id=webhook_id)
    return DeletedWebhook(deleted=webhook_id)


@tool(ROTATE_WEBHOOK_SECRET, facts=facts_of_rotate, read_back=ROTATE_READ_BACK)
async def rotate_webhook_secret(
    preo: Preo, webhook_id: str, secret_file: SecretPath | MISSING = MISSING
) -> IssuedSecret:
    """Replace a webhook's secret (see create_webhook); a person is asked first.

    For a day deliveries are signed with both, then the old one is void; at once if it is rotated again.
    """
    with made_secret_file(preo.settings, secret_file) as file:
        return issued(await preo.request(ROTATE_WEBHOOK_SECRET, Webhook, id=webhook_id), file)
