"""Whether a webhook was created or its secret rotated after all; a secret whose answer was lost is lost here too."""

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from preo_mcp.api.models.base import Page
from preo_mcp.api.models.webhooks import ListWebhooksQuery, Webhook, WebhookOrdering, masked
from preo_mcp.api.operations import GET_WEBHOOK, LIST_WEBHOOKS
from preo_mcp.approval.ended import DidNotHappen, ReadBack, Unknown
from preo_mcp.calls.preo import Preo
from preo_mcp.tools.read_backs import added_since, newest, the_one
from preo_mcp.tools.webhooks.subjects import without_secret

LOST_AT_CREATION = (
    "The secret was lost with the answer: rotate_webhook_secret with secret_file makes another, "
    "or the user opens the webhook in Preo."
)
LOST_AT_ROTATION = (
    "The new secret was lost with the answer: the user opens the webhook in Preo. "
    "Rotating again would end at once the secret that the receiver has."
)

Found = BaseModel | DidNotHappen | Unknown


def _list(organization_id: str) -> ListWebhooksQuery:
    return ListWebhooksQuery(organization_id=organization_id, ordering=[WebhookOrdering.CREATED_DESC])


async def _newest(preo: Preo, organization_id: str, **_: Any) -> dict[str, Any]:
    return await newest(preo, LIST_WEBHOOKS, Page[Webhook], _list(organization_id))


async def _created(preo: Preo, remembered: dict[str, Any], organization_id: str, **given: Any) -> Found:
    """Look for a new endpoint with that URL; with another name or other events it may be somebody else's."""
    added = await added_since(preo, LIST_WEBHOOKS, Page[Webhook], _list(organization_id), remembered)
    if isinstance(added, Unknown):
        return added

    def is_it(webhook: Webhook) -> bool | None:
        if webhook.url != given["url"]:
            return False
        same_name = (webhook.name or "").strip() == given["name"].strip()
        return True if same_name and set(webhook.events or ()) == set(given["events"]) else None

    found = the_one(
        added,
        is_it,
        none="there is no new webhook with this URL",
        next_step="Look at them with get_webhook; delete_webhook removes one too many.",
    )
    return without_secret(found, LOST_AT_CREATION) if isinstance(found, Webhook) else found


async def _secrets(preo: Preo, webhook_id: str, **_: Any) -> dict[str, Any]:
    """Return what a rotation is noticed by: the end of the secret as it is shown, and how long an older one holds."""
    webhook = await preo.request(GET_WEBHOOK, Webhook, id=webhook_id)
    until = webhook.previous_secret_expires_at
    return {"secret": _end(webhook), "until": until and until.isoformat()}


def _end(webhook: Webhook) -> str | None:
    return None if webhook.secret is None else masked(webhook.secret)


async def _rotated(preo: Preo, remembered: dict[str, Any], webhook_id: str, **_: Any) -> Found:
    webhook = await preo.request(GET_WEBHOOK, Webhook, id=webhook_id)
    now, until = _end(webhook), webhook.previous_secret_expires_at
    before = datetime.fromisoformat(remembered["until"]) if remembered["until"] else datetime.min.replace(tzinfo=UTC)
    if now != remembered["secret"] or (until is not None and until > before):
        return without_secret(webhook, LOST_AT_ROTATION)
    if now is None:
        return Unknown("Preo does not show what a rotation is noticed by", "Ask the user to open the webhook in Preo.")
    return DidNotHappen("the webhook has the secret that it had")


CREATE_READ_BACK = ReadBack(before=_newest, after=_created)
ROTATE_READ_BACK = ReadBack(before=_secrets, after=_rotated)
