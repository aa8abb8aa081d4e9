"""What happened, recorded once and queued for every endpoint that wants to hear of it."""

from typing import Final

from preo_mcp.api.models.webhooks import DeliveryStatus
from preo_mcp.sandbox.store import Doc, Store, dump, spell_id

DELIVERY_PREFIX: Final = "whd"
EVENT_PREFIX: Final = "whe"

UNTRIED: Final[Doc] = {
    "attempts": 0,
    "tries": 0,
    "last_attempt_at": None,
    "error_kind": None,
    "error": None,
    "duration_ms": None,
    "sent": None,
    "response": None,
}
"""What a delivery's document says before the first try: `tries` counts from the last time that somebody retried it,
`sent` is the URL and the headers of the last try."""


def record_event(store: Store, kind: str, organization_id: str, edition_id: str | None, data: Doc) -> None:
    """Record that something happened and queue its deliveries; call it in the transaction in which it happens.

    Active endpoints of the organization get it that name `kind` among their events and are not limited to another
    edition. So an event is delivered exactly as often as it is recorded, whatever crashes afterwards.
    """
    now = store.now()
    store.insert("events", data, type=kind, organization_id=organization_id, edition_id=edition_id, created=now)
    [(sequence,)] = store.db.execute("SELECT last_insert_rowid()").fetchall()
    listeners = store.db.execute(
        "SELECT id FROM webhooks WHERE organization_id = ? AND is_active AND (edition_id IS NULL OR edition_id = ?) "
        "AND EXISTS (SELECT 1 FROM json_each(doc, '$.events') WHERE value = ?) ORDER BY rowid",
        (organization_id, edition_id, kind),
    ).fetchall()
    if not listeners:
        return
    event = {"id": spell_id(EVENT_PREFIX, sequence), "type": kind, "created": now, "data": data}
    for (webhook_id,) in listeners:
        add_delivery(store, webhook_id, event)
    store.deliveries_due()


def add_delivery(
    store: Store, webhook_id: str, event: Doc, status: DeliveryStatus = DeliveryStatus.PENDING, **known: object
) -> None:
    """Write a delivery of an event, `{id, type, created, data}`; `known` is what happened at its tries."""
    store.insert(
        "webhook_deliveries",
        {**UNTRIED, "event_id": event["id"], **known},
        id=store.new_id(DELIVERY_PREFIX),
        webhook_id=webhook_id,
        event_type=event["type"],
        status=status,
        created=event["created"],
        due=event["created"] if status is DeliveryStatus.PENDING else None,
        body=dump(event),
    )
