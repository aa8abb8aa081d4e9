"""One run of a campaign: from the moment that it is sent or comes due to its end.

A run's job does something only while the campaign is in it: what was cancelled, scheduled anew or sent earlier is left
alone. Each step is a transaction that looks at that first, so a run can be taken up after any of them.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from preo_mcp.api.models.campaigns import CampaignStatus, Skipped
from preo_mcp.api.models.webhooks import WebhookEvent
from preo_mcp.sandbox.campaigns.documents import find, save
from preo_mcp.sandbox.jobs import Jobs
from preo_mcp.sandbox.store import Doc, Store
from preo_mcp.sandbox.webhooks.events import record_event

SEND: Final = "send_campaign"
"""The kind of the job."""

TOLD: Final = ("name", "channel", "status", "user_count", "total_recipients", "sent_count", "failed_count", "skipped")
"""What the events tell besides the id and the error (inferred)."""


@dataclass(frozen=True, slots=True)
class Run:
    """A campaign's id and the number of the run."""

    campaign_id: str
    number: int

    @classmethod
    def of(cls, campaign: Doc) -> Self:
        """Return the run that a campaign is in."""
        return cls(campaign["id"], campaign["run"])

    @classmethod
    def read(cls, subject: str) -> Self:
        """Return the run that a job is about."""
        campaign_id, _, number = subject.rpartition(" ")
        return cls(campaign_id, int(number))

    @property
    def subject(self) -> str:
        """What a job about this run is called by."""
        return f"{self.campaign_id} {self.number}"

    def campaign(self, store: Store, status: CampaignStatus) -> Doc | None:
        """Return the campaign, if it is in this run and has that status."""
        campaign = find(store, self.campaign_id)
        is_mine = campaign is not None and campaign["run"] == self.number and campaign["status"] == status
        return campaign if is_mine else None


def prepare_schedule(jobs: Jobs) -> None:
    """See to it, before jobs run, that each scheduled campaign has a job that waits for its time."""
    store = jobs.store
    with store.transaction():
        rows = store.db.execute("SELECT doc FROM campaigns WHERE status = ?", (CampaignStatus.SCHEDULED,)).fetchall()
        for (doc,) in rows:
            campaign: Doc = json.loads(doc)
            subject = Run.of(campaign).subject
            waiting = "SELECT 1 FROM jobs WHERE kind = ? AND subject = ? AND status IN ('queued', 'waiting')"
            if store.db.execute(waiting, (SEND, subject)).fetchone() is None:
                jobs.add(SEND, subject, due=datetime.fromisoformat(campaign["scheduled_at"]))


def begin(store: Store, campaign: Doc) -> None:
    """Let a campaign be calculated now; call it inside a transaction. From `scheduled` the run goes on."""
    if campaign["scheduled_at"] is None:
        campaign["run"] += 1
    campaign |= {
        "status": CampaignStatus.CALCULATING,
        "started_at": store.now(),
        "calculation": None,
        "position": "",
        "total_recipients": 0,
        "skipped": Skipped().model_dump(),
        "failures": {},
    }
    save(store, campaign)


def complete(store: Store, campaign: Doc) -> None:
    """Bring a campaign to its end as sent; call it inside a transaction."""
    campaign |= {"status": CampaignStatus.SENT, "completed_at": store.now()}
    _end(store, campaign, WebhookEvent.CAMPAIGN_SENT)


def fail(store: Store, campaign: Doc, message: str) -> None:
    """Bring a campaign to its end as failed; call it inside a transaction."""
    campaign |= {"status": CampaignStatus.FAILED, "completed_at": store.now(), "error_message": message}
    _end(store, campaign, WebhookEvent.CAMPAIGN_FAILED)


def _end(store: Store, campaign: Doc, kind: WebhookEvent) -> None:
    save(store, campaign)
    told = {name: campaign[name] for name in TOLD}
    data = {"campaign_id": campaign["id"], **told, "error_message": campaign["error_message"]}
    record_event(store, kind, campaign["organization_id"], campaign["edition_id"], data)
