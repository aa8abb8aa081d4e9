"""Campaigns of each organizer in most statuses; of the one that was sent, what came of its messages."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from preo_mcp.api.models.campaigns import CampaignStatus, Channel
from preo_mcp.api.models.consents import ConsentStatus
from preo_mcp.sandbox.campaigns.changes import blank_campaign
from preo_mcp.sandbox.campaigns.documents import insert
from preo_mcp.sandbox.campaigns.reactions import REFUSAL, draw_reaction, is_refused, source_of
from preo_mcp.sandbox.clock import iso
from preo_mcp.sandbox.seed.editions import PAST, UPCOMING, Plan
from preo_mcp.sandbox.store import Doc, Store

SENDING_SECONDS: Final = 75
"""How long the send that is over took."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A campaign before it is dated: made `days_ago`, scheduled or sent `days` from today."""

    id: str
    plan: Plan
    name: str
    segment_id: str
    status: CampaignStatus
    days_ago: int
    days: int | None = None
    email_message_id: str | None = None
    sms_body: str | None = None
    error_message: str | None = None


DRAFTS: Final = (
    Draft(
        *("cmp_nordlys_vip", UPCOMING, "VIP til Aarhus-gæster", "seg_nordlys_return", CampaignStatus.DRAFT, 5),
        email_message_id="eml_n27_vip",
    ),
    Draft(
        *("cmp_nordlys_practical", UPCOMING, "Praktisk før Aalborg", "seg_nordlys_guests", CampaignStatus.SCHEDULED, 4),
        days=128,
        sms_body="Hej {{ customer.first_name | default: 'gæst' }}! {{ edition.full_name }} begynder "
        "{{ edition.start_date }}. Husk din billet.",
    ),
    Draft(*("cmp_nordlys_xmas", UPCOMING, "Julehilsen", "seg_nordlys_return", CampaignStatus.DRAFT, 2)),
    Draft(
        *("cmp_elbklang_spring", PAST, "Spring concerts", "seg_elbklang_regulars", CampaignStatus.SENT, 64),
        days=-60,
        email_message_id="eml_elbklang_news",
    ),
    Draft(
        *("cmp_elbklang_twice", PAST, "Spring concerts, again", "seg_elbklang_regulars", CampaignStatus.CANCELLED, 58),
        days=-57,
        email_message_id="eml_elbklang_news",
    ),
    Draft(
        *("cmp_elbklang_big", PAST, "Thank you for big orders", "seg_elbklang_broken", CampaignStatus.FAILED, 50),
        days=-50,
        email_message_id="eml_elbklang_news",
        error_message="The segment was not calculated · The condition has mistakes · make a new campaign when it is.",
    ),
)


def add_campaigns(store: Store, number: int, today: datetime) -> None:
    """Write the campaigns; segments, messages and consents are written before."""
    for draft in DRAFTS:
        campaign = _dated(draft, today)
        if draft.status is CampaignStatus.SENT:
            _send(store, str(number), campaign)
        insert(store, campaign)


def _dated(draft: Draft, today: datetime) -> Doc:
    created = today - timedelta(days=draft.days_ago, hours=-10)
    at = None if draft.days is None else today + timedelta(days=draft.days, hours=12)
    scheduled = draft.status in (CampaignStatus.SCHEDULED, CampaignStatus.CANCELLED)
    began = draft.status in (CampaignStatus.SENT, CampaignStatus.FAILED)
    return blank_campaign() | {
        "id": draft.id,
        "organization_id": draft.plan.organization.id,
        "edition_id": draft.plan.id,
        "segment_id": draft.segment_id,
        "name": draft.name,
        "channel": Channel.EMAIL if draft.sms_body is None else Channel.SMS,
        "email_message_id": draft.email_message_id,
        "sms_body": draft.sms_body,
        "status": draft.status,
        "scheduled_at": iso(at) if at and scheduled else None,
        "started_at": iso(at) if at and began else None,
        "completed_at": iso(at + timedelta(seconds=SENDING_SECONDS)) if at and began else None,
        "error_message": draft.error_message,
        "run": 1 if at else 0,
        "created": iso(created),
        "modified": iso(at if at and began else created),
    }


def _send(store: Store, seed: str, campaign: Doc) -> None:
    """Count what a send to the segment as it is would have come to, and draw what people did."""
    rows = store.db.execute(
        "SELECT segment_users.customer_id, answer.status FROM segments "
        "JOIN segment_users ON segment_users.run = json_extract(segments.doc, '$.run') "
        "LEFT JOIN customer_consents AS answer "
        "ON answer.customer_id = segment_users.customer_id AND answer.consent_id = segments.consent_id "
        "WHERE segments.id = ? ORDER BY 1",
        (campaign["segment_id"],),
    ).fetchall()
    willing = [customer_id for customer_id, answer in rows if answer == ConsentStatus.GRANTED]
    moment = int(datetime.fromisoformat(campaign["started_at"]).timestamp())
    for sequence, customer_id in enumerate(willing, 1):
        source = source_of(seed, campaign["id"], customer_id)
        if is_refused(source):
            campaign["failed_count"] += 1
            campaign["failures"] = {REFUSAL: campaign["failed_count"]}
            continue
        campaign["sent_count"] += 1
        times = draw_reaction(source, Channel(campaign["channel"])).after(moment)
        store.db.execute("INSERT INTO reactions VALUES (?, ?, ?, ?, ?, ?, ?)", (campaign["id"], sequence, *times))
    campaign |= {"user_count": len(rows), "total_recipients": len(willing)}
    campaign["skipped"]["no_consent"] = len(rows) - len(willing)
