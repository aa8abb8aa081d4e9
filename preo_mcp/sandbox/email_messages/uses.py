"""What uses a message: editions that send it by themselves, and campaigns."""

import json
from collections.abc import Sequence

from preo_mcp.api.models.campaigns import ACTIVE_STATUSES
from preo_mcp.sandbox import campaign_uses
from preo_mcp.sandbox.store import Doc, Store

EDITION_FIELDS = ("transaction_receipt_email_id", "refund_confirmation_email_id")
"""The fields of editions that name a message."""


def usages(store: Store, message: Doc) -> list[Doc]:
    """Return the editions and the campaigns under way that use a message (the shape is inferred)."""
    return [*editions_using(store, message["id"]), *campaigns_using(store, message["id"])]


def editions_using(store: Store, message_id: str) -> list[Doc]:
    """Return a use per edition and field."""
    found: list[Doc] = []
    for field in EDITION_FIELDS:
        rows = store.db.execute(f"SELECT doc FROM editions WHERE json_extract(doc, '$.{field}') = ?", (message_id,))  # noqa: S608 - our own names
        found += [_use("edition", json.loads(doc), field=field) for (doc,) in rows]
    return sorted(found, key=lambda use: (use["id"], use["field"]))


def campaigns_using(store: Store, message_id: str) -> list[Doc]:
    """Return a use per campaign that is scheduled, calculating or sending."""
    found = campaign_uses.campaigns_using(store, email_message_id=message_id, statuses=ACTIVE_STATUSES)
    return [_use("campaign", campaign, status=campaign["status"]) for campaign in found]


def spelled(uses: Sequence[Doc]) -> str:
    """Return uses as a sentence names them."""
    return ", ".join(f"{use['type']} {use['name']} ({use['id']}, {use['field'] or use['status']})" for use in uses)


def _use(kind: str, doc: Doc, *, field: str | None = None, status: str | None = None) -> Doc:
    name = doc.get("full_name") or doc["name"]
    return {"type": kind, "id": doc["id"], "name": name, "field": field, "status": status}
