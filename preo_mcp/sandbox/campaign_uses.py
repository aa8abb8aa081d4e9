"""Which campaigns use a segment or an e-mail message: this keeps either from being deleted."""

import json
from collections.abc import Iterable
from typing import Final

from preo_mcp.api.models.campaigns import CampaignStatus
from preo_mcp.sandbox.store import Doc, Store

FIELDS: Final = ("id", "name", "status", "scheduled_at")


def campaigns_using(
    store: Store,
    *,
    segment_id: str | None = None,
    email_message_id: str | None = None,
    statuses: Iterable[CampaignStatus] = CampaignStatus,
) -> list[Doc]:
    """Return `{id, name, status, scheduled_at}` of the campaigns that use a segment or a message, oldest first."""
    column, key = ("segment_id", segment_id) if segment_id is not None else ("email_message_id", email_message_id)
    rows = store.db.execute(
        f"SELECT {', '.join(FIELDS)} FROM campaigns WHERE {column} = ? "  # noqa: S608 - our own names
        "AND status IN (SELECT value FROM json_each(?)) ORDER BY created, id",
        (key, json.dumps(list(statuses))),
    )
    return [dict(zip(FIELDS, row, strict=True)) for row in rows]
