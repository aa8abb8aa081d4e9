"""A few webhook endpoints, and deliveries of what happened in the last days.

Their hosts do not exist and are not allowed, so that nothing leaves the sandbox before somebody points one elsewhere.
Their secrets are public, as everything in the seed is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final

from preo_mcp.api.models.webhooks import DEFAULT_TIMEOUT, DeliveryError, DeliveryStatus, WebhookEvent
from preo_mcp.sandbox.clock import iso
from preo_mcp.sandbox.seed.editions import RUNNING
from preo_mcp.sandbox.seed.organizations import ELBKLANG, NORDLYS, Organization
from preo_mcp.sandbox.store import Doc, Store, spell_id
from preo_mcp.sandbox.webhooks.documents import insert
from preo_mcp.sandbox.webhooks.events import EVENT_PREFIX, add_delivery
from preo_mcp.sandbox.webhooks.queue import RETRY_DELAYS
from preo_mcp.sandbox.webhooks.signing import SECRET_PREFIX

ORDERS, REFUNDS, IMPORTS = (
    (WebhookEvent.ORDER_COMPLETED,),
    (WebhookEvent.REFUND_PROCESSED, WebhookEvent.REFUND_FAILED),
    (WebhookEvent.DATA_IMPORT_COMPLETED, WebhookEvent.DATA_IMPORT_FAILED),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """An endpoint, and how many refunds of its organization it was told of."""

    id: str
    organization: Organization
    name: str
    url: str
    events: tuple[WebhookEvent, ...]
    edition_id: str | None = None
    is_active: bool = True
    told: int = 0


PLANS: Final = (
    Plan("whk_nordlysbooks", NORDLYS, "Bogholderi", "https://books.nordlys.example/preo", REFUNDS, told=12),
    Plan(
        *("whk_nordlysgate", NORDLYS, "Gate counters", "http://localhost:9090/orders?gate=north", ORDERS),
        edition_id=RUNNING.id,
        is_active=False,
    ),
    Plan("whk_elbklangdata", ELBKLANG, "Imports", "https://hooks.elbklang.example/imports", IMPORTS),
)
AGE: Final = timedelta(days=90)
SETTLED: Final = timedelta(days=1)
"""How long before today the last of the deliveries began: long enough for all its tries."""

ANSWERED: Final[Doc] = {"status": 200, "headers": {"content-type": "application/json"}, "body": '{"ok": true}'}
BROKEN: Final[Doc] = {"status": 503, "headers": {"content-type": "text/plain"}, "body": "Maintenance"}
FAILING_EVERY: Final = 4
"""Of the seeded deliveries one in so many failed, alternately by an answer and without one."""

FIRST_EVENT: Final = 1_000_000_000
"""Where the numbers of seeded events begin: those of recorded ones never come so far."""


def add_webhooks(store: Store, today: datetime) -> None:
    """Write the endpoints and what they were told of the seeded refunds."""
    created = iso(today - AGE)
    for plan in PLANS:
        insert(store, _webhook(plan, created))
        for number, event in enumerate(_events(store, plan, today - SETTLED)):
            _deliver(store, plan, number, event)


def _webhook(plan: Plan, created: str) -> Doc:
    return {
        "id": plan.id,
        "organization_id": plan.organization.id,
        "edition_id": plan.edition_id,
        "name": plan.name,
        "url": plan.url,
        "events": list(plan.events),
        "is_active": plan.is_active,
        "timeout_seconds": DEFAULT_TIMEOUT,
        "secret": f"{SECRET_PREFIX}{blake2b(plan.id.encode(), digest_size=24).hexdigest()}",
        "previous_secret": None,
        "previous_until": None,
        "created": created,
        "modified": created,
    }


def _events(store: Store, plan: Plan, until: datetime) -> Iterator[Doc]:
    """Yield an event for each of the last refunds that ended before a moment, oldest first."""
    rows = store.db.execute(
        "SELECT id, status, modified, customer_id, order_id FROM refunds WHERE organization_id = ? "
        "AND status IN ('processed', 'failed') AND modified < ? ORDER BY modified DESC, id LIMIT ?",
        (plan.organization.id, iso(until), plan.told),
    ).fetchall()
    for number, (key, status, modified, customer_id, order_id) in enumerate(reversed(rows)):
        kind = WebhookEvent.REFUND_PROCESSED if status == "processed" else WebhookEvent.REFUND_FAILED
        data = {"refund_id": key, "status": status, "order_id": order_id, "customer_id": customer_id}
        event_id = spell_id(EVENT_PREFIX, FIRST_EVENT + number)
        yield {"id": event_id, "type": kind.value, "created": modified, "data": data}


def _deliver(store: Store, plan: Plan, number: int, event: Doc) -> None:
    has_failed = number % FAILING_EVERY == FAILING_EVERY - 1
    timed_out = has_failed and number % (2 * FAILING_EVERY) == FAILING_EVERY - 1
    tries = 1 + len(RETRY_DELAYS) if has_failed else 1
    began = datetime.fromisoformat(event["created"])
    known: Doc = {
        "attempts": tries,
        "tries": tries,
        "last_attempt_at": iso(began + sum(RETRY_DELAYS, timedelta()) if has_failed else began),
        "duration_ms": DEFAULT_TIMEOUT * 1000 if timed_out else 80 + 7 * number,
        "sent": {"url": plan.url, "headers": None},
        "response": None if timed_out else BROKEN if has_failed else ANSWERED,
    }
    if has_failed:
        known["error_kind"] = DeliveryError.TIMEOUT if timed_out else DeliveryError.HTTP_STATUS
        known["error"] = (
            f"The receiver did not answer within {DEFAULT_TIMEOUT} s."
            if timed_out
            else "The receiver answered 503; any 2xx counts as received."
        )
    status = DeliveryStatus.FAILED if has_failed else DeliveryStatus.SUCCEEDED
    add_delivery(store, plan.id, event, status, **known)
