"""An endpoint as it is stored, who may see and change it, and how it is answered.

The keys of its document are those of the answer, and `previous_secret` with `previous_until`, the moment until which
that one signs too.
"""

from datetime import timedelta
from typing import Final

from preo_mcp.api.models.webhooks import ROTATION_HOURS, masked
from preo_mcp.sandbox.clock import iso
from preo_mcp.sandbox.members import visible_doc
from preo_mcp.sandbox.routing import B, Call, Q
from preo_mcp.sandbox.store import Doc, Store
from preo_mcp.sandbox.webhooks.signing import new_secret
from preo_mcp.text.folding import folded

WEBHOOK_PREFIX: Final = "whk"
SHOWN: Final = (
    *("id", "name", "organization_id", "edition_id", "url", "events", "is_active", "timeout_seconds", "created"),
    "modified",
)


def visible_webhook(call: Call[Q, B]) -> Doc:
    """Return the endpoint that a call names, if it is of one of the member's organizations.

    Raises:
        Problem: 404.
    """
    return visible_doc(call.store, call.member, "webhooks", call.path["id"], "Webhook")


def changeable_webhook(call: Call[Q, B]) -> Doc:
    """Return the endpoint that a call names, if its member may change it: managers and admins may (inferred).

    Raises:
        Problem: 404 or 403.
    """
    webhook = visible_webhook(call)
    call.member.must_manage(webhook["organization_id"])
    return webhook


def represent(store: Store, webhook: Doc, *, whole_secret: bool = False) -> Doc:
    """Return an endpoint as it is answered; only create and rotate show the secret whole."""
    until = webhook["previous_until"]
    return {
        **{name: webhook[name] for name in SHOWN},
        "secret": webhook["secret"] if whole_secret else masked(webhook["secret"]),
        "previous_secret_expires_at": until if until and until > store.now() else None,
    }


def insert(store: Store, webhook: Doc) -> None:
    """Write a new endpoint."""
    store.insert("webhooks", webhook, id=webhook["id"], created=webhook["created"], **_columns(webhook))


def save(store: Store, webhook: Doc) -> None:
    """Write an endpoint back, modified now."""
    webhook["modified"] = store.now()
    store.update("webhooks", webhook["id"], webhook, **_columns(webhook))


def rotated(store: Store, webhook: Doc) -> Doc:
    """Return an endpoint with a new secret; the one before it stays valid for a day, older ones end (inferred)."""
    until = store.clock() + timedelta(hours=ROTATION_HOURS)
    return {**webhook, "secret": new_secret(), "previous_secret": webhook["secret"], "previous_until": iso(until)}


def valid_secrets(store: Store, webhook: Doc) -> list[str]:
    """Return the secrets that sign now, the newest first."""
    until = webhook["previous_until"]
    return [webhook["secret"], *([webhook["previous_secret"]] if until and until > store.now() else [])]


def _columns(webhook: Doc) -> dict[str, object]:
    columns = {key: webhook[key] for key in ("organization_id", "edition_id", "is_active", "modified")}
    return {**columns, "name": folded(webhook["name"])}
