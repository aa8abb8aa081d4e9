"""The job behind a send: calculate, take the snapshot, write and deliver; each can be taken up where it stopped.

A batch is delivered in one transaction with the counts, and only from rows that are still queued. So whatever ends the
process, no message goes out twice and none is left out.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial, wraps
from typing import TYPE_CHECKING, Final

from anyio import to_thread
from anyio.lowlevel import checkpoint
from starlette.datastructures import URL

from preo_mcp.api.models.campaigns import MOVING_STATUSES, CampaignStatus, Channel
from preo_mcp.api.models.consents import ConsentStatus
from preo_mcp.api.models.email_messages import EmailType
from preo_mcp.sandbox.campaigns.audience import calculate, is_marketing, take_snapshot
from preo_mcp.sandbox.campaigns.documents import find, save
from preo_mcp.sandbox.campaigns.outbox import OutboxStatus
from preo_mcp.sandbox.campaigns.reactions import REFUSAL, draw_reaction, is_refused, source_of
from preo_mcp.sandbox.campaigns.rules import edition_of, what_is_missing
from preo_mcp.sandbox.campaigns.runs import Run, begin, complete, fail
from preo_mcp.sandbox.email_messages.preview import file_addresses
from preo_mcp.sandbox.jobs import JobHandler, Jobs
from preo_mcp.sandbox.mail.composing import compose
from preo_mcp.sandbox.mail.liquid import Deadline, TemplateFault, compiled
from preo_mcp.sandbox.mail.values import SITE, Filled, Recipient, fill
from preo_mcp.sandbox.refunds.gateway import seed_of
from preo_mcp.sandbox.store import Doc, Store, docs_by_id

if TYPE_CHECKING:
    pass


@dataclass(frozen=True, slots=True)
class Written:
    """Subject (of an e-mail) and body; or `fault`, which says why it could not be written and does not go out."""

    subject: str | None = None
    body: str | None = None
    fault: str | None = None


class Writer:
    """Writes a campaign's messages; made anew for each run, so that it holds what is stored at its beginning."""

    def __init__(self, store: Store, campaign: Doc) -> None:
        self._store = store
        self._sms: str | None = campaign["sms_body"] if campaign["channel"] == Channel.SMS else None
        self._message = store.doc("email_messages", campaign["email_message_id"] or "")
        self._organization = store.doc("organizations", campaign["organization_id"])
        self._edition = edition_of(store, campaign)
        self._files: Mapping[str, str] = file_addresses(store, self._message, URL(SITE)) if self._message else {}

    async def write(self, customers: Sequence[Doc]) -> list[Written]:
        """Return what each of the customers gets, in their order."""
        kind = EmailType.CAMPAIGN if self._message is None else self._message["type"]
        filled = [
            fill(self._store, kind, Recipient(self._organization, self._edition, customer)) for customer in customers
        ]
        return await to_thread.run_sync(partial(self._write_all, filled), abandon_on_cancel=True)

    def _write_all(self, people: Sequence[Filled]) -> list[Written]:
        return [self._email(filled) if self._sms is None else self._text(self._sms, filled) for filled in people]

    def _email(self, filled: Filled) -> Written:
        if self._message is None:
            return Written(fault="The e-mail message is gone.")
        language = (self._edition or {}).get("default_language")
        composed = compose(self._message, filled, language, self._files.get)
        if composed.problems:  # what would be left out could be what the message is about
            first = composed.problems[0]
            return Written(fault=f"Block {first['block'] or 'subject'}: {first['message']}")
        return Written(composed.subject, composed.text)

    def _text(self, template: str, filled: Filled) -> Written:
        try:
            body = compiled(template).render(filled.values, Deadline()).text.strip()
        except TemplateFault as fault:
            return Written(fault=fault.message)
        return Written(body=body) if body else Written(fault="The text message comes out empty.")


BATCH: Final = 40
"""Messages that go out together."""

FAULT: Final = (
    "The send stopped · a fault in the sandbox, not in the campaign · look at what was sent (Get campaign stats); "
    "where it happens again, report it with the sandbox's log."
)
OTHER_REASONS: Final = "other reasons"
MOST_REASONS: Final = 5
"""That are counted one by one, why messages of a campaign failed."""
NOTHING_SENT: Final = "No message could be sent"

Queued = tuple[int, str]
"""Sequence and customer."""


def failing(handler: JobHandler) -> JobHandler:
    """Wrap the job so that a fault in it ends the campaign as failed instead of leaving it sending."""

    @wraps(handler)
    async def guarded(jobs: Jobs, subject: str) -> None:
        try:
            await handler(jobs, subject)
        except Exception:
            with jobs.store.transaction():
                campaign = find(jobs.store, Run.read(subject).campaign_id)
                if campaign is not None and campaign["status"] in MOVING_STATUSES:
                    fail(jobs.store, campaign, FAULT)
            raise

    return guarded


@failing
async def send(jobs: Jobs, subject: str) -> None:
    """Take a run from where it stands to its end."""
    run = Run.read(subject)
    _come_due(jobs.store, run)
    while run.campaign(jobs.store, CampaignStatus.CALCULATING):
        await calculate(jobs, run)
        await take_snapshot(jobs, run)
    campaign = run.campaign(jobs.store, CampaignStatus.SENDING)
    if campaign is not None:
        delivery = Delivery(jobs.store, run, Writer(jobs.store, campaign), seed_of(jobs.store))
        while await delivery.next_batch():
            await checkpoint()


def _come_due(store: Store, run: Run) -> None:
    """Begin with a campaign whose time has come; what it consists of may have changed since it was scheduled."""
    with store.transaction():
        campaign = run.campaign(store, CampaignStatus.SCHEDULED)
        if campaign is None:
            return
        missing = {name: why for name, why in what_is_missing(store, campaign).items() if why}
        begin(store, campaign)
        if missing:
            fail(store, campaign, "; ".join(f"{name}: {why}" for name, why in missing.items()))


@dataclass(slots=True)
class Delivery:
    """The delivery of a run's queued messages."""

    store: Store
    run: Run
    writer: "Writer"
    seed: str
    first_fault: str | None = None

    async def next_batch(self) -> bool:
        """Deliver some messages; return whether there may be more. With the last the campaign ends."""
        queued: Sequence[Queued] = self.store.db.execute(
            "SELECT sequence, customer_id FROM outbox WHERE campaign_id = ? AND status = 'queued' "
            "ORDER BY sequence LIMIT ?",
            (self.run.campaign_id, BATCH),
        ).fetchall()
        customers = docs_by_id(self.store, "customers", (customer_id for _, customer_id in queued))
        written = await self.writer.write([customers[customer_id] for _, customer_id in queued])
        with self.store.transaction():
            campaign = self.run.campaign(self.store, CampaignStatus.SENDING)
            if campaign is None:
                return False
            if not queued:
                self._end(campaign)
                return False
            willing = self._willing(campaign, [customer_id for _, customer_id in queued])
            for row, message in zip(queued, written, strict=True):
                self._deliver(campaign, row, message, is_willing=row[1] in willing)
            save(self.store, campaign, touch=False)
        return True

    def _willing(self, campaign: Doc, customers: Sequence[str]) -> set[str]:
        """Return who may be written to now: a consent can be withdrawn between the snapshot and one's turn."""
        segment = self.store.doc("segments", campaign["segment_id"])
        if segment is None or not is_marketing(segment):
            return set(customers)
        rows = self.store.db.execute(
            "SELECT customer_id FROM customer_consents WHERE consent_id = ? AND status = ? "
            "AND customer_id IN (SELECT value FROM json_each(?))",
            (segment["consent_id"], ConsentStatus.GRANTED, json.dumps(customers)),
        )
        return {customer_id for (customer_id,) in rows}

    def _deliver(self, campaign: Doc, row: Queued, message: Written, *, is_willing: bool) -> None:
        sequence, customer_id = row
        source = source_of(self.seed, campaign["id"], customer_id)
        is_lost = is_refused(source) or message.fault is not None
        if not is_willing:
            status = OutboxStatus.WITHDRAWN
            campaign["skipped"]["no_consent"] += 1
            campaign["total_recipients"] -= 1
        else:
            status = OutboxStatus.FAILED if is_lost else OutboxStatus.SENT
            campaign["failed_count" if is_lost else "sent_count"] += 1
        if status is OutboxStatus.FAILED:
            reasons: dict[str, int] = campaign.setdefault("failures", {})
            reason = message.fault or REFUSAL
            counted = reason if reason in reasons or len(reasons) < MOST_REASONS else OTHER_REASONS
            reasons[counted] = reasons.get(counted, 0) + 1
        self.first_fault = self.first_fault or message.fault
        kept = message if is_willing else Written()
        self.store.db.execute(
            "UPDATE outbox SET status = ?, subject = ?, body = ?, at = ? WHERE sequence = ?",
            (status, kept.subject, kept.body, self.store.now(), sequence),
        )
        if status is OutboxStatus.SENT:
            now = int(self.store.clock().timestamp())
            times = draw_reaction(source, Channel(campaign["channel"])).after(now)
            self.store.db.execute(
                "INSERT INTO reactions VALUES (?, ?, ?, ?, ?, ?, ?)", (campaign["id"], sequence, *times)
            )

    def _end(self, campaign: Doc) -> None:
        if campaign["sent_count"]:
            complete(self.store, campaign)
        else:
            why = self.first_fault or "the provider took none, or all took their consent back"
            fail(self.store, campaign, f"{NOTHING_SENT} · {why} · correct it in a new campaign.")
