"""The deliveries that are due: taken, tried, and taken again later when they fail.

A delivery that is taken is marked `sending`, and the mark ends with what the try brought. A process that is killed in
between leaves the mark; the next one takes it off, and so the receiver can get that delivery twice, with the same id.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from preo_mcp.api.models.webhooks import DeliveryError, DeliveryStatus
from preo_mcp.sandbox.clock import iso
from preo_mcp.sandbox.store import Doc, Store, dump

RETRY_DELAYS: Final = tuple(timedelta(seconds=seconds) for seconds in (10, 60, 10 * 60, 60 * 60, 6 * 60 * 60))
"""How long after each failed try the next one follows; after the last delay's try a delivery has failed (inferred)."""

HOPELESS: Final = frozenset({DeliveryError.HOST_NOT_ALLOWED})
"""What no later try can change."""

INACTIVE: Final = "The endpoint is not active; activate it, then retry the delivery."


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery to try now, and where it goes."""

    id: str
    event_type: str
    body: bytes
    webhook: Doc


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a try brought: an error or none, what was sent (`url`, `headers`), what was answered."""

    sent: Doc
    error_kind: DeliveryError | None = None
    error: str | None = None
    duration_ms: int = 0
    response: Doc | None = None


def take_off_marks(store: Store) -> None:
    """Free what an earlier process was sending when it ended."""
    store.db.execute("UPDATE webhook_deliveries SET sending = 0 WHERE sending")


def waiting(store: Store) -> Sequence[tuple[str, str]]:
    """Return the endpoints that have something pending, each with the moment of the first, in order of those."""
    return store.db.execute(
        "SELECT webhooks.id, (SELECT min(due) FROM webhook_deliveries AS delivery "
        "WHERE webhook_id = webhooks.id AND status = 'pending' AND NOT sending) AS first "
        "FROM webhooks WHERE first IS NOT NULL ORDER BY first"
    ).fetchall()


def take(store: Store, webhook_id: str) -> Taken | None:
    """Take the first delivery of an endpoint that is due, or None."""
    row = store.db.execute(
        "UPDATE webhook_deliveries SET sending = 1 WHERE rowid = (SELECT rowid FROM webhook_deliveries "
        "WHERE webhook_id = ? AND status = 'pending' AND NOT sending AND due <= ? ORDER BY due, rowid LIMIT 1) "
        "RETURNING id, event_type, body",
        (webhook_id, store.now()),
    ).fetchall()
    webhook = store.doc("webhooks", webhook_id)
    if not row or webhook is None:
        return None
    [(key, event_type, body)] = row
    return Taken(key, event_type, body.encode(), webhook)


def record(store: Store, delivery_id: str, attempt: Attempt) -> None:
    """Write what a try brought, and when the next one is due; nothing where the endpoint is gone."""
    with store.transaction():
        row = store.db.execute(
            "SELECT delivery.doc, is_active FROM webhook_deliveries AS delivery "
            "JOIN webhooks ON webhooks.id = webhook_id WHERE delivery.id = ?",
            (delivery_id,),
        ).fetchone()
        if row is None:
            return
        doc: Doc = json.loads(row[0])
        now = store.clock()
        doc |= {
            "attempts": doc["attempts"] + 1,
            "tries": doc["tries"] + 1,
            "last_attempt_at": iso(now),
            "error_kind": attempt.error_kind,
            "error": attempt.error,
            "duration_ms": attempt.duration_ms,
            "sent": attempt.sent,
            "response": attempt.response,
        }
        status, due = _next(attempt, doc["tries"], now, is_active=bool(row[1]))
        store.update("webhook_deliveries", delivery_id, doc, status=status, due=due, sending=0)


def _next(attempt: Attempt, tries: int, now: datetime, *, is_active: bool) -> tuple[DeliveryStatus, str | None]:
    """Return where a delivery stands after a try, and when it is tried again."""
    if attempt.error_kind is None:
        return DeliveryStatus.SUCCEEDED, None
    if attempt.error_kind in HOPELESS or not is_active or tries > len(RETRY_DELAYS):
        return DeliveryStatus.FAILED, None
    return DeliveryStatus.PENDING, iso(now + RETRY_DELAYS[tries - 1])


def try_again(store: Store, delivery_id: str, doc: Doc) -> None:
    """Queue a failed delivery anew, first now and then by the same delays (inferred); call it in a transaction."""
    changed = {**doc, "tries": 0}
    store.update("webhook_deliveries", delivery_id, changed, status=DeliveryStatus.PENDING, due=store.now())
    store.deliveries_due()


def end_pending(store: Store, webhook_id: str) -> None:
    """Let what is pending for an endpoint fail; a try that is under way decides for itself."""
    store.db.execute(
        "UPDATE webhook_deliveries SET status = ?, due = NULL, doc = json_patch(doc, ?) "
        "WHERE webhook_id = ? AND status = 'pending' AND NOT sending",
        (
            DeliveryStatus.FAILED,
            dump({"error_kind": DeliveryError.ENDPOINT_INACTIVE, "error": INACTIVE}),
            webhook_id,
        ),
    )


def drop_deliveries(store: Store, webhook_id: str) -> None:
    """Delete an endpoint's deliveries."""
    store.db.execute("DELETE FROM webhook_deliveries WHERE webhook_id = ?", (webhook_id,))
