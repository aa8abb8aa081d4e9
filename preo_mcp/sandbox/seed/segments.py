"""A few segments of each organizer in several states, and the wallet passes that some customers have.

Who is in a calculated one is found here by SQL, which is quick and independent of the conditions' engine; a calculation
comes to the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final

from preo_mcp.api.models.consents import ConsentStatus
from preo_mcp.api.models.segments import CommunicationChannel, CommunicationType, SegmentStatus
from preo_mcp.sandbox.clock import iso
from preo_mcp.sandbox.seed.draws import chance
from preo_mcp.sandbox.seed.editions import PAST, RUNNING, UPCOMING
from preo_mcp.sandbox.seed.organizations import ELBKLANG, NORDLYS, Organization
from preo_mcp.sandbox.segments.addresses import is_valid_email, is_valid_phone
from preo_mcp.sandbox.segments.documents import NOT_CALCULATED, RUNS, blank_result, count_reach, insert
from preo_mcp.sandbox.segments.people import ACTIVE
from preo_mcp.sandbox.store import Doc, Store

SHARE_WITH_PASS: Final = 0.3
SHARE_REMOVED: Final = 0.1
"""Of the passes, those that were taken out of the wallet again."""
REMOVED: Final = "removed"

STUCK_AFTER: Final = 400
"""Customers whom the calculation that hangs has looked at."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A segment before it is dated; `members` selects who is in it, where it was calculated."""

    id: str
    organization: Organization
    name: str
    condition: str
    days_ago: int
    status: SegmentStatus
    members: str | None = None
    channel: CommunicationChannel = CommunicationChannel.ANY
    type: CommunicationType = CommunicationType.TRANSACTIONAL
    consent_id: str | None = None
    edition_id: str | None = None
    description: str | None = None
    error_message: str | None = None


PARTOUT: Final = f"prd_{RUNNING.key}_partout"
NAMED: Final = {"partout": PARTOUT, "upcoming": UPCOMING.id, "elbklang": ELBKLANG.id}
"""What `members` can name."""

PLANS: Final = (
    Plan(
        *("seg_nordlys_return", NORDLYS, "Partout i Aarhus, endnu ikke Aalborg"),
        f"user.purchases.exists(p, p.product_id == '{PARTOUT}' && p.status == 'completed')\n"
        f"&& !user.orders.exists(o, o.edition_id == '{UPCOMING.id}')",
        *(30, SegmentStatus.COMPLETED),
        "SELECT DISTINCT customer_id FROM purchases "
        "WHERE product_id = :partout AND json_extract(doc, '$.status') = 'completed' "
        "AND customer_id NOT IN (SELECT customer_id FROM orders WHERE edition_id = :upcoming)",
        channel=CommunicationChannel.EMAIL,
        type=CommunicationType.MARKETING,
        consent_id="con_nordlys_news",
        edition_id=UPCOMING.id,
        description="De skal høre om næste år først.",
    ),
    Plan(
        *("seg_nordlys_guests", NORDLYS, "Gæster i Aalborg"),
        "user.orders.exists(o, o.edition_id == edition.id && o.status in ['confirmed', 'completed'])",
        *(20, SegmentStatus.COMPLETED),
        "SELECT DISTINCT customer_id FROM orders WHERE edition_id = :upcoming AND status IN ('confirmed', 'completed')",
        channel=CommunicationChannel.SMS,
        edition_id=UPCOMING.id,
        description="Praktiske oplysninger før festivalen.",
    ),
    Plan(
        *("seg_nordlys_passes", NORDLYS, "Pas i telefonen"),
        "user.has_active_pass && user.locale == 'da'",
        *(10, SegmentStatus.DRAFT),
        channel=CommunicationChannel.PASS_PUSH,
    ),
    Plan(
        *("seg_nordlys_stuck", NORDLYS, "Store ordrer"),
        "user.orders.exists(o, o.total >= 5000)",
        *(3, SegmentStatus.PROCESSING),
        description="Hænger: reset sætter den tilbage.",
    ),
    Plan(
        *("seg_elbklang_regulars", ELBKLANG, "Stammgäste"),
        "size(user.orders) >= 3",
        *(90, SegmentStatus.COMPLETED),
        "SELECT customer_id FROM orders JOIN editions ON editions.id = edition_id "
        "WHERE editions.organization_id = :elbklang GROUP BY customer_id HAVING count(*) >= 3",
        channel=CommunicationChannel.EMAIL,
        type=CommunicationType.MARKETING,
        consent_id="con_elbklang_news",
    ),
    Plan(
        *("seg_elbklang_abroad", ELBKLANG, "Gäste aus dem Ausland"),
        "user.country != null && user.country != 'DE'",
        *(40, SegmentStatus.DRAFT),
        edition_id=PAST.id,
    ),
    Plan(
        *("seg_elbklang_broken", ELBKLANG, "Große Bestellungen"),
        "user.orders.exists(o, o.amount > 500)",
        *(400, SegmentStatus.FAILED),
        error_message="The condition has mistakes · line 1, column 25: Order has no field 'amount' "
        "(suggestion: total) · correct it (Update segment).",
    ),
)
"""The last one was written when orders had other fields."""


def add_segments(store: Store, number: int, today: datetime, customers: Sequence[Doc]) -> None:
    """Write the passes and the segments; orders, purchases with their refunds, and consents are written before."""
    _add_passes(store, number, customers)
    by_id = {customer["id"]: customer for customer in customers}
    active = {key for (key,) in store.db.execute("SELECT customer_id FROM passes WHERE status = ?", (ACTIVE,))}
    for run, plan in enumerate(PLANS, 1):
        segment = _segment(plan, today)
        if plan.members is not None:
            members = [key for (key,) in store.db.execute(plan.members, NAMED)]
            store.db.executemany("INSERT INTO segment_users VALUES (?, ?)", ((run, key) for key in sorted(members)))
            result = _result(store, plan, [by_id[key] for key in members], active)
            segment |= {"run": run, "result": result, "last_calculated": iso(today)}
        elif plan.status is SegmentStatus.PROCESSING:
            way = {"run": run, "now": iso(today), "after": STUCK_AFTER, "done": STUCK_AFTER}
            total = sum(customer["organization_id"] == plan.organization.id for customer in customers)
            segment["calculation"] = {**way, "total": total, "result": blank_result()}
        insert(store, segment)
    store.db.execute("INSERT INTO counters VALUES (?, ?)", (RUNS, len(PLANS)))


def _add_passes(store: Store, number: int, customers: Sequence[Doc]) -> None:
    source = Random(f"passes {number}")  # noqa: S311 - invented data, nothing secret
    store.db.executemany(
        "INSERT INTO passes VALUES (?, ?, ?)",
        [
            (customer["id"], REMOVED if chance(source, SHARE_REMOVED) else ACTIVE, customer["created"])
            for customer in customers
            if chance(source, SHARE_WITH_PASS)
        ],
    )


def _segment(plan: Plan, today: datetime) -> Doc:
    created = iso(today - timedelta(days=plan.days_ago))
    return {
        "id": plan.id,
        "organization_id": plan.organization.id,
        "name": plan.name,
        "edition_id": plan.edition_id,
        "consent_id": plan.consent_id,
        "description": plan.description,
        "communication_type": plan.type,
        "communication_channel": plan.channel,
        "condition": plan.condition,
        **NOT_CALCULATED,
        "status": plan.status,
        "error_message": plan.error_message,
        "created": created,
        "modified": created,
    }


def _result(store: Store, plan: Plan, members: Sequence[Doc], with_pass: set[str]) -> Doc:
    rows = store.db.execute(
        "SELECT customer_id FROM customer_consents WHERE consent_id = ? AND status = ?",
        (plan.consent_id, ConsentStatus.GRANTED),
    )
    granted = {key for (key,) in rows}
    result = blank_result()
    for member in members:
        has_email, has_phone = is_valid_email(member["email"]), is_valid_phone(member["phone_number"])
        has_pass = member["id"] in with_pass
        count_reach(result, has_email, has_phone, has_pass, has_consent=member["id"] in granted)
    return result
